"""Who a message is from: Meta names one person by a phone number, a business-scoped user id (BSUID), or both.

Source: Meta, "Business-scoped user IDs". Since 2026 every one of these fields may be missing, `from` may be empty, and
libraries have met a BSUID inside `from`: a phone number is what consists of digits, and everything else is a BSUID.
"""

from collections.abc import Mapping
from typing import Any

from xyper_engine.model import Contact

LONGEST = 256
"""No id of Meta's is longer; what is would not fit a database's index."""


def word(value: object) -> str | None:
    """An id, also where Meta sends a number for it; None for what cannot be one."""
    if type(value) is str:
        return value if 0 < len(value) <= LONGEST else None
    return str(value) if type(value) is int else None  # a bool is no number here


class People:
    """The `contacts` of one change, found by any of a person's ids."""

    __slots__ = ("_by_id", "_only")

    def __init__(self, contacts: object, *, alone: bool) -> None:
        """`alone`: the change holds one item, so that its only contact can be nobody else."""
        known = [one for one in contacts if isinstance(one, dict)] if isinstance(contacts, list) else []
        self._only: Mapping[str, Any] = known[0] if alone and len(known) == 1 else {}
        self._by_id = {urn: one for one in known for key in ("wa_id", "user_id") if (urn := word(one.get(key)))}

    def find(self, *ids: str | None) -> Mapping[str, Any]:
        """The contact with one of these ids; for an item that names nobody, the only one there can be; or empty."""
        if not any(ids):
            return self._only
        return next((self._by_id[one] for one in ids if one in self._by_id), {})


def contact(number: str | None, user: str | None, parent: str | None, person: Mapping[str, Any]) -> Contact | None:
    """The customer by the ids an item itself carries, filled up from `person`; None where nobody is named."""
    number = number or word(person.get("wa_id"))
    is_phone = number is not None and number.isdecimal() and number.isascii()
    user = user or word(person.get("user_id")) or (None if is_phone else number)
    parent = parent or word(person.get("parent_user_id"))
    urns = [f"tel:+{number}"] if is_phone else []
    if user:
        urns.append(f"bsuid:{user}")
    if parent:
        urns.append(f"parent:{parent}")
    return Contact(address=urns[0], aliases=tuple(urns[1:]), name=_name(person)) if urns else None


def _name(person: Mapping[str, Any]) -> str | None:
    profile = person.get("profile")
    name = profile.get("name") if isinstance(profile, dict) else None
    return name if isinstance(name, str) and name else None
