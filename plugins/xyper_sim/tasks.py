"""Background work of the simulator: every task has a name, an owner and a grave."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from xyper_engine.ending import end


class Tasks:
    """Owns every task and timer that outlives a request; `close` ends them all."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: dict[object, asyncio.TimerHandle] = {}

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._bury)

    def later(self, seconds: float, call: Callable[..., object], *args: object) -> None:
        """Call it after so many seconds (not scaled). Cheaper than a task; forgotten on close."""
        loop = asyncio.get_running_loop()
        if seconds <= 0:
            loop.call_soon(call, *args)
            return
        ticket = object()
        self._timers[ticket] = loop.call_later(seconds, self._ring, ticket, call, args)

    async def close(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        await end(*self._tasks)

    def _ring(self, ticket: object, call: Callable[..., object], args: tuple[object, ...]) -> None:
        del self._timers[ticket]
        call(*args)

    def _bury(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            task.get_loop().call_exception_handler({"message": f"{task.get_name()} failed", "exception": error})
