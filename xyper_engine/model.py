"""The vocabulary: what crosses Xyper, in words that belong to neither vendor.

Every value is frozen. Read tolerantly, write strictly: a field that the queue holds and this version does not know is
ignored, and every field added later has a default, so old and new engines can share one queue. `tests/house` pins the
JSON schema.
"""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter


def now() -> datetime:
    """The present moment, in UTC, with its zone."""
    return datetime.now(UTC)


def new_id() -> str:
    """A UUIDv7 (RFC 9562): sorts by time, so it also keeps the database's indexes compact."""
    value = (time.time_ns() // 1_000_000 << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76 | 0x3 << 62)) | 0x7 << 76 | 0x2 << 62
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Direction(StrEnum):
    """Which way an event goes. These two words mean nothing else anywhere in Xyper."""

    inbound = "inbound"
    """customer → agent"""
    outbound = "outbound"
    """agent → customer"""


class Endpoint(Frozen):
    """One account on one channel: `whatsapp / <phone_number_id>`, `genesys / <integration id>`."""

    adapter: str
    account: str

    def __str__(self) -> str:
        return f"{self.adapter}/{self.account}"


class Contact(Frozen):
    """The customer. `address` is a URN that names the person on the customer's channel.

    `tel:+16505551234` for a phone number (E.164), `bsuid:US.1349…` for Meta's business-scoped user id. `aliases` are
    further URNs of the same person.
    """

    address: str
    aliases: tuple[str, ...] = ()
    name: str | None = None

    @property
    def phone(self) -> str | None:
        """The E.164 number with its `+`, if any URN of this contact is one."""
        return next((urn.removeprefix("tel:") for urn in (self.address, *self.aliases) if urn.startswith("tel:")), None)

    @property
    def bsuid(self) -> str | None:
        """Meta's business-scoped user id, if any URN of this contact is one."""
        urns = (self.address, *self.aliases)
        return next((urn.removeprefix("bsuid:") for urn in urns if urn.startswith("bsuid:")), None)


class Text(Frozen):
    type: Literal["text"] = "text"
    text: str


class Opaque(Frozen):
    """What has no word yet. `label` names the kind: the reader sees "[poll]" instead of nothing."""

    type: Literal["opaque"] = "opaque"
    label: str

    @property
    def text(self) -> str:
        return f"[{self.label}]"


Part = Annotated[Text | Opaque, Field(discriminator="type")]


class Status(StrEnum):
    """How far a message came, in rising order: a message's status only ever rises.

    `failed` outranks `sent` and yields to any later proof that the message arrived after all.
    """

    published = "published"
    """Genesys has put a customer's message into the conversation."""
    sent = "sent"
    """The channel accepted it for the customer."""
    failed = "failed"
    delivered = "delivered"
    read = "read"
    played = "played"
    """A voice message was listened to (WhatsApp only)."""

    @property
    def rank(self) -> int:
        """1 for the lowest; what the database keeps."""
        return list(Status).index(self) + 1


class Reason(Frozen):
    """Why something failed, in the vendor's code and in words."""

    code: str
    message: str


class Event(Frozen):
    """What every event carries, whatever its kind."""

    id: str = Field(default_factory=new_id)
    """Ours (UUIDv7); also the broker's message id and, with the payload's number, WhatsApp's callback data."""
    direction: Direction
    origin: Endpoint
    """Who spoke: the account whose webhook brought this."""
    tenant: str = ""
    """Stamped by the edge from `origin`; never taken from a body."""
    contact: Contact
    external_id: str
    """The far side's id; with `origin` it is the idempotency key."""
    to: Endpoint | None = None
    """Where it must go; None leaves it to the tenant's links."""
    thread: str | None = None
    """The far side's own id of the conversation, where it names one."""
    occurred_at: datetime
    """The far side's clock, UTC."""
    received_at: datetime = Field(default_factory=now)
    """Our clock, UTC."""
    extras: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    """An escape hatch *to* one adapter, by its name."""
    raw: Mapping[str, Any] | None = None
    """The vendor's own fragment as a whole, parseable body; for replay and audit, never logged."""

    @property
    def key(self) -> str:
        """What makes this event the same event when it is delivered again."""
        return f"{self.origin.adapter}/{self.origin.account}/{self.external_id}"

    @property
    def lane(self) -> str:
        """Events of one lane are handled one after another and never overtake each other."""
        return f"{self.origin.adapter}/{self.origin.account}/{self.contact.address}"


class Message(Event):
    kind: Literal["message"] = "message"
    parts: tuple[Part, ...]
    reply_to: str | None = None
    """The far side's id of the message that this one answers."""
    author: Literal["human", "bot"] = "human"

    @property
    def text(self) -> str:
        """All parts in readable words, one line each."""
        return "\n".join(part.text for part in self.parts)


class Receipt(Event):
    """What became of a message that went the other way."""

    kind: Literal["receipt"] = "receipt"
    about: str
    """The far side's id of the message this speaks of."""
    status: Status
    reference: str | None = None
    """Our own id of that message and payload, where the far side echoes it (WhatsApp: `biz_opaque_callback_data`)."""
    reason: Reason | None = None
    final: bool = False
    """True on the one receipt that tells the agent's side how a message ended."""


class Typing(Event):
    kind: Literal["typing"] = "typing"
    duration_ms: int = 5000


AnyEvent = Annotated[Message | Receipt | Typing, Field(discriminator="kind")]

_any_event: TypeAdapter[Message | Receipt | Typing] = TypeAdapter(AnyEvent)


def dump(event: Message | Receipt | Typing) -> bytes:
    """The event as the JSON bytes that queues and dead letters hold."""
    return event.__pydantic_serializer__.to_json(event)


def load(body: bytes) -> Message | Receipt | Typing:
    """The event that `dump` wrote, also by an older or newer engine. Raises `pydantic.ValidationError`."""
    return _any_event.validate_json(body)


class Account(Frozen):
    """One of a tenant's accounts on a channel, with what its adapter needs to speak for it."""

    tenant: str
    endpoint: Endpoint
    name: str = ""
    config: Mapping[str, Any] = Field(default_factory=dict)
    """Not secret; the adapter's own keys, e.g. `waba_id`, `region`, `client_id`."""
    secrets: Mapping[str, SecretStr] = Field(default_factory=dict)
    """Opened for use in this process only: e.g. `access_token`, `client_secret`."""

    def secret(self, name: str) -> str | None:
        value = self.secrets.get(name)
        return None if value is None else value.get_secret_value()


class Link(Frozen):
    """A pair of accounts of one tenant that talk to each other."""

    id: str
    tenant: str
    customer: Endpoint
    """The side customers write to."""
    agent: Endpoint
    """The side agents work in."""

    def other(self, side: Endpoint) -> Endpoint:
        return self.agent if side == self.customer else self.customer


class Hook(Frozen):
    """One webhook address, `/hooks/{adapter}/{id}`, and what proves that a request to it is genuine."""

    id: str
    adapter: str
    tenant: str | None = None
    """None: the operator's own app, which serves all tenants."""
    account: str | None = None
    """Set where the hook belongs to one account only; events of any other account are refused a tenant."""
    secrets: tuple[SecretStr, ...] = ()
    """Every one that is valid now: several during a rotation."""
    verify_tokens: tuple[SecretStr, ...] = ()


class Conversation(Frozen):
    """A customer ↔ a number ↔ the agent side's conversation, as last known."""

    id: str
    tenant: str
    customer: Endpoint
    agent: Endpoint
    contact: Contact
    thread: str | None = None
    """The agent side's id of the conversation."""
    last_inbound_id: str | None = None
    """The customer channel's id of the customer's newest message."""
    last_inbound_at: datetime | None = None
