"""The field `calls`. Nobody answers a call here, so that a customer's is a missed one. Source: Meta, "Calling API"."""

from collections.abc import Iterator

from xyper_engine.model import Message, Update
from xyper_engine.parts import Notice
from xyper_whatsapp.change import Change, Parsed, somebody
from xyper_whatsapp.fields import Item, listed
from xyper_whatsapp.items import WINDOW, other_status
from xyper_whatsapp.people import Ids, addressee, contact, recipient, sender


def read(change: Change) -> Iterator[Parsed]:
    calls, statuses = listed(change.value.get("calls")), listed(change.value.get("statuses"))
    count = len(calls) + len(statuses)
    people = change.people(alone=count == 1)
    yield from change.items("calls", calls, people, _caller, _call)
    yield from change.items("statuses", statuses, people, recipient, other_status)
    yield from change.rest("calls", "statuses", empty=count == 0)


def _caller(item: Item) -> Ids:
    """The customer, whoever of the two called."""
    return addressee(item) if item.get("direction") == "BUSINESS_INITIATED" else sender(item)


def _call(change: Change, item: Item, ids: Ids, person: Item, raw: Item) -> Message | Update:
    """A customer's call opens the window, as a message would. Raises `UnreadableError`."""
    if item.get("event") != "connect" or item.get("direction") == "BUSINESS_INITIATED":
        about = contact(*ids, person)
        return change.update("calls", {"calls": [item]}, raw, about=about, stamp=item.get("timestamp"))
    return change.message(item, raw, somebody(ids, person), (Notice(code="missed_call"),), opens=WINDOW)
