"""The embedded cache: a bounded dictionary in this process; what was not used for longest goes first."""

import asyncio
import time
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Callable

from xyper_engine.metrics import Metrics

LIMIT = 64 * 1024 * 1024
"""Bytes, as reckoned by `_weight`."""
OVERHEAD = 200
"""Bytes that an entry costs beside its key and value, roughly."""
BACKLOG = 10_000
"""Messages that wait for one slow listener; then its oldest are forgotten."""


class MemoryCache:
    """Serves one process. `clock` counts seconds and never goes back."""

    def __init__(
        self, *, limit: int = LIMIT, clock: Callable[[], float] = time.monotonic, metrics: Metrics | None = None
    ) -> None:
        self._entries: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._listeners: defaultdict[str, set[asyncio.Queue[bytes | None]]] = defaultdict(set)
        self._limit = limit
        self._weight = 0
        self._clock = clock
        self._closed = False
        counts = (metrics or Metrics()).cache
        self._hit, self._miss = counts.labels("hit").inc, counts.labels("miss").inc

    async def get(self, key: str) -> bytes | None:
        value, ends = self._entries.get(key, (None, 0.0))
        if value is None or ends <= self._clock():
            self._drop(key)
            self._miss()
            return None
        self._hit()
        self._entries.move_to_end(key)
        return value

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        self._drop(key)
        self._entries[key] = (value, self._clock() + ttl)
        self._weight += _weight(key, value)
        while self._weight > self._limit:
            self._drop(next(iter(self._entries)))

    async def raise_to(self, key: str, number: int, ttl: float) -> None:
        value, ends = self._entries.get(key, (b"0", 0.0))
        if ends <= self._clock() or int(value) <= number:
            await self.set(key, b"%d" % number, ttl)

    async def delete(self, *keys: str) -> None:
        for key in keys:
            self._drop(key)

    async def publish(self, channel: str, message: bytes) -> None:
        for queue in self._listeners.get(channel, ()):
            _put(queue, message)

    async def listen(self, channel: str) -> AsyncIterator[bytes]:
        if self._closed:
            return
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(BACKLOG)
        self._listeners[channel].add(queue)
        try:
            while (message := await queue.get()) is not None:
                yield message
        finally:
            self._listeners[channel].discard(queue)

    async def ping(self) -> None:
        """Always there."""

    async def close(self) -> None:
        self._closed = True
        for queues in self._listeners.values():
            for queue in queues:
                _put(queue, None)

    def _drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._weight -= _weight(key, entry[0])


def _weight(key: str, value: bytes) -> int:
    return len(key) + len(value) + OVERHEAD


def _put(queue: asyncio.Queue[bytes | None], message: bytes | None) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(message)
