"""A bubble of the talk with a customer, and what belongs to it; `bubbles.py` finds them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from xyper_engine.model import Direction, Message
from xyper_engine.state.tracking import Tracked


@dataclass(frozen=True, slots=True)
class Said:
    """A message with what became of it."""

    tracked: Tracked
    message: Message | None
    """None: retention emptied it, or its key was destroyed."""

    @property
    def id(self) -> str:
        return self.tracked.id


@dataclass(frozen=True, slots=True)
class File:
    """What is known of a stored file."""

    id: str
    state: str
    name: str
    mime: str
    size: int
    kind: str
    details: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Bubble:
    said: Said
    later: Sequence[Said] = ()
    """Reactions to it, edits of it, its deletion; oldest first."""
    quoted: Said | None = None
    thread: str | None = None
    """The agent side's conversation that it was said in."""
    waits: bool = False
    """Until the customer writes."""
    died_of: str | None = None
    """In words, where it can never be delivered."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the talk."""

    bubbles: Sequence[Bubble]
    """Oldest first."""
    files: Mapping[str, File] = field(default_factory=dict)
    """Those that the bubbles show, by their ids."""
    older: str | None = None
    """The id before which there is more."""
    newer: str | None = None
    """The id after which there is more."""
    since: str = ""
    until: str | None = None
    """Between which ids it is the whole talk, so that what is kept elsewhere finds its place; None: to its end."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which messages; None: whichever."""

    words: str | None = None
    """All of these words."""
    any_word: str | None = None
    direction: Direction | None = None
    kinds: Sequence[str] | None = None
    """Any of them."""
    since: datetime | None = None
    until: datetime | None = None
