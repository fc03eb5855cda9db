"""Templates of one-time codes, carousels and flows at the simulated Meta: what it refuses, and how it lists them.

Source: Meta, "Authentication templates", "Media card carousel templates", "Sending a Flow"; the address behind a code's
button as Meta lists it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from xyper_sim.graph_errors import GraphError

Json = dict[str, Any]
_SAYS = "*{{1}}* is your verification code."
_WARNING = " For your security, do not share this code."
_WORDS = {"COPY_CODE": "Copy code", "ONE_TAP": "Autofill", "ZERO_TAP": "Copy code"}
_OTP = "https://www.whatsapp.com/otp/code/?"


def judge(category: str, components: Sequence[Json]) -> None:
    """Raises `GraphError` 100 for what Meta refuses of these kinds."""
    carousel = next((one for one in components if _word(one) == "CAROUSEL"), None)
    rules = _code if category.upper() == "AUTHENTICATION" else _nothing
    for words in (*rules(components), *_flows(components), *(_carousel(carousel, category) if carousel else ())):
        raise GraphError(100, words, title="Invalid parameter", words=words)


def listed(category: str, components: Sequence[Json]) -> list[Json]:
    """As Meta lists them: a code's words are its own, and its button an address that holds the code."""
    if category.upper() != "AUTHENTICATION":
        return list(components)
    minutes = next((one.get("code_expiration_minutes") for one in components if _word(one) == "FOOTER"), None)
    makers: Mapping[str, Callable[[Json], Json]] = {
        "BODY": _body,
        "FOOTER": lambda one: {**one, "text": f"This code expires in {minutes} minutes."},
        "BUTTONS": lambda one: {**one, "buttons": [_button(each, minutes) for each in one["buttons"]]},
    }
    return [makers[_word(one)](one) for one in components]


def _body(one: Json) -> Json:
    secret = bool(one.get("add_security_recommendation"))
    return {**one, "text": _SAYS + (_WARNING if secret else ""), "example": {"body_text": [["123456"]]}}


def _button(button: Json, minutes: object) -> Json:
    if _word(button) != "OTP":
        return button
    kind = str(button["otp_type"]).upper()
    app = next(iter(button.get("supported_apps") or ()), button if "package_name" in button else {})
    tap = {"cta_display_name": button.get("autofill_text", _WORDS[kind]), **app} if kind != "COPY_CODE" else {}
    named = {key: tap[key] for key in ("cta_display_name", "package_name", "signature_hash") if key in tap}
    query = urlencode({"otp_type": kind, **named, **({"code_expiration_minutes": minutes} if minutes else {})})
    url = f"{_OTP}{query}&code=otp{{{{1}}}}"
    text = button.get("text") or _WORDS["COPY_CODE"]
    return {"type": "URL", "text": text, "url": url, "example": [url.replace("{{1}}", "123456")]}


def _code(components: Sequence[Json]) -> Iterator[str]:
    buttons = [button for one in components if _word(one) == "BUTTONS" for button in one.get("buttons") or ()]
    if any(_word(one) not in ("BODY", "FOOTER", "BUTTONS") or one.get("text") for one in components):
        yield "Authentication templates have Meta's own text: only BODY, FOOTER and BUTTONS without text are allowed."
    if [_word(one) for one in buttons] != ["OTP"]:
        yield "Authentication templates need one button of type OTP."
    for one in components:
        minutes = one.get("code_expiration_minutes")
        if _word(one) == "FOOTER" and not (isinstance(minutes, int) and 1 <= minutes <= 90):
            yield "code_expiration_minutes must be between 1 and 90."
    for button in buttons:
        kind = str(button.get("otp_type", "")).upper()
        apps = button.get("supported_apps") or ([button] if "package_name" in button else [])
        if kind not in _WORDS:
            yield f"otp_type must be one of {', '.join(_WORDS)}."
        elif kind != "COPY_CODE" and not 1 <= len(apps) <= 5:
            yield "supported_apps must have 1 to 5 apps."
        elif any(len(str(app.get("signature_hash", ""))) != 11 or not app.get("package_name") for app in apps):
            yield "Each app needs a package_name and a signature_hash of 11 characters."


def _flows(components: Sequence[Json]) -> Iterator[str]:
    for one in components:
        for button in one.get("buttons") or ():
            if _word(button) != "FLOW":
                continue
            if sum(bool(button.get(name)) for name in ("flow_id", "flow_name", "flow_json")) != 1:
                yield "A FLOW button needs exactly one of flow_id, flow_name and flow_json."
            if str(button.get("flow_action") or "navigate").lower() == "navigate" and not button.get("navigate_screen"):
                yield "A FLOW button with flow_action navigate needs navigate_screen."


def _carousel(component: Json, category: str) -> Iterator[str]:
    cards = [card.get("components") or [] for card in component.get("cards") or ()]
    if category.upper() != "MARKETING":
        yield "Carousels are only for MARKETING templates."
    if not 2 <= len(cards) <= 10:
        yield "A carousel must have 2 to 10 cards."
    for card in cards:
        if [_word(one) for one in card][:1] != ["HEADER"]:
            yield "Each card needs a HEADER with an image or a video."
        if _shape(card) != _shape(cards[0]):
            yield "All cards of a carousel must have the same components."
        if any(_word(one) == "BODY" and len(one.get("text", "")) > 160 for one in card):
            yield "A card's BODY has at most 160 characters."


def _shape(card: Sequence[Json]) -> object:
    return [
        (_word(one), str(one.get("format", "")).upper(), [_word(each) for each in one.get("buttons") or ()])
        for one in card
    ]


def _nothing(_: Sequence[Json]) -> Iterator[str]:
    yield from ()


def _word(one: Json) -> str:
    return str(one.get("type", "")).upper()
