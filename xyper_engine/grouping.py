"""Grouping: many small waits become one round trip.

A round trip per message is what makes a pipeline slow, not the queue. A `Grouped` collects what concurrent callers ask
for while the round trip before it is under way, and hands all of it to one call. Alone, a caller waits for nobody.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Grouped(Generic[T, R]):
    """Turns `flush(items) -> results`, one result per item in order, into `await grouped(item) -> result`.

    Groups never overlap, so items reach `flush` in the order they were asked for. An error of `flush` reaches every
    caller of that group. At most `limit` items travel in one group.
    """

    def __init__(self, flush: Callable[[Sequence[T]], Awaitable[Sequence[R]]], *, limit: int = 500) -> None:
        self._flush = flush
        self._limit = limit
        self._name = f"grouped {flush.__qualname__}"
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._worker: asyncio.Task[None] | None = None

    def __call__(self, item: T) -> asyncio.Future[R]:
        loop = self._worker.get_loop() if self._worker else asyncio.get_running_loop()  # which asks for the process id
        future: asyncio.Future[R] = loop.create_future()
        self._waiting.append((item, future))
        if self._worker is None:
            self._worker = loop.create_task(self._run(), name=self._name)
        return future

    async def _run(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(0)  # let everyone who is ready in this tick join
                group, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
                await self._one(group)
        finally:
            self._worker = None

    async def _one(self, group: list[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            results = await self._flush([item for item, _ in group])
        except asyncio.CancelledError:
            for _, future in group:
                future.cancel()
            raise
        except Exception as error:  # noqa: BLE001  every caller of the group is told
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
                    future.exception()  # who went on without this answer had a trouble of their own: nothing to log
        else:
            for (_, future), result in zip(group, results, strict=True):
                if not future.done():
                    future.set_result(result)
