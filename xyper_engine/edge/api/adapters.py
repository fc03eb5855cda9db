"""The vendors' channels that plugins bring, and what an account of each needs: forms are made from it."""

from typing import Any, Literal

from xyper_engine.abilities import DescribesAccounts
from xyper_engine.access.roles import Action
from xyper_engine.edge.route import Call, Route, Told
from xyper_engine.model import Direction
from xyper_engine.plugins import Registry


class AdapterTold(Told):
    name: str
    side: Literal["customers", "agents"]
    """Who writes there."""
    shape: dict[str, Any] | None
    """JSON Schema of an account's `config`; null: the plugin does not say."""
    secrets: tuple[str, ...]
    """The names of the secrets that every account needs."""
    extras: tuple[str, ...]
    """The names of those that it may have besides."""


class AdapterList(Told):
    adapters: tuple[AdapterTold, ...]


class AdaptersApi:
    def __init__(self, registry: Registry) -> None:
        self._told = AdapterList(
            adapters=tuple(_adapter(name, registry.adapters[name]) for name in sorted(registry.adapters))
        )

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", "/api/v1/adapters", Action.tenants_read, self.list,
                  "List the channels that there are, and what an account of each needs.", answer=AdapterList),
        )  # fmt: skip

    async def list(self, _call: Call) -> AdapterList:
        return self._told


def _adapter(name: str, adapter: Any) -> AdapterTold:
    described = isinstance(adapter, DescribesAccounts)
    return AdapterTold(
        name=name,
        side="customers" if adapter.speaks is Direction.inbound else "agents",
        shape=adapter.account_config.model_json_schema() if described else None,
        secrets=tuple(sorted(adapter.account_secrets)) if described else (),
        extras=tuple(sorted(adapter.account_extras)) if described else (),
    )
