"""News of an account or a person: the fields that carry no messages, and every field that is not known yet.

Source: Meta, "Webhooks" reference. Most of them name no number, only the WhatsApp Business Account.
"""

from collections.abc import Iterator

from xyper_engine.model import Update
from xyper_whatsapp.change import Change, Parsed
from xyper_whatsapp.fields import Item, listed
from xyper_whatsapp.people import Ids, contact, subject


def whole(change: Change) -> Iterator[Parsed]:
    """The change as it is."""
    yield change.whole()


def preferences(change: Change) -> Iterator[Parsed]:
    """The field `user_preferences`: who wants no more advertisements, person by person."""
    held = listed(change.value.get("user_preferences"))
    yield from change.items("user_preferences", held, change.people(alone=len(held) == 1), subject, _preference)
    yield from change.rest("user_preferences", empty=not held)


def _preference(change: Change, item: Item, ids: Ids, person: Item, raw: Item) -> Update:
    about = contact(*ids, person)
    return change.update(
        "user_preferences", {"user_preferences": [item]}, raw, about=about, stamp=item.get("timestamp")
    )
