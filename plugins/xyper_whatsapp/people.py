"""Who a message is from: Meta names one person by a phone number, a business-scoped user id (BSUID), or both.

Source: Meta, "Business-scoped user IDs". Since 2026 every one of these fields may be missing, `from` may be empty, and
libraries have met a BSUID inside `from`: a phone number is what consists of digits, and everything else is a BSUID.
"""

from xyper_engine.model import Contact
from xyper_whatsapp.fields import NOTHING, Item, text, word

Ids = tuple[str | None, str | None, str | None]
"""A person's phone number, BSUID and parent BSUID."""


def sender(item: Item) -> Ids:
    """Who wrote a message, or called."""
    return word(item.get("from")), word(item.get("from_user_id")), word(item.get("from_parent_user_id"))


def addressee(item: Item) -> Ids:
    """Whom the business wrote to in its own app."""
    return word(item.get("to")), word(item.get("to_user_id")), word(item.get("to_parent_user_id"))


def recipient(item: Item) -> Ids:
    """Whom a status speaks of: in a group the participant, else who the message was sent to."""
    prefix = "recipient_participant" if item.get("recipient_type") == "group" else "recipient"
    # Until May 2026 Meta wrote the last one the other way round.
    parent = word(item.get(f"{prefix}_parent_user_id")) or word(item.get("parent_recipient_user_id"))
    return word(item.get(f"{prefix}_id")), word(item.get(f"{prefix}_user_id")), parent


def subject(item: Item) -> Ids:
    """Whom a preference is of."""
    return word(item.get("wa_id")), word(item.get("user_id")), word(item.get("parent_user_id"))


class People:
    """The `contacts` of one change, found by any of a person's ids."""

    __slots__ = ("_by_id", "_only")

    def __init__(self, contacts: object, *, alone: bool) -> None:
        """`alone`: the change holds one item, so that its only contact can be nobody else."""
        known = [one for one in contacts if isinstance(one, dict)] if isinstance(contacts, list) else []
        self._only: Item = known[0] if alone and len(known) == 1 else NOTHING
        self._by_id = {urn: one for one in known for key in ("wa_id", "user_id") if (urn := word(one.get(key)))}

    def find(self, *ids: str | None) -> Item:
        """The contact with one of these ids; for an item that names nobody, the only one there can be; or empty."""
        if not any(ids):
            return self._only
        return next((self._by_id[one] for one in ids if one in self._by_id), NOTHING)


def contact(number: str | None, user: str | None, parent: str | None, person: Item) -> Contact | None:
    """The customer by the ids an item itself carries, filled up from `person`; None where nobody is named."""
    number = number or word(person.get("wa_id"))
    digits = phone(number)
    user = user or word(person.get("user_id")) or (None if digits else number)
    known = urns(digits, user, parent or word(person.get("parent_user_id")))
    if not known:
        return None
    name, username = profile(person)
    return Contact(address=known[0], aliases=tuple(known[1:]), name=name, username=username)


def phone(value: str | None) -> str | None:
    """A phone number, digits only; None for anything else that may stand in its place."""
    return value if value is not None and value.isdecimal() and value.isascii() else None


def urns(number: str | None, user: str | None, parent: str | None) -> list[str]:
    """A person's ids as URNs, the phone number first. What holds a blank is no id: URNs are kept side by side."""
    found = [f"tel:+{number}"] if number else []
    if user and " " not in user:
        found.append(f"bsuid:{user}")
    if parent and " " not in parent:
        found.append(f"parent:{parent}")
    return found


def profile(person: Item) -> tuple[str | None, str | None]:
    """The name a person gave themselves, and their username without its `@`."""
    known = person.get("profile")
    if not isinstance(known, dict):
        return None, None
    return text(known.get("name")), (text(known.get("username")) or "").removeprefix("@") or None
