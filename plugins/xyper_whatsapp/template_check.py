"""The transformer that holds every template message against the template that Meta approved."""

from typing import ClassVar

from xyper_engine.contract import Target
from xyper_engine.errors import Unsupported
from xyper_engine.model import Direction, Message, Utterance
from xyper_engine.runtime import Runtime
from xyper_engine.template import ApprovedTemplate, Template
from xyper_whatsapp.from_wire import NAME
from xyper_whatsapp.template_rules import completed, faults, unusable


class TemplateCheck:
    """Refuses in words what Meta would refuse in codes, and fills in what the customer will read."""

    name = "whatsapp template check"
    direction = Direction.outbound
    order = 300
    on_failure: ClassVar[str] = "stop"

    async def apply(self, event: Utterance, to: Target, rt: Runtime) -> Utterance:
        """Raises `Unsupported`."""
        if to.account.endpoint.adapter != NAME or not isinstance(event, Message):
            return event
        if not any(isinstance(part, Template) for part in event.parts):
            return event
        parts = [await _checked(part, to, rt) if isinstance(part, Template) else part for part in event.parts]
        return event.model_copy(update={"parts": tuple(parts)})


async def approved(name: str, language: str, to: Target, rt: Runtime) -> ApprovedTemplate | None:
    """The template, ready to be sent; None while nothing at all is known of this account's. Raises `Unsupported`."""
    waba = to.account.parent or ""
    found = await rt.templates.find(NAME, waba, name, language)
    if found is None:
        if await rt.templates.known(NAME, waba):
            raise Unsupported(await _missing(name, language, waba, rt))
        return None
    if why := unusable(found):
        raise Unsupported(why)
    return found


async def _missing(name: str, language: str, waba: str, rt: Runtime) -> str:
    languages = await rt.templates.languages(NAME, waba, name)
    there = f"it exists in {', '.join(languages)}" if languages else "create it in WhatsApp Manager or here"
    return f"There is no template {name!r} in {language}: {there}."


async def _checked(template: Template, to: Target, rt: Runtime) -> Template:
    found = await approved(template.name, template.language, to, rt)
    if found is None:
        return template
    template = completed(template, found)
    if wrong := faults(template, found):
        raise Unsupported(f"The template {template.name!r} cannot be sent so. {' '.join(wrong)}")
    return template
