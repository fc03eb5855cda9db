"""Meta's errors, as HTTP answers and as they appear in statuses. Codes and titles: Meta's error reference."""

import base64
import os
from typing import Any

from aiohttp import web

_HREF = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"

TITLES: dict[int, tuple[int, str]] = {
    0: (401, "AuthException"),
    1: (400, "API Unknown"),
    2: (503, "API Service"),
    4: (400, "API Too Many Calls"),
    10: (403, "Permission Denied"),
    33: (400, "Parameter value is not valid"),
    100: (400, "Invalid parameter"),
    190: (401, "Access token has expired"),
    200: (403, "Permission denied"),
    2200: (400, "Callback verification failed"),
    80007: (400, "Rate limit issues"),
    130429: (400, "Rate limit hit"),
    131000: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (500, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131030: (400, "Recipient phone number not in allowed list"),
    131031: (403, "Account has been locked"),
    131042: (400, "Business eligibility payment issue"),
    131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131051: (400, "Unsupported message type"),
    131052: (400, "Media download error"),
    131053: (400, "Media upload error"),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
    131057: (500, "Account in maintenance mode"),
    131062: (400, "Business-scoped user id not allowed for this message"),
    132000: (400, "Number of parameters does not match the expected number of params"),
    132001: (404, "Template name does not exist in the translation"),
    132005: (400, "Translated text too long"),
    132012: (400, "Parameter format does not match format in the created template"),
    132015: (400, "Template is paused"),
    132016: (400, "Template is disabled"),
    132018: (400, "Template parameter is not valid"),
    133004: (503, "Server temporarily unavailable"),
    133005: (400, "Two step verification PIN mismatch"),
    133006: (400, "Phone number re-verification needed"),
    133010: (400, "Phone number not registered"),
    133016: (400, "Account register/deregister rate limit exceeded"),
}
"""Code → usual HTTP status, title."""

_DETAILS = {
    130429: "Cloud API message throughput has been reached.",
    131026: "Message Undeliverable.",
    131047: "Message failed to send because more than 24 hours have passed since the customer last replied to this "
    "number.",
    131056: "Message failed to send because there were too many messages sent from this phone number to the same phone "
    "number in a short period of time.",
    80007: "The WhatsApp Business Account has reached its rate limit.",
}

_BY_STATUS = {401: 190, 403: 10, 429: 130429, 503: 133004}


TRACE = "x-fb-trace-id"


def new_trace() -> str:
    """By which Meta's support finds a call."""
    return "A" + base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")


class GraphError(Exception):
    """A refused request."""

    def __init__(
        self,
        code: int,
        details: str = "",
        *,
        status: int | None = None,
        message: str = "",
        subcode: int | None = None,
        title: str = "",
        words: str = "",
    ) -> None:
        """`title` and `words` are what Meta would show to a person (`error_user_title`, `error_user_msg`)."""
        usual, known = TITLES.get(code, (400, "Unknown error"))
        super().__init__(f"(#{code}) {known}")
        self.status = status or usual
        kind = "GraphMethodException" if subcode else "OAuthException"
        error: dict[str, Any] = {"message": message or f"(#{code}) {known}", "type": kind, "code": code}
        if subcode:
            error["error_subcode"] = subcode
        if title:
            error |= {"error_user_title": title, "error_user_msg": words or title}
        if details := details or _DETAILS.get(code, ""):
            error["error_data"] = {"messaging_product": "whatsapp", "details": details}
        self.error = error

    def answer(self, headers: dict[str, str] | None = None) -> web.Response:
        """The HTTP answer, with a trace id of its own."""
        trace = new_trace()
        told = {**(headers or {}), TRACE: trace}
        return web.json_response({"error": {**self.error, "fbtrace_id": trace}}, status=self.status, headers=told)


def for_status(status: int, code: int | str, message: str) -> GraphError:
    """The error of a fault on demand; a code that fits `status` where the knob names none."""
    number = int(code) if str(code).isdigit() else _BY_STATUS.get(status, 131000 if status >= 500 else 100)
    return GraphError(number, message, status=status)


def in_status(code: int, details: str = "") -> dict[str, Any]:
    """The error as `statuses[].errors[]` carries it."""
    title = TITLES.get(code, (400, "Unknown error"))[1]
    details = details or _DETAILS.get(code, title)
    return {"code": code, "title": title, "message": title, "error_data": {"details": details}, "href": _HREF}
