"""A template with the values for its variables. Source: Meta, "Send message templates".

Whether the values are those that the template asks for is for `template_check.py`, before anything is rendered.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from xyper_engine.errors import Unsupported
from xyper_engine.parts import Location, Media
from xyper_engine.template import Parameter, Template, TemplateButton, TemplateCard
from xyper_whatsapp.to_files import Said, attached, own


def template(part: Template) -> Said:
    """Raises `Unsupported`."""
    components = list(_components(part))
    if part.cards:
        components.append({"type": "carousel", "cards": [_card(n, card) for n, card in enumerate(part.cards)]})
    content: dict[str, Any] = {"name": part.name, "language": {"code": part.language}}
    if components:
        content["components"] = components
    return Said("template", content, tuple(_files(part)))


def _card(n: int, card: TemplateCard) -> dict[str, Any]:
    return {"card_index": n, "components": list(_components(card))}


def _components(said: Template | TemplateCard) -> Iterator[dict[str, Any]]:
    for where, values in (("header", said.header), ("body", said.body)):
        if values:
            yield {"type": where, "parameters": [_parameter(one) for one in values]}
    for button in said.buttons:
        yield {
            "type": "button",
            "sub_type": button.kind,
            "index": str(button.index),
            "parameters": [_button(button)],
        }


def _parameter(value: Parameter) -> dict[str, Any]:
    if value.media is not None:
        return _file(value.media)
    if value.location is not None:
        return {"type": "location", "location": _place(value.location)}
    named = {"parameter_name": value.name} if value.name else {}
    return {"type": "text", **named, "text": value.text or ""}


def _file(media: Media) -> dict[str, Any]:
    shown = attached(media)
    if shown["type"] not in ("image", "video", "document"):
        raise Unsupported(f"A template shows pictures, films and documents, and this file is of kind {media.kind}.")
    return shown


def _place(place: Location) -> dict[str, str]:
    """All four are required here, and all are text."""
    name = place.name or place.address or f"{place.latitude:g}, {place.longitude:g}"
    at = {"latitude": str(place.latitude), "longitude": str(place.longitude)}
    return {**at, "name": name, "address": place.address or name}


def _button(button: TemplateButton) -> dict[str, Any]:
    """A one-time password goes into a `url` button, whatever the customer sees it do."""
    match button.kind:
        case "url":
            return {"type": "text", "text": button.value}
        case "quick_reply":
            return {"type": "payload", "payload": button.value}
        case "copy_code":
            return {"type": "coupon_code", "coupon_code": button.value}
        case "flow":
            return {"type": "action", "action": {"flow_token": button.value} if button.value else {}}
        case "catalog":
            return {"type": "action", "action": {"thumbnail_product_retailer_id": button.value}}
        case other:
            raise Unsupported(f"A template's button of kind {other!r} cannot be given a value.")


def _files(part: Template) -> Iterator[Media]:
    held: Sequence[Template | TemplateCard] = (part, *part.cards)
    for said in held:
        for value in said.header:
            yield from own(value.media)
