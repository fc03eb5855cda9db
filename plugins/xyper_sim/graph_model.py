"""What the simulated WhatsApp keeps: messages and chats, with ids that look like Meta's."""

import base64
import hashlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from xyper_sim.graph_rules import found
from xyper_sim.graph_templates import Template, shown

RANK = {"accepted": 0, "sent": 1, "delivered": 2, "read": 3, "played": 4, "failed": 5}

_WORDS = {
    "text": ("body",),
    "button": ("text",),
    "interactive": ("button_reply.title", "list_reply.title", "body.text"),
    "system": ("body",),
    "template": ("name",),
    "image": ("caption",),
    "video": ("caption",),
    "document": ("caption", "filename"),
    "location": ("name",),
    "contacts": ("*.name.formatted_name",),
    "reaction": ("emoji",),
}
"""Where the words of each type stand."""
_SPOKEN = ("text", "button", "interactive", "system")


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
    kind: str = "text"
    """Meta's `type`."""
    content: Any = None
    """The object of that name: as the webhook tells it, or as the business sent it, there with the ids of files that
    were fetched from links."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Customer: what stands beside the content in the webhook, e.g. `context`, `referral`, `errors`."""
    template: Template | None = None
    changed: Literal["", "edited", "deleted"] = ""
    """What the customer did to it later."""
    error: int | None = None
    details: str = ""
    """Why it failed, where the error's own words are not enough."""
    body: Mapping[str, Any] = field(default_factory=dict)
    """Business: the request as it was accepted."""
    history: list[tuple[str, float]] = field(default_factory=list)
    """Business: each status with its unix time."""

    @property
    def callback(self) -> str | None:
        return self.body.get("biz_opaque_callback_data")

    @property
    def shown(self) -> bool:
        """Whether the customer can see it. For a reaction Meta tells nothing but `sent`."""
        if self.by == "customer":
            return True
        return self.status in ("delivered", "read", "played") or (self.kind == "reaction" and self.status == "sent")

    def view(self) -> dict[str, Any]:
        """For the phone page."""
        keys = ("id", "number", "customer", "by", "text", "at", "status", "reply_to", "error", "kind", "changed")
        drawn = {"drawn": shown(self.template, self.content)} if self.template else {}
        marked = {
            "shown": self.shown,
            "content": self.content,
            "forwarded": "forwarded" in str(self.more.get("context")),
        }
        return {**{key: getattr(self, key) for key in keys}, **marked, "referral": self.more.get("referral"), **drawn}


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

    def window_view(self) -> dict[str, Any]:
        """For the phone page."""
        return {"number": self.number, "customer": self.customer, "open": self.in_window}


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
    return words(kind, content)


def words(kind: str, content: Any) -> str:
    """Type and content of a message, either way, in a line for lists, quotes and logs."""
    said = next((text for place in _WORDS.get(kind, ()) for text in found(content, place)), None)
    if said is None:
        return f"[{kind}]"
    return str(said) if kind in _SPOKEN else f"[{kind}] {said}"
