"""Message templates of the simulated WhatsApp: what a WABA has, whether a send fits one, and how it looks then."""

import json
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from xyper_sim.graph_errors import GraphError

Json = dict[str, Any]
_HOLES = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_MEDIA = ("IMAGE", "VIDEO", "DOCUMENT", "LOCATION")
_STOPPED = {"PAUSED": 132015, "DISABLED": 132016}
_UGLY = re.compile(r"[\n\t]| {5}")


@dataclass(slots=True)
class Template:
    waba: str
    name: str
    language: str
    category: str
    components: list[Json]
    parameter_format: str = "POSITIONAL"
    status: str = "PENDING"
    rejected_reason: str = "NONE"
    quality: str = "UNKNOWN"
    id: str = field(default_factory=lambda: str(secrets.randbelow(9 * 10**15) + 10**15))

    def view(self) -> Json:
        """As `GET /{WABA}/message_templates` lists it."""
        keys = ("id", "name", "language", "status", "category", "parameter_format", "rejected_reason", "components")
        return {**{key: getattr(self, key) for key in keys}, "quality_score": {"score": self.quality}}

    def part(self, kind: str) -> Json:
        """One component by its type; {} without it."""
        return next((one for one in self.components if one["type"].upper() == kind), {})


class Templates:
    """By WABA; each begins with the two of `data/templates.json`, approved."""

    def __init__(self) -> None:
        self._known: dict[str, list[Template]] = {}

    def of(self, waba: str) -> list[Template]:
        if waba not in self._known:
            text = resources.files("xyper_sim").joinpath("data", "templates.json").read_text("utf-8")
            self._known[waba] = [Template(waba, status="APPROVED", **one) for one in json.loads(text)]
        return self._known[waba]

    def get(self, template_id: str) -> Template | None:
        return next((one for known in self._known.values() for one in known if one.id == template_id), None)

    def named(self, waba: str, name: str, language: str) -> Template | None:
        return next((one for one in self.of(waba) if (one.name, one.language) == (name, language)), None)

    def chosen(self, waba: str, sent: Mapping[str, Any]) -> Template:
        """The template that a send names. Raises `GraphError` 132001, 132015, 132016."""
        name, language = str(sent.get("name")), str((sent.get("language") or {}).get("code"))
        found = self.named(waba, name, language)
        if found is None or found.status not in ("APPROVED", *_STOPPED):
            raise GraphError(132001, f"template name ({name}) does not exist in {language}")
        if found.status in _STOPPED:
            raise GraphError(_STOPPED[found.status])
        return found


def check(template: Template, sent: Mapping[str, Any]) -> None:
    """Raises `GraphError` 131008, 132000, 132005, 132012 or 132018 where a send's parameters do not fit."""
    given = list(sent.get("components") or ())
    _fits(template.components, given, named=template.parameter_format == "NAMED")


def _fits(components: list[Json], given: list[Json], *, named: bool) -> None:
    for one in components:
        kind = one["type"].upper()
        if kind == "BUTTONS":
            _buttons(one["buttons"], given)
        elif kind == "CAROUSEL":
            _carousel(one["cards"], given, named=named)
        elif kind in ("HEADER", "BODY"):
            _filled(one, _parameters(given, kind.lower()), named=named)


def _filled(component: Json, values: list[Json], *, named: bool) -> None:
    where, form = component["type"].lower(), component.get("format", "TEXT").upper()
    if form in _MEDIA:
        kinds = [str(value.get("type", "")).upper() for value in values]
        if kinds != [form]:
            raise GraphError(132012, f"{where}: Format mismatch, expected {form}, received {kinds or 'UNKNOWN'}")
        return
    holes = set(_HOLES.findall(component.get("text", "")))
    names = {str(value.get("parameter_name")) for value in values}
    if len(values) != len(holes) or (named and names != holes):
        words = f"number of localizable_params ({len(values)}) does not match the expected number of params"
        raise GraphError(132000, f"{where}: {words} ({len(holes)})")
    for text in (str(value.get("text", "")) for value in values if value.get("type") == "text"):
        if not text or _UGLY.search(text):
            words = "Param text cannot be empty or have new-line/tab characters or more than 4 consecutive spaces"
            raise GraphError(132018, words)
    if len(fill(component.get("text", ""), values)) > 1024:
        raise GraphError(132005, f"{where}: Translated text too long")


