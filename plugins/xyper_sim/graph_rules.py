"""What Meta's OpenAPI file does not say, or says too late, about outgoing messages: limits of its documentation.

Each rule is a row: where it applies, what may be there, and the words of the refusal. All of them are error 131009
("Parameter value is not valid"), as on the real API.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from xyper_sim.graph_errors import GraphError

Json = Mapping[str, Any]

_LENGTHS: tuple[tuple[str, int], ...] = (
    ("image.caption", 1024), ("video.caption", 1024), ("document.caption", 1024), ("document.filename", 240),
    ("interactive.header.text", 60), ("interactive.footer.text", 60),
    ("interactive.action.button", 20),
    ("interactive.action.buttons.*.reply.id", 256), ("interactive.action.buttons.*.reply.title", 20),
    ("interactive.action.sections.*.title", 24),
    ("interactive.action.sections.*.rows.*.id", 200), ("interactive.action.sections.*.rows.*.title", 24),
    ("interactive.action.sections.*.rows.*.description", 72),
    ("interactive.action.parameters.display_text", 20), ("interactive.action.parameters.flow_cta", 30),
    ("interactive.action.cards.*.body.text", 160),
)  # fmt: skip
"""Places and the most characters there."""

_COUNTS: tuple[tuple[str, str, int, int], ...] = (
    ("button", "interactive.action.buttons.*", 1, 3),
    ("list", "interactive.action.sections.*", 1, 10),
    ("list", "interactive.action.sections.*.rows.*", 1, 10),
    ("product_list", "interactive.action.sections.*", 1, 10),
    ("product_list", "interactive.action.sections.*.product_items.*", 1, 30),
    ("carousel", "interactive.action.cards.*", 2, 10),
)
"""Interactive type, what is counted, least, most."""

_UNIQUE = (
    "interactive.action.buttons.*.reply.id",
    "interactive.action.buttons.*.reply.title",
    "interactive.action.sections.*.rows.*.id",
)
_BODY_LIMIT = {"list": 4096}
_NEEDS_NO_BODY = {"product"}


def judge(body: Json) -> None:
    """Raises `GraphError` 131008 or 131009 for a message that Meta would refuse."""
    for rule in (_lengths, _unique, _RULES.get(str(body.get("type", "text")), _nothing)):
        for fault in rule(body):
            raise GraphError(131009, fault)


def found(body: Any, place: str) -> Iterator[Any]:
    """What stands at a place like `action.buttons.*.title`; nothing where it is not there."""
    step, _, rest = place.partition(".")
    inner = body if step == "*" and isinstance(body, list) else ()
    if step != "*" and isinstance(body, dict) and step in body:
        inner = [body[step]]
    for one in inner:
        yield from found(one, rest) if rest else iter((one,))


def _lengths(body: Json) -> Iterator[str]:
    for place, most in _LENGTHS:
        for value in found(body, place):
            if not isinstance(value, str) or len(value) > most:
                yield f"{place} must be a string of at most {most} characters"


def _unique(body: Json) -> Iterator[str]:
    for place in _UNIQUE:
        values = list(found(body, place))
        if len(values) != len(set(map(str, values))):
            yield f"{place} must be unique"
        if any(not value for value in values):
            yield f"{place} must not be empty"


def _media(body: Json) -> Iterator[str]:
    kind = str(body["type"])
    media = body.get(kind)
    if not isinstance(media, dict) or ("id" in media) == ("link" in media):
        yield f"{kind} needs either id or link"
    elif kind in ("audio", "sticker") and "caption" in media:
        yield f"{kind} has no caption"


def _reaction(body: Json) -> Iterator[str]:
    if "context" in body:
        yield "context must not be used with reaction"


def _contacts(body: Json) -> Iterator[str]:
    cards = body.get("contacts") or ()
    if not 1 <= len(cards) <= 257:
        yield "contacts must have 1 to 257 entries"
    for card in cards:
        name = card.get("name") or {}
        if not name.get("formatted_name") or len([value for value in name.values() if value]) < 2:
            yield "contacts.name needs formatted_name and one other part of the name"


def _interactive(body: Json) -> Iterator[str]:
    shown = body.get("interactive")
    kind = shown.get("type") if isinstance(shown, dict) else None
    for about, place, least, most in _COUNTS:
        if about == kind and not least <= len(list(found(body, place))) <= most:
            yield f"{place.removesuffix('.*')} must have {least} to {most} entries in total"
    text = next(found(body, "interactive.body.text"), "")
    if not 1 <= len(text) <= _BODY_LIMIT.get(str(kind), 1024) and kind not in _NEEDS_NO_BODY:
        yield "interactive.body.text is missing or too long"
    header = next(found(body, "interactive.header.type"), "text")
    if kind in ("list", "product_list") and header != "text":
        yield f"interactive.header of a {kind} must be text"
    if kind in ("carousel", "product") and "header" in (shown or {}):
        yield f"interactive.header is not allowed with {kind}"
    sections = list(found(body, "interactive.action.sections.*"))
    if len(sections) > 1 and not all(one.get("title") for one in sections):
        yield "interactive.action.sections.title is required where there are several"


def _nothing(_: Json) -> Iterator[str]:
    yield from ()


_RULES: Mapping[str, Callable[[Json], Iterator[str]]] = {
    "image": _media, "video": _media, "audio": _media, "document": _media, "sticker": _media,
    "reaction": _reaction, "contacts": _contacts, "interactive": _interactive,
}  # fmt: skip
