"""One message or status of a webhook, as an event. Source: Meta, "Messages webhook reference", "Status messages"."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from xyper_engine.model import Contact, Direction, Endpoint, Message, Part, Reason, Receipt, Status
from xyper_engine.parts import Opaque, Text
from xyper_whatsapp.people import contact, word

Item = Mapping[str, Any]
Ids = tuple[str | None, str | None, str | None]
"""A person's phone number, BSUID and parent BSUID."""

_STATUSES = {one.value: one for one in (Status.sent, Status.delivered, Status.read, Status.played, Status.failed)}
_WORDS = {"image": "caption", "video": "caption", "document": "caption", "button": "text", "system": "body"}
"""Where types that have no part of their own yet carry words for the reader."""
_MILLISECONDS = 100_000_000_000
"""A timestamp beyond this many seconds (the year 5138) was meant in milliseconds."""


class UnreadableError(ValueError):
    """Why one item cannot be read; without personal data, as it becomes the reason of a dead letter."""


def sender(item: Item) -> Ids:
    """Who wrote a message."""
    return word(item.get("from")), word(item.get("from_user_id")), word(item.get("from_parent_user_id"))


def recipient(item: Item) -> Ids:
    """Whom a status speaks of: in a group the participant, else who the message was sent to."""
    prefix = "recipient_participant" if item.get("recipient_type") == "group" else "recipient"
    # Until May 2026 Meta wrote the last one the other way round.
    parent = word(item.get(f"{prefix}_parent_user_id")) or word(item.get("parent_recipient_user_id"))
    return word(item.get(f"{prefix}_id")), word(item.get(f"{prefix}_user_id")), parent


def message(item: Item, ids: Ids, person: Item, origin: Endpoint, at: datetime, raw: Item) -> Message:
    """Raises `UnreadableError`. `at` is when the webhook was received."""
    if item.get("group_id"):
        # Answered like any other, it would go to one member in private though the whole group had asked.
        raise UnreadableError("A message of a group is not handled yet.")
    return Message(
        direction=Direction.inbound,
        origin=origin,
        contact=_somebody(contact(*ids, person)),
        external_id=_identity(item),
        occurred_at=_moment(item.get("timestamp"), at),
        received_at=at,
        raw=raw,
        parts=_parts(item),
        reply_to=word(_object(item.get("context")).get("id")),
    )


def receipt(item: Item, ids: Ids, person: Item, origin: Endpoint, at: datetime, raw: Item) -> Receipt:
    """Raises `UnreadableError`. `at` is when the webhook was received."""
    about, status = _identity(item), _status(item)
    member = (ids[0] or ids[1]) if item.get("recipient_type") == "group" else None
    return Receipt(
        direction=Direction.inbound,
        origin=origin,
        contact=_somebody(contact(*ids, person)),
        external_id=f"{about}:{status}:{member}" if member else f"{about}:{status}",
        occurred_at=_moment(item.get("timestamp"), at),
        received_at=at,
        raw=raw,
        about=about,
        status=status,
        reference=_text(item.get("biz_opaque_callback_data")),
        reason=_reason(item.get("errors")),
    )


def _identity(item: Item) -> str:
    identity = word(item.get("id"))
    if identity is None:
        raise UnreadableError("It has no id.")
    return identity


def _somebody(found: Contact | None) -> Contact:
    if found is None:
        raise UnreadableError("It names neither a phone number nor a user id.")
    return found


def _status(item: Item) -> Status:
    if item.get("type") not in (None, "message"):
        # A payment or a call can be `failed` too, and says nothing about any message.
        raise UnreadableError("A status of something other than a message is not handled yet.")
    status = _STATUSES.get(str(item.get("status")))
    if status is None:
        raise UnreadableError(f"The status {str(item.get('status'))[:64]!r} is not handled yet.")
    return status


def _parts(item: Item) -> tuple[Part, ...]:
    kind = word(item.get("type")) or "unknown"
    content = _object(item.get(kind))
    if kind == "text" and (text := _text(content.get("body"))):
        return (Text(text=text),)
    # Meta names what it does not pass on itself: {"type": "unsupported", "unsupported": {"type": "poll"}}.
    label = kind if kind != "unsupported" else word(content.get("type")) or kind
    words = _text(content.get(_WORDS.get(kind, "")))
    return (Opaque(label=label), Text(text=words)) if words else (Opaque(label=label),)


def _moment(value: object, at: datetime) -> datetime:
    """Unix seconds (a string as a rule, a number in some fields, milliseconds now and then); `at` where absent."""
    if not isinstance(value, str | int | float):
        return at
    try:
        seconds = int(value)
        return (
            datetime.fromtimestamp(seconds / 1000 if seconds > _MILLISECONDS else seconds, UTC) if seconds > 0 else at
        )
    except (ValueError, OverflowError, OSError):
        return at


def _reason(errors: object) -> Reason | None:
    error = _object(errors[0]) if isinstance(errors, list) and errors else {}
    if not error:
        return None
    details = _object(error.get("error_data")).get("details")
    words = _text(details) or _text(error.get("message")) or _text(error.get("title")) or ""
    return Reason(code=word(error.get("code")) or "", message=words)


def _object(value: object) -> Item:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
