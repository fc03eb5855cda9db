"""A conversation as the mapping tells it, and how a cache and the database hold it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xyper_engine.model import Endpoint

SELECT = "select c.id, c.customer_adapter, c.customer_account, c.agent_adapter, c.agent_account"
"""Of `conversations c`, for `of_row`."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A conversation, as it will be for as long as it is there."""

    id: str
    customer: Endpoint
    agent: Endpoint

    @classmethod
    def of_row(cls, row: Any) -> "Mapped":
        return cls(
            row["id"],
            Endpoint(adapter=row["customer_adapter"], account=row["customer_account"]),
            Endpoint(adapter=row["agent_adapter"], account=row["agent_account"]),
        )

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any]) -> "Mapped":
        customer, agent = (Endpoint(adapter=a, account=b) for a, b in (plain["customer"], plain["agent"]))
        return cls(plain["id"], customer, agent)

    def plain(self) -> Mapping[str, Any]:
        ends = {"customer": self.customer, "agent": self.agent}
        return {"id": self.id, **{name: [end.adapter, end.account] for name, end in ends.items()}}
