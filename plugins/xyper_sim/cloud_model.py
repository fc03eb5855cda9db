"""What a conversation and a message are in the simulated Genesys Cloud, and how they look to pages and to tests."""

import time
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import uuid4

MessageStatus = Literal["received", "published", "sent", "delivery-success", "delivery-failed"]
"""Values of the SDK's `MessageData.status`: the first two for a customer's message, the others for an agent's."""


def stamp(seconds: float | None = None) -> str:
    """A moment (unix seconds; None is now) as Genesys writes it: `2026-11-22T10:00:00.000Z`."""
    moment = datetime.fromtimestamp(time.time() if seconds is None else seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True)
class Message:
    """One message of a conversation, in either direction."""

    id: str
    """Genesys' own: 32 hexadecimal digits."""
    conversation: "Conversation"
    inbound: bool
    provider_id: str
    """`channel.messageId`: the middleware's id of a customer's message; of an agent's it equals `id`."""
    text: str
    status: MessageStatus
    content: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    entity: Literal["Human", "Bot"] = "Human"
    by: str = ""
    """The user who said it by the API."""
    about: str = ""
    """Of a customer's answer to a structured message: that message's id."""
    fetched: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What became of fetching the file of `content[n]`: `{file, mime, size}` or `{problem}`."""
    at: float = field(default_factory=time.time)
    receipts: list[dict[str, Any]] = field(default_factory=list)
    """The bodies of the receipts about it, in order."""
    finished: bool = False
    """A final receipt has come: there must not be another."""

    @property
    def type(self) -> str:
        """Genesys' own word for the message as a whole."""
        kinds = {item.get("contentType") for item in self.content}
        return "Text" if kinds <= {"Attachment"} else "Structured"

    @property
    def reason(self) -> str:
        """Why it failed, in words; "" where it did not."""
        last = self.receipts[-1] if self.status == "delivery-failed" and self.receipts else {}
        return "; ".join(str(reason.get("message", "")) for reason in last.get("reasons") or ())

    def view(self) -> dict[str, Any]:
        """As JSON, for `/api/cloud` and the desk."""
        return {
            "id": self.id,
            "conversation": self.conversation.id,
            "direction": "inbound" if self.inbound else "outbound",
            "messageId": self.provider_id,
            "text": self.text,
            "type": self.type,
            "content": self.content,
            "about": self.about,
            "attachments": [
                {**item["attachment"], **self.fetched.get(number, {})}
                for number, item in enumerate(self.content)
                if "attachment" in item
            ],
            "status": self.status,
            "reason": self.reason,
            "receipts": [{"status": one["status"], "final": final(one)} for one in self.receipts],
            "at": self.at,
        }


@dataclass(slots=True)
class Conversation:
    """One customer on one integration, from a first message until a disconnect and the threading timeline's end."""

    integration: str
    address: str
    """`from.id` as the middleware gave it."""
    id_type: str
    name: str = ""
    id: str = field(default_factory=lambda: str(uuid4()))
    attributes: dict[str, str] = field(default_factory=dict)
    """Participant data: the `customAttributes` of the customer's messages."""
    messages: list[Message] = field(default_factory=list)
    customer: str = field(default_factory=lambda: str(uuid4()))
    """Participant ids, the customer's and the agent's."""
    agent: str = field(default_factory=lambda: str(uuid4()))
    communication: str = field(default_factory=lambda: str(uuid4()))
    """By which the agent takes part."""
    person: str = ""
    """The user who is the agent in it; "" for nobody in particular."""
    started: float = field(default_factory=time.time)
    ended: float | None = None
    unread: int = 0
    """Customer's messages since an agent last looked."""

    @property
    def connected(self) -> bool:
        return self.ended is None

    def view(self) -> dict[str, Any]:
        """As JSON, for `/api/cloud` and the desk: without its messages."""
        return {
            "id": self.id,
            "integration": self.integration,
            "address": self.address,
            "name": self.name,
            "connected": self.connected,
            "unread": self.unread,
            "started": self.started,
            "attributes": self.attributes,
            "person": self.person,
        }


def final(receipt: dict[str, Any]) -> bool:
    """Whether a receipt is the last one about its message: Delivered and Failed are, unless they deny it."""
    return receipt.get("isFinalReceipt") is not False


PANEL = "embedded-client-app-interaction-widget"
"""The type of those applications that stand beside a chat."""
APP_STATES = {"ENABLED": "ACTIVE", "DISABLED": "INACTIVE"}
"""What is intended, and what is then reported."""


@dataclass(slots=True)
class App:
    """An installed application."""

    id: str
    type: str
    name: str
    org: str
    state: str = "DISABLED"
    config: dict[str, Any] = field(default_factory=dict)
    version: int = 1

    def config_view(self) -> dict[str, Any]:
        own = {"id": self.id, "name": self.name, "version": self.version}
        held = {"properties": {}, "advanced": {}, "notes": "", "credentials": {}, **deepcopy(self.config)}
        return {**held, **own, "selfUri": f"/api/v2/integrations/{self.id}/config/current"}

    def view(self) -> dict[str, Any]:
        return {
            "id": self.id, "name": self.name, "integrationType": {"id": self.type}, "intendedState": self.state,
            "reportedState": {"code": APP_STATES[self.state]}, "selfUri": f"/api/v2/integrations/{self.id}",
        }  # fmt: skip

    @property
    def beside_chats(self) -> bool:
        """Whether agents see it beside a customer's messages. Which groups they are in is not asked here."""
        filters = str(self._properties.get("communicationTypeFilter", "")).split(",")
        return (
            self.type == PANEL and self.state == "ENABLED" and "open" in filters and bool(self._properties.get("url"))
        )

    def panel(self) -> dict[str, Any]:
        """As the desk needs it to make the frame."""
        listed = {name: _listed(self._properties.get(name)) for name in ("sandbox", "permissions")}
        return {"id": self.id, "name": self.name, "url": str(self._properties["url"]), **listed}

    @property
    def _properties(self) -> dict[str, Any]:
        return self.config.get("properties") or {}


def _listed(value: object) -> list[str]:
    return [one for part in str(value or "").split(",") if (one := part.strip())]
