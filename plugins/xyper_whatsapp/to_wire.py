"""An event, as calls to Meta's `/{phone_number_id}/messages`. Source: Meta, "Send messages", "Typing indicators"."""

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from xyper_engine import saying
from xyper_engine.contract import Payload, Priority, Rate, Target
from xyper_engine.errors import Misconfigured, Unsupported
from xyper_engine.model import Account, Contact, Message, Receipt, Status, Typing, Utterance
from xyper_whatsapp.settings import WhatsAppSettings
from xyper_whatsapp.to_files import Said
from xyper_whatsapp.to_parts import said, wamid

_TOKEN = re.compile(r"[!-~]+")
"""What fits into an Authorization header: printable ASCII without blanks."""


def render(event: Utterance, to: Target, settings: WhatsAppSettings) -> Sequence[Payload]:
    """Raises `Unsupported`, or `Misconfigured` for an account without number or token."""
    access_token(to.account)
    if isinstance(event, Message):
        return _message(event, to, settings)
    if isinstance(event, Typing):
        return _typing(to, settings)
    return _read(event, to, settings)


def access_token(account: Account) -> str:
    """The account's token. Raises `Misconfigured` in words that name what is missing."""
    token = (account.secret("access_token") or "").strip()
    if not account.endpoint.account:
        words = "This WhatsApp account has no phone_number_id: copy it from Meta's API Setup page."
        raise Misconfigured(saying.said("whatsapp.number.none", words))
    if not token:
        words = "This WhatsApp account has no access_token: store a system user's token for it."
        raise Misconfigured(saying.said("whatsapp.token.none", words))
    if not _TOKEN.fullmatch(token):
        words = "This WhatsApp account's access_token holds blanks or special characters: copy it again."
        raise Misconfigured(saying.said("whatsapp.token.malformed", words))
    return token


def _message(event: Message, to: Target, settings: WhatsAppSettings) -> Sequence[Payload]:
    known = (event.contact, *([to.conversation.contact] if to.conversation else []))
    head = {"messaging_product": "whatsapp", **_address(known)}
    rates = (_pair(to.account, known, settings), _number(to.account, settings))
    quoted = wamid(event.reply_to, to.original) if event.reply_to else None
    bodies = list(said(event, to.original))
    if not bodies:
        raise Unsupported("The message has no text, and WhatsApp takes no empty one.")
    return [_payload({**head, **one.body}, one, n, event, quoted, rates) for n, one in enumerate(bodies)]


def _payload(
    body: dict[str, Any], one: Said, n: int, event: Message, quoted: str | None, rates: tuple[Rate, ...]
) -> Payload:
    if quoted and n == 0 and one.type != "reaction":  # further parts would quote the same message again
        body["context"] = {"message_id": quoted}
    # Comes back in every status of the message: the only proof that a call without an answer was taken.
    body["biz_opaque_callback_data"] = f"{event.id}.{n}"
    priority = Priority.template if one.type == "template" else Priority.message
    return Payload("message", body, priority, rates, one.files)


def _address(known: Sequence[Contact]) -> Mapping[str, str]:
    """The phone where it is known, which keeps it visible to the business for 30 more days; else the BSUID.

    A BSUID in `to` is answered 200 and never delivered; a number without `+` may get the business's country code.
    """
    if group := next((one.group for one in known if one.group), None):
        return {"recipient_type": "group", "to": group}
    if phone := next((one.phone for one in known if one.phone), None):
        return {"recipient_type": "individual", "to": phone}
    if bsuid := next((one.bsuid for one in known if one.bsuid), None):
        return {"recipient_type": "individual", "recipient": bsuid}
    raise Unsupported("The customer has neither a phone number nor a WhatsApp user id.")


def _typing(to: Target, settings: WhatsAppSettings) -> Sequence[Payload]:
    latest = to.conversation.last_inbound_id if to.conversation else None
    if not latest or settings.mark_read == "never":  # Meta has no typing without blue ticks
        return []
    body = {**_seen(latest), "typing_indicator": {"type": "text"}}
    return [Payload("typing", body, Priority.typing, (_number(to.account, settings),))]


def _read(event: Receipt, to: Target, settings: WhatsAppSettings) -> Sequence[Payload]:
    """Blue ticks, which Meta also gives to every earlier message of the conversation."""
    if settings.mark_read != "published" or event.status is not Status.published:
        return []
    rates = (_number(to.account, settings),)
    return [Payload("read", _seen(event.about), Priority.receipt, rates)]


def _seen(message_id: str) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}


def _number(account: Account, settings: WhatsAppSettings) -> Rate:
    # A burst of a whole second's worth would let twice the rate through in that second.
    return Rate(f"{account.endpoint}", settings.number_rate, max(1.0, settings.number_rate / 8))


def _pair(account: Account, known: Sequence[Contact], settings: WhatsAppSettings) -> Rate:
    # Hashed, because buckets show in logs and metrics and an address is personal data.
    person = blake2b(known[0].address.encode(), digest_size=8).hexdigest()
    return Rate(f"{account.endpoint}/{person}", settings.pair_rate, settings.pair_burst)
