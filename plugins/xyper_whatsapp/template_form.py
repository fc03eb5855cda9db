"""What an approved template asks for, read out of Meta's `components`.

Meta writes types in capitals, people who create templates often do not; both are read. Source: Meta, "Template
components".
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xyper_engine.template import Parameter, Template, TemplateCard

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Button:
    kind: str
    """Meta's type in lower case: `quick_reply`, `url`, `copy_code`, `otp`, `flow`, `phone_number`, …"""
    title: str = ""
    open_end: bool = False
    """A URL whose end is a variable."""


@dataclass(frozen=True, slots=True)
class Form:
    """A template, or one card of a carousel."""

    header: str = ""
    """`text`, `image`, `video`, `document`, `location`, …; empty without a header."""
    header_text: str = ""
    body: str = ""
    footer: str = ""
    buttons: tuple[Button, ...] = ()
    cards: tuple["Form", ...] = ()
    others: tuple[str, ...] = ()
    """Types of further components that want a value."""

    @property
    def only_body(self) -> bool:
        return not (self.header or self.footer or self.buttons or self.cards or self.others)


def form(components: Sequence[Mapping[str, Any]]) -> Form:
    """Read Meta's components; what is not understood is left out."""
    by_kind = {_word(one.get("type")): one for one in components}
    header = by_kind.get("header", {})
    offer = by_kind.get("limited_time_offer", {}).get("limited_time_offer")
    counts_down = isinstance(offer, Mapping) and bool(offer.get("has_expiration"))
    return Form(
        header=_word(header.get("format")),
        header_text=_text(header.get("text")),
        body=_text(by_kind.get("body", {}).get("text")),
        footer=_text(by_kind.get("footer", {}).get("text")),
        buttons=tuple(_button(one) for one in _objects(by_kind.get("buttons", {}).get("buttons"))),
        cards=tuple(
            form(_objects(one.get("components"))) for one in _objects(by_kind.get("carousel", {}).get("cards"))
        ),
        others=("limited-time offer",) if counts_down else (),
    )


def variables(text: str) -> tuple[str, ...]:
    """The names (`1`, `2`, or words) of a text's variables, each once, in order."""
    return tuple(dict.fromkeys(_VARIABLE.findall(text)))


def filled(text: str, values: Sequence[Parameter]) -> str:
    """The text with its variables' values; a variable without a value stays as it is written."""
    names = variables(text)
    known = {one.name or (names[n] if n < len(names) else ""): one.text or "" for n, one in enumerate(values)}
    return _VARIABLE.sub(lambda found: known.get(found[1], found[0]), text)


def rendered(template: Template, asked: Form) -> str:
    """What the customer reads: header, body, footer, the buttons' titles, and then each card of a carousel."""
    lines = _lines(template, asked)
    for card, its_form in zip(template.cards, asked.cards, strict=False):
        lines += _lines(card, its_form)
    return "\n".join(line for line in lines if line)


def _lines(said: Template | TemplateCard, asked: Form) -> list[str]:
    titles = " ".join(f"[{button.title}]" for button in asked.buttons if button.title)
    return [filled(asked.header_text, said.header), filled(asked.body, said.body), asked.footer, titles]


def _button(found: Mapping[str, Any]) -> Button:
    url = _text(found.get("url"))
    return Button(_word(found.get("type")), _text(found.get("text")), bool(_VARIABLE.search(url)))


def _objects(value: object) -> list[Mapping[str, Any]]:
    items: Iterable[object] = value if isinstance(value, list | tuple) else ()
    return [one for one in items if isinstance(one, Mapping)]


def _word(value: object) -> str:
    return _text(value).lower()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
