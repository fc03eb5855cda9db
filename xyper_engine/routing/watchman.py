"""The watchman: asks the agent side about conversations that fell silent, for no webhook tells that one has ended.

The longer nothing was heard, the rarer the question; each waits for its turn behind everything else that is sent to the
account, and no account is asked more than `[conversations] check_rate` times a minute. Where a tenant decided so
(`policy.end_after`), a conversation whose customer fell silent is ended. Several engines share the work.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from xyper_engine.abilities import Fate, FollowsThreads
from xyper_engine.contract import Priority, Rate
from xyper_engine.ending import end
from xyper_engine.errors import SendError, Throttled
from xyper_engine.model import Account, now
from xyper_engine.plugins import Registry
from xyper_engine.rounds import Round
from xyper_engine.routing.pace import Pace
from xyper_engine.runtime import Runtime
from xyper_engine.state.threads import Due

PAUSE = 5.0
"""Seconds between two looks at what is due."""
MOST = 20
"""Questions in one round."""
PATIENCE = 90.0
"""Seconds for one question with its wait; less than it is claimed for."""


class Watchman:
    def __init__(self, rt: Runtime, registry: Registry, pace: Pace) -> None:
        self._rt = rt
        self._registry = registry
        self._pace = pace
        self._settings = rt.settings.conversations

    async def round(self) -> int:
        """Ask what is due; how many there were. Raises `Unavailable`."""
        due = await self._rt.threads.due(self._settings.check_first, MOST)
        await asyncio.gather(*(self._look(one) for one in due))
        return len(due)

    async def _look(self, due: Due) -> None:
        adapter: object = self._registry.adapter(due.agent.adapter)
        account = await self._rt.directory.account(due.agent) if due.active else None
        if account is None or not isinstance(adapter, FollowsThreads):
            await self._rt.threads.put_off(due, timedelta(seconds=self._settings.check_most))
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self._ask(due, adapter, account)
        except (SendError, TimeoutError) as error:
            self._noted(due, error)
            await self._rt.threads.put_off(due, self._pause(due))

    async def _ask(self, due: Due, adapter: FollowsThreads, account: Account) -> None:
        fate = await self._fate(due, adapter, account)
        left = await self._patience_left(due)
        if fate.ended_at is not None:
            await self._rt.threads.ended(due, fate.ended_at, "agent", fate.participants)
        elif left is not None and left <= timedelta(0):
            await self._pace.take(adapter.question_rates(account), Priority.question)
            await adapter.end(due.thread, account, self._rt)
            await self._rt.threads.ended(due, now(), "policy", fate.participants)
        else:
            again = self._pause(due) if left is None else min(left, self._pause(due))
            await self._rt.threads.seen(due, fate.participants, again)

    async def _fate(self, due: Due, adapter: FollowsThreads, account: Account) -> Fate:
        rate = self._settings.check_rate
        own = Rate(f"questions:{account.endpoint}", per_second=rate / 60, burst=max(1.0, rate / 10))
        await self._pace.take((own, *adapter.question_rates(account)), Priority.question)
        fate = await adapter.fate(due.thread, account, self._rt)
        self._pace.learn(fate.learned)
        return fate

    async def _patience_left(self, due: Due) -> timedelta | None:
        """How long the customer may go on being silent; None: for ever."""
        hours = (await self._rt.directory.policy(due.tenant)).end_after
        return due.silent_since + timedelta(hours=hours) - now() if hours else None

    def _pause(self, due: Due) -> timedelta:
        first, most = self._settings.check_first, self._settings.check_most
        return timedelta(seconds=min(first * 2.0 ** (due.checks - 1), most))

    def _noted(self, due: Due, error: Exception) -> None:
        if isinstance(error, Throttled) and error.bucket and error.after:
            self._pace.hold(error.bucket, error.after)
        self._rt.log.info("not asked", task="watchman", tenant=due.tenant, reason=type(error).__name__)


@asynccontextmanager
async def watching(rt: Runtime, registry: Registry, pace: Pace) -> AsyncIterator[None]:
    """The watchman at work, unless `[conversations] check_first` is 0."""
    if not rt.settings.conversations.check_first:
        yield
        return
    task = asyncio.create_task(_rounds(rt, Watchman(rt, registry, pace)), name="watchman")
    try:
        yield
    finally:
        await end(task)


async def _rounds(rt: Runtime, watchman: Watchman) -> None:
    found = 0
    while True:
        await asyncio.sleep(PAUSE if found < MOST else 0)
        found = 0
        with Round(rt, "watchman"):
            found = await watchman.round()
