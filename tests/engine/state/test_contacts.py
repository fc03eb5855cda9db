"""Contacts: one person under every name the channel uses, and one lasting address towards the agents."""

import pytest

from tests.engine.tenants.world import keyring
from xyper_engine.model import Contact
from xyper_engine.state.contacts import Contacts
from xyper_engine.state.numbers import twin
from xyper_engine.store.db import Database

TEL, NEW_TEL, BSUID, NEW_BSUID = "tel:+393331234567", "tel:+393339999999", "bsuid:IT.1", "bsuid:IT.2"


def person(*urns: str, name: str | None = "Ada") -> Contact:
    return Contact(address=urns[0], aliases=urns[1:], name=name)


@pytest.fixture
async def contacts(db: Database) -> Contacts:
    await db.execute("insert into tenants (id, name) values ('acme', 'Acme'), ('other', 'Other')")
    return Contacts(db, keyring(db))


async def met(contacts: Contacts, *urns: str, name: str | None = "Ada") -> Contact:
    return (await contacts.met("acme", "whatsapp", person(*urns, name=name))).contact


async def test_the_first_name_stays_the_address(contacts: Contacts) -> None:
    assert (await met(contacts, TEL)).address == TEL
    both = await met(contacts, TEL, BSUID)
    assert (both.address, both.phone, both.bsuid) == (TEL, "+393331234567", "IT.1")
    only_bsuid = await met(contacts, BSUID)
    assert (only_bsuid.address, only_bsuid.phone) == (TEL, "+393331234567")


async def test_a_new_number_reaches_and_the_address_stays(contacts: Contacts) -> None:
    await met(contacts, TEL, BSUID)
    changed = await met(contacts, TEL, NEW_TEL, NEW_BSUID)  # as a number change is told: the old one, then the new
    assert (changed.address, changed.phone, changed.bsuid) == (TEL, "+393339999999", "IT.2")
    assert (await met(contacts, NEW_TEL, NEW_BSUID)).address == TEL


async def test_a_number_that_comes_back_is_the_current_one_again(contacts: Contacts) -> None:
    await met(contacts, TEL, BSUID)
    await met(contacts, TEL, NEW_TEL)
    assert (await met(contacts, TEL, BSUID)).phone == "+393331234567"


async def test_a_user_id_met_alone_joins_the_number_it_belongs_to(contacts: Contacts) -> None:
    first = await contacts.met("acme", "whatsapp", person(BSUID))
    await met(contacts, TEL)
    joined = await met(contacts, TEL, BSUID)
    assert {joined.address, first.address} == {BSUID}
    assert joined.phone == "+393331234567"
    named = await contacts.named("acme", "whatsapp", Contact(address=TEL))
    assert (named.contact.address, named.contact.bsuid, named.address) == (TEL, "IT.1", BSUID)


async def test_two_phones_are_two_people(contacts: Contacts) -> None:
    await met(contacts, TEL, BSUID)
    await met(contacts, NEW_TEL, NEW_BSUID)
    odd = await met(contacts, NEW_TEL, BSUID)  # the user id is the person
    assert odd.address == TEL
    assert (await met(contacts, NEW_TEL, NEW_BSUID)).address == NEW_TEL


async def test_a_name_that_changes_is_learnt_and_one_that_is_missing_is_kept(contacts: Contacts) -> None:
    await met(contacts, TEL, name="Ada")
    assert (await met(contacts, TEL, name="Ada L.")).name == "Ada L."
    assert (await met(contacts, TEL, name=None)).name == "Ada L."


async def test_tenants_know_their_own_contacts_only(contacts: Contacts) -> None:
    await met(contacts, TEL, BSUID)
    other = await contacts.met("other", "whatsapp", person(BSUID))
    assert (other.contact.address, other.contact.phone) == (BSUID, None)


async def test_whom_the_agent_side_names_and_nobody_knows(contacts: Contacts) -> None:
    stranger = Contact(address=TEL)
    known = await contacts.named("acme", "whatsapp", stranger)
    assert (known.contact, known.address) == (stranger, TEL)


async def test_another_process_sees_what_was_learnt(contacts: Contacts, db: Database) -> None:
    await met(contacts, TEL, BSUID)
    assert (await met(Contacts(db, keyring(db)), BSUID)).address == TEL


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tel:+5511987654321", "tel:+551187654321"),
        ("tel:+5215512345678", "tel:+525512345678"),
        ("tel:+5491123456789", "tel:+541123456789"),
    ],
)
async def test_numbers_that_are_written_in_two_ways(contacts: Contacts, one: str, other: str) -> None:
    assert (twin(one), twin(other)) == (other, one)
    assert (await met(contacts, one)).address == one
    again = await met(contacts, other)
    assert (again.address, again.phone) == (one, other.removeprefix("tel:"))


@pytest.mark.parametrize("urn", ["tel:+393331234567", "tel:+551133334444", "bsuid:BR.1", "tel:+5215"])
def test_numbers_that_have_one_form(urn: str) -> None:
    assert twin(urn) is None
