"""One-time codes, carousels and flows: how Meta lists them, and what it refuses."""

from typing import Any

import pytest

from tests.plugins.sim.ground import WABA, world

Json = dict[str, Any]
LIST = f"/graph/v25.0/{WABA}/message_templates"
APP = {"package_name": "com.example.shop", "signature_hash": "K8a/AINcGX7"}
PLAIN = {"type": "BODY", "text": "Hello."}


def code(**button: Any) -> Json:
    components = [
        {"type": "BODY", "add_security_recommendation": True},
        {"type": "FOOTER", "code_expiration_minutes": 10},
        {"type": "BUTTONS", "buttons": [{"type": "OTP", **button}]},
    ]
    return {"name": "code", "language": "en_US", "category": "AUTHENTICATION", "components": components}


def other(category: str, *components: Json) -> Json:
    return {"name": "other", "language": "en_US", "category": category, "components": [PLAIN, *components]}


@pytest.mark.parametrize(
    ("button", "text", "query"),
    [
        ({"otp_type": "COPY_CODE"}, "Copy code", "otp_type=COPY_CODE&code_expiration_minutes=10"),
        (
            {"otp_type": "ONE_TAP", "autofill_text": "Go", "text": "Take it", "supported_apps": [APP]},
            "Take it",
            "otp_type=ONE_TAP&cta_display_name=Go&package_name=com.example.shop&signature_hash=K8a%2FAINcGX7",
        ),
    ],
)
async def test_a_codes_words_are_metas_own(button: Json, text: str, query: str) -> None:
    async with world() as here:
        assert (await here.call("POST", LIST, code(**button)))[0] == 200
        _, page = await here.call("GET", f"{LIST}?name=code")
        body, footer, buttons = page["data"][0]["components"]
        assert body["text"] == "*{{1}}* is your verification code. For your security, do not share this code."
        assert footer == {"type": "FOOTER", "code_expiration_minutes": 10, "text": "This code expires in 10 minutes."}
        [pressed] = buttons["buttons"]
        assert (pressed["type"], pressed["text"]) == ("URL", text)
        assert query in pressed["url"]
        assert pressed["url"].endswith("&code=otp{{1}}")


CARD = {"components": [{"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["x"]}}]}
WORDED = {"components": [*CARD["components"], PLAIN]}


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (code(otp_type="SMS"), "otp_type"),
        (code(otp_type="ONE_TAP"), "supported_apps"),
        (code(otp_type="ONE_TAP", supported_apps=[{**APP, "signature_hash": "x"}]), "11 characters"),
        ({**code(otp_type="COPY_CODE"), "components": [PLAIN]}, "Meta's own text"),
        ({**code(), "components": [{"type": "BODY"}]}, "one button of type OTP"),
        (other("UTILITY", {"type": "BUTTONS", "buttons": [{"type": "FLOW", "text": "Go"}]}), "exactly one of flow_id"),
        (other("UTILITY", {"type": "BUTTONS", "buttons": [{"type": "FLOW", "flow_id": "1"}]}), "navigate_screen"),
        (other("MARKETING", {"type": "CAROUSEL", "cards": [CARD]}), "2 to 10 cards"),
        (other("MARKETING", {"type": "CAROUSEL", "cards": [CARD, WORDED]}), "the same components"),
        (other("UTILITY", {"type": "CAROUSEL", "cards": [CARD, CARD]}), "only for MARKETING"),
        (other("MARKETING", {"type": "CAROUSEL", "cards": [CARD, CARD]}), "media handle is not valid"),
    ],
)
async def test_what_does_not_fit_is_refused(draft: Json, words: str) -> None:
    async with world() as here:
        status, answer = await here.call("POST", LIST, draft)
        assert (status, words in answer["error"]["error_user_msg"]) == (400, True), answer
