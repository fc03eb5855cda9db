"""Events → the bodies of Genesys' inbound endpoints. Pure.

`…/inbound/open/message`, `/structured/response`, `/receipt` and `/event`. Models: `OpenInboundNormalizedMessage`,
`OpenInboundStructuredResponseMessage`, … of the official SDK. A message's content is at most one attachment.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import orjson

from xyper_engine.contract import Payload, Priority, Rate, Target
from xyper_engine.errors import Unsupported
from xyper_engine.model import Contact, Message, Part, Reason, Receipt, Status, Typing, Utterance
from xyper_engine.parts import Choice, Media, MediaKind, Text
from xyper_genesys.answers import answered

TEXT_LIMIT = 4000
"""Characters of one message. Genesys names no limit for what customers write; its agents' own is 4,000."""

ATTRIBUTES_LIMIT = 1900
"""Bytes of `customAttributes`: Genesys' budget is about 2 KB and undocumented, so a margin stays free."""

_BY_REASON = {
    "InvalidDestination": ("131021", "131026", "131030", "131062", "133010"),
    "InvalidMessageStructure": ("100", "131008", "131009", "132000", "132005", "132012", "132018", "135000"),
    "MediaTypeNotAllowed": ("131052", "131053"),
    "MessageNotAllowed": ("130472", "130497", "131037", "131047", "131049", "131055", "131063", "368"),
    "RateLimited": ("4", "613", "80007", "130429", "131048", "131056", "131064"),
    "RecipientOptedOut": ("131050", "opted out"),
    "ServerError": ("1", "2", "131000", "131016", "131057", "133004"),
    "UnsupportedMessage": ("131051", "unsupported"),
}
_REASONS: Mapping[str, str] = MappingProxyType({code: reason for reason, codes in _BY_REASON.items() for code in codes})
_MEDIA_TYPES = {
    MediaKind.image: "Image",
    MediaKind.sticker: "Image",
    MediaKind.video: "Video",
    MediaKind.audio: "Audio",
    MediaKind.voice: "Audio",
}
_FINAL = {Status.delivered: "Delivered", Status.read: "Delivered", Status.played: "Delivered", Status.failed: "Failed"}


def render(event: Utterance, to: Target, rates: tuple[Rate, ...]) -> list[Payload]:
    """The calls that say this event in Genesys; none for what Genesys has no use for. Raises `Unsupported`."""
    if isinstance(event, Message):
        return [Payload(action, body, Priority.message, rates) for action, body in _messages(event, to)]
    if isinstance(event, Receipt):
        return [Payload("receipt", body, Priority.receipt, rates) for body in _receipts(event)]
    return [Payload("typing", body, Priority.typing, rates) for body in _typings(event, to)]


def in_words(body: Mapping[str, Any]) -> dict[str, Any]:
    """A structured response that Genesys does not take, as the plain text that it stands for."""
    return {"channel": body["channel"], "text": body["buttonResponse"]["text"]}


def id_of(address: str) -> str:
    """Genesys' id of a customer: `+16505551234`, or Meta's user id. The way back from `from_wire.address_of`.

    It is what Genesys knows a customer by, so it depends on the address alone: never on aliases, which come and go.
    """
    return address.removeprefix("tel:").removeprefix("bsuid:")


