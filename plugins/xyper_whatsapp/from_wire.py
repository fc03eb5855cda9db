"""What Meta's webhook says, as events.

    {object, entry: [{id, changes: [{field, value: {messaging_product, metadata, contacts, messages, statuses}}]}]}

Up to 1000 items come in one body, and Meta repeats the whole body until it is answered 200. So every item is read by
itself: one that cannot be read becomes `Unparsed` and costs its neighbours nothing. Source: Meta, "Webhooks".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from xyper_engine.contract import RawRequest, Unparsed
from xyper_engine.model import AnyEvent, Endpoint, Message, Receipt
from xyper_whatsapp import items
from xyper_whatsapp.body import read
from xyper_whatsapp.items import Ids, Item, UnreadableError
from xyper_whatsapp.people import People, word

NAME = "whatsapp"

Parsed = AnyEvent | Unparsed
_Who = Callable[[Item], Ids]
_Reader = Callable[[Item, Ids, Item, Endpoint, datetime, Item], Message | Receipt]

_READERS: tuple[tuple[str, _Who, _Reader], ...] = (
    ("messages", items.sender, items.message),
    ("statuses", items.recipient, items.receipt),
)
"""The lists of a change in the order they are read: a status may speak of a message of the same body."""
_KNOWN = frozenset({"messaging_product", "metadata", "contacts", "messages", "statuses"})


def parse(request: RawRequest) -> list[Parsed]:
    """All items in the body's order, messages before statuses within a change. Raises `Malformed`."""
    return list(_body(read(request.body), request.received_at))


@dataclass(slots=True)
class _Envelope:
    """What stands around a change. Put around a single item it makes a whole webhook again, for a later replay."""

    kind: Any
    """The body's `object`."""
    entry: Any

    def around(self, change: object) -> dict[str, Any]:
        return {"object": self.kind, "entry": [{"id": self.entry, "changes": [change]}]}

    def unparsed(self, change: object, reason: str, origin: Endpoint | None = None) -> Unparsed:
        return Unparsed(orjson.dumps(self.around(change)), reason, origin)


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
        for change in changes:
            yield from _change(_Envelope(body.get("object"), entry.get("id")), change, at)


def _change(envelope: _Envelope, change: Any, at: datetime) -> Iterator[Parsed]:
    value = change.get("value") if isinstance(change, dict) else None
    if not isinstance(value, dict):
        yield envelope.unparsed(change, "The change has no value.")
        return
    origin = _origin(value.get("metadata"))
    if change.get("field") != "messages":
        yield envelope.unparsed(change, f"The field {str(change.get('field'))[:64]!r} is not handled yet.", origin)
    elif origin is None:
        yield envelope.unparsed(change, "The change names no metadata.phone_number_id.")
    else:
        yield from _Value(envelope, value, origin, at).items()


def _origin(metadata: object) -> Endpoint | None:
    number = word(metadata.get("phone_number_id")) if isinstance(metadata, dict) else None
    return Endpoint(adapter=NAME, account=number) if number else None


@dataclass(slots=True)
class _Value:
    """The value of one change of the field `messages`, and what all its items share."""

    envelope: _Envelope
    value: Item
    origin: Endpoint
    at: datetime

    def items(self) -> Iterator[Parsed]:
        lists = [_listed(self.value.get(key)) for key, _, _ in _READERS]
        count = sum(map(len, lists))
        people = People(self.value.get("contacts"), alone=count == 1)
        for (key, who, reader), held in zip(_READERS, lists, strict=True):
            for item in held:
                yield self._item(key, item, people, who, reader)
        yield from self._rest(empty=count == 0)

    def _item(self, key: str, item: object, people: People, who: _Who, reader: _Reader) -> Parsed:
        if not isinstance(item, dict):
            return self._unread(self._around(key, item, {}), "It is not an object.")
        ids = who(item)
        person = people.find(*ids)
        raw = self._around(key, item, person)
        try:
            return reader(item, ids, person, self.origin, self.at, raw)
        except UnreadableError as error:
            return self._unread(raw, str(error))

    def _around(self, key: str, item: object, person: Item) -> Item:
        # Only the item's own contact: with all 1000 of a full body, the fragments would grow with its square.
        value = {
            "messaging_product": self.value.get("messaging_product"),
            "metadata": self.value["metadata"],
            "contacts": [person] if person else [],
            key: [item],
        }
        return self.envelope.around({"field": "messages", "value": value})

    def _unread(self, raw: Item, reason: str) -> Unparsed:
        return Unparsed(orjson.dumps(raw), reason, self.origin)

    def _rest(self, *, empty: bool) -> Iterator[Unparsed]:
        """What stands beside messages and statuses, e.g. `errors`: kept, as nothing may be lost unseen."""
        others = [key for key, held in self.value.items() if isinstance(held, list) and held and key not in _KNOWN]
        if others or empty:
            rest = {key: held for key, held in self.value.items() if key not in ("messages", "statuses")}
            reason = f"The list {', '.join(others)[:64]} is not handled yet." if others else "The change holds nothing."
            yield self.envelope.unparsed({"field": "messages", "value": rest}, reason, self.origin)


def _listed(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]
