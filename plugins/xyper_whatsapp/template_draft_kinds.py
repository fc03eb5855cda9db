"""The special templates, as an operator writes them: one-time codes, carousels, buttons that open a flow, files on top.

Each fault is a JSON pointer into the draft, and a sentence. Source: Meta, "Authentication templates", "Media card
carousel templates", "Sending a Flow", "Template components".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xyper_engine.errors import Fault

Component = Mapping[str, Any]
_FILES = frozenset({"IMAGE", "VIDEO", "DOCUMENT"})
_CODE = frozenset({"BODY", "FOOTER", "BUTTONS"})
_OTP = frozenset({"COPY_CODE", "ONE_TAP", "ZERO_TAP"})
_PACKAGE = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)+", re.ASCII)
_HASH, _LONGEST_PACKAGE, _APPS, _MINUTES = 11, 224, 5, 90
_CARDS, _CARD_BUTTONS, _CARD_BODY, _CARD_LINES = (2, 10), 2, 160, 2
_FLOWS = ("flow_id", "flow_name", "flow_json")


def typed(components: object, at: str) -> Iterator[tuple[str, str, Component]]:
    """Each component: its pointer, its type in capitals, itself."""
    for n, one in enumerate(listed(components)):
        yield f"{at}/{n}", str(one.get("type", "")).upper(), one


def listed(value: object) -> list[Component]:
    return [one if isinstance(one, Mapping) else {} for one in value] if isinstance(value, list) else []


def special(draft: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with a draft whose components are a list of objects."""
    parts = list(typed(draft.get("components"), "/components"))
    category = _word(draft, "category")
    if category == "AUTHENTICATION":
        yield from _code(parts)
    if any(kind == "CAROUSEL" for _, kind, _ in parts):
        yield from _carousel(parts, category)
    yield from _headers(parts)
    yield from _flows(parts)


def _headers(parts: Sequence[tuple[str, str, Component]]) -> Iterator[Fault]:
    """A header that shows a file wants an example of one."""
    for place, kind, one in parts:
        form = _word(one, "format")
        example = one.get("example")
        if kind == "HEADER" and form in _FILES and not (isinstance(example, Mapping) and example.get("header_handle")):
            yield (
                f"{place}/example",
                f"Meta wants an example of the {form.lower()}: hand a file in, and name its handle.",
            )


def _code(parts: Sequence[tuple[str, str, Component]]) -> Iterator[Fault]:
    """Meta writes the words; beside them there is one button."""
    for place, kind, one in parts:
        if kind not in _CODE:
            yield place, "A one-time code's template has a body, a footer and a button, and nothing else."
        if kind in ("BODY", "FOOTER") and one.get("text"):
            yield f"{place}/text", "Meta writes the words of a one-time code's template itself: leave them out."
        if kind == "FOOTER" and not _whole(one.get("code_expiration_minutes"), _MINUTES):
            yield f"{place}/code_expiration_minutes", f"A code is good for 1 to {_MINUTES} minutes."
    buttons = [(f"{place}/buttons", listed(one.get("buttons"))) for place, kind, one in parts if kind == "BUTTONS"]
    if len(buttons) != 1 or [_word(one, "type") for one in buttons[0][1]] != ["OTP"]:
        yield buttons[0][0] if buttons else "/components", "A one-time code's template has one button, of type OTP."
    else:
        yield from _otp(buttons[0][1][0], f"{buttons[0][0]}/0")


def _otp(button: Component, at: str) -> Iterator[Fault]:
    kind = _word(button, "otp_type")
    if kind not in _OTP:
        yield f"{at}/otp_type", f"A code's button is one of {', '.join(sorted(_OTP))}."
    elif kind != "COPY_CODE":
        # Before there were several apps, the one stood in the button itself; Meta takes that still.
        alone = "package_name" in button
        apps = [button] if alone else listed(button.get("supported_apps"))
        if not 1 <= len(apps) <= _APPS:
            yield f"{at}/supported_apps", f"Name the Android apps that may take the code, at most {_APPS}."
        for n, app in enumerate(apps):
            yield from _app(app, at if alone else f"{at}/supported_apps/{n}")


def _app(app: Component, at: str) -> Iterator[Fault]:
    package, key = str(app.get("package_name", "")), str(app.get("signature_hash", ""))
    if not _PACKAGE.fullmatch(package) or len(package) > _LONGEST_PACKAGE:
        yield f"{at}/package_name", "An app's package name has parts with dots between, e.g. com.example.shop."
    if len(key) != _HASH:
        yield f"{at}/signature_hash", f"An app's signature hash has {_HASH} characters."


def _whole(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _flows(parts: Sequence[tuple[str, str, Component]]) -> Iterator[Fault]:
    buttons = [
        (f"{place}/buttons/{n}", one)
        for place, _, part in parts
        for n, one in enumerate(listed(part.get("buttons")))
        if _word(one, "type") == "FLOW"
    ]
    for at, _ in buttons[1:]:
        yield at, "A template has at most one button that opens a flow."
    for at, one in buttons:
        if sum(bool(one.get(name)) for name in _FLOWS) != 1:
            yield f"{at}/flow_id", "A flow's button names one flow: by its id, its name, or as JSON."
        action = str(one.get("flow_action") or "navigate").lower()
        if action == "navigate" and not one.get("navigate_screen") and not one.get("flow_json"):
            yield f"{at}/navigate_screen", "A flow that begins with a screen names it."


def _carousel(parts: Sequence[tuple[str, str, Component]], category: str) -> Iterator[Fault]:
    if category not in ("", "MARKETING"):
        yield "/category", "Only marketing templates may be carousels."
    for place, kind, one in parts:
        if kind not in ("BODY", "CAROUSEL"):
            yield place, "A carousel has a body above its cards, and nothing else."
        if kind == "CAROUSEL":
            cards = [list(typed(card.get("components"), f"{place}/cards/{n}/components"))
                     for n, card in enumerate(listed(one.get("cards")))]  # fmt: skip
            if not _CARDS[0] <= len(cards) <= _CARDS[1]:
                yield f"{place}/cards", f"A carousel has {_CARDS[0]} to {_CARDS[1]} cards."
            for n, card in enumerate(cards):
                yield from _card(card, f"{place}/cards/{n}")
                if _shape(card) != _shape(cards[0]):
                    yield (
                        f"{place}/cards/{n}",
                        "All cards are alike: a header of one kind, words or none, the same buttons.",
                    )


def _card(card: Sequence[tuple[str, str, Component]], at: str) -> Iterator[Fault]:
    yield from _headers(card)
    forms = [_word(one, "format") for _, kind, one in card if kind == "HEADER"]
    if len(forms) != 1 or forms[0] not in ("IMAGE", "VIDEO", "PRODUCT"):
        yield at, "A card has a header: an image or a video."
    for place, kind, one in card:
        text = str(one.get("text") or "")
        if kind == "BODY" and (len(text) > _CARD_BODY or text.count("\n") > _CARD_LINES):
            words = f"A card's words have at most {_CARD_BODY} characters and {_CARD_LINES} line breaks."
            yield f"{place}/text", words
        if kind == "BUTTONS" and len(listed(one.get("buttons"))) > _CARD_BUTTONS:
            yield f"{place}/buttons", f"A card has at most {_CARD_BUTTONS} buttons."


def _shape(card: Sequence[tuple[str, str, Component]]) -> object:
    """What must be the same in all cards."""
    return [
        (kind, _word(one, "format"), [_word(each, "type") for each in listed(one.get("buttons"))])
        for _, kind, one in card
    ]


def _word(one: Component, key: str) -> str:
    return str(one.get(key, "")).upper()
