"""System messages: a customer has a new phone number, a new user id, or perhaps a new phone.

Such a message says who the customer had been and who they are now; the contact carries both, so that whoever keeps
contacts learns it. Source: Meta, "System messages", "Business-scoped user IDs".
"""

from xyper_engine.model import Contact, Part
from xyper_engine.parts import Notice, Opaque
from xyper_whatsapp import fields
from xyper_whatsapp.change import somebody
from xyper_whatsapp.fields import Item, text, word
from xyper_whatsapp.people import Ids, phone, profile, urns

_MOVED = frozenset({"user_changed_number", "customer_changed_number", "user_changed_user_id"})
_CODES = {"user_changed_user_id": "user_id_changed"}
_IDENTITY = frozenset({"user_identity_changed", "customer_identity_changed"})


def system(item: Item, ids: Ids, person: Item) -> tuple[Contact, tuple[Part, ...]]:
    """Whom it speaks of and what it says. Raises `UnreadableError` where it names nobody."""
    held = fields.part(item.get("system"))
    kind = word(held.get("type"))
    if kind in _IDENTITY:
        return somebody(ids, person), (Notice(code="identity_changed"),)
    if kind in _MOVED:
        old, new = _before(held, ids), _after(held)
        contact = _moved(old, new, person) or somebody(ids, person)
        return contact, (_told(kind, old[0], new[0], held),)
    return somebody(ids, person), (_words(held),)


def _before(held: Item, ids: Ids) -> Ids:
    """Who the customer had been: `previous_…`, else the sender, unless that is the new identity already."""
    sender = phone(ids[0]), ids[1] or (ids[0] if phone(ids[0]) is None else None), ids[2]
    keys = ("customer", "previous_user_id", "previous_parent_user_id")
    told = phone(word(held.get(keys[0]))), word(held.get(keys[1])), word(held.get(keys[2]))
    number, user, parent = (
        before or (now if now != later else None) for before, now, later in zip(told, sender, _after(held), strict=True)
    )
    return number, user, parent


def _after(held: Item) -> Ids:
    number = word(held.get("wa_id")) or word(held.get("new_wa_id"))
    return phone(number), word(held.get("user_id")), word(held.get("parent_user_id"))


def _moved(old: Ids, new: Ids, person: Item) -> Contact | None:
    """The customer by the oldest name, with the newest ones first among the aliases."""
    before, now = urns(*old), urns(*new)
    if not (before or now):
        return None
    address, *others = before or now
    name, username = profile(person)
    aliases = tuple(dict.fromkeys(urn for urn in (*now, *others) if urn != address))
    return Contact(address=address, aliases=aliases, name=name, username=username)


def _told(kind: str, old: str | None, new: str | None, held: Item) -> Part:
    if kind in _CODES:
        return Notice(code=_CODES[kind])
    return Notice(code="number_changed", values={"old": f"+{old}", "new": f"+{new}"}) if old and new else _words(held)


def _words(held: Item) -> Part:
    words = text(held.get("body"))
    return Notice(code="system", values={"words": words}) if words else Opaque(label=word(held.get("type")) or "system")
