"""A message's parts, as the messages that say them on WhatsApp. Source: Meta, "Send messages"."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from xyper_engine.errors import Unsupported
from xyper_engine.model import Message, Part
from xyper_engine.parts import Choices, ContactCard, Location, LocationRequest, Media, Phone, Reaction, Text
from xyper_engine.template import Template
from xyper_whatsapp.limits import CHOICES, CONTACTS
from xyper_whatsapp.to_choices import choices
from xyper_whatsapp.to_files import Said, bears, file, text
from xyper_whatsapp.to_template import template

_LINK = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_WAMID = "wamid."
_LABELS = frozenset({"HOME", "WORK"})


def said(message: Message, original: Message | None) -> Iterator[Said]:
    """What the customer is sent, in order; nothing for parts without words. Raises `Unsupported`.

    `original` is the message that this one speaks of.
    """
    parts = [part for part in message.parts if not isinstance(part, Text) or part.text.strip()]
    for cards, group in groupby(_bubbles(parts), lambda part: isinstance(part, ContactCard)):
        if cards:
            yield from _contacts([part for part in group if isinstance(part, ContactCard)])
        else:
            yield from (one for part in group for one in _one(part, original))


def wamid(named: str | None, original: Message | None) -> str | None:
    """WhatsApp's own id of the message that is meant, which agents' channels know by another; None if there is none."""
    candidates = (named, original.external_id if original is not None else None)
    return next((one for one in candidates if one and one.startswith(_WAMID)), None)


def _one(part: Part, original: Message | None) -> Iterable[Said]:
    match part:
        case Media():
            return file(part)
        case Choices():
            return choices(part)
        case Template():
            return [template(part)]
        case Location():
            return [Said("location", _place(part))]
        case LocationRequest():
            return [_where(part)]
        case Reaction():
            return [_reaction(part, original)]
    return [text(part.text, preview=bool(_LINK.search(part.text)))] if part.text.strip() else []


def _bubbles(parts: Sequence[Part]) -> Iterator[Part]:
    """A text next to a file without words becomes the file's caption, as a person would have sent it."""
    waiting = list(reversed(parts))
    while waiting:
        part = waiting.pop()
        together = _captioned(part, waiting[-1]) if waiting else None
        if together is not None:
            waiting.pop()
        yield together or part


def _captioned(part: Part, following: Part) -> Media | None:
    match part, following:
        case (Text() as words, Media() as media) | (Media() as media, Text() as words):
            if not media.caption and bears(media, words.text):
                return media.model_copy(update={"caption": words.text})
    return None


def _place(place: Location) -> dict[str, Any]:
    """WhatsApp shows an address only below a name."""
    shown = {"name": place.name or place.address, "address": place.address if place.name else None}
    return {
        "latitude": place.latitude,
        "longitude": place.longitude,
        **{key: value for key, value in shown.items() if value},
    }


def _where(part: LocationRequest) -> Said:
    """A question with Meta's own button under it. Source: Meta, "Location request messages"."""
    if not part.body.strip() or len(part.body) > CHOICES.body:
        raise Unsupported(f"A question for a place has 1 to {CHOICES.body} characters, and this one {len(part.body)}.")
    action = {"name": "send_location"}
    return Said("interactive", {"type": "location_request_message", "body": {"text": part.body}, "action": action})


def _reaction(part: Reaction, original: Message | None) -> Said:
    about = wamid(part.about, original)
    if about is None:
        raise Unsupported("The message that is reacted to is not known on WhatsApp.")
    return Said("reaction", {"message_id": about, "emoji": part.emoji or ""})


def _contacts(cards: Sequence[ContactCard]) -> Iterator[Said]:
    for start in range(0, len(cards), CONTACTS):
        yield Said("contacts", [_contact(card) for card in cards[start : start + CONTACTS]])


def _contact(card: ContactCard) -> dict[str, Any]:
    """`name` needs one more field beside `formatted_name`."""
    names = {"first_name": card.first_name, "last_name": card.last_name}
    known = {key: value for key, value in names.items() if value} or {"first_name": card.name}
    shown: dict[str, Any] = {
        "phones": [_phone(phone) for phone in card.phones],
        "emails": [{"email": email} for email in card.emails],
        "addresses": [{"street": address} for address in card.addresses],
        "urls": [{"url": url} for url in card.urls],
        "org": {key: value for key, value in (("company", card.company), ("title", card.title)) if value},
        "birthday": card.birthday,
    }
    name = {"formatted_name": card.name, **known}
    return {"name": name, **{key: value for key, value in shown.items() if value}}


def _phone(phone: Phone) -> dict[str, str]:
    """Meta's list of labels is short; another one is left out rather than refused with the whole message."""
    shown = {"phone": phone.number}
    if phone.label.upper() in _LABELS:
        shown["type"] = phone.label.upper()
    return {**shown, "wa_id": phone.account} if phone.account else shown
