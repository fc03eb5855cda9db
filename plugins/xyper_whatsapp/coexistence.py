"""Numbers that are used with the WhatsApp Business app as well: what was said there, before and now.

What the app said is never sent to the customer again. Source: Meta, "Onboarding WhatsApp Business app users".
"""

from collections.abc import Iterator
from typing import Any

from xyper_engine.model import Contact, Message, Update
from xyper_engine.parts import Notice
from xyper_whatsapp import fields
from xyper_whatsapp.change import Change, Parsed, Record, identity, somebody
from xyper_whatsapp.context import around
from xyper_whatsapp.fields import Item, listed, text, word
from xyper_whatsapp.kinds import Parts, said
from xyper_whatsapp.people import Ids, People, addressee, sender, subject

_FROM_APP = Notice(code="business_app")
_LATER = "media_placeholder"
"""Stands for a file of the history that follows in a webhook of its own, under the same id."""


def echoes(change: Change) -> Iterator[Parsed]:
    """The field `smb_message_echoes`: what a colleague writes in the app."""
    held = listed(change.value.get("message_echoes"))
    yield from echoed(change, held, change.people(alone=len(held) == 1))
    yield from change.rest("message_echoes", empty=not held)


def echoed(change: Change, held: list[Any], people: People, record: Record = "echo") -> Iterator[Parsed]:
    """What the business itself said elsewhere, under the customer it was said to."""

    def read(change: Change, item: Item, ids: Ids, person: Item, raw: Item) -> Message:
        return _kept(change, item, somebody(ids, person), raw, record, (_FROM_APP,))

    yield from change.items("message_echoes", held, people, lambda item: _customer(change, item), read)


def history(change: Change) -> Iterator[Parsed]:
    """The field `history`: chunks of threads of messages, or single messages whose file comes later."""
    chunks, messages = listed(change.value.get("history")), listed(change.value.get("messages"))
    for chunk in chunks:
        yield from _chunk(change, chunk)
    people = change.people(alone=len(messages) == 1)
    yield from change.items("messages", messages, people, lambda item: _customer(change, item), _past)
    yield from change.rest("history", "messages", empty=not (chunks or messages))


def app_state(change: Change) -> Iterator[Parsed]:
    """The field `smb_app_state_sync`: the app's address book, entry by entry."""
    held = listed(change.value.get("state_sync"))
    yield from change.items("state_sync", held, change.people(alone=False), _entry, _synced)
    yield from change.rest("state_sync", empty=not held)


def _customer(change: Change, item: Item) -> Ids:
    """The other one of the two: who is not the business's own number."""
    own = change.display_number
    ids = addressee(item)
    return sender(item) if not any(ids) or (own is not None and ids[0] == own) else ids


def _chunk(change: Change, chunk: Any) -> Iterator[Parsed]:
    threads = listed(chunk.get("threads")) if isinstance(chunk, dict) else []
    about = {"metadata": fields.part(chunk).get("metadata")}
    for thread in threads:
        yield from _thread(change, thread, about)
    rest = {key: held for key, held in fields.part(chunk).items() if key != "threads"}
    if not threads or rest.keys() - {"metadata"}:
        held = [rest if isinstance(chunk, dict) else chunk]
        yield change.update(change.field, {"history": held}, change.around("history", held))


def _thread(change: Change, thread: Any, about: Item) -> Iterator[Parsed]:
    """Every message is the customer's whose thread it is, whoever wrote it."""
    messages = listed(thread.get("messages")) if isinstance(thread, dict) else []
    if not messages:
        held = [{**about, "threads": [thread]}]
        yield change.update(change.field, {"history": held}, change.around("history", held))
        return
    context = fields.part(thread.get("context"))
    number, user, parent = subject(context)
    ids = word(thread.get("id")) or number, user, parent
    person = change.people(alone=False).find(*ids) or {"profile": context}
    head = {key: held for key, held in thread.items() if key != "messages"}
    for item in messages:
        raw = change.around("history", [{**about, "threads": [{**head, "messages": [item]}]}], person)
        yield change.attempt(fields.part(item), ids, person, raw, _past)


def _past(change: Change, item: Item, ids: Ids, person: Item, raw: Item) -> Message:
    """Raises `UnreadableError`."""
    ours = bool(word(item.get("to"))) or word(item.get("from")) == change.display_number
    return _kept(change, item, somebody(ids, person), raw, "history", (_FROM_APP,) if ours else ())


def _kept(change: Change, item: Item, whom: Contact, raw: Item, record: Record, lead: Parts) -> Message:
    parts = (*lead, *around(item), *said(item))
    later = f"{identity(item)}:{_LATER}" if item.get("type") == _LATER else None
    return change.message(item, raw, whom, parts, record=record, external_id=later)


def _entry(item: Item) -> Ids:
    return word(fields.part(item.get("contact")).get("phone_number")), None, None


def _synced(change: Change, item: Item, ids: Ids, _person: Item, raw: Item) -> Update:
    """One entry of the address book."""
    held = fields.part(item.get("contact"))
    digits = "".join(filter(str.isdecimal, ids[0] or ""))
    about = Contact(address=f"tel:+{digits}", name=text(held.get("full_name"))) if digits.isascii() and digits else None
    stamp = fields.part(item.get("metadata")).get("timestamp")
    return change.update("smb_app_state_sync", {"state_sync": [item]}, raw, about=about, stamp=stamp)
