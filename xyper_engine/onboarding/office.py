"""A tenant's onboarding and health, as its operator sees them by the command line or over HTTP."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from xyper_engine.abilities import Offer, OffersAccounts
from xyper_engine.access.caller import Caller
from xyper_engine.errors import Conflict, NotFound
from xyper_engine.model import Endpoint
from xyper_engine.onboarding.desk import Desk
from xyper_engine.onboarding.machine import Machine
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.state.health import Checked, HealthBook
from xyper_engine.state.onboardings import Onboarding, Onboardings, Wanted
from xyper_engine.store.lock import locked


class OnboardingOffice:
    """All raise `NotFound` for a tenant that is not there."""

    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._registry = registry
        self._book = Onboardings(rt.db)
        self._health = HealthBook(rt.db)
        self.machine = Machine(rt, registry)

    async def read(self, tenant: str) -> Onboarding:
        """How far it is; with what there will be to do for accounts that are newer than the last run."""
        found = await self._book.read(tenant)
        known = {(one.account, one.step): one for one in found.steps}
        planned = await self.machine.planned(tenant)
        return replace(found, steps=[known.get((one.account, one.step), one) for one in planned])

    async def ask(self, by: Caller, tenant: str, wanted: Wanted) -> Onboarding:
        """Have it run in the background. Raises `NotFound` for an account or a step that it has not."""
        planned = (await self.read(tenant)).steps
        if not any(wanted.names(str(one.account), one.step) for one in planned) and (wanted.account or wanted.step):
            known = ", ".join(dict.fromkeys(f"{one.account} {one.step}" for one in planned))
            raise NotFound(f"{tenant} has no such step; it has: {known or 'none, because it has no accounts'}.")
        await self._book.ask(by, tenant, wanted)
        return await self.read(tenant)

    async def offers(self, by: Caller, tenant: str, account: Endpoint) -> Sequence[Offer]:
        """What there is at the vendor that the account could stand for. Raises a `SendError`."""
        adapter: object = self._registry.adapter(account.adapter)
        desk = await self._desk(by, tenant, account)
        return await adapter.offers(desk) if isinstance(adapter, OffersAccounts) else ()

    async def adopt(self, by: Caller, tenant: str, account: Endpoint, id_: str) -> Endpoint:
        """The account stands for this one of its offers from now on. Raises `Conflict` while an onboarding is on."""
        async with locked(self._rt.db, f"xyper onboarding {tenant}") as lock:
            if lock is None:
                raise Conflict(f"{tenant} is being onboarded just now: wait until that has ended.")
            if id_ not in {one.id for one in await self.offers(by, tenant, account)}:
                raise NotFound(f"{account} cannot stand for {id_}: it is not among what its vendor offers.")
            await (await self._desk(by, tenant, account)).name(id_)
        return Endpoint(adapter=account.adapter, account=id_)

    async def _desk(self, by: Caller, tenant: str, account: Endpoint) -> Desk:
        found = await self._rt.directory.account(account)
        if found is None or found.tenant != tenant:
            raise NotFound(f"{tenant} has no account {account}.")
        return Desk(self._rt, by, found)

    async def health(self, tenant: str) -> tuple[datetime | None, Sequence[Checked]]:
        """What the last check found, and when that was."""
        return await self._health.read(tenant)
