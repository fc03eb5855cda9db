"""What the simulated WhatsApp keeps: messages and chats, with ids that look like Meta's."""

import base64
import hashlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

RANK = {"accepted": 0, "sent": 1, "delivered": 2, "read": 3, "failed": 4}


@dataclass(slots=True)
class Message:
    """One bubble on a customer's phone, whoever wrote it."""

    id: str
    """The wamid."""
    number: str
    """The business' phone_number_id."""
    customer: str
    """The customer's wa_id; "" where an accepted message has no reachable recipient."""
    by: Literal["customer", "business"]
    text: str
    at: float
    status: str = "accepted"
    """Business: accepted, sent, delivered, read or failed. Customer: sent, delivered (webhook taken) or read."""
    reply_to: str | None = None
    error: int | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    """Business: the request as it was accepted."""
    history: list[tuple[str, float]] = field(default_factory=list)
    """Business: each status with its unix time."""

    @property
    def callback(self) -> str | None:
        return self.body.get("biz_opaque_callback_data")

    @property
    def shown(self) -> bool:
        """Whether the customer can see it."""
        return self.by == "customer" or self.status in ("delivered", "read")

    def view(self) -> dict[str, Any]:
        """For the phone page."""
        keys = ("id", "number", "customer", "by", "text", "at", "status", "reply_to", "error")
        return {key: getattr(self, key) for key in keys}


@dataclass(slots=True)
class Chat:
    """A customer and a business number."""

    number: str
    customer: str
    messages: list[Message] = field(default_factory=list)
    last_inbound_at: float | None = None
    """Unix seconds of the customer's newest message: the 24-hour window counts from it."""
    typing_until: float = 0.0

    def open_window(self, *, is_open: bool) -> None:
        """Pretend that the customer has written just now, or has not for more than a day."""
        self.last_inbound_at = time.time() if is_open else None

    @property
    def in_window(self) -> bool:
        return self.last_inbound_at is not None and time.time() - self.last_inbound_at < 86400


def wamid(party: str, *, inbound: bool) -> str:
    """A new message id as Meta makes them: base64 of a record that holds the other party's number in clear."""
    digits = party.encode()
    serial = os.urandom(10 if inbound else 9).hex().upper().encode()
    kind = b"\x12" if inbound else b"\x11"
    record = b"\x1c\x18" + bytes([len(digits)]) + digits + b"\x15\x02\x00" + kind
    return "wamid." + base64.b64encode(record + b"\x18" + bytes([len(serial)]) + serial + b"\x00").decode()


def bsuid_of(wa_id: str) -> str:
    """The business-scoped user id of a customer who was given none; always the same one."""
    return f"US.{int.from_bytes(hashlib.sha256(wa_id.encode()).digest()[:8]):020d}"


def summary(body: Mapping[str, Any]) -> str:
    """An accepted request's content as words for the phone page; "[kind]" for what it cannot show."""
    kind = str(body.get("type", "text"))
    content = body.get(kind)
    match kind, content:
        case "text", {"body": str(text)}:
            return text
        case "template", {"name": str(name)}:
            return f"[template {name}]"
        case "interactive", {"body": {"text": str(text)}}:
            return text
        case _, {"caption": str(caption)}:
            return f"[{kind}] {caption}"
        case _:
            return f"[{kind}]"