def _buttons(buttons: list[Json], given: list[Json]) -> None:
    sent = {str(one.get("index")): one for one in given if one.get("type") == "button"}
    for number, button in enumerate(buttons):
        needed = button["type"] == "COPY_CODE" or (button["type"] == "URL" and _HOLES.search(button.get("url", "")))
        values = sent.pop(str(number), {}).get("parameters") or ()
        if needed and not values:
            raise GraphError(131008, f"buttons: Button at index {number} of type {button['type']} requires a parameter")
    if sent:
        raise GraphError(132000, f"buttons: there is no button at index {', '.join(sorted(sent))}")


def _carousel(cards: list[Json], given: list[Json], *, named: bool) -> None:
    sent = next((one.get("cards") or [] for one in given if one.get("type") == "carousel"), [])
    if len(sent) != len(cards):
        raise GraphError(132012, f"carousel: {len(cards)} cards expected, {len(sent)} received")
    for card, values in zip(cards, sent, strict=True):
        _fits(card["components"], values.get("components") or [], named=named)


def _parameters(given: list[Json], kind: str) -> list[Json]:
    return next((list(one.get("parameters") or ()) for one in given if one.get("type") == kind), [])


def fill(text: str, values: list[Json]) -> str:
    """A template's text with its holes filled, by name or by place."""
    by_name = {str(value.get("parameter_name") or number): _said(value) for number, value in enumerate(values, 1)}
    return _HOLES.sub(lambda hole: by_name.get(hole[1], hole[0]), text)


def _said(value: Json) -> str:
    kind = str(value.get("type", "text"))
    return str(value["text"] if kind == "text" else (value.get(kind) or {}).get("fallback_value", ""))


def shown(template: Template, sent: Mapping[str, Any]) -> Json:
    """The message as the phone shows it: `{header?, body?, footer?, buttons?, cards?}` with everything filled in."""
    return dict(_drawn(template.components, list(sent.get("components") or ())))


def _drawn(components: list[Json], given: list[Json]) -> Iterator[tuple[str, Any]]:
    for one in components:
        kind = one["type"].lower()
        values = _parameters(given, kind)
        if kind == "header" and one.get("format", "TEXT").upper() in _MEDIA:
            yield kind, values[0] if values else {}
        elif kind in ("header", "body", "footer"):
            yield (
                kind,
                {"type": "text", "text": fill(one.get("text", ""), values)}
                if kind == "header"
                else fill(one.get("text", ""), values),
            )
        elif kind == "buttons":
            yield kind, [_button(number, button, given) for number, button in enumerate(one["buttons"])]
        elif kind == "carousel":
            sent = next((each.get("cards") or [] for each in given if each.get("type") == "carousel"), [])
            pairs = zip(one["cards"], sent, strict=False)
            yield (
                "cards",
                [dict(_drawn(card["components"], list(more.get("components") or ()))) for card, more in pairs],
            )


def _button(number: int, button: Json, given: list[Json]) -> Json:
    own = [one for one in given if one.get("type") == "button" and str(one.get("index")) == str(number)]
    value: Json = next(iter(own[0].get("parameters") or ()), {}) if own else {}
    made = {"type": button["type"], "text": button.get("text", "Copy code")}
    if button["type"] == "URL":
        return {**made, "url": _HOLES.sub(str(value.get("text", "")), button.get("url", ""))}
    return {**made, "payload": str(value.get("payload") or button.get("text", ""))}
