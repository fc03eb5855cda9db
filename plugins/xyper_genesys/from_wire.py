"""Genesys' webhook bodies → events. Pure.

Genesys posts one normalized message per body (developer.genesys.cloud, `openmessaging/outboundMessages`), a list of
them is read too: `Text` and `Structured` from agents and bots, `Event` (typing), `Receipt` about customers' messages.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from xyper_engine.contract import RawRequest, Unparsed, bounded
from xyper_engine.errors import Malformed
from xyper_engine.model import AnyEvent, Contact, Direction, Endpoint, Message, Reason, Receipt, Status, Typing
from xyper_genesys.content import parts_of
from xyper_genesys.reading import items, moment, obj, string, word

_PHONE = re.compile(r"\+?[0-9]+")
_URN = re.compile(r"(?!tel:|bsuid:)[a-z][a-z0-9+.-]*:.")
_STATUS = {"published": Status.published, "sent": Status.sent, "delivered": Status.delivered} | {
    "read": Status.read,
    "failed": Status.failed,
}


class _UnreadableError(Exception):
    """Why one item is no event; costs its neighbours nothing."""


def parse(request: RawRequest) -> list[AnyEvent | Unparsed]:
    """Every normalized message of the body, in its order. Raises `Malformed`."""
    body = _load(request.body)
    items = body if isinstance(body, list) else [body] if isinstance(body, dict) else []
    if not items:
        raise Malformed("This Genesys webhook's body is neither a JSON object nor a list of them.")
    return bounded((read(item, request.received_at) for item in items), request.body)


def address_of(wire_id: str) -> str:
    """The URN of Genesys' id of a customer; `to_wire.id_of` is the way back.

    Digits, with or without `+`, are a phone; what has a scheme of its own keeps it; all else is Meta's user id.
    """
    if _PHONE.fullmatch(wire_id):
        return f"tel:+{wire_id.removeprefix('+')}"
    return wire_id if _URN.match(wire_id) else f"bsuid:{wire_id}"


def _load(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _load_with_care(body)


def _load_with_care(body: bytes) -> Any:
    # A text cut in the middle of an emoji leaves half of it, escaped, which strict parsers refuse: "?" stands for it.
    try:
        whole = json.dumps(json.loads(body), ensure_ascii=False)
        return orjson.loads(whole.encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise Malformed("This Genesys webhook's body is not JSON.") from None


def read(item: Any, received_at: datetime) -> AnyEvent | Unparsed:
    """One normalized message."""
    try:
        return _event(item, received_at)
    except _UnreadableError as error:
        raw = orjson.dumps(item if isinstance(item, dict) else [item])
        return Unparsed(raw, str(error), _origin_if_named(item))


def _event(item: Any, received_at: datetime) -> AnyEvent:
    if not isinstance(item, dict):
        raise _UnreadableError("it is not a JSON object")
    common = _common(item, received_at)
    match word(item, "type"):
        case "text" | "structured":
            return _message(item, common)
        case "event":
            return _typing(item, common)
        case "receipt":
            return _receipt(item, common)
    raise _UnreadableError("its type is none of Text, Structured, Event and Receipt")


def _common(item: Mapping[str, Any], received_at: datetime) -> dict[str, Any]:
    """The fields that every kind of event carries, save `external_id`, which is the message's bare id here."""
    channel = obj(item, "channel")
    account, customer = _parties(item, channel)
    return {
        "direction": Direction.outbound,
        "origin": Endpoint(adapter="genesys", account=account),
        "contact": Contact(address=address_of(customer)),
        "external_id": _id(item, channel),
        "thread": string(item, "conversationId") or None,
        "occurred_at": moment(string(channel, "time")) or received_at,
        "received_at": received_at,
        "raw": item,
    }


def _parties(item: Mapping[str, Any], channel: Mapping[str, Any]) -> tuple[str, str]:
    """The integration and the customer; which of `to` and `from` is whose depends on the direction."""
    to, sender = string(obj(channel, "to"), "id"), string(obj(channel, "from"), "id")
    customer, integration = (sender, to) if word(item, "direction") == "inbound" else (to, sender)
    account = string(channel, "id") or integration
    customer = integration if customer == account else customer
    if not account or not customer or customer == account:
        raise _UnreadableError("its channel does not name both the integration and the customer")
    return account, customer


def _id(item: Mapping[str, Any], channel: Mapping[str, Any]) -> str:
    found = string(item, "id") or string(channel, "messageId")
    if not found:
        raise _UnreadableError("it has no id")
    return found


def _message(item: Mapping[str, Any], common: dict[str, Any]) -> Message:
    # What a customer wrote must never be sent to that customer, should Genesys ever post it here.
    if word(item, "direction") == "inbound":
        raise _UnreadableError("it is a message of the customer's own")
    parts = tuple(parts_of(item))
    if not parts:
        raise _UnreadableError("it has neither text nor content")
    author = "bot" if word(item, "originatingEntity") == "bot" else "human"
    return Message(**common, parts=parts, author=author)


def _typing(item: Mapping[str, Any], common: dict[str, Any]) -> Typing:
    event = next((event for event in items(item, "events") if word(event, "eventType") == "typing"), None)
    if event is None:
        raise _UnreadableError("its events are of no known type")
    duration = obj(event, "typing").get("duration")
    time = string(obj(item, "channel"), "time")
    return Typing(
        **common | {"external_id": f"{common['external_id']}:typing:{time}"},
        duration_ms=duration if isinstance(duration, int) and duration > 0 else 5000,
    )


def _receipt(item: Mapping[str, Any], common: dict[str, Any]) -> Receipt:
    status = _STATUS.get(word(item, "status"))
    if status is None:
        raise _UnreadableError("its status is none of Published, Sent, Delivered, Read and Failed")
    about = common["external_id"]
    return Receipt(
        # An id names the message, so only id and status together name its receipt.
        **common | {"external_id": f"{about}:{status}"},
        about=about,
        status=status,
        reference=string(obj(item, "channel"), "messageId") or None,
        reason=_reason(item) if status is Status.failed else None,
    )


def _reason(item: Mapping[str, Any]) -> Reason | None:
    reason = next(iter(items(item, "reasons")), None)
    if reason is None:
        return None
    return Reason(code=string(reason, "code") or "GeneralError", message=string(reason, "message"))


def _origin_if_named(item: Any) -> Endpoint | None:
    account = string(obj(item, "channel"), "id") if isinstance(item, dict) else ""
    return Endpoint(adapter="genesys", account=account) if account else None
