"""Time limits of calls, cheap for those that keep them.

`asyncio.timeout` costs a call as much as all its other limits together, most of it for a timer that nearly never rings.
So here calls are only noted, and ten times a second, while there are any, one look finds those that took too long.
"""

import asyncio
import time
from types import TracebackType

LOOK = 0.1
"""Seconds between two looks: by so much a limit may be overrun."""


class Limit:
    """One call under way. As `asyncio.timeout` does, it cancels the task at its end, and raises `TimeoutError`."""

    __slots__ = ("_among", "ends", "over", "task")

    def __init__(self, seconds: float, among: "set[Limit]") -> None:
        self.ends = time.monotonic() + seconds
        self.over = False
        self._among = among

    def __enter__(self) -> None:
        self.task = asyncio.current_task()
        self._among.add(self)

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._among.discard(self)
        if self.over and self.task and not self.task.uncancel() and kind is asyncio.CancelledError:
            raise TimeoutError

    def end(self) -> None:
        """Time is up."""
        self.over = True
        if self.task:
            self.task.cancel()


class Patience:
    def __init__(self) -> None:
        self._under_way: set[Limit] = set()
        self._looks = False

    def limit(self, seconds: float) -> Limit:
        """Around what may take so long."""
        if not self._looks:
            self._looks = True
            asyncio.get_running_loop().call_later(LOOK, self._look)
        return Limit(seconds, self._under_way)

    def _look(self) -> None:
        now = time.monotonic()
        for limit in self._under_way:
            if limit.ends < now and not limit.over:
                limit.end()
        self._looks = bool(self._under_way)
        if self._looks:
            asyncio.get_running_loop().call_later(LOOK, self._look)
