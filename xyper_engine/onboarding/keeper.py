"""The keeper: runs what was asked for, takes up what a dead process left, and has every tenant checked by schedule."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from xyper_engine.ending import end
from xyper_engine.errors import NotFound, XyperError
from xyper_engine.onboarding.examiner import Examiner
from xyper_engine.onboarding.machine import Machine
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.state.health import HealthBook, worst
from xyper_engine.state.onboardings import CHANNEL, Onboardings

PATROL = 30.0
"""Seconds between two looks for onboardings that nobody is at."""
ROUND = 30.0
"""Seconds between two looks for tenants that are due, at most."""
RUNS = 20
"""Onboardings that one engine is at: each holds a connection of the database."""
AT_ONCE = 4
"""Tenants that one engine checks at the same time."""
PAUSE = 0.2
"""Seconds between two such groups: checks must not take the vendors' limits from messages."""


class Keeper:
    """One per engine. Every run is a task of its own, named after its tenant and ended with the keeper."""

    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._book = Onboardings(rt.db)
        self._health = HealthBook(rt.db)
        self._machine = Machine(rt, registry)
        self._examiner = Examiner(rt, self._machine)
        self._few = asyncio.Semaphore(RUNS)
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._asked: set[str] = set()
        """Tenants that were asked for while their run was ending."""

    async def hear(self) -> None:
        """Run what is asked for at once; also what was asked for before this began to listen."""
        async for tenant in self._rt.db.listen(CHANNEL):
            for one in [tenant] if tenant else await self._open():
                self._start(one)

    async def patrol(self) -> None:
        """Take up what a process left that is gone."""
        while True:
            await asyncio.sleep(PATROL)
            for tenant in await self._open():
                self._start(tenant)

    async def check(self) -> None:
        """Every tenant once in `[onboarding] check_every`, each by one engine, spread over that time."""
        every = self._rt.settings.onboarding.check_every
        while every:
            some = await self._safely(partial(self._round, every))
            await asyncio.sleep(PAUSE if some else min(ROUND, every / 10))

    async def close(self) -> None:
        runs = list(self._runs.values())
        await end(*runs)

    async def _open(self) -> list[str]:
        found: list[str] = []
        await self._safely(partial(self._into, found))
        return found

    async def _into(self, found: list[str]) -> bool:
        found += await self._book.open()
        return bool(found)

    def _start(self, tenant: str) -> None:
        if tenant in self._runs:
            self._asked.add(tenant)
            return
        self._asked.discard(tenant)
        task = asyncio.create_task(self._run(tenant), name=f"onboarding of {tenant}")
        task.add_done_callback(lambda _: self._ended(tenant))
        self._runs[tenant] = task

    def _ended(self, tenant: str) -> None:
        task = self._runs.pop(tenant)
        if tenant in self._asked and not task.cancelled():
            self._start(tenant)

    async def _run(self, tenant: str) -> None:
        async with self._few:
            await self._safely(partial(self._machine.run, tenant))

    async def _round(self, every: float) -> bool:
        """The next few tenants that are due. Whether there were any."""
        await self._health.enlist(every)
        due = await self._health.claim(every, AT_ONCE)
        await asyncio.gather(*(self._safely(partial(self._checked, tenant)) for tenant in due))
        for state, count in (await self._health.census()).items():
            self._rt.metrics.health.labels(state).set(count)
        return bool(due)

    async def _checked(self, tenant: str) -> bool:
        """Whether all is well."""
        lines = await self._examiner.tenant(tenant)
        await self._health.write(tenant, lines)
        for line in lines:
            self._rt.metrics.checks.labels(line.account.adapter, line.step, line.state).inc()
        if (state := worst(lines)) != "ok":
            auth = any(line.auth for line in lines)
            self._rt.log.warning("checked", task="health", tenant=tenant, outcome=state, reason="auth" if auth else "")
        return state == "ok"

    async def _safely(self, work: Callable[[], Awaitable[bool]]) -> bool:
        """Nothing ends the keeping."""
        try:
            return await work()
        except NotFound:
            return False  # the tenant was deleted meanwhile
        except XyperError as error:
            self._rt.once.warning("put off", task="onboarding", reason=str(error))
        except Exception:
            self._rt.log.exception("bug", task="onboarding")
        return False


@asynccontextmanager
async def keeping(rt: Runtime, registry: Registry) -> AsyncIterator[None]:
    """The keeper at work."""
    keeper = Keeper(rt, registry)
    tasks = [
        asyncio.create_task(work(), name=f"onboarding {work.__name__}")
        for work in (keeper.hear, keeper.patrol, keeper.check)
    ]
    try:
        yield
    finally:
        await end(*tasks)
        await keeper.close()
