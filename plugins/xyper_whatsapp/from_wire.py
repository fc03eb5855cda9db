"""What Meta's webhook says, as events.

    {object, entry: [{id, time, changes: [{field, value: {metadata, contacts, messages, statuses, …}}]}]}

Up to 1000 items come in one body, and Meta repeats the whole body until it is answered 200. So every item is read by
itself: one that cannot be read becomes `Unparsed` and costs its neighbours nothing. Source: Meta, "Webhooks".
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import orjson

from xyper_engine.contract import RawRequest, Unparsed, bounded
from xyper_engine.model import Endpoint
from xyper_whatsapp import calls, coexistence, handover, items, news
from xyper_whatsapp.body import read
from xyper_whatsapp.change import NAME, Change, Envelope, Parsed
from xyper_whatsapp.fields import Item, part, word

__all__ = ["NAME", "Parsed", "parse"]

_OF_NUMBERS: dict[str, Callable[[Change], Iterator[Parsed]]] = {
    "messages": items.read,
    "calls": calls.read,
    "smb_message_echoes": coexistence.echoes,
    "history": coexistence.history,
    "standby": handover.standby,
    "messaging_handovers": handover.handovers,
}
"""Fields whose items belong to conversations: they need the number that these are held on."""
_OF_ACCOUNTS: dict[str, Callable[[Change], Iterator[Parsed]]] = {
    "user_preferences": news.preferences,
    "smb_app_state_sync": coexistence.app_state,
}
"""Fields that may name no number; all others are news of the account as a whole."""


def parse(request: RawRequest) -> list[Parsed]:
    """All items in the body's order, messages before statuses within a change. Raises `Malformed`."""
    return bounded(_body(read(request.body), request.received_at), request.body)


def _body(body: Item, at: datetime) -> Iterator[Parsed]:
    entries = body.get("entry")
    if not isinstance(entries, list) or not entries:
        yield Unparsed(orjson.dumps(body), "The webhook has no entry.")
        return
    for entry in entries:
        changes = entry.get("changes") if isinstance(entry, dict) else None
        if not isinstance(changes, list) or not changes:
            yield Unparsed(orjson.dumps({"object": body.get("object"), "entry": [entry]}), "The entry has no changes.")
            continue
        envelope = Envelope(body.get("object"), entry.get("id"), entry.get("time"))
        for change in changes:
            yield from _change(envelope, change, at)


def _change(envelope: Envelope, change: Any, at: datetime) -> Iterator[Parsed]:
    value, field = part(change).get("value"), word(part(change).get("field"))
    if not isinstance(value, dict):
        yield envelope.unparsed(change, "The change has no value.")
        return
    number = word(part(value.get("metadata")).get("phone_number_id"))
    account = number or (word(envelope.entry) if field not in _OF_NUMBERS else None)
    if field is None:
        yield envelope.unparsed(change, "The change names no field.")
    elif account is None:
        yield envelope.unparsed(change, "The change names no account.")
    else:
        reader = _OF_NUMBERS.get(field) or _OF_ACCOUNTS.get(field, news.whole)
        yield from reader(Change(envelope, field, value, Endpoint(adapter=NAME, account=account), at))
