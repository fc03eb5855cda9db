"""One going through a tenant's steps."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import asdict

from xyper_engine.errors import Conflict
from xyper_engine.model import Endpoint, Link, now
from xyper_engine.onboarding import attempt, round_trip
from xyper_engine.onboarding.desk import Desk, desk_of
from xyper_engine.runtime import Runtime
from xyper_engine.saying import said
from xyper_engine.state.onboardings import Onboarding, Onboardings, StepRow, StepState
from xyper_engine.steps import Finding, Step
from xyper_engine.store.lock import Lock

UNKNOWN_PATIENCE = 2.0
"""Seconds for which a vendor that could not be asked is asked again."""
_CALLS = 30
"""So many of a step's last calls are kept."""


class Run:
    """Before each step, and while one waits, it proves that it is still alone: else it raises `Unavailable`."""

    def __init__(self, rt: Runtime, asked: Onboarding, lock: Lock) -> None:
        self._rt = rt
        self._by = asked.by
        self._wanted = asked.wanted
        self._lock = lock
        self._book = Onboardings(rt.db)
        self._known = {(one.account, one.step): one for one in asked.steps}

    async def account(self, endpoint: Endpoint, steps: Sequence[Step]) -> bool:
        """Every step until one that is needed fails. Whether none did."""
        desk = await desk_of(self._rt, self._by, endpoint)
        for step in steps:
            # An account that gets its id meanwhile is asked for by the one that it had.
            wanted = self._wanted.names(str(endpoint), step.name)
            if wanted and not await self._step(step, desk) and step.needed:
                return False
        return True

    async def trip(self, link: Link) -> None:
        """A message there and an answer back. What was said since this was first waited for counts."""
        known = self._known.get((link.customer, round_trip.HEARD))
        begun = known.began_at if known and known.began_at and not self._wanted.again else now()
        steps = round_trip.steps(link.customer, link.agent, begun, self._rt.settings.onboarding.wait)
        await self.account(link.customer, steps)

    async def _step(self, step: Step, desk: Desk) -> bool:
        """Whether it is done."""
        at = desk.account.endpoint
        known = self._known.get((at, step.name))
        done = known is not None and known.state == "done" and not self._wanted.again
        if done:
            return True
        await self._lock.prove()
        await self._book.begin(at, step.name, anew=self._wanted.again)
        found = await self._settled(step, desk)
        await self._note(step, desk, found, _state(found))
        return found.state == "done"

    async def _settled(self, step: Step, desk: Desk) -> Finding:
        """Tried, and tried again for as long as waiting is worth it."""
        began = time.monotonic()
        while True:
            desk.calls.clear()
            found = await self._named(step, desk, await attempt.make(step, desk))
            patience = {"waiting": step.patience, "unknown": UNKNOWN_PATIENCE}.get(found.state, 0.0)
            if time.monotonic() - began >= patience:
                return found
            await self._note(step, desk, found, "running")
            await asyncio.sleep(step.every)
            await self._lock.prove()

    async def _named(self, step: Step, desk: Desk, found: Finding) -> Finding:
        """Where the vendor has given the account its id: take it on, and see whether all is as it should be."""
        if not found.account:
            return found
        try:
            await desk.name(found.account)
        except Conflict as error:
            todo = said("step.taken.todo", "Remove it there, or give this account another webhook address.")
            return Finding("failed", str(error), todo)
        return await attempt.make(step, desk)

    async def _note(self, step: Step, desk: Desk, found: Finding, state: StepState) -> None:
        calls = [asdict(call) for call in desk.calls[-_CALLS:]]
        row = StepRow(desk.account.endpoint, step.name, step.title, state, found.detail, found.todo, calls)
        await self._book.note(row)


def _state(found: Finding) -> StepState:
    return "failed" if found.state == "missing" else found.state
