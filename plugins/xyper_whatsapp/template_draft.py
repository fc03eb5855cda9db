"""A template as an operator writes it, before Meta sees it: what Meta would certainly refuse is said at once.

Each fault is a JSON pointer into the draft, and a sentence. Source: Meta, "Templates", "Template components".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xyper_engine.errors import Fault, Faulty
from xyper_whatsapp.template_draft_kinds import listed, special, typed

_NAME = re.compile(r"[a-z0-9_]{1,512}")
_CATEGORIES = ("AUTHENTICATION", "MARKETING", "UTILITY")
_LONGEST = {"HEADER": 60, "BODY": 1024, "FOOTER": 60}
_BUTTONS, _TITLE = 10, 25


def refuse_faulty(draft: Mapping[str, Any], *, new: bool) -> None:
    """Raises `Faulty` with every fault; `new` ones must have a name, language, category and components."""
    found = [*(_new(draft) if new else _changed(draft)), *_components(draft)]
    if found:
        raise Faulty(found)


def pointer_in(words: str, draft: Mapping[str, Any]) -> str | None:
    """The part of the draft that Meta's words are about, where they name one and no other."""
    said = {one.upper() for one in _NAMED.findall(words)}
    places = [place for name, place in _places(draft) if name in said]
    return places[0] if len(places) == 1 else None


_NAMED = re.compile(r"\b(name|language|category|header|body|footer|buttons?)\b", re.IGNORECASE)


def _places(draft: Mapping[str, Any]) -> Iterator[Fault]:
    yield from (("NAME", "/name"), ("LANGUAGE", "/language"), ("CATEGORY", "/category"))
    for place, kind, _ in typed(draft.get("components"), "/components"):
        yield kind, place
        if kind == "BUTTONS":
            yield "BUTTON", place


def _new(draft: Mapping[str, Any]) -> Iterator[Fault]:
    if not _NAME.fullmatch(str(draft.get("name", ""))):
        yield "/name", "A template's name has up to 512 lower-case letters, digits and `_`."
    if not draft.get("language"):
        yield "/language", "A template needs a language, e.g. en_US."
    if str(draft.get("category", "")).upper() not in _CATEGORIES:
        yield "/category", f"A template's category is one of {', '.join(_CATEGORIES)}."
    if not draft.get("components"):
        yield "/components", "A template needs components: at least a body."


def _changed(draft: Mapping[str, Any]) -> Iterator[Fault]:
    if not draft.get("components") and not draft.get("category"):
        yield "", "Say what to change: the category, the components, or both."
    if "name" in draft or "language" in draft:
        where = "/name" if "name" in draft else "/language"
        yield where, "A template's name and language cannot be changed: create another one."


def _components(draft: Mapping[str, Any]) -> Iterator[Fault]:
    components = draft.get("components", [])
    if not isinstance(components, list) or not all(isinstance(one, Mapping) for one in components):
        yield "/components", "A template's components are a list of objects."
        return
    yield from _lengths(components, "/components")
    yield from special(draft)


def _lengths(components: object, at: str) -> Iterator[Fault]:
    for place, kind, one in typed(components, at):
        if kind in _LONGEST and len(str(one.get("text") or "")) > _LONGEST[kind]:
            words = f"The {kind.lower()} has {len(str(one['text']))} characters; at most {_LONGEST[kind]} are possible."
            yield f"{place}/text", words
        yield from _buttons(listed(one.get("buttons")), f"{place}/buttons")
        for n, card in enumerate(listed(one.get("cards"))):
            yield from _lengths(card.get("components"), f"{place}/cards/{n}/components")


def _buttons(buttons: Sequence[Mapping[str, Any]], at: str) -> Iterator[Fault]:
    if len(buttons) > _BUTTONS:
        yield at, f"The template has {len(buttons)} buttons; at most {_BUTTONS} are possible."
    for n, title in enumerate(str(one.get("text") or "") for one in buttons):
        if len(title) > _TITLE:
            words = f"The button {title!r} has {len(title)} characters; at most {_TITLE} are possible."
            yield f"{at}/{n}/text", words
