"""A person is found by any name, with all others; and what betrays them within other text is known."""

import base64

import pytest

from tests.engine.tenants.world import keyring
from xyper_engine.errors import Conflict, NotFound
from xyper_engine.model import Contact
from xyper_engine.state.contacts import Contacts
from xyper_engine.state.persons import Person, Persons, marks, urn_of
from xyper_engine.store.db import Database

NUMBER, TWIN, ID = "tel:+5511987654321", "tel:+551187654321", "bsuid:BR.13491208655302741918"


@pytest.fixture
async def persons(db: Database) -> Persons:
    """Maria, who wrote by her number and later by her user id; Paul; and another Paul."""
    await db.execute("insert into tenants (id, name) values ('acme', 'Acme'), ('other', 'Other')")
    contacts = Contacts(db, keyring(db))
    await contacts.met("acme", "whatsapp", Contact(address=NUMBER, name="Maria", username="maria"))
    await contacts.met("acme", "whatsapp", Contact(address=ID, aliases=(NUMBER,)))
    for number in ("tel:+16505550101", "tel:+16505550102"):
        await contacts.met("acme", "whatsapp", Contact(address=number, username="paul"))
    return Persons(db)


@pytest.mark.parametrize(
    "given", ["+5511987654321", "+55 (11) 98765-4321", "551187654321", NUMBER, TWIN, ID, "maria", "@Maria"]
)
async def test_by_any_name(persons: Persons, given: str) -> None:
    [found] = await persons.find("acme", given)
    assert found.names == (ID, TWIN, NUMBER)
    assert (found.name, found.username) == ("Maria", "maria")
    assert await persons.find("acme", found.contacts[0]) == [found]
    assert await persons.find("other", given) == []


async def test_contacts_that_were_merged_are_one(persons: Persons, db: Database) -> None:
    contacts = Contacts(db, keyring(db))
    await contacts.met("acme", "whatsapp", Contact(address="bsuid:IT.555000111"))
    await contacts.met("acme", "whatsapp", Contact(address="tel:+393331234567"))
    await contacts.met("acme", "whatsapp", Contact(address="bsuid:IT.555000111", aliases=("tel:+393331234567",)))
    [found] = await persons.find("acme", "+393331234567")
    assert (found.names, len(found.contacts)) == (("bsuid:IT.555000111", "tel:+393331234567"), 2)


async def test_who_was_only_written_to(persons: Persons, db: Database) -> None:
    await db.execute(
        "insert into messages (id, tenant, adapter, account, external_id, direction, contact, occurred_at, key_id, "
        "sealed) values ('0199', 'acme', 'genesys', 'g', 'x', 'outbound', $1, now(), 'k', 's')",
        TWIN.replace("8765", "8764"),
    )
    [found] = await persons.find("acme", NUMBER.replace("8765", "8764"))
    assert (found.contacts, len(found.names)) == ((), 2)


@pytest.mark.parametrize("known", [False, True])
async def test_who_is_but_an_alias_of_a_conversation(persons: Persons, db: Database, known: bool) -> None:
    """It is theirs where its contact is nobody whom we know: a number may have passed on to somebody else."""
    contact = "tel:+16505550101" if known else "bsuid:US.777"
    await db.execute(
        "insert into conversations (id, tenant, customer_adapter, customer_account, agent_adapter, agent_account, "
        "contact, aliases) values ('c', 'acme', 'whatsapp', '1', 'genesys', '1', $1, '{tel:+16505550199}')", contact,
    )  # fmt: skip
    [found] = await persons.find("acme", "+16505550199")
    assert found.names == (("tel:+16505550199",) if known else ("bsuid:US.777", "tel:+16505550199"))


async def test_nobody_and_too_many(persons: Persons) -> None:
    with pytest.raises(NotFound, match="country code"):
        await persons.one("acme", "+4930123456")
    with pytest.raises(Conflict, match="Several"):
        await persons.one("acme", "paul")
    assert len(await persons.find("acme", "paul")) == 2


MARIA, NEIGHBOUR = Person("acme", (), ("tel:+5511987654321", ID)), Person("acme", (), ("tel:+5511987654322",))


@pytest.mark.parametrize("before", range(7))
def test_a_number_is_seen_within_base64_and_its_neighbours_is_not(before: int) -> None:
    text = b"whatsapp/1/wamid." + base64.b64encode(b"\x1c" * before + b"5511987654321" + b"\x15\x02rest")
    assert MARIA.mentioned(text)
    assert any(needle.encode() in text for needle in MARIA.needles)
    assert not NEIGHBOUR.mentioned(text)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ('{"wa_id":"5511987654321"}', MARIA),
        ("tel:+5511987654322", NEIGHBOUR),
        ("55119876543211", None),
        ('"BR.13491208655302741918"', MARIA),
        ("BR.134912086553027419180", None),
        ("", None),
    ],
)
def test_a_number_is_seen_within_text_but_not_within_a_longer_one(text: str, who: Person | None) -> None:
    assert [one for one in (MARIA, NEIGHBOUR) if one.mentioned(text.encode())] == [one for one in (who,) if one]


@pytest.mark.parametrize(("given", "urn"), [("+39 333-12", "tel:+3933312"), ("maria", None), ("123", None), (ID, ID)])
def test_what_a_name_means(given: str, urn: str | None) -> None:
    assert urn_of(given) == urn


def test_a_short_number_is_not_looked_for_within_text() -> None:
    assert Person("acme", (), ("tel:+123456",)).needles == ()


async def test_marks_differ_between_tenants(persons: Persons, db: Database) -> None:
    keys = keyring(db)
    one, other = [marks(await keys.cipher(tenant), [NUMBER]) for tenant in ("acme", "other")]
    assert one != other
    assert one == marks(await keys.cipher("acme"), [NUMBER])
