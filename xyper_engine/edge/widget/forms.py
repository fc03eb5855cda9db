"""The approved templates as forms to be filled in: what each asks for, and why one cannot be sent."""

from typing import Any

from xyper_engine.abilities import ManagesTemplates
from xyper_engine.access.roles import Action
from xyper_engine.edge.route import Call, Route, Told
from xyper_engine.edge.widget.opening import BASE, opened
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.template import TemplateForm


class VariableTold(Told):
    name: str
    """Its number, or its name."""
    example: str


class HeaderTold(Told):
    kind: str
    """`text`, `image`, `video`, `document`, `location`, …"""
    text: str
    variables: tuple[VariableTold, ...]


class BodyTold(Told):
    text: str
    variables: tuple[VariableTold, ...]


class ButtonTold(Told):
    kind: str
    text: str
    variable: VariableTold | None
    """What it asks for."""
    url: str | None


class FormTold(Told):
    name: str
    language: str
    category: str
    status: str
    quality: str
    header: HeaderTold | None
    body: BodyTold
    footer: str | None
    buttons: tuple[ButtonTold, ...]
    usable: bool
    why_not: str | None
    """In words, where it cannot be sent now."""


class FormList(Told):
    templates: tuple[FormTold, ...]


class FormsApi:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._registry = registry

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", f"{BASE}/templates", Action.widget_read, self.list,
                  "List the templates of the number that the customer writes to.", answer=FormList),
        )  # fmt: skip

    async def list(self, call: Call) -> FormList:
        conversation = (await opened(self._rt, call)).conversation
        adapter: object = self._registry.adapter(conversation.customer.adapter)
        account = await self._rt.directory.account(conversation.customer)
        if account is None or not isinstance(adapter, ManagesTemplates):
            return FormList(templates=())
        found = await self._rt.templates.list(call.tenant)
        own = [one for one in found if (one.adapter, one.account) == (account.endpoint.adapter, account.parent)]
        return FormList(templates=tuple(_told(one.name, adapter.templates.form(one)) for one in own))


def _told(name: str, form: TemplateForm) -> FormTold:
    told: dict[str, Any] = {**form.model_dump(mode="json"), "name": name, "usable": form.why_not is None}
    return FormTold.model_validate(told)
