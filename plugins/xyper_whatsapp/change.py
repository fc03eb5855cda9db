"""One change of a webhook, and what is the same for everything that is read from one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal

import orjson

from xyper_engine.contract import Unparsed
from xyper_engine.model import AnyEvent, Contact, Direction, Endpoint, Message, Part, Update
from xyper_whatsapp.fields import NOTHING, Item, UnreadableError, moment, part, word
from xyper_whatsapp.people import Ids, People, contact

NAME = "whatsapp"
NO_OBJECT = "It is not an object."
Parsed = AnyEvent | Unparsed
Record = Literal["live", "echo", "history", "standby"]
Who = Callable[[Item], Ids]
Read = Callable[["Change", Item, Ids, Item, Item], AnyEvent]
"""`(change, item, ids, person, raw) -> event`; `person` is the entry of `contacts`. Raises `UnreadableError`."""
_SHARED = frozenset({"messaging_product", "metadata", "contacts"})
"""What stands beside the lists of a change, and goes with each of their items."""


@dataclass(slots=True)
class Envelope:
    """What stands around a change. Put around a single item it makes a whole webhook again, for a later replay."""

    kind: Any
    """The body's `object`."""
    entry: Any
    """The id of the WhatsApp Business Account."""
    time: Any = None
    """Only in news of accounts, in Unix seconds."""

    def around(self, change: object) -> dict[str, Any]:
        entry = {"id": self.entry, "changes": [change]}
        return {"object": self.kind, "entry": [entry if self.time is None else {**entry, "time": self.time}]}

    def unparsed(self, change: object, reason: str, origin: Endpoint | None = None) -> Unparsed:
        return Unparsed(orjson.dumps(self.around(change)), reason, origin)


@dataclass(slots=True)
class Change:
    """A change of an account that is known. `value` is its content; `inside` names the key it was found under."""

    envelope: Envelope
    field: str
    value: Item
    origin: Endpoint
    at: datetime
    """When the webhook was received."""
    inside: str | None = None

    def within(self, key: str, value: Item) -> "Change":
        """The same change, seen from an object in it that has lists of its own."""
        shared = {name: self.value.get(name) for name in ("metadata", "contacts")}
        return replace(self, value={**shared, **value}, inside=key)

    @property
    def display_number(self) -> str | None:
        """The business's own phone number, digits only."""
        return word(part(self.value.get("metadata")).get("display_phone_number"))

    def people(self, *, alone: bool) -> People:
        return People(self.value.get("contacts"), alone=alone)

    def items(self, key: str, held: list[Any], people: People, who: Who, read: Read) -> Iterator[Parsed]:
        """Each item of the list `key` by itself: one that cannot be read costs its neighbours nothing."""
        for item in held:
            if isinstance(item, dict):
                ids = who(item)
                person = people.find(*ids)
                yield self.attempt(item, ids, person, self.around(key, [item], person), read)
            else:
                yield self.unread(self.around(key, [item]), NO_OBJECT)

    def attempt(self, item: Item, ids: Ids, person: Item, raw: Item, read: Read) -> Parsed:
        try:
            return read(self, item, ids, person, raw)
        except UnreadableError as error:
            return self.unread(raw, str(error))

    def around(self, key: str, held: object, person: Item = NOTHING) -> dict[str, Any]:
        """A whole webhook with nothing in it but `held` under `key`."""
        value = {
            "messaging_product": self.value.get("messaging_product"),
            "metadata": self.value.get("metadata"),
            # Only the item's own contact: with all 1000 of a full body, the fragments would grow with its square.
            "contacts": [person] if person else [],
            key: held,
        }
        if self.inside is not None:
            value = {"messaging_product": value["messaging_product"], "metadata": value["metadata"], self.inside: value}
        return self.envelope.around({"field": self.field, "value": value})

    def rest(self, *read: str, empty: bool) -> Iterator[Update]:
        """What stands beside the lists that were read: nothing may be lost unseen. `empty`: there was no item."""
        others = [key for key, held in self.value.items() if held and key not in _SHARED and key not in read]
        for key in others:
            held = self.value[key]
            yield self.update(word(key) or self.field, {key: held}, self.around(key, held))
        if empty and not others:
            yield self.whole()

    def whole(self) -> Update:
        """The change as it is; its field is the topic."""
        held = self.value if self.inside is None else {**self.value, self.inside: self.value}
        raw = self.envelope.around({"field": self.field, "value": held})
        return self.update(self.field, self.value, raw)

    def update(
        self, topic: str, value: Item, raw: Item, *, about: Contact | None = None, stamp: object = None
    ) -> Update:
        """News of the account, or of the person `about`; `value` is shaped like the value of Meta's change."""
        return Update(
            direction=Direction.inbound,
            origin=self.origin,
            contact=about or Contact(address=f"account:{self.origin.account}"),
            external_id=f"{topic}:{self._digest(topic, value)}",
            occurred_at=moment(stamp or self.envelope.time, self.at),
            received_at=self.at,
            raw=raw,
            topic=topic,
            value=value,
        )

    def message(
        self,
        item: Item,
        raw: Item,
        whom: Contact,
        said: tuple[Part, ...],
        *,
        record: Record = "live",
        external_id: str | None = None,
        opens: float = 0.0,
    ) -> Message:
        """What every message has in common. Raises `UnreadableError` where it has no id and none is given."""
        return Message(
            direction=Direction.inbound,
            origin=self.origin,
            contact=whom,
            external_id=external_id or identity(item),
            occurred_at=moment(item.get("timestamp"), self.at),
            received_at=self.at,
            raw=raw,
            parts=said,
            reply_to=replied(item),
            record=record,
            opens=opens,
        )

    def unread(self, raw: Item, reason: str) -> Unparsed:
        return Unparsed(orjson.dumps(raw), reason, self.origin)

    def _digest(self, topic: str, value: Item) -> str:
        """The same for the same news in any order of keys; the time tells when the same happens again."""
        told = orjson.dumps([self.field, topic, value, self.envelope.time], option=orjson.OPT_SORT_KEYS)
        return blake2b(told, digest_size=16).hexdigest()


def somebody(ids: Ids, person: Item) -> Contact:
    """Raises `UnreadableError` where nobody is named."""
    found = contact(*ids, person)
    if found is None:
        raise UnreadableError("It names neither a phone number nor a user id.")
    return found


def replied(item: Item) -> str | None:
    """The id of the message that this one answers."""
    context = item.get("context")
    return word(context.get("id")) if isinstance(context, dict) else None


def identity(item: Item) -> str:
    """Raises `UnreadableError` for an item without an id."""
    found = word(item.get("id"))
    if found is None:
        raise UnreadableError("It has no id.")
    return found
