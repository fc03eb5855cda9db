"""What this process remembers of what the database holds, and how it asks for the rest."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from xyper_engine.errors import Unavailable

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

TTL = 30.0
"""Seconds an answer is trusted without asking again. A notice of a change ends it at once."""
EMPTY_TTL = 2.0
"""The same for "there is none"."""
EMPTY_LIMIT = 10_000
"""Remembered "there is none"s: anyone can ask for hooks that do not exist."""
FULL_LIMIT = 100_000
"""Remembered answers; beyond it the one that was loaded longest ago goes."""
STALE_WAIT = 0.25
"""Seconds to wait for a fresh answer where an old one is at hand; then the old one is given."""
STALE_PAUSE = 2.0
"""Seconds until the sources are asked again after they could not be reached."""


class Shelf(Generic[K, V]):
    """Remembers what `load` answered. One load per key at a time; an old answer is better than an outage.

    A remembered answer costs one dictionary look-up. An expired one is loaded anew; while that fails with
    `Unavailable`, or hangs, the old one is given. Empty answers (None, or no items) are never given once expired.
    """

    def __init__(self, load: Callable[[K], Awaitable[V]], clock: Callable[[], float] = time.monotonic) -> None:
        self._load = load
        self._clock = clock
        self._full: dict[K, tuple[float, V]] = {}
        self._empty: dict[K, tuple[float, V]] = {}
        self._loads: dict[K, asyncio.Task[V]] = {}

    def at_hand(self, key: K) -> V | None:
        """What is remembered and still trusted; None: nothing is, ask."""
        known = self._full.get(key)
        return known[1] if known is not None and known[0] > self._clock() else None

    async def __call__(self, key: K) -> V:
        known = self._full.get(key) or self._empty.get(key)
        if known is not None and known[0] > self._clock():
            return known[1]
        load = self._loads.get(key) or self._start(key)
        old = self._full.get(key)
        return await asyncio.shield(load) if old is None else await self._fresh_or(old[1], load, key)

    def expire(self) -> None:
        """Ask again for everything; also what is being loaded now may already be of yesterday."""
        self._loads.clear()
        self._empty.clear()
        self._full = {key: (0.0, value) for key, (_, value) in self._full.items()}

    def forget(self, key: K) -> None:
        """It is known that what is remembered of this does not hold any more: not even in an outage is it given."""
        for held in (self._loads, self._full, self._empty):
            held.pop(key, None)

    def _start(self, key: K) -> asyncio.Task[V]:
        task = asyncio.create_task(self._run(key), name=f"shelf {self._load.__name__}")
        task.add_done_callback(_heard)
        self._loads[key] = task
        return task

    async def _run(self, key: K) -> V:
        try:
            value = await self._load(key)
            if self._is_newest(key):
                self._remember(key, value)
            return value
        finally:
            if self._is_newest(key):
                del self._loads[key]

    def _is_newest(self, key: K) -> bool:
        """Whether the running load was not overtaken by `expire` or `forget`."""
        return self._loads.get(key) is asyncio.current_task()

    def _remember(self, key: K, value: V) -> None:
        if value:
            self._full.pop(key, None)
            if len(self._full) >= FULL_LIMIT:
                del self._full[next(iter(self._full))]
            self._full[key] = (self._clock() + TTL, value)
            self._empty.pop(key, None)
            return
        self._full.pop(key, None)
        if len(self._empty) >= EMPTY_LIMIT:
            self._empty.clear()
        self._empty[key] = (self._clock() + EMPTY_TTL, value)

    async def _fresh_or(self, old: V, load: "asyncio.Task[V]", key: K) -> V:
        done, _ = await asyncio.wait([load], timeout=STALE_WAIT)
        try:
            if done:
                return load.result()
        except Unavailable:
            pass
        if key not in self._full:  # forgotten while we waited
            return await self(key)
        self._full[key] = (self._clock() + STALE_PAUSE, old)
        return old


def _heard(task: "asyncio.Task[V]") -> None:
    """A load that nobody waits for any more may fail in silence: the next one who asks is told."""
    if not task.cancelled():
        task.exception()
