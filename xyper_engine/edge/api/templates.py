"""A tenant's templates: what the vendor approved, and drafts handed in to it."""

from typing import Any

from pydantic import ConfigDict, RootModel

from xyper_engine.access.roles import Action
from xyper_engine.edge.route import Call, Given, Route, Told
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.template import ApprovedTemplate
from xyper_engine.template_office import TemplateOffice

_PATH = "/api/v1/tenants/{tenant}/templates"


class OfAccount(Given):
    account: str | None = None
    """An account's id, or that of the vendor's account above it; only where a tenant has several."""


class Named(OfAccount):
    name: str
    id: str | None = None
    """For one language only."""


class Draft(RootModel[dict[str, Any]]):
    """A template as the vendor documents it."""

    model_config = ConfigDict(frozen=True)


class TemplateTold(Told):
    adapter: str
    account: str
    id: str
    name: str
    language: str
    category: str
    status: str
    quality: str
    format: str
    reason: str
    components: list[dict[str, Any]]


class TemplateList(Told):
    templates: tuple[TemplateTold, ...]


class Count(Told):
    count: int


class Id(Told):
    id: str


class TemplatesApi:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._office = TemplateOffice(rt, registry)

    def routes(self) -> tuple[Route, ...]:
        read, change = Action.templates_read, Action.templates_change
        return (
            Route("GET", _PATH, read, self.list, "List the templates as last heard of.", query=OfAccount,
                  answer=TemplateList),
            Route("POST", _PATH, change, self.create, "Hand a new template in to the vendor.", body=Draft,
                  query=OfAccount, answer=Id, status=201),
            Route("DELETE", _PATH, change, self.delete, "Delete a template, or one language of it.", query=Named),
            Route("POST", f"{_PATH}/sync", change, self.sync, "Read all templates from the vendor anew.",
                  query=OfAccount, answer=Count),
            Route("POST", f"{_PATH}/{{id}}", change, self.edit, "Change a template at the vendor.", body=Draft,
                  answer=Id),
        )  # fmt: skip

    async def list(self, call: Call) -> TemplateList:
        found = await self._office.list(call.tenant, call.query.account)
        return TemplateList(templates=tuple(map(told, found)))

    async def sync(self, call: Call) -> Count:
        return Count(count=await self._office.sync(call.tenant, call.query.account))

    async def create(self, call: Call) -> Id:
        return Id(id=await self._office.create(call.tenant, call.body.root, call.query.account))

    async def edit(self, call: Call) -> Id:
        await self._office.edit(call.tenant, call.path("id"), call.body.root)
        return Id(id=call.path("id"))

    async def delete(self, call: Call) -> None:
        named: Named = call.query
        await self._office.delete(call.tenant, named.name, named.id, named.account)


def told(template: ApprovedTemplate) -> TemplateTold:
    """A template as programs are told of it."""
    return TemplateTold.model_validate(template.model_dump(mode="json", exclude={"tenant"}))
