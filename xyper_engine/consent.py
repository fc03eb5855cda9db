"""What a person decides about being written to, and where they stand after it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a decision is about."""

    marketing = "marketing"
    """Advertising: templates of that category."""
    everything = "everything"
    """Whatever the business begins: every template. An answer to what a customer writes is always possible."""


class Only(StrEnum):
    """When a decision is worth a note."""

    always = "always"
    news = "news"
    """Where the person stands elsewhere."""
    undoing = "undoing"
    """Where they had withdrawn anything."""


CUSTOMER = "customer"
"""Who decided, where it was the person themselves."""


@dataclass(frozen=True, slots=True)
class Said:
    """One decision, with its proof."""

    kind: Kind
    given: bool
    """False: withdrawn."""
    source: str
    """What brought it: `keyword`, `api`, `import`, or the channel's own word, e.g. `131050`, `user_preferences`."""
    at: datetime
    """When it was decided: of all, the last one holds, in whatever order they are heard."""
    event: str = ""
    """Our id of the message or event that proves it: the same one is noted once."""
    by: str = CUSTOMER
    account: str = ""
    """The tenant's account (a WhatsApp number) that it is about; "": all."""
    wording: str = ""
    """What was said or agreed to; only its hash is kept."""
    only: Only = Only.always


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person last decided, oldest first: kind, account ("": all), given or withdrawn."""

    said: tuple[tuple[str, str, bool], ...] = ()

    @classmethod
    def of(cls, stored: Iterable[Iterable[object]] | None) -> "Standing":
        """As the database holds it."""
        return cls(tuple((str(kind), str(account), bool(given)) for kind, account, given in stored or ()))

    def given(self, kind: Kind, account: str = "") -> bool | None:
        """Whether they agreed to be sent this from that account; None: they never said. The last word that covers it
        holds: one about everything covers marketing, one about all accounts each of them."""
        found = [
            given
            for said, where, given in self.said
            if said in (kind, Kind.everything) and where in ("", account)
        ]  # fmt: skip
        return found[-1] if found else None

    def withdrawn(self, account: str = "") -> bool:
        """Whether there is anything that they do not want from that account."""
        return any(self.given(kind, account) is False for kind in Kind)


UNDECIDED = Standing()
