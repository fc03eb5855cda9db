"""One thing that an agent sends from the widget: what is wanted, what is said, and how far it came."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from xyper_engine.model import Endpoint, Part
from xyper_engine.parts import Frozen

State = Literal["waiting", "new", "posting", "posted", "paired", "refused", "unknown", "withdrawn"]


class Wording(Frozen):
    """What is said, both ways. Sealed."""

    parts: tuple[Part, ...]
    """As the customer is to have it."""
    line: str
    """As it stands in the agents' conversation."""
    reply_to: str | None = None
    """The customer's channel's id of the message that it answers."""
    about: str | None = None
    """Our own id of that one."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to be sent."""

    tenant: str
    conversation: str
    agent: Endpoint
    """The account that agents work in."""
    thread: str
    """The agent side's conversation."""
    person: str
    session: str
    key: str
    """The client's, by which a second one is known to be the same."""
    wording: Wording
    waits: bool = False
    """For the customer to write."""
    files: tuple[str, ...] = ()
    """Our ids of those that it shows: they stay from now on."""
    asked: bytes = b""
    """What the client sent: a second one must say the same."""


@dataclass(frozen=True, slots=True)
class Send:
    id: str
    tenant: str
    conversation: str
    agent: Endpoint
    thread: str
    person: str
    session: str
    key: str
    state: State
    wording: Wording | None = field(repr=False)
    """None once it was forgotten."""
    code: str = ""
    words: str = ""
    """Why it failed: for programs, and for people."""
    tries: int = 0
    far_id: str | None = None
    message: str | None = None
    due_at: datetime | None = None
    since: datetime | None = None
    """When it could be sent."""
    began_at: datetime | None = None
    """When it was last about to be posted."""
    ended_at: datetime | None = None

    @property
    def shown(self) -> bool:
        """A reaction on its way is shown nowhere: once it is there it belongs to what it is about."""
        alone = self.wording is not None and all(part.type == "reaction" for part in self.wording.parts)
        return self.state in ("refused", "unknown") or not alone


@dataclass(frozen=True, slots=True)
class Match:
    """A send that a line of the agents' conversation may be of."""

    id: str
    state: State
    certain: bool
    """By its id; else only its words are the same."""
    wording: Wording


def plain(line: str) -> bytes:
    """A line as it is compared: no side is to be trusted with blanks."""
    return " ".join(line.split()).encode()
