"""Shared contacts: one card for each person. Source: Meta, "Contacts messages"; every part of one may be missing."""

from xyper_engine.parts import ContactCard, Phone
from xyper_whatsapp import fields
from xyper_whatsapp.fields import Item, text, word
from xyper_whatsapp.people import phone

_ADDRESS = ("street", "city", "state", "zip", "country")
_REQUESTED = "contact_request"
"""The `origin` of a card with which a customer shares the own number after being asked for it."""


def cards(content: object, item: Item) -> tuple[ContactCard, ...]:
    """One card for each that can be read."""
    asked = item.get("origin") == _REQUESTED
    return tuple(_card(held, asked=asked) for held in fields.parts(content))


def own_number(item: Item) -> str | None:
    """The customer's phone number, digits only, where this message is the answer to being asked for it."""
    held = next((one for one in fields.parts(item.get("contacts")) if _is_own(one, item)), fields.NOTHING)
    numbers = (word(one.get("wa_id")) for one in fields.parts(held.get("phones")))
    return next(filter(None, map(phone, numbers)), None)


def _is_own(held: Item, item: Item) -> bool:
    return _REQUESTED in (held.get("origin"), item.get("origin"))


def _card(held: Item, *, asked: bool) -> ContactCard:
    name, work = fields.part(held.get("name")), fields.part(held.get("org"))
    phones = tuple(_phone(one) for one in fields.parts(held.get("phones")))
    return ContactCard(
        name=_full_name(name) or text(work.get("company")) or next((one.number for one in phones), "?"),
        first_name=text(name.get("first_name")),
        last_name=text(name.get("last_name")),
        phones=phones,
        emails=_each(held, "emails", "email"),
        addresses=tuple(filter(None, map(_address, fields.parts(held.get("addresses"))))),
        urls=_each(held, "urls", "url"),
        company=text(work.get("company")),
        title=text(work.get("title")),
        birthday=text(held.get("birthday")),
        requested=asked or held.get("origin") == _REQUESTED,
    )


def _full_name(name: Item) -> str:
    names = (text(name.get(key)) for key in ("prefix", "first_name", "middle_name", "last_name", "suffix"))
    return text(name.get("formatted_name")) or " ".join(filter(None, names))


def _phone(held: Item) -> Phone:
    account = word(held.get("wa_id"))
    return Phone(number=word(held.get("phone")) or account or "?", label=text(held.get("type")) or "", account=account)


def _each(held: Item, key: str, inner: str) -> tuple[str, ...]:
    found = (text(one.get(inner)) for one in fields.parts(held.get(key)))
    return tuple(filter(None, found))


def _address(held: Item) -> str:
    return ", ".join(filter(None, (text(held.get(key)) for key in _ADDRESS)))
