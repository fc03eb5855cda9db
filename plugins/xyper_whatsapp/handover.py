"""Conversations that somebody else leads: Meta's agent, or another app. Source: Meta, "Conversation routing"."""

from collections.abc import Iterator

from xyper_engine.model import AnyEvent, Message
from xyper_engine.parts import Notice
from xyper_whatsapp import fields
from xyper_whatsapp.change import NO_OBJECT, Change, Parsed
from xyper_whatsapp.coexistence import echoed
from xyper_whatsapp.fields import Item, listed, word
from xyper_whatsapp.items import message, other_status
from xyper_whatsapp.people import Ids, contact, recipient, sender

_LISTS = ("messages", "message_echoes", "statuses")
_STEPS = ("control_passed", "control_taken", "control_released")
_NUMBERS = ("wa_id", "from", "recipient_id", "recipient", "to")
_USERS = ("user_id", "from_user_id", "recipient_user_id", "to_user_id")
_PARENTS = ("parent_user_id", "from_parent_user_id", "recipient_parent_user_id")
_OWNERS = ("new_owner_role", "new_owner", "owner_role", "owner")
"""Under these keys, in the order they are looked for: Meta shows no whole example of a handover."""


def standby(change: Change) -> Iterator[Parsed]:
    """The field `standby`: what may only be watched. It stands in `value.standby`, or at once in `value`."""
    held = listed(change.value.get("standby"))
    for one in held:
        if isinstance(one, dict):
            yield from _watched(change.within("standby", one))
        else:
            yield change.unread(change.around("standby", [one]), NO_OBJECT)
    if held:
        yield from change.rest("standby", empty=False)
    else:
        yield from _watched(change)


def _watched(change: Change) -> Iterator[Parsed]:
    messages, echoes, statuses = (listed(change.value.get(key)) for key in _LISTS)
    count = len(messages) + len(echoes) + len(statuses)
    people = change.people(alone=count == 1)
    yield from change.items("messages", messages, people, sender, _overheard)
    yield from echoed(change, echoes, people, record="standby")
    yield from change.items("statuses", statuses, people, recipient, other_status)
    yield from change.rest(*_LISTS, empty=count == 0)


def _overheard(change: Change, item: Item, ids: Ids, person: Item, raw: Item) -> Message:
    """Raises `UnreadableError`."""
    return message(change, item, ids, person, raw).model_copy(update={"record": "standby"})


def handovers(change: Change) -> Iterator[Parsed]:
    """The field `messaging_handovers`: whose conversation it is from now on."""
    held = listed(change.value.get("messaging_handovers"))
    people = change.people(alone=len(held) == 1)
    yield from change.items("messaging_handovers", held, people, _customer, _handed)
    if held:
        yield from change.rest("messaging_handovers", empty=False)
    else:
        ids, raw = _customer(change.value), change.whole().raw or fields.NOTHING
        yield _handed(change, change.value, ids, change.people(alone=True).find(*ids), raw)


def _customer(item: Item) -> Ids:
    return _first(item, _NUMBERS), _first(item, _USERS), _first(item, _PARENTS)


def _handed(change: Change, item: Item, ids: Ids, person: Item, raw: Item) -> AnyEvent:
    """A notice in the customer's conversation, where one is named."""
    told = {"messaging_handovers": [item]}
    news = change.update(change.field, told, raw, about=contact(*ids, person), stamp=item.get("timestamp"))
    if news.contact.address.startswith("account:"):
        return news
    notice = Notice(code="handover", values={"owner": _owner(item)})
    return change.message(item, raw, news.contact, (notice,), external_id=word(item.get("id")) or news.external_id)


def _owner(item: Item) -> str:
    for held in (item, *(fields.part(item.get(step)) for step in _STEPS)):
        for key in _OWNERS:
            found = held.get(key)
            if name := word(found) or _first(fields.part(found), ("role", "name", "id")):
                return name
    return "?"


def _first(item: Item, keys: tuple[str, ...]) -> str | None:
    return next((found for key in keys if (found := word(item.get(key)))), None)
