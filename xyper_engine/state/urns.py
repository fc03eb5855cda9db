"""The names by which a channel knows a contact."""

from xyper_engine.model import Contact
from xyper_engine.state.numbers import twin


def urns_of(contact: Contact) -> tuple[str, ...]:
    return contact.address, *contact.aliases


def names_of(contact: Contact) -> tuple[str, ...]:
    """Every name to look for: also the other way in which a number may be written."""
    urns = urns_of(contact)
    return (*urns, *(other for urn in urns if (other := twin(urn))))


def newest_first(contact: Contact) -> list[str]:
    return list(dict.fromkeys((*contact.aliases, contact.address)))
