"""Tenants: who may speak through Xyper, from their beginning to their end."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from xyper_engine.access.roles import Action
from xyper_engine.edge.paging import Page, cursor
from xyper_engine.edge.route import Answer, Call, Given, Route, Told
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.sealing import Sealer
from xyper_engine.tenant_rules import PluginRules
from xyper_engine.tenants.reading import Wanted
from xyper_engine.tenants.service import Tenants
from xyper_engine.tenants.spec import Name, TenantSpec
from xyper_engine.tenants.views import State, TenantFigures, TenantLine

ALL, ONE = "/api/v1/tenants", "/api/v1/tenants/{tenant}"


class TenantQuery(Page):
    state: Literal["", "active", "suspended", "deleting"] = ""
    """Only those in this state."""
    name: str = Field("", max_length=200)
    """Only those whose name begins so, in capitals or not."""
    search: str = Field("", max_length=200)
    """Only those whose name or id holds this, in capitals or not."""
    figures: bool = False
    """Also how each of them fares."""
    ids: str = Field("", max_length=20_000)
    """Only those with one of these ids, with commas between them."""


class TenantChange(Given):
    name: Name
    """What people know the tenant by. Its id never changes."""


class TenantTold(Told):
    id: str
    name: str
    state: State
    """`suspended` and `deleting`: what is sent to it is stored, and nothing of it is handled."""
    version: int
    """Rises with every change of the tenant or of what hangs below it: the `ETag` of all of it."""
    created_at: datetime
    changed_at: datetime
    delete_at: datetime | None
    """When everything of a tenant that is `deleting` will be gone; until then it can be resumed."""
    accounts: int
    links: int
    figures: TenantFigures | None
    """In a list, where it was asked for."""


class TenantPage(Told):
    tenants: tuple[TenantTold, ...]
    next: str | None
    """Where the next page begins; null at the end."""


class TenantsApi:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._tenants = Tenants(rt.db, Sealer.from_settings(rt.settings), PluginRules(registry))
        self._grace = timedelta(days=rt.settings.tenants.grace_days)

    def routes(self) -> tuple[Route, ...]:
        change, end = Action.tenants_change, Action.tenants_end
        return (
            Route("GET", ALL, Action.tenants_list, self.list, "List the tenants that you may see.",
                  query=TenantQuery, answer=TenantPage),
            Route("POST", ALL, Action.tenants_create, self.create, "Add a tenant, with all it has or bare.",
                  body=TenantSpec, answer=TenantTold, status=201),
            Route("GET", ONE, Action.tenants_read, self.read, "Read a tenant.", answer=TenantTold),
            Route("PATCH", ONE, change, self.rename, "Rename a tenant.", body=TenantChange, answer=TenantTold,
                  conditional=True),
            Route("DELETE", ONE, end, self.delete, "Delete a tenant, once its grace period is over.",
                  answer=TenantTold, status=202, conditional=True, careful=True),
            Route("POST", f"{ONE}/suspend", end, self.suspend, "Suspend a tenant.", answer=TenantTold),
            Route("POST", f"{ONE}/resume", end, self.resume, "Resume a tenant.", answer=TenantTold),
        )  # fmt: skip

    async def list(self, call: Call) -> TenantPage:
        """In the order of their ids. Whoever belongs to one tenant sees that one."""
        query: TenantQuery = call.query
        (after,) = query.after(str) or ("",)
        ids = tuple(filter(None, query.ids.split(",")))
        wanted = Wanted(str(after), query.limit + 1, query.state, query.name, query.search, query.figures, ids)
        found = await self._tenants.list(call.caller, wanted)
        lines = found[: query.limit]
        following = cursor(lines[-1].id) if len(found) > query.limit else None
        return TenantPage(tenants=tuple(map(_told, lines)), next=following)

    async def create(self, call: Call) -> Answer:
        """Accounts, links and hooks can be given now, or added later. Of secrets, nothing is ever told again."""
        await self._tenants.add(call.caller, call.body)
        line = await self._tenants.line(call.body.id)
        return _answer(line, headers={"Location": f"{ALL}/{line.id}"})

    async def read(self, call: Call) -> Answer:
        return _answer(await self._tenants.line(call.tenant))

    async def rename(self, call: Call) -> Answer:
        return _answer(await self._tenants.rename(call.caller, call.tenant, call.body.name, call.version))

    async def delete(self, call: Call) -> Answer:
        """Nothing of it is handled from now on. Until `delete_at` it can be resumed; then all of it is gone for good,
        and only the audit stays.
        """
        return _answer(await self._tenants.delete(call.caller, call.tenant, self._grace, call.version))

    async def suspend(self, call: Call) -> Answer:
        """What its vendors send is stored, and handled when it is resumed."""
        return _answer(await self._tenants.suspend(call.caller, call.tenant))

    async def resume(self, call: Call) -> Answer:
        """Also one that is being deleted, until its grace period is over."""
        return _answer(await self._tenants.resume(call.caller, call.tenant))


def _told(line: TenantLine) -> TenantTold:
    return TenantTold.model_validate(line.model_dump())


def _answer(line: TenantLine, headers: dict[str, str] | None = None) -> Answer:
    return Answer(_told(line), etag=str(line.version), headers=headers or {})
