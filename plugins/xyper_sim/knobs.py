"""Failure and latency knobs, one set for each side (`graph`, `cloud`), turned through `/api/knobs` while it runs.

A side's API passes its `Gate` twice: `enter` before it does anything (latency, faults, rate limit), `leave` after it
has accepted something (the answer that gets lost). Both return a `Fault`, or None where all is well.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

Side = Literal["graph", "cloud"]
SIDES: tuple[Side, ...] = ("graph", "cloud")


class FailNext(BaseModel):
    """The next `count` calls are answered with this; nothing of them is taken."""

    model_config = ConfigDict(extra="forbid")

    status: int = 500
    code: int | str = ""
    """The vendor's own code; "" leaves the side to choose one that fits `status`."""
    message: str = ""
    count: int = Field(1, ge=1)
    headers: dict[str, str] = {}


class Knobs(BaseModel):
    """One side's knobs. Everything off is the default."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    latency_ms: float = Field(0, ge=0)
    jitter_ms: float = Field(0, ge=0)
    fail_rate: float = Field(0, ge=0, le=1)
    """The share of calls that is refused with a 500 before anything is taken."""
    fail_next: list[FailNext] = []
    accept_then_timeout: int = Field(0, ge=0)
    """So many of the next messages are taken, and the answer never comes."""
    accept_then_reset: int = Field(0, ge=0)
    """… and the connection is cut instead of an answer."""
    accept_then_500: int = Field(0, ge=0)
    """… and the answer is a 500; WhatsApp's without Meta's error object, as from a gateway that broke."""
    answer_after_ms: float = Field(0, ge=0)
    """The answer to a message that was taken comes so much later: its webhook may well be first."""
    down: bool = False
    down_accounts: set[str] = set()
    """Down for these accounts only (phone number ids, client ids or integration ids)."""
    down_as: Literal["503", "reset", "hang"] = "503"
    rate_limit_per_minute: int | None = Field(None, ge=0)
    """Calls a minute per account, in place of the side's own limit."""
    duplicate_webhooks: float = Field(0, ge=0, le=1)
    """The share of webhooks that is sent twice."""
    drop_webhooks: float = Field(0, ge=0, le=1)
    """The share of webhooks that is never sent, as after the last try of the vendor's."""
    reorder_webhooks: bool = False
    """Webhooks overtake each other, also those of one conversation."""
    batch: int = Field(1, ge=1, le=1000)
    """Meta only: so many updates travel in one POST."""
    no_status: set[str] = set()
    """Meta only: statuses that are never sent, e.g. `["sent", "delivered"]`."""
    fail_delivery: list[int] = []
    """Meta only: the next messages are accepted and then fail with these codes, one each."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What to do instead of a good answer. `lost` is None where `status` and `code` say what to answer."""

    status: int = 500
    code: int | str = ""
    message: str = ""
    headers: Mapping[str, str] | None = None
    lost: Literal["reset", "hang"] | None = None


class Minute:
    """Counts calls per account in minutes that begin with an account's first call."""

    def __init__(self) -> None:
        self._began: dict[str, float] = {}
        self._count: dict[str, int] = {}

    def hit(self, account: str) -> tuple[int, float]:
        """One more call: how many there were in this minute, and the seconds until the count starts again."""
        now = time.monotonic()
        if now - self._began.get(account, -60.0) >= 60.0:
            self._began[account], self._count[account] = now, 0
        self._count[account] += 1
        return self._count[account], 60.0 - (now - self._began[account])


class Gate:
    """One side's knobs at work. `knobs` is replaced as a whole, never half."""

    def __init__(self, dice: Random) -> None:
        self.knobs = Knobs()
        self.minute = Minute()
        self._dice = dice

    def turn(self, values: Mapping[str, Any]) -> None:
        """Set the named knobs, leave the others. Raises `pydantic.ValidationError` and changes nothing then."""
        self.knobs = Knobs.model_validate({**self.knobs.model_dump(), **values})

    async def enter(self, account: str) -> Fault | None:
        """Wait out the latency, then say what goes wrong with this call, if anything."""
        knobs = self.knobs
        if knobs.latency_ms or knobs.jitter_ms:
            await asyncio.sleep((knobs.latency_ms + self._dice.uniform(0, knobs.jitter_ms)) / 1000)
        if knobs.down or account in knobs.down_accounts:
            return self._down()
        if knobs.fail_next:
            return self._next()
        if knobs.fail_rate and self._dice.random() < knobs.fail_rate:
            return Fault(500, message="A failure on demand (fail_rate)")
        return None

    async def linger(self) -> None:
        """Between what was accepted and the answer."""
        if self.knobs.answer_after_ms:
            await asyncio.sleep(self.knobs.answer_after_ms / 1000)

    def leave(self) -> Fault | None:
        """What becomes of the answer to something that was accepted."""
        knobs = self.knobs
        if knobs.accept_then_timeout:
            knobs.accept_then_timeout -= 1
            return Fault(lost="hang")
        if knobs.accept_then_reset:
            knobs.accept_then_reset -= 1
            return Fault(lost="reset")
        if knobs.accept_then_500:
            knobs.accept_then_500 -= 1
            return Fault(500, message="Accepted, but the answer is a failure (accept_then_500)")
        return None

    def duplicated(self) -> bool:
        return self.knobs.duplicate_webhooks > 0 and self._dice.random() < self.knobs.duplicate_webhooks

    def dropped(self) -> bool:
        return self.knobs.drop_webhooks > 0 and self._dice.random() < self.knobs.drop_webhooks

    def scatter(self) -> float:
        """Seconds by which a webhook is held back so that others overtake it; 0 where order is kept."""
        return self._dice.uniform(0, 0.5) if self.knobs.reorder_webhooks else 0.0

    def _down(self) -> Fault:
        match self.knobs.down_as:
            case "503":
                return Fault(503, message="Service temporarily unavailable")
            case lost:
                return Fault(lost=lost)

    def _next(self) -> Fault:
        first = self.knobs.fail_next[0]
        first.count -= 1
        if first.count == 0:
            self.knobs.fail_next.pop(0)
        return Fault(first.status, first.code, first.message, first.headers)


async def lose(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Give no answer to this request: cut the connection at once (`reset`) or when the caller gives up (`hang`)."""
    # Nothing tells a handler that its caller has hung up, unless the server cancels it: so it looks.
    while fault.lost == "hang" and request.transport is not None:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
