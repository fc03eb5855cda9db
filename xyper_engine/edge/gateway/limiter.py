"""Rate limits: how much somebody may ask for, the same on every process that shares a Redis.

Limits are the sliding windows of the `limits` library. To ask Redis for every call would cost more than most calls do,
so a process takes a hundredth of a limit at a time and spends it from memory: what several processes let through in
one window can differ from the limit by that hundredth each. While Redis is away, each process counts for itself.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from xyper_engine.edge.gateway.count import Ask, Counted, asked
from xyper_engine.errors import TooMany, Unavailable

if TYPE_CHECKING:
    from xyper_engine.edge.gateway.shared_count import SharedCount

SHARE = 100
"""A process takes this part of a limit at once."""
KNOWN = 50_000
"""Whoever took a share last; of others what was taken for them is forgotten, which costs them a hundredth."""
PAUSE = 1.0
"""Seconds between two tries while Redis is away."""


@dataclass(frozen=True, slots=True)
class Rule:
    """So much, for each one that is counted under this name."""

    name: str
    item: RateLimitItem

    @classmethod
    def of(cls, name: str, written: str) -> "Rule | None":
        """As the settings write it, e.g. `600/minute`; None for "": no limit."""
        return cls(name, parse(written)) if written else None


@dataclass(slots=True)
class Allowance:
    """What one of them may still do: taken from the shared count and not spent yet, and what the count said then."""

    limit: int
    window: int
    """Seconds."""
    taken: int = 0
    until: float = 0.0
    unclaimed: int = 0
    resets: float = 0.0
    refused_until: float = 0.0
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def remaining(self) -> int:
        return self.taken + self.unclaimed


class Limiter:
    """`redis`: the url of the shared count; None: this process counts alone."""

    def __init__(self, redis: str | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._alone = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = _shared(redis) if redis else None
        self._known: OrderedDict[tuple[str, str], Allowance] = OrderedDict()
        self._clock = clock
        self._again_at = 0.0
        self._log: structlog.typing.FilteringBoundLogger = structlog.get_logger("xyper.limits")

    async def take(self, rule: Rule, who: str) -> Allowance:
        """One call of `who`. Raises `TooMany`."""
        while (spent := self.taken(rule, who)) is None:
            allowance = self._allowance(rule, who)
            self._refuse(rule, allowance, self._clock())
            await self._claim(rule, who, allowance)
        return spent

    def taken(self, rule: Rule, who: str) -> Allowance | None:
        """As `take`, where nothing has to be asked; else None."""
        allowance = self._known.get((rule.name, who))
        if allowance is None or not allowance.taken or allowance.until <= self._clock():
            return None
        allowance.taken -= 1
        return allowance

    def check(self, rule: Rule, who: str) -> None:
        """Raises `TooMany` where `take` has just refused them; costs nothing and takes nothing."""
        if allowance := self._known.get((rule.name, who)):
            self._refuse(rule, allowance, self._clock())

    def now(self) -> float:
        """The moment by which an allowance's `resets` is to be read."""
        return self._clock()

    async def close(self) -> None:
        if self._shared:
            await self._shared.close()

    def _allowance(self, rule: Rule, who: str) -> Allowance:
        key = rule.name, who
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Allowance(rule.item.amount, rule.item.get_expiry())
            if len(self._known) > KNOWN:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(key)
        return found

    def _refuse(self, rule: Rule, allowance: Allowance, now: float) -> None:
        if allowance.refused_until > now:
            wait = max(1, ceil(allowance.refused_until - now))
            words = f"More than {rule.item.amount} calls in {allowance.window} seconds ({rule.name}): wait {wait} s."
            raise TooMany(words, wait)

    async def _claim(self, rule: Rule, who: str, allowance: Allowance) -> None:
        """Take a share of the limit; only one asks at a time for the same one, the others then find it."""
        async with allowance.asking:
            now = self._clock()
            if (allowance.taken and allowance.until > now) or allowance.refused_until > now:
                return
            share = max(1, rule.item.amount // SHARE)
            got, left, resets = await self._count(Ask(rule.item, rule.name, who, share))
            allowance.taken, allowance.until = got, now + allowance.window
            allowance.unclaimed, allowance.resets = left, now + resets
            if not got:
                allowance.refused_until = now + max(resets, 0.05)

    async def _count(self, ask: Ask) -> Counted:
        if self._shared and self._clock() >= self._again_at:
            try:
                return await self._shared.take(ask)
            except Unavailable as error:
                self._again_at = self._clock() + PAUSE
                self._log.warning("limits are counted by each process alone", error=str(error))
        return await asked(self._alone, ask)


def _shared(url: str) -> "SharedCount":
    from xyper_engine.edge.gateway.shared_count import SharedCount  # only who has a Redis shall pay for its client

    return SharedCount(url)
