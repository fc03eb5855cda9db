"""Pacing: token buckets that keep us below the far sides' limits, so that a 429 is a bug and not a way of life.

Whoever must wait waits in order of priority, then of arrival. Buckets learn from response headers.
"""

import asyncio
import heapq
import time
from collections.abc import Sequence
from itertools import count

from xyper_engine.contract import Learned, Priority, Rate
from xyper_engine.metrics import Metrics

_IDLE = 4096
"""Buckets kept before full, idle ones are forgotten: a pair bucket per customer would grow for ever."""


class Bucket:
    def __init__(self, rate: Rate) -> None:
        self.per_second = rate.per_second
        self.burst = rate.burst
        self._tokens = rate.burst
        self._at = time.monotonic()
        self._held_until = 0.0
        self._waiters: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None

    def _refill(self) -> None:
        moment = time.monotonic()
        self._tokens = min(self.burst, self._tokens + (moment - self._at) * self.per_second)
        self._at = moment

    @property
    def idle(self) -> bool:
        self._refill()
        return not self._waiters and self._tokens >= self.burst and self._held_until <= self._at

    def try_take(self) -> bool:
        """Take a token if nobody waits and there is one."""
        self._refill()
        if self._waiters or self._tokens < 1 or self._held_until > self._at:
            return False
        self._tokens -= 1
        return True

    async def take(self, priority: Priority) -> None:
        if self.try_take():
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiters, (priority, next(self._order), future))
        self._schedule()
        await future

    def _schedule(self) -> None:
        if self._timer is None and self._waiters:
            missing = max(0.0, (1 - self._tokens) / self.per_second)
            wait = max(missing, self._held_until - self._at, 0.001)
            self._timer = asyncio.get_running_loop().call_later(wait, self._release)

    def _release(self) -> None:
        self._timer = None
        self._refill()
        while self._waiters and self._tokens >= 1 and self._held_until <= self._at:
            future = heapq.heappop(self._waiters)[2]
            if not future.done():  # a waiter may have been cancelled meanwhile
                self._tokens -= 1
                future.set_result(None)
        self._schedule()

    def learn(self, news: Learned) -> None:
        """Never spend more than the far side says is left; take over its rate."""
        self._refill()
        self.per_second = max(news.allowed / 60.0, 0.01)
        self._tokens = min(self._tokens, max(news.remaining, 0.0))
        if news.remaining <= 0:
            self.hold(news.resets_in)

    def hold(self, seconds: float) -> None:
        """Let nothing through for this long."""
        self._refill()
        self._held_until = max(self._held_until, self._at + seconds)
        self._tokens = min(self._tokens, 0.0)


class Pace:
    def __init__(self, metrics: Metrics | None = None) -> None:
        self._waits = (metrics or Metrics()).pacing
        self._buckets: dict[str, Bucket] = {}

    async def take(self, rates: Sequence[Rate], priority: Priority) -> None:
        """Wait until each of the limits lets one more call pass."""
        for rate in rates:
            bucket = self._buckets.get(rate.bucket) or self._open(rate)
            if not bucket.try_take():
                began = time.monotonic()
                await bucket.take(priority)
                self._waits.labels(priority.name).observe(time.monotonic() - began)

    def learn(self, news: Sequence[Learned]) -> None:
        for item in news:
            if bucket := self._buckets.get(item.bucket):
                bucket.learn(item)

    def hold(self, bucket: str, seconds: float) -> None:
        if found := self._buckets.get(bucket):
            found.hold(seconds)

    def _open(self, rate: Rate) -> Bucket:
        if len(self._buckets) >= _IDLE:
            self._buckets = {name: bucket for name, bucket in self._buckets.items() if not bucket.idle}
        bucket = self._buckets[rate.bucket] = Bucket(rate)
        return bucket
