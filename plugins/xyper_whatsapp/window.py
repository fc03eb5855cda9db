"""The 24-hour window: outside it WhatsApp takes nothing but templates. Source: Meta, "Customer service windows".

A free text that would only fail later, and silently, is dealt with here as the tenant decided (`Policy.window`).
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from xyper_engine.contract import Target
from xyper_engine.errors import Held, Unsupported
from xyper_engine.model import Direction, Message, Part, Utterance, now
from xyper_engine.parts import Media, Text
from xyper_engine.policy import WindowPolicy
from xyper_engine.runtime import Runtime
from xyper_engine.template import ApprovedTemplate, Parameter, Template
from xyper_whatsapp.from_wire import NAME
from xyper_whatsapp.template_check import approved
from xyper_whatsapp.template_form import Form, form, variables

_DAY = timedelta(hours=24)
_FILES = ("image", "video", "document")


class Window:
    """Refuses, converts or holds what an agent says to a customer whose window is closed."""

    name = "whatsapp window"
    direction = Direction.outbound
    order = 200
    on_failure: ClassVar[str] = "stop"

    async def apply(self, event: Utterance, to: Target, rt: Runtime) -> Utterance:
        """Raises `Unsupported` with the next step, or `Held`."""
        if to.account.endpoint.adapter != NAME or not isinstance(event, Message):
            return event
        if _is_open(to) or all(isinstance(part, Template) for part in event.parts):
            return event
        if to.policy.window is WindowPolicy.hold:
            raise Held(f"{_closed(to)} The message waits until the customer writes.")
        if to.policy.window is WindowPolicy.refuse:
            raise Unsupported(f"{_closed(to)} Send a template, or wait until the customer writes.")
        template = await _converted(event.parts, to, rt)
        return event.model_copy(update={"parts": (template,)})


def _until(to: Target) -> datetime | None:
    """When the window closes or closed; for a conversation older than the keeping of windows, by its last message."""
    known = to.conversation
    if known is None or known.window_until or known.last_inbound_at is None:
        return known.window_until if known else None
    return known.last_inbound_at + _DAY


def _is_open(to: Target) -> bool:
    until = _until(to)
    return until is not None and until > now()


def _closed(to: Target) -> str:
    until = _until(to)
    if until is None:
        return "This customer has not written yet, so WhatsApp's 24-hour window is closed."
    return f"The customer's 24-hour window closed at {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC."


async def _converted(parts: Sequence[Part], to: Target, rt: Runtime) -> Template:
    """What was said, as the variable of the tenant's own template. Raises `Unsupported`."""
    name, language = to.policy.window_template, to.policy.window_language
    if not name or not language:
        raise Unsupported(f"{_closed(to)} The tenant's window_template and window_language do not name a template yet.")
    found = await approved(name, language, to, rt)
    if found is None:
        raise Unsupported(f"{_closed(to)} The template {name!r} is not known: run `xyper templates sync`.")
    asked, said = form(found.components), _sayable(parts, found)
    value = Parameter(text=_line(said, found), name=_variable(asked, found))
    return Template(name=name, language=language, header=_header(said, asked, found), body=(value,))


def _variable(asked: Form, found: ApprovedTemplate) -> str | None:
    """The one variable's name, where variables of this template have names."""
    names = variables(asked.body)
    if len(names) != 1 or variables(asked.header_text) or any(button.open_end for button in asked.buttons):
        raise Unsupported(f"The tenant's template {found.name!r} must have one variable, in its body, and no other.")
    return names[0] if found.format.upper() == "NAMED" else None


def _line(said: Sequence[Text | Media], found: ApprovedTemplate) -> str:
    """All words on one line: WhatsApp takes no line breaks, tabs or many blanks in a variable."""
    words = [part.text if isinstance(part, Text) else part.caption or "" for part in said]
    line = " ".join(" ".join(words).split())
    if not line:
        raise Unsupported(f"The 24-hour window is closed, and the template {found.name!r} needs words: write some.")
    return line


def _sayable(parts: Sequence[Part], found: ApprovedTemplate) -> Sequence[Text | Media]:
    said = [part for part in parts if isinstance(part, Text | Media)]
    for part in parts:
        if part not in said:
            raise Unsupported(
                f"The 24-hour window is closed, and the template {found.name!r} cannot carry this ({part.type}): "
                "write words instead."
            )
    return said


def _header(said: Sequence[Text | Media], asked: Form, found: ApprovedTemplate) -> tuple[Parameter, ...]:
    """The one file, where the template's header shows such a file."""
    files = [part for part in said if isinstance(part, Media)]
    if asked.header in _FILES and len(files) == 1 and files[0].kind.value == asked.header:
        return (Parameter(media=files[0].model_copy(update={"caption": None})),)  # its words are the variable
    if files:
        raise Unsupported(f"The 24-hour window is closed, and the template {found.name!r} cannot carry this file.")
    if asked.header in _FILES:
        raise Unsupported(f"The tenant's template {found.name!r} shows a file in its header: choose one without.")
    return ()
