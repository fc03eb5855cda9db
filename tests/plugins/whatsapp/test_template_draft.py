"""The special templates as operators write them: what Meta would refuse is said at once, at its place."""

from typing import Any

import pytest

from xyper_engine.errors import Faulty
from xyper_whatsapp.template_draft import refuse_faulty

Json = dict[str, Any]
BODY = {"type": "BODY", "text": "Look at these."}
FOOTER = {"type": "FOOTER", "text": "As long as there are any."}
OTP = {"type": "OTP", "otp_type": "COPY_CODE"}
APP = {"package_name": "com.example.shop", "signature_hash": "K8a/AINcGX7"}
FLOW = {"type": "FLOW", "text": "Sign up", "flow_id": "1234", "flow_action": "navigate", "navigate_screen": "FIRST"}
URL = {"type": "URL", "text": "Buy", "url": "https://shop.example"}
HANDLE = {"header_handle": ["4::x"]}


def draft(category: str, *components: Json) -> Json:
    return {"name": "x", "language": "en_US", "category": category, "components": list(components)}


def code(button: Json | None = None, **footer: Any) -> Json:
    buttons = {"type": "BUTTONS", "buttons": [button or OTP]}
    foot = [{"type": "FOOTER", **footer}] if footer else []
    return draft("AUTHENTICATION", {"type": "BODY", "add_security_recommendation": True}, *foot, buttons)


def tap(*apps: Json, **more: Any) -> Json:
    return {"type": "OTP", "otp_type": "ONE_TAP", **({"supported_apps": list(apps)} if apps else {}), **more}


def flow(*buttons: Json) -> Json:
    return draft("UTILITY", BODY, {"type": "BUTTONS", "buttons": list(buttons)})


def card(form: str = "IMAGE", text: str = "", *buttons: Json, **more: Any) -> Json:
    header = {"type": "HEADER", "format": form, "example": HANDLE, **more}
    said = [{"type": "BODY", "text": text}] if text else []
    pressed = [{"type": "BUTTONS", "buttons": list(buttons)}] if buttons else []
    return {"components": [header, *said, *pressed]}


def cards(*all_cards: Json, category: str = "MARKETING") -> Json:
    return draft(category, BODY, {"type": "CAROUSEL", "cards": list(all_cards)})


GOOD = (
    code(), code(code_expiration_minutes=90), code(tap(APP)), code(tap(**APP)), flow(FLOW),
    flow({**FLOW, "flow_action": "data_exchange", "navigate_screen": ""}, URL), cards(card(), card()),
    cards(*[card("VIDEO", "Words", URL, URL)] * 10), draft("UTILITY", {"type": "header", "format": "location"}, BODY),
    draft("UTILITY", {"type": "HEADER", "format": "DOCUMENT", "example": HANDLE}, BODY),
)  # fmt: skip


@pytest.mark.parametrize("good", GOOD)
def test_what_meta_takes_passes(good: Json) -> None:
    refuse_faulty(good, new=True)


CARDS = "/components/1/cards"
BAD = (
    (draft("UTILITY", {"type": "HEADER", "format": "IMAGE"}, BODY), "/components/0/example"),
    (draft("AUTHENTICATION", {"type": "HEADER", "format": "TEXT", "text": "Hi"}), "/components/0"),
    (draft("AUTHENTICATION", {"type": "BODY"}), "/components"),
    (draft("AUTHENTICATION", BODY, {"type": "BUTTONS", "buttons": [OTP]}), "/components/0/text"),
    (code(code_expiration_minutes=0), "/components/1/code_expiration_minutes"),
    (code(code_expiration_minutes=91), "/components/1/code_expiration_minutes"),
    (code(code_expiration_minutes=True), "/components/1/code_expiration_minutes"),
    (code(URL), "/components/1/buttons"),
    (code({**OTP, "otp_type": "SMS"}), "/components/1/buttons/0/otp_type"),
    (code(tap()), "/components/1/buttons/0/supported_apps"),
    (code(tap(*[APP] * 6)), "/components/1/buttons/0/supported_apps"),
    (code(tap(APP, {**APP, "package_name": "shop"})), "/components/1/buttons/0/supported_apps/1/package_name"),
    (code(tap({**APP, "signature_hash": "short"})), "/components/1/buttons/0/supported_apps/0/signature_hash"),
    (code(tap(**{**APP, "signature_hash": ""})), "/components/1/buttons/0/signature_hash"),
    (flow(FLOW, FLOW), "/components/1/buttons/1"),
    (flow({**FLOW, "flow_id": ""}), "/components/1/buttons/0/flow_id"),
    (flow({**FLOW, "flow_name": "both"}), "/components/1/buttons/0/flow_id"),
    (flow({**FLOW, "navigate_screen": ""}), "/components/1/buttons/0/navigate_screen"),
    (cards(card()), CARDS),
    (cards(*[card()] * 11), CARDS),
    (cards(card(), card(), category="UTILITY"), "/category"),
    (cards(card(), card("VIDEO")), f"{CARDS}/1"),
    (cards(card("IMAGE", "Words"), card()), f"{CARDS}/1"),
    (cards(card("IMAGE", "", URL), card("IMAGE", "", {"type": "QUICK_REPLY", "text": "x"})), f"{CARDS}/1"),
    (cards(card("TEXT"), card("TEXT")), f"{CARDS}/0"),
    (cards(card(), card(example={})), f"{CARDS}/1/components/0/example"),
    (cards(card("IMAGE", "x" * 161), card("IMAGE", "x")), f"{CARDS}/0/components/1/text"),
    (cards(card("IMAGE", "1\n2\n3\n4"), card("IMAGE", "x")), f"{CARDS}/0/components/1/text"),
    (cards(*[card("IMAGE", "", URL, URL, URL)] * 2), f"{CARDS}/0/components/1/buttons"),
    (draft("MARKETING", BODY, FOOTER, {"type": "CAROUSEL", "cards": [card()] * 2}), "/components/1"),
)  # fmt: skip


@pytest.mark.parametrize(("bad", "pointer"), BAD)
def test_what_it_would_refuse_is_said_at_its_place(bad: Json, pointer: str) -> None:
    with pytest.raises(Faulty) as refused:
        refuse_faulty(bad, new=True)
    assert pointer in [place for place, _ in refused.value.faults]


def test_an_edit_is_looked_at_in_the_same_way() -> None:
    with pytest.raises(Faulty, match="2 to 10 cards"):
        refuse_faulty({"components": cards(card())["components"]}, new=False)