def _messages(event: Message, to: Target) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each bubble as action and body, with an id of its own: `<external id>`, `<external id>.1`, …"""
    if not event.parts:
        raise Unsupported("This message has no parts, and Genesys takes no empty message.")
    attributes = _attributes(event, to)
    for number, (lead, part) in enumerate(_bubbles(event.parts)):
        channel = {
            "messageId": f"{event.external_id}.{number}" if number else event.external_id,
            "time": _time(event.occurred_at),
            "from": _customer(event.contact, named=True),
            "metadata": {"customAttributes": attributes},
        }
        answer = answered(part, to) if isinstance(part, Choice) else None
        if answer is not None:
            yield "response", {"channel": channel} | answer
        elif isinstance(part, Media) and part.link:
            yield "message", {"channel": channel} | _file(part, part.link, lead)
        else:
            yield "message", {"channel": channel, "text": part.text}


def _bubbles(parts: Sequence[Part]) -> Iterator[tuple[str, Part]]:
    """A text directly before a file is shown with it: a quote and the photo that answers, a name and its card."""
    lead = ""
    for part, following in zip(parts, (*parts[1:], None), strict=True):
        if isinstance(part, Text) and isinstance(following, Media) and _share(part, following):
            lead = part.text
        else:
            yield lead, part
            lead = ""


def _share(text: Text, file: Media) -> bool:
    return bool(file.link) and len(text.text) + 1 + len(file.caption or "") <= TEXT_LIMIT


def _file(media: Media, link: str, lead: str) -> dict[str, Any]:
    """One attachment, which is all that a message may have. Agents see `text`; `attachment.text` is for the record."""
    known = {"id": media.file, "filename": media.name, "text": media.caption, "sha256": media.sha256}
    attachment = {
        "mediaType": _MEDIA_TYPES.get(media.kind, "File"),
        "url": link,
        "mime": media.mime or "application/octet-stream",
        **{key: value for key, value in known.items() if value},
    }
    text = "\n".join(filter(None, (lead, media.caption)))
    return ({"text": text} if text else {}) | {"content": [{"attachment": attachment}]}


def _receipts(event: Receipt) -> Iterator[dict[str, Any]]:
    """At most one, and only the final one: Genesys takes `Delivered` and `Failed` here and nothing else."""
    status = _FINAL.get(event.status)
    if status is None or not event.final:
        return
    body = {
        "id": event.about,
        "channel": {"to": _customer(event.contact), "time": _time(event.occurred_at)},
        "status": status,
        "isFinalReceipt": True,
    }
    yield body | {"reasons": [_reason(event.reason)]} if status == "Failed" else body


def _typings(event: Typing, to: Target) -> Iterator[dict[str, Any]]:
    """Nothing where no conversation is known: an event would open one, and no message may ever follow."""
    if to.conversation is not None and to.conversation.thread is not None and to.conversation.ended_at is None:
        channel = {"from": _customer(event.contact), "time": _time(event.occurred_at)}
        yield {"channel": channel, "events": [{"eventType": "Typing"}]}


def _customer(contact: Contact, named: bool = False) -> dict[str, str]:
    kind = "Phone" if contact.address.startswith("tel:") else "Opaque"
    customer = {"id": id_of(contact.address), "idType": kind}
    return customer | {"nickname": contact.name} if named and contact.name else customer


def _reason(reason: Reason | None) -> dict[str, str]:
    if reason is None:
        return {"code": "GeneralError", "message": "The message was not delivered."}
    # Of a message that was given up here the code is our own word, and Meta's code begins the sentence behind it.
    codes = (reason.code, reason.message.partition(" ")[0])
    known = (_REASONS[code] for code in codes if code in _REASONS)
    return {"code": next(known, "GeneralError"), "message": f"{reason.code} {reason.message}".strip()}


def _attributes(event: Message, to: Target) -> dict[str, str]:
    """What Architect flows can read with "Get Participant Data". Strings only, most telling first."""
    known = {
        "xyper_channel": to.peer.endpoint.adapter,
        "xyper_account": to.peer.endpoint.account,
        "xyper_contact": event.contact.address,
        "xyper_phone": event.contact.phone,
        "xyper_reply_to": event.reply_to,
    }
    if to.peer.endpoint.adapter == "whatsapp":
        known["wa_phone_number_id"] = to.peer.endpoint.account
    told = {f"xyper_context_{name}": value for name, value in to.attributes.items()}
    extra = event.extras.get("genesys", {}).get("customAttributes", {})
    attributes = {
        key: str(value) for key, value in (*known.items(), *told.items(), *extra.items()) if value is not None
    }
    return attributes if _size(attributes) <= ATTRIBUTES_LIMIT else _trimmed(attributes)


def _trimmed(attributes: Mapping[str, str]) -> dict[str, str]:
    """Those that fit, in their order. A value is left out whole: half an id would be read as an id."""
    kept: dict[str, str] = {}
    for key, value in attributes.items():
        if _size(kept | {key: value}) <= ATTRIBUTES_LIMIT:
            kept[key] = value
    return kept


def _size(attributes: Mapping[str, str]) -> int:
    return len(orjson.dumps(attributes))


def _time(moment: datetime) -> str:
    """ISO 8601 with milliseconds and `Z`: Genesys refuses other forms."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
