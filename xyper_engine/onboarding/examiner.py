"""Health: the steps of onboarding, only looked at. `xyper check`, the schedule and the API tell the same story."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from xyper_engine.access.caller import Caller
from xyper_engine.errors import NotFound, XyperError
from xyper_engine.model import Endpoint
from xyper_engine.onboarding import attempt
from xyper_engine.onboarding.desk import Desk, desk_of
from xyper_engine.onboarding.machine import Machine
from xyper_engine.runtime import Runtime
from xyper_engine.saying import said
from xyper_engine.state.health import Checked, Verdict
from xyper_engine.steps import Finding, Step

PATIENCE = 20.0
"""Seconds for one step's look."""


class Examiner:
    def __init__(self, rt: Runtime, machine: Machine) -> None:
        self._rt = rt
        self._machine = machine

    async def tenant(self, tenant: str) -> Sequence[Checked]:
        """Every account. Never raises for an account's trouble; `Unavailable` where our own database is away."""
        found: list[Checked] = []
        for endpoint in (await self._machine.course(tenant)).accounts:
            try:
                found += [line async for line in self.account(endpoint)]
            except NotFound:
                continue  # it was removed meanwhile
            except XyperError as error:
                found.append(Checked(endpoint, "account", "unknown", str(error)))
        return found

    async def account(self, endpoint: Endpoint) -> AsyncIterator[Checked]:
        """Each step, until one that is needed is not as it should be: what follows would say the same."""
        desk = await desk_of(self._rt, Caller.host(), endpoint)
        for step in self._machine.steps(endpoint):
            line = await self._look(step, desk)
            yield line
            if step.needed and line.state != "ok":
                return

    async def _look(self, step: Step, desk: Desk) -> Checked:
        desk.calls.clear()
        try:
            async with asyncio.timeout(PATIENCE):
                found = await attempt.look(step, desk)
        except TimeoutError:
            words = said("step.silent", "No answer within {seconds} seconds.", seconds=round(PATIENCE))
            found = Finding("unknown", words, said("step.silent.todo", "Try again in a while."))
        correlation = desk.calls[-1].correlation if desk.calls else ""
        state = _verdict(step, found)
        return Checked(
            desk.account.endpoint,
            step.name,
            state,
            found.detail,
            found.todo,
            found.auth,
            correlation,
            expires_at=found.expires_at,
            quality=found.quality,
            messaging_limit=found.messaging_limit,
        )


def _verdict(step: Step, found: Finding) -> Verdict:
    """What is not needed is never wrong: its words say what it would bring."""
    if found.state == "unknown":
        return "unknown"
    done = found.state == "done" and not found.account  # an id that was only found is yet to be taken on
    return "ok" if done or not step.needed else "wrong"
