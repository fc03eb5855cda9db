"""The housekeeper: once a day, what has been kept long enough goes; every few minutes, what cannot wait a day."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date

from xyper_engine.ending import end
from xyper_engine.errors import Conflict
from xyper_engine.model import now
from xyper_engine.rounds import Round
from xyper_engine.routing.reconciler import schedule
from xyper_engine.runtime import Runtime
from xyper_engine.state.retention import Retention, Swept
from xyper_engine.state.statistics import forget
from xyper_engine.tenants.purge import Purge
from xyper_engine.tenants.quotas import Traffic, traffic

DAY = 86_400.0
OFTEN = 300.0
_FIRST = (60.0, 600.0)
"""Seconds from the start to the first round: neither while an engine starts, nor in all of them at the same time."""


async def sweep(rt: Runtime) -> Swept:
    """One round of what is done once a day. Raises `Unavailable`."""
    await rt.access.tidy()
    await rt.media.tidy()
    swept = await Retention(rt.db, rt.media).sweep()
    await forget(rt.db)
    days = await rt.traces.sweep()
    rt.log.info(
        "swept", task="housekeeper", files=swept.files, objects=swept.objects, orphans=swept.orphans,
        messages=swept.messages, ledger=swept.ledger, bodies=swept.bodies, dead_letters=swept.dead_letters,
        trace_days=days,
    )  # fmt: skip
    return swept


async def purge(rt: Runtime) -> None:
    """Tenants whose grace period is over. Raises `Unavailable`."""
    work = Purge(rt.db, rt.media, rt.broker)
    for tenant in await work.due():
        try:
            await work.purge(tenant)
        except Conflict as error:
            rt.log.warning("not purged yet", task="housekeeper", tenant=tenant, reason=str(error))


class Watch:
    """Quotas that refuse nothing: they are counted, shown as a metric, and warned of once a day."""

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._warned: dict[str, date] = {}

    async def look(self) -> None:
        """Raises `Unavailable`."""
        found = await traffic(self._rt.db)
        self._rt.metrics.quota.clear()
        for one in sorted(found, key=_share):  # of those without a label of their own the worst one is shown
            self._rt.metrics.quota.labels(self._rt.metrics.tenant(one.tenant)).set(_share(one))
            if one.messages > one.quota and self._warned.get(one.tenant) != now().date():
                self._warned[one.tenant] = now().date()
                self._rt.log.warning(
                    "over quota", task="housekeeper", tenant=one.tenant, messages=one.messages, quota=one.quota
                )


def _share(traffic: Traffic) -> float:
    return traffic.messages / max(traffic.quota, 1)


@asynccontextmanager
async def keeping_house(rt: Runtime) -> AsyncIterator[None]:
    """The housekeeper at work."""
    rounds = ((DAY, sweep), (OFTEN, _often(rt)))
    tasks = [asyncio.create_task(_rounds(rt, pause, work), name="housekeeper") for pause, work in rounds]
    try:
        yield
    finally:
        await end(*tasks)


def _often(rt: Runtime) -> Callable[[Runtime], Awaitable[object]]:
    watch = Watch(rt)

    async def often(rt: Runtime) -> None:
        await purge(rt)
        await schedule(rt)
        await watch.look()

    return often


async def _rounds(rt: Runtime, every: float, work: Callable[[Runtime], Awaitable[object]]) -> None:
    pause = random.uniform(*_FIRST)
    while True:
        await asyncio.sleep(pause)
        pause = every
        with Round(rt, "housekeeper") as one:
            await work(rt)
        if one.away:
            pause = min(every, max(_FIRST))
