"""The machine: brings a tenant from its accounts to a proved round trip, as far as it can, and can be taken up again.

    lock the tenant → plan its steps → each account: look, mend, note → a message there and back → how it ended

What is found is stored as it is found, so a killed process costs the step that it was in, and each step adopts what is
there already.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xyper_engine.abilities import Onboards
from xyper_engine.model import Direction, Endpoint, Link, now
from xyper_engine.onboarding import round_trip
from xyper_engine.onboarding.run import Run
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.state.onboardings import Onboarding, Onboardings, State, StepRow
from xyper_engine.steps import Step
from xyper_engine.store.lock import Lock, locked


@dataclass(frozen=True, slots=True)
class Course:
    """What a tenant has to go through."""

    accounts: Sequence[Endpoint]
    """The agents' side first: the customers' needs somewhere to go."""
    links: Sequence[Link]


class Machine:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._registry = registry
        self._book = Onboardings(rt.db)

    async def run(self, tenant: str) -> bool:
        """What was asked for, to its end; False where another process is at it. Raises `NotFound`, `Unavailable`."""
        async with locked(self._rt.db, f"xyper onboarding {tenant}") as lock:
            if lock is None:
                return False
            while (asked := await self._book.read(tenant)).state == "running":
                state = await self._go(asked, lock)
                if await self._book.end(tenant, asked.asked, state):
                    self._rt.log.info("onboarding ended", task="onboarding", tenant=tenant, outcome=state)
            return True

    def steps(self, endpoint: Endpoint) -> Sequence[Step]:
        """What the account's adapter knows must be true of it."""
        adapter: object = self._registry.adapter(endpoint.adapter)
        return adapter.steps if isinstance(adapter, Onboards) else ()

    async def course(self, tenant: str) -> Course:
        """The tenant's accounts and links."""
        async with self._rt.db.tenant(tenant) as connection:
            accounts = await connection.fetch("select adapter, account from accounts order by created_at, 1, 2")
            links = await connection.fetch("select * from links order by created_at, id")
        ends = [Endpoint(adapter=row["adapter"], account=row["account"]) for row in accounts]
        return Course(sorted(ends, key=self._customers_last), [_link(row) for row in links])

    async def planned(self, tenant: str) -> Sequence[StepRow]:
        """Every step there is for it, none of them tried."""
        course = await self.course(tenant)
        own = [(at, step) for at in course.accounts for step in self.steps(at)]
        trips = [
            (link.customer, step)
            for link in course.links
            for step in round_trip.steps(link.customer, link.agent, now(), self._rt.settings.onboarding.wait)
        ]
        return [StepRow(at, step.name, step.title, "pending") for at, step in own + trips]

    async def _go(self, asked: Onboarding, lock: Lock) -> State:
        await self._book.plan(asked.tenant, await self.planned(asked.tenant))
        run = Run(self._rt, asked, lock)
        sound = [await run.account(at, self.steps(at)) for at in (await self.course(asked.tenant)).accounts]
        if all(sound):
            for link in (await self.course(asked.tenant)).links:  # again: an account may have its id only now
                await run.trip(link)
        return _ended((await self._book.read(asked.tenant)).steps)

    def _customers_last(self, endpoint: Endpoint) -> bool:
        adapter = self._registry.adapter(endpoint.adapter)
        return adapter is not None and adapter.speaks is Direction.inbound


def _link(row: Any) -> Link:
    return Link(
        id=row["id"],
        tenant=row["tenant"],
        customer=Endpoint(adapter=row["customer_adapter"], account=row["customer_account"]),
        agent=Endpoint(adapter=row["agent_adapter"], account=row["agent_account"]),
    )


def _ended(steps: Sequence[StepRow]) -> State:
    states = {step.state for step in steps}
    if "failed" in states:
        return "failed"
    return "done" if states <= {"done"} else "waiting"
