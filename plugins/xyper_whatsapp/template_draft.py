"""A template as an operator writes it, before Meta sees it: what Meta would certainly refuse is said at once.

Source: Meta, "Templates", "Template components".
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from xyper_engine.errors import Unsupported
from xyper_whatsapp.template_form import Form, form

_NAME = re.compile(r"[a-z0-9_]{1,512}")
_CATEGORIES = ("AUTHENTICATION", "MARKETING", "UTILITY")
_HEADER, _BODY, _FOOTER, _BUTTONS, _TITLE = 60, 1024, 60, 10, 25


def refuse_faulty(draft: Mapping[str, Any], *, new: bool) -> None:
    """Raises `Unsupported` with every fault; `new` ones must have a name, language, category and components."""
    found = [*(_new(draft) if new else _changed(draft)), *_components(draft)]
    if found:
        raise Unsupported(" ".join(found))


def _new(draft: Mapping[str, Any]) -> Iterator[str]:
    if not _NAME.fullmatch(str(draft.get("name", ""))):
        yield "A template's name has up to 512 lower-case letters, digits and `_`."
    if not draft.get("language"):
        yield "A template needs a language, e.g. en_US."
    if str(draft.get("category", "")).upper() not in _CATEGORIES:
        yield f"A template's category is one of {', '.join(_CATEGORIES)}."
    if not draft.get("components"):
        yield "A template needs components: at least a body."


def _changed(draft: Mapping[str, Any]) -> Iterator[str]:
    if not draft.get("components") and not draft.get("category"):
        yield "Say what to change: the category, the components, or both."
    if "name" in draft or "language" in draft:
        yield "A template's name and language cannot be changed: create another one."


def _components(draft: Mapping[str, Any]) -> Iterator[str]:
    components = draft.get("components", [])
    if not isinstance(components, list) or not all(isinstance(one, Mapping) for one in components):
        yield "A template's components are a list of objects."
        return
    yield from _lengths(form(components))


def _lengths(asked: Form) -> Iterator[str]:
    for where, text, most in (
        ("header", asked.header_text, _HEADER),
        ("body", asked.body, _BODY),
        ("footer", asked.footer, _FOOTER),
    ):
        if len(text) > most:
            yield f"The {where} has {len(text)} characters; at most {most} are possible."
    if len(asked.buttons) > _BUTTONS:
        yield f"The template has {len(asked.buttons)} buttons; at most {_BUTTONS} are possible."
    yield from (
        f"The button {button.title!r} has {len(button.title)} characters; at most {_TITLE} are possible."
        for button in asked.buttons
        if len(button.title) > _TITLE
    )
    for card in asked.cards:
        yield from _lengths(card)
