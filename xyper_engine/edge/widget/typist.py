"""Somebody types in the widget: their vendor is told, now and then, and nobody waits for it."""

import asyncio
import time

from xyper_engine.edge.widget.acting import Actors
from xyper_engine.edge.widget.opening import Opened
from xyper_engine.ending import end
from xyper_engine.errors import SendError, Unavailable, Unsendable
from xyper_engine.runtime import Runtime

PAUSE = 4.0
"""Seconds between two words of it: what the vendor shows lasts five."""


class Typist:
    """Of one page."""

    def __init__(self, rt: Runtime, actors: Actors) -> None:
        self._rt = rt
        self._actors = actors
        self._next = 0.0
        self._task: asyncio.Task[None] | None = None

    def types(self, one: Opened) -> None:
        if time.monotonic() < self._next or (self._task and not self._task.done()):
            return
        self._next = time.monotonic() + PAUSE
        self._task = asyncio.create_task(self._tell(one), name="typist")

    async def stop(self) -> None:
        if self._task:
            await end(self._task)

    async def _tell(self, one: Opened) -> None:
        try:
            place = await self._actors.place(one)
            await place.voice.typing(place.name, place.speaker, self._rt)
        except (SendError, Unsendable, Unavailable) as error:
            self._rt.log.debug("typing was not told", tenant=one.tenant, reason=type(error).__name__)
