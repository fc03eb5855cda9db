"""The look-out: finds what is wrong, notes what began and what is over, and what each channel is to be told of it.

One engine of several does so, the one that holds the lock; to tell is anybody's work (`teller.py`).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from xyper_engine.alerting.conditions import Conditions
from xyper_engine.alerting.teller import Teller
from xyper_engine.alerting.words import body_of
from xyper_engine.ending import end
from xyper_engine.rounds import Round
from xyper_engine.runtime import Runtime
from xyper_engine.state.alert_channels import ChannelBook
from xyper_engine.state.alerts import AlertBook, AlertView, Turned
from xyper_engine.state.objectives import Objectives
from xyper_engine.store.lock import locked

LOCK = "xyper alerts"


class Watch:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._settle = timedelta(seconds=rt.settings.alerts.settle)
        self._conditions = Conditions(rt.db, rt.settings.alerts)
        self._book = AlertBook(rt.db)
        self._channels = ChannelBook(rt.db, rt.keyring)
        self._objectives = Objectives(rt.db)

    async def round(self) -> Turned:
        """One look. Raises `Unavailable`."""
        await self._objectives.look()
        await self._gauge()
        found = await self._conditions.all()
        async with self._rt.db.transaction() as connection:
            turned = await self._book.note(connection, found, self._settle)
            for row in await self._channels.wanting(connection) if turned.anything else ():
                wanted = _for(turned, row["tenant"], row["topics"])
                if wanted.anything:
                    await self._channels.post(connection, row["id"], row["tenant"], body_of(wanted))
        return turned

    async def _gauge(self) -> None:
        metrics = self._rt.metrics
        metrics.budget.clear()
        for one in reversed(await self._objectives.worst(None, None, self._rt.settings.metrics.tenants + 1)):
            metrics.budget.labels(metrics.tenant(one.tenant)).set(one.kept)  # of those without a label the worst

    def rest(self) -> None:
        """Another engine looks out now."""
        self._rt.metrics.budget.clear()


def _for(turned: Turned, tenant: str | None, topics: Sequence[str]) -> Turned:
    """What a channel wants to hear: a tenant's what is about it, and ours everything."""

    def wanted(one: AlertView) -> bool:
        return (tenant is None or one.tenant == tenant) and (not topics or one.topic in topics)

    return Turned([one for one in turned.began if wanted(one)], [one for one in turned.ended if wanted(one)])


@asynccontextmanager
async def alerting(rt: Runtime) -> AsyncIterator[None]:
    """Look-out and teller at work, unless `[alerts] every` is 0."""
    if not rt.settings.alerts.every:
        yield
        return
    teller = Teller(rt)
    tasks = [asyncio.create_task(work, name="alerts") for work in (_watching(rt, teller), teller.always())]
    try:
        yield
    finally:
        await end(*tasks)


async def _watching(rt: Runtime, teller: Teller) -> None:
    while True:
        await asyncio.sleep(rt.settings.alerts.every)
        with Round(rt, "alerts"):
            async with locked(rt.db, LOCK) as lock:
                if lock is not None:
                    await _rounds(rt, teller, lock.prove)


async def _rounds(rt: Runtime, teller: Teller, prove: Callable[[], Awaitable[None]]) -> None:
    """For as long as the lock is ours."""
    watch = Watch(rt)
    try:
        while True:
            await prove()
            turned = await watch.round()
            if turned.anything:
                rt.log.info("alerts", task="alerts", **_counts(turned))
                teller.wake()
            await asyncio.sleep(rt.settings.alerts.every)
    finally:
        watch.rest()


def _counts(turned: Turned) -> Mapping[str, int]:
    return {"began": len(turned.began), "ended": len(turned.ended)}
