"""One question to a count of calls, wherever it is kept: may there be so many more?"""

import time
from typing import NamedTuple

from limits import RateLimitItem
from limits.aio.strategies import SlidingWindowCounterRateLimiter


class Ask(NamedTuple):
    item: RateLimitItem
    name: str
    """Of the rule."""
    who: str
    share: int
    """So many at once; near the end of a limit one is asked for instead."""


class Counted(NamedTuple):
    got: int
    """Of the share."""
    left: int
    """For anybody."""
    resets: float
    """Seconds until more come."""


async def asked(limiter: SlidingWindowCounterRateLimiter, ask: Ask) -> Counted:
    item, name, who, share = ask
    got = share if await limiter.hit(item, name, who, cost=share) else 0
    if not got and share > 1:
        got = int(await limiter.hit(item, name, who))
    stats = await limiter.get_window_stats(item, name, who)
    return Counted(got, stats.remaining, max(0.0, stats.reset_time - time.time()))
