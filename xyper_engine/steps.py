"""What must be true of an account at its vendor before messages flow, one step for each thing.

A step looks, which changes nothing and may be done at any time, and, where it can, mends. Onboarding looks and mends,
in order; health and `xyper check` only look. So there is one list of what must be true, and what is there is adopted.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from xyper_engine.model import Account, Hook
from xyper_engine.runtime import Runtime

Outcome = Literal["done", "missing", "waiting", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class Finding:
    """How a thing stands."""

    state: Outcome
    """`done`; `missing`: not so yet, and `mend` can make it so; `waiting`: time or a person has to do something;
    `failed`: the vendor says no; `unknown`: nobody could be asked. Raise a `SendError` for the last two."""
    detail: str
    """What was found, in words of `saying.py`, or of the vendor's; no secret and nothing of people."""
    todo: str = ""
    """What a person does next, where there is something."""
    auth: bool = False
    """True only where the vendor itself says that the credentials do not hold."""
    account: str = ""
    """The vendor's id of an account that had none yet."""
    expires_at: datetime | None = None
    """Until when what was looked at holds, where the vendor says so."""
    quality: str = ""
    """Of a number: the vendor's word for how its messages are received."""
    messaging_limit: str = ""
    """Of a number: the vendor's word for how many people it may write to first within a day."""


@dataclass(frozen=True, slots=True)
class Called:
    """One call to the vendor, as a person may see it."""

    what: str
    """Method and path; never a query, which may hold a secret."""
    answer: str
    """The HTTP status, and the vendor's code where it refused."""
    correlation: str = ""
    """By which the vendor's support finds it."""


@dataclass(frozen=True, slots=True)
class KnownHook:
    """The webhook address that serves an account."""

    url: str
    hook: Hook
    challenged_at: datetime | None = None
    """When the vendor's handshake with it last succeeded."""


class Work(Protocol):
    """What a step is given."""

    @property
    def account(self) -> Account: ...

    @property
    def rt(self) -> Runtime: ...

    @property
    def calls(self) -> list[Called]:
        """Of the step that is under way: each call is appended once it is answered."""

    async def hook(self) -> KnownHook | None:
        """The tenant's own for this account or channel, else the operator's; None where there is none."""

    async def make_hook(self, *, secret: bool = False, verify_token: bool = False) -> KnownHook:
        """As `hook`, made where there is none; and, where asked for and missing, with a value that is made up.

        What is made up is stored before this returns, so that the vendor never knows more than we do.
        """

    async def keep(self, name: str, value: str) -> None:
        """Store a secret of the account's."""


Look = Callable[[Work], Awaitable[Finding]]


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    title: str
    look: Look
    mend: Look | None = None
    """Makes it so, where `look` has found it missing. Done twice it does nothing twice."""
    needed: bool = True
    """Without it nothing works, so what comes after it is not tried. Else it is worth a hint."""
    patience: float = 0.0
    """Seconds for which an onboarding looks again while it waits; then it goes on, and this can be taken up later."""
    every: float = 1.0
    """Seconds between two looks."""
