"""The field `messages`: what customers say, and what became of what was said to them.

Source: Meta, "Messages webhook reference", "Status messages".
"""

from collections.abc import Iterator
from typing import Any

from xyper_engine.model import Contact, Direction, Message, Reason, Receipt, Status, Update
from xyper_engine.parts import Notice
from xyper_engine.price import Price
from xyper_whatsapp import fields
from xyper_whatsapp.cards import own_number
from xyper_whatsapp.change import Change, Parsed, identity, somebody
from xyper_whatsapp.context import around
from xyper_whatsapp.fields import Item, UnreadableError, explained, listed, moment, text, word
from xyper_whatsapp.identity import system
from xyper_whatsapp.kinds import Parts, said
from xyper_whatsapp.people import Ids, contact, recipient, sender

WINDOW, FREE_ENTRY = 24.0, 72.0
"""Hours for which a customer's message, or one that came through an advertisement, may be answered freely."""
_OPENS_NOTHING = frozenset({"reaction", "system", "edit", "revoke"})
_STATUSES = {one.value: one for one in (Status.sent, Status.delivered, Status.read, Status.played, Status.failed)}


def read(change: Change) -> Iterator[Parsed]:
    """Messages before statuses: a status may speak of a message of the same body."""
    messages, statuses = listed(change.value.get("messages")), listed(change.value.get("statuses"))
    count = len(messages) + len(statuses)
    people = change.people(alone=count == 1)
    held: tuple[str, ...] = ("messages", "statuses")
    if count == 1 and (owned := _with_error(messages, change.value.get("errors"))):
        messages, held = owned, (*held, "errors")
    yield from change.items("messages", messages, people, sender, message)
    yield from change.items("statuses", statuses, people, recipient, receipt)
    yield from change.rest(*held, empty=count == 0)


def message(change: Change, item: Item, ids: Ids, person: Item, raw: Item) -> Message:
    """What a customer said. Raises `UnreadableError`."""
    kind = word(item.get("type"))
    if kind == "system":
        whom, parts = system(item, ids, person)
    else:
        whom, parts = _customer(item, ids, person), said(item)
    if "context" in item or "referral" in item:
        parts = (*around(item), *parts)
    if item.get("group_id"):
        whom, parts = _group(item), (*_member(whom), *parts)
    return change.message(item, raw, whom, parts, opens=_opens(kind, item))


def receipt(change: Change, item: Item, ids: Ids, person: Item, raw: Item) -> Receipt | Update:
    """How far a message came; what is said of payments or in newer words is news. Raises `UnreadableError`."""
    about, status = identity(item), _STATUSES.get(str(item.get("status")))
    if status is None or item.get("type") not in (None, "message"):
        # A payment or a call can be `failed` too, and says nothing about any message.
        return other_status(change, item, ids, person, raw)
    member = (ids[0] or ids[1]) if item.get("recipient_type") == "group" else None
    reason = explained(item.get("errors"))
    return Receipt(
        direction=Direction.inbound,
        origin=change.origin,
        contact=somebody(ids, person),
        external_id=f"{about}:{status}:{member}" if member else f"{about}:{status}",
        occurred_at=moment(item.get("timestamp"), change.at),
        received_at=change.at,
        raw=raw,
        about=about,
        status=status,
        reference=text(item.get("biz_opaque_callback_data")),
        reason=Reason(code=reason[0], message=reason[1]) if reason else None,
        price=_price(fields.part(item.get("pricing"))),
    )


def _price(pricing: Item) -> Price | None:
    """Not `billable`, which Meta is going to withdraw: `type` and `category` say more."""
    category, kind = text(pricing.get("category")), text(pricing.get("type"))
    return Price(category=category or "", type=kind or "") if category or kind else None


def other_status(change: Change, item: Item, ids: Ids, person: Item, raw: Item) -> Update:
    """The status of something other than a message."""
    about = contact(*ids, person)
    return change.update("statuses", {"statuses": [item]}, raw, about=about, stamp=item.get("timestamp"))


def _with_error(messages: list[Any], errors: object) -> list[Any] | None:
    """The only message of a change, with the error beside it where that is why the message has no content."""
    item = fields.part(messages[0]) if messages else fields.NOTHING
    if not (errors and item) or item.get("errors") or word(item.get("type")) in item:
        return None
    return [{**item, "errors": errors}]


def _customer(item: Item, ids: Ids, person: Item) -> Contact:
    whom = somebody(ids, person)
    number = own_number(item) if item.get("type") == "contacts" and whom.phone is None else None
    return whom.model_copy(update={"aliases": (*whom.aliases, f"tel:+{number}")}) if number else whom


def _group(item: Item) -> Contact:
    group = word(item.get("group_id"))
    if group is None:
        # Answered like any other, it would go to one member in private though the whole group had asked.
        raise UnreadableError("Its group has no id.")
    return Contact(address=f"group:{group}")


def _member(whom: Contact) -> Parts:
    """Who of the group it was, by the name that person is shown under."""
    return (Notice(code="group_member", values={"name": whom.name or whom.phone or whom.username or whom.bsuid or ""}),)


def _opens(kind: str | None, item: Item) -> float:
    if kind in _OPENS_NOTHING:
        return 0.0
    return FREE_ENTRY if fields.part(item.get("referral")) else WINDOW
