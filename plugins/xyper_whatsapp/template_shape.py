"""An approved template as a form to be filled in by a person. Source: Meta, "Template components"."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xyper_engine.template import ApprovedTemplate, FormButton, FormHeader, FormText, TemplateForm, Variable
from xyper_whatsapp.template_form import Form, form, variables
from xyper_whatsapp.template_rules import unusable

_HEADERS = frozenset({"", "text", "image", "video", "gif", "document", "location"})
_CODES = frozenset({"copy_code", "otp"})
_PLAIN = frozenset({"quick_reply", "url", "phone_number", "voice_call", "copy_code", "otp"})

Component = Mapping[str, Any]


def shape(found: ApprovedTemplate) -> TemplateForm:
    parts = {str(one.get("type", "")).lower(): one for one in found.components}
    asked = form(found.components)
    header, body = parts.get("header", {}), parts.get("body", {})
    return TemplateForm(
        language=found.language,
        category=found.category,
        status=found.status,
        quality=found.quality,
        header=_header(asked, header) if asked.header else None,
        body=FormText(text=asked.body, variables=_variables(asked.body, body, "body_text")),
        footer=asked.footer or None,
        buttons=tuple(_buttons(asked, parts.get("buttons", {}))),
        why_not=unusable(found) or _unfillable(found, asked),
    )


def _header(asked: Form, component: Component) -> FormHeader:
    given = _variables(asked.header_text, component, "header_text")
    return FormHeader(kind=asked.header, text=asked.header_text, variables=given)


def _variables(text: str, component: Component, key: str) -> tuple[Variable, ...]:
    examples = _examples(component.get("example"), key)
    names = variables(text)
    return tuple(
        Variable(name=name, example=examples.get(name, examples.get(str(n), ""))) for n, name in enumerate(names, 1)
    )


def _examples(example: object, key: str) -> Mapping[str, str]:
    """By name or number; numbered ones lie in a list, and a body's in a list of such lists."""
    held = example if isinstance(example, Mapping) else {}
    with_names = _objects(held.get(f"{key}_named_params"))
    named = {str(one.get("param_name")): str(one.get("example", "")) for one in with_names}
    listed = held.get(key)
    first = listed[0] if isinstance(listed, list | tuple) and listed else ()
    numbered = first if isinstance(first, list | tuple) else listed
    return named or {str(n): str(one) for n, one in enumerate(numbered or (), 1)}


def _buttons(asked: Form, component: Component) -> Iterator[FormButton]:
    for button, told in zip(asked.buttons, _objects(component.get("buttons")), strict=False):
        examples = told.get("example")
        first = examples[0] if isinstance(examples, list | tuple) and examples else examples
        wants = button.open_end or button.kind in _CODES
        yield FormButton(
            kind=button.kind,
            text=button.title,
            variable=Variable(name="1", example=str(first or "")) if wants else None,
            url=str(told["url"]) if isinstance(told.get("url"), str) else None,
        )


def _unfillable(found: ApprovedTemplate, asked: Form) -> str | None:
    """What nobody can fill in here."""
    strange = [button.kind for button in asked.buttons if button.kind not in _PLAIN and button.kind != "flow"]
    if asked.cards or asked.others or asked.header not in _HEADERS or strange:
        return f"The template {found.name!r} has parts that cannot be filled in here."
    return None


def _objects(value: object) -> Sequence[Component]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list | tuple) else ()
