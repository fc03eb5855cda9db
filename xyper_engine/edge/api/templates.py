"""A tenant's templates: what the vendor approved, and drafts handed in to it."""

from typing import Any, Literal

from pydantic import ConfigDict, Field, RootModel

from xyper_engine.access.roles import Action
from xyper_engine.edge.route import Call, Route, Told
from xyper_engine.edge.route import Given as Query
from xyper_engine.parts import MediaKind
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.template import ApprovedTemplate
from xyper_engine.template_office import Given, TemplateOffice

MINUTES = 15.0
"""For one example: 100 MB over a slow line."""
_PATH = "/api/v1/tenants/{tenant}/templates"


class OfAccount(Query):
    account: str | None = None
    """An account's id, or that of the vendor's account above it; only where a tenant has several."""


class Named(OfAccount):
    name: str
    id: str | None = None
    """For one language only."""


class Shown(OfAccount):
    name: str = Field(min_length=1, max_length=300)
    kind: Literal[MediaKind.image, MediaKind.video, MediaKind.document]


class ExampleTold(Told):
    handle: str
    """What a draft's header names it by: `{"example": {"header_handle": [handle]}}`. It is good for some hours."""
    mime: str
    """As its bytes say."""
    name: str
    size: int


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
            Route("POST", f"{_PATH}/examples", change, self.show,
                  "Hand in a file as an example of a template's header: its bytes alone.", query=Shown,
                  answer=ExampleTold, status=201, streamed=True, timeout=MINUTES * 60),
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

    async def show(self, call: Call) -> ExampleTold:
        """It is not kept longer than a day."""
        asked: Shown = call.query
        request = call.request
        chunks = request.content.iter_any()
        given = Given(asked.kind, chunks, request.content_type, asked.name, request.content_length or 0)
        file, handle = await self._office.show(call.tenant, given, asked.account)
        return ExampleTold(handle=handle, mime=file.mime, name=file.name, size=file.size)

    async def edit(self, call: Call) -> Id:
        await self._office.edit(call.tenant, call.path("id"), call.body.root)
        return Id(id=call.path("id"))

    async def delete(self, call: Call) -> None:
        named: Named = call.query
        await self._office.delete(call.tenant, named.name, named.id, named.account)


def told(template: ApprovedTemplate) -> TemplateTold:
    """A template as programs are told of it."""
    return TemplateTold.model_validate(template.model_dump(mode="json", exclude={"tenant"}))
