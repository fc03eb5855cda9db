"""The reconciler: an engine's beat, and orders for whoever heals: after an outage, on schedule, and when asked.

Once it is at work, what was missed while nobody listened is ordered in the queues; only then do the doors open, so that
nothing newer can stand before it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from xyper_engine.abilities import KeepsHistory
from xyper_engine.broker import topology
from xyper_engine.ending import end
from xyper_engine.model import new_id
from xyper_engine.plugins import Registry
from xyper_engine.rounds import Round
from xyper_engine.routing.healing import orders
from xyper_engine.runtime import Runtime
from xyper_engine.state.reconciliation import Reconciliations

BEAT = 10.0
"""Seconds between two beats, at most."""
BEATS = 2.5
"""Of them in the shortest outage that is to be noticed: an engine that is there is not taken for one that is not."""


class Reconciler:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._work = Reconciliations(rt.db)
        self._engine = new_id()
        self._beats = False
        self._adapters = [name for name, adapter in registry.adapters.items() if isinstance(adapter, KeepsHistory)]

    async def look_back(self) -> None:
        """Order what was missed while nobody listened, if nobody did. Raises `Unavailable`."""
        settings = self._rt.settings.healing
        outage, margin = timedelta(seconds=settings.outage), timedelta(seconds=settings.margin)
        silence = await self._work.look_back(outage, margin)
        if silence is not None:
            self._rt.log.warning("nobody listened", task="reconciler", seconds=round(silence.total_seconds()))
        await self.plan()

    async def plan(self) -> None:
        """Put whatever was asked for into the queues. Raises `Unavailable`."""
        while await self._plan_one():
            pass

    async def beat(self) -> None:
        """It listens, and has for a while. Raises `Unavailable`."""
        await self._work.beat(self._engine)
        self._beats = True

    async def leave(self) -> None:
        """It has listened until now, if it ever said that it does. Raises `Unavailable`."""
        if self._beats:
            await self._work.beat(self._engine)

    async def _plan_one(self) -> bool:
        reach = timedelta(seconds=self._rt.settings.healing.reach)
        async with self._work.planning(self._adapters, reach) as plan:
            if plan is None:
                return False
            batch = orders(plan)
            if batch:
                await self._rt.broker.declare([topology.outbound(plan.tenant)])
                await self._rt.broker.publish(batch)
            self._rt.log.info(
                "reconciliation begins", task="reconciler", tenant=plan.tenant, conversations=len(plan.conversations)
            )
        return True


async def schedule(rt: Runtime) -> None:
    """Ask for what is due. Raises `Unavailable`."""
    every, margin = rt.settings.healing.every, timedelta(seconds=rt.settings.healing.margin)
    if every:
        await Reconciliations(rt.db).schedule(timedelta(seconds=every), margin)


@asynccontextmanager
async def reconciling(rt: Runtime, registry: Registry) -> AsyncIterator[None]:
    """The reconciler at work."""
    one = Reconciler(rt, registry)
    await _safely(rt, one.look_back)
    task = asyncio.create_task(_listening(rt, one), name="reconciler")
    try:
        yield
    finally:
        await end(task)


@asynccontextmanager
async def attending(rt: Runtime, registry: Registry) -> AsyncIterator[None]:
    """From when the doors are open: the others, and whoever comes after this engine, know that it listens."""
    one = Reconciler(rt, registry)
    task = asyncio.create_task(_beating(rt, one), name="beats")
    try:
        yield
    finally:
        await end(task)
        await _safely(rt, one.leave)


async def _beating(rt: Runtime, one: Reconciler) -> None:
    """No beat hides a silence before it: of the start, of a process that stood still, or of engines that die at once.

    So the first one comes after a while in which it has listened without a break.
    """
    outage, owed = rt.settings.healing.outage, True
    while True:
        began = time.monotonic()
        owed = owed and not await _safely(rt, one.look_back)
        await asyncio.sleep(min(BEAT, outage / BEATS))
        owed = owed or time.monotonic() - began > outage
        if not owed:
            await _safely(rt, one.beat)


async def _listening(rt: Runtime, one: Reconciler) -> None:
    async for _ in rt.db.listen("xyper_reconcile"):
        await _safely(rt, one.plan)


async def _safely(rt: Runtime, work: Callable[[], Awaitable[None]]) -> bool:
    """Whether it was done."""
    with Round(rt, "reconciler") as one:
        await work()
    return one.done
