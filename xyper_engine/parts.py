"""What a message is made of, in words that belong to neither vendor.

A part that one side cannot show is put into readable words for it (`routing/words.py`); nothing is left out because
it has no counterpart. Every part is frozen; every field added later has a default.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

_ADDRESS = re.compile(r"[a-z]+://(?:[^/?#]*@)?([!\"$->@-~]+)(?:[?#].*)?", re.IGNORECASE | re.DOTALL)


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


def plain(value: object) -> object:
    """What orjson asks for where it meets a value that it does not know."""
    if isinstance(value, BaseModel):
        return value.__dict__
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError


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


class MediaKind(StrEnum):
    """How a file is shown, which its MIME type alone does not say."""

    image = "image"
    video = "video"
    audio = "audio"
    voice = "voice"
    """Recorded by a person just now; shown with a play button."""
    sticker = "sticker"
    document = "document"


class Source(Frozen):
    """Where the far side keeps a file until it is claimed: its id there, its address, or both."""

    id: str | None = None
    url: str | None = None

    @property
    def place(self) -> str | None:
        """Host and path of its address: the rest opens the file to whoever has it."""
        found = _ADDRESS.fullmatch(self.url or "")
        return found and found[1]


class Media(Frozen):
    """A file. It arrives with a `source`; once it is in our own store it has a `file`, and then the source may die."""

    type: Literal["media"] = "media"
    kind: MediaKind
    mime: str = ""
    """As the far side says; once claimed, as the bytes say."""
    name: str | None = None
    """The file's name, user-controlled until claimed."""
    caption: str | None = None
    size: int | None = None
    """In bytes."""
    sha256: str | None = None
    """Of the bytes, in hex."""
    animated: bool = False
    source: Source | None = None
    file: str | None = None
    """Our own id of the stored file."""
    link: str | None = None
    """A signed address under which anybody may fetch it for a while; made shortly before it is shown."""

    @property
    def text(self) -> str:
        return self.caption or self.name or f"[{self.kind}]"


class Location(Frozen):
    type: Literal["location"] = "location"
    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None
    url: str | None = None

    @property
    def text(self) -> str:
        return ", ".join(filter(None, (self.name, self.address, f"{self.latitude:g},{self.longitude:g}")))


class LocationRequest(Frozen):
    """A question where somebody is, with a button that answers it."""

    type: Literal["location_request"] = "location_request"
    body: str

    @property
    def text(self) -> str:
        return self.body


class Phone(Frozen):
    number: str
    """As the sender wrote it."""
    label: str = ""
    """`HOME`, `WORK`, …"""
    account: str | None = None
    """The person's id on the customer's channel, where it has one (WhatsApp: `wa_id`, digits only)."""


class ContactCard(Frozen):
    """A person's particulars, as shared from an address book."""

    type: Literal["contact"] = "contact"
    name: str
    first_name: str | None = None
    last_name: str | None = None
    phones: tuple[Phone, ...] = ()
    emails: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    """Each on one line."""
    urls: tuple[str, ...] = ()
    company: str | None = None
    title: str | None = None
    birthday: str | None = None
    """`YYYY-MM-DD`."""
    requested: bool = False
    """True where it answers a request for the customer's own number."""

    @property
    def text(self) -> str:
        return ", ".join((self.name, *(phone.number for phone in self.phones)))


class Option(Frozen):
    """One thing to choose. With `url` it opens a page instead of sending an answer."""

    id: str
    """What comes back when it is chosen (Genesys: the payload)."""
    title: str
    description: str = ""
    url: str | None = None


class Choices(Frozen):
    """Something to choose from: quick replies, a card, one card of a carousel, a list, times of a date picker."""

    type: Literal["choices"] = "choices"
    body: str
    options: tuple[Option, ...]
    kind: Literal["quick_reply", "card", "list", "date"] = "quick_reply"
    header: str | None = None
    footer: str | None = None
    media: Media | None = None
    """A picture or film above the words."""
    button: str | None = None
    """What opens a list."""

    @property
    def text(self) -> str:
        return "\n".join(filter(None, (self.header, self.body, *(option.title for option in self.options))))


class Choice(Frozen):
    """What was chosen. The message's `reply_to` names the message that offered it, where the far side says so."""

    type: Literal["choice"] = "choice"
    id: str
    title: str
    description: str = ""
    kind: Literal["quick_reply", "button", "date"] = "quick_reply"
    """How the agent side must be told: as the kind of thing that it had offered."""
    about: str | None = None
    """The agent side's id of the message that offered it, once looked up."""

    @property
    def text(self) -> str:
        return self.title


class Reaction(Frozen):
    type: Literal["reaction"] = "reaction"
    about: str
    """The far side's id of the message that is reacted to."""
    emoji: str | None
    """None: an earlier reaction was taken back."""

    @property
    def text(self) -> str:
        return self.emoji or "[–]"


class Referral(Frozen):
    """What brought the customer here: an advertisement or post."""

    type: Literal["referral"] = "referral"
    kind: str = "ad"
    """`ad` or `post`."""
    id: str | None = None
    headline: str | None = None
    body: str | None = None
    url: str | None = None
    image: str | None = None
    video: str | None = None
    click_id: str | None = None
    """Meta's `ctwa_clid`."""
    greeting: str | None = None

    @property
    def text(self) -> str:
        return " – ".join(filter(None, (self.headline, self.url))) or f"[{self.kind}]"


class OrderItem(Frozen):
    product: str
    quantity: float = 1
    price: float | None = None
    """Of one piece."""
    currency: str = ""


class Order(Frozen):
    type: Literal["order"] = "order"
    catalog: str | None = None
    note: str | None = None
    items: tuple[OrderItem, ...] = ()

    @property
    def text(self) -> str:
        return "\n".join(f"{item.quantity:g} × {item.product}" for item in self.items)


class FormReply(Frozen):
    """A filled-in form (WhatsApp Flows, an address)."""

    type: Literal["form"] = "form"
    name: str
    answers: Mapping[str, Any] = Field(default_factory=dict)
    """Empty where the vendor's JSON could not be read; `unread` then holds it."""
    unread: str | None = None
    summary: str | None = None

    @property
    def text(self) -> str:
        return "\n".join(f"{key}: {value}" for key, value in self.answers.items()) or self.unread or f"[{self.name}]"


class Notice(Frozen):
    """Something that happened rather than something said. `code` names a phrase of the catalogue (`phrases/*.toml`).

    Codes: `edited` (words), `deleted`, `forwarded`, `forwarded_often`, `product` (product), `number_changed` (old,
    new), `user_id_changed`, `identity_changed`, `missed_call`, `call_permission` (response), `welcome`, `group_member`
    (name), `business_app`, `handover` (owner), `system` (words), `failed_inbound` (words), `unsupported` (kind).
    Ours: `media_gone`, `media_no_room` (name), `media_infected` (name, what), `too_big` (name, size, link), and what a
    customer is told: `delayed` (minutes), of a file `media_refused` (name), `media_blocked`, and of an opt-out and its
    end `opted_out`, `opted_out_of_all`, `opted_in`.
    """

    type: Literal["notice"] = "notice"
    code: str
    values: Mapping[str, str] = Field(default_factory=dict)
    about: str | None = None
    """The far side's id of the message it speaks of, if of one."""

    @property
    def text(self) -> str:
        return " ".join((f"[{self.code}]", *self.values.values()))
