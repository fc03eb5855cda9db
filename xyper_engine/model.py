"""The vocabulary: what crosses Xyper, in words that belong to neither vendor.

Every value is frozen. Read tolerantly, write strictly: what this version does not know is ignored, every field added
later has a default, and so old and new engines can share one queue. A test pins the JSON schema.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, TypeAdapter
from uuid_utils import uuid7

from xyper_engine.parts import (
    Choice,
    Choices,
    ContactCard,
    FormReply,
    Frozen,
    Location,
    Media,
    Notice,
    Opaque,
    Order,
    Reaction,
    Referral,
    Text,
)
from xyper_engine.price import Price
from xyper_engine.template import Template

Part = Annotated[
    Text | Opaque | Media | Location | ContactCard | Choices | Choice | Template | Reaction | Referral | Order
    | FormReply | Notice,
    Field(discriminator="type"),
]  # fmt: skip

CANARY = "xyper-canary"
"""A tenant of Xyper's own, whose messages only prove that messages pass."""

_EPOCH = datetime.fromtimestamp(0, UTC)


def now() -> datetime:
    """The present moment, in UTC, with its zone."""
    return datetime.now(UTC)


def new_id() -> str:
    """A UUIDv7 (RFC 9562): sorts by time, so it also keeps the database's indexes compact."""
    return str(uuid7())


def first_id(at: datetime) -> str:
    """What is smaller than every id from this moment on, and greater than all before; in SQL, `xyper_first_id`."""
    text = f"{(at - _EPOCH) // timedelta(milliseconds=1):012x}"
    return f"{text[:8]}-{text[8:]}"


class Direction(StrEnum):
    """Which way an event goes. These two words mean nothing else anywhere in Xyper."""

    inbound = "inbound"  # customer → agent
    outbound = "outbound"  # agent → customer


class Endpoint(Frozen):
    """One account on one channel: `whatsapp / <phone_number_id>`, `genesys / <integration id>`."""

    adapter: str
    account: str

    def __str__(self) -> str:
        return f"{self.adapter}/{self.account}"


class Contact(Frozen):
    """The customer. `address` is a URN that names the person on the customer's channel.

    `tel:+16505551234` for a phone number (E.164), `bsuid:US.1349…` for Meta's business-scoped user id,
    `parent:US.ENT.…` for the one of a linked portfolio, `group:…` for a group. `aliases` are further URNs of the same
    person, newest first: the address stays what the agent side knows the person by, so where an alias is of the same
    kind as the address, the alias is what reaches the person now.
    """

    address: str
    aliases: tuple[str, ...] = ()
    name: str | None = None
    username: str | None = None
    """For display only: it changes."""

    @property
    def phone(self) -> str | None:
        """The E.164 number with its `+`, if any URN of this contact is one."""
        return self._newest("tel:")

    @property
    def bsuid(self) -> str | None:
        """Meta's business-scoped user id, if any URN of this contact is one."""
        return self._newest("bsuid:")

    @property
    def group(self) -> str | None:
        """The group's id, if this is a group."""
        return self._newest("group:")

    def _newest(self, scheme: str) -> str | None:
        urns = (*self.aliases, self.address)
        return next((urn.removeprefix(scheme) for urn in urns if urn.startswith(scheme)), None)


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
    received_at: datetime = Field(default_factory=now)
    """The far side's clock and ours, UTC."""
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
    record: Literal["live", "echo", "history", "standby"] = "live"
    """`echo`: our side said it through another app; `history`, `standby`: kept, but nobody is to be told."""
    opens: float = 0.0
    """Hours for which this act of the customer's opens the channel's service window."""

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
    price: Price | None = None
    """Where the channel says it with this status."""
    final: bool = False
    """True on the one receipt that tells the agent's side how a message ended."""


class Typing(Event):
    kind: Literal["typing"] = "typing"
    duration_ms: int = 5000


class Update(Event):
    """News of an account or a person rather than of a message: a template's status, a number's quality, an opt-out.

    `contact` is the person it speaks of, or `account:<id>`; the adapter that brought it knows what to do with it.
    """

    kind: Literal["update"] = "update"
    topic: str
    """The vendor's own word, e.g. `message_template_status_update`."""
    value: Mapping[str, Any] = Field(default_factory=dict)


Utterance = Message | Receipt | Typing
"""What one side says to the other, in one way or another."""
AnyEvent = Utterance | Update

_any_event: TypeAdapter[AnyEvent] = TypeAdapter(Annotated[AnyEvent, Field(discriminator="kind")])


def dump(event: AnyEvent) -> bytes:
    """The event as the JSON bytes that queues and dead letters hold."""
    return event.__pydantic_serializer__.to_json(event)


def load(body: bytes) -> AnyEvent:
    """The event that `dump` wrote, also by an older or newer engine. Raises `pydantic.ValidationError`."""
    return _any_event.validate_json(body)


class Account(Frozen):
    """One of a tenant's accounts on a channel, with what its adapter needs to speak for it."""

    tenant: str
    endpoint: Endpoint
    name: str = ""
    parent: str | None = None
    """The vendor's own account above this one, which it also sends news for (WhatsApp: the WABA id)."""
    config: Mapping[str, Any] = Field(default_factory=dict)
    """Not secret; the adapter's own keys, e.g. `waba_id`, `region`, `client_id`."""
    secrets: Mapping[str, SecretStr] = Field(default_factory=dict)
    secret_ids: Mapping[str, str] = Field(default_factory=dict)
    """By name, e.g. `access_token`: opened for use in this process only; and the ids under which a use is noted."""

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
        # For every message: to compare the models costs ten times as much.
        same = side.account == self.customer.account and side.adapter == self.customer.adapter
        return self.agent if same else self.customer


class Hook(Frozen):
    """One webhook address, `/hooks/{adapter}/{id}`, and what proves that a request to it is genuine."""

    id: str
    adapter: str
    tenant: str | None = None
    """None: the operator's own app, which serves all tenants."""
    account: str | None = None
    """Set where the hook belongs to one account only; events of any other account are refused a tenant."""
    secrets: tuple[SecretStr, ...] = ()
    """Every one that is valid now, newest first: several during a rotation."""
    verify_tokens: tuple[SecretStr, ...] = ()
    secret_ids: tuple[str, ...] = ()
    verify_token_ids: tuple[str, ...] = ()
