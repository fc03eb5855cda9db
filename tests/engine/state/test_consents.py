"""The ledger of consents: the last word holds, whoever hears it when; an erase does not undo an opt-out."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.tenants.world import keyring
from xyper_engine.consent import Kind, Only, Said, Standing
from xyper_engine.model import Contact, new_id
from xyper_engine.state.consents import Consents, text_hash
from xyper_engine.state.contacts import Contacts, Known
from xyper_engine.store.db import Database

TEL, NEW_TEL, BSUID = "tel:+393331234567", "tel:+393339999999", "bsuid:IT.1"
ADA = Contact(address=TEL)
DAWN = datetime(2026, 11, 22, tzinfo=UTC)
M, E = Kind.marketing, Kind.everything


@pytest.fixture
async def contacts(db: Database) -> Contacts:
    await db.execute("insert into tenants (id, name) values ('acme', 'Acme'), ('other', 'Other')")
    return Contacts(db, keyring(db))


@pytest.fixture
def ledger(db: Database, contacts: Contacts) -> Consents:
    return Consents(db, contacts, keyring(db))


def said(kind: Kind, given: bool, minute: int = 0, account: str = "", **more: str) -> Said:
    only = Only(more.pop("only", "always"))
    return Said(kind, given, "api", DAWN + timedelta(minutes=minute), account=account, only=only, **more)


async def standing(contacts: Contacts, contact: Contact = ADA) -> Standing:
    return (await contacts.named("acme", "whatsapp", contact, anew=True)).standing


async def erased(db: Database, ledger: Consents, known: Known) -> int:
    """Ada, as an erase takes her away."""
    async with db.tenant("acme") as connection:
        count = await ledger.forget(connection, "acme", known.id)
        await connection.execute("delete from contacts where id = $1", known.id)
        return count


@pytest.mark.parametrize(
    ("words", "account", "expected"),
    [
        ([], "", (None, None)),
        ([(M, False, "")], "", (False, None)),
        ([(M, False, "")], "1001", (False, None)),
        ([(M, False, "1001")], "1001", (False, None)),
        ([(M, False, "1001")], "1002", (None, None)),
        ([(E, False, "")], "1001", (False, False)),
        ([(M, False, ""), (E, True, "")], "", (True, True)),
        ([(M, False, ""), (M, True, "1001")], "1001", (True, None)),
        ([(M, False, ""), (M, True, "1001")], "1002", (False, None)),
        ([(M, True, "1001"), (M, False, "")], "1001", (False, None)),
        ([(E, False, ""), (M, True, "")], "", (True, False)),
    ],
)
async def test_where_somebody_stands(
    contacts: Contacts,
    ledger: Consents,
    words: Sequence[tuple[Kind, bool, str]],
    account: str,
    expected: tuple[bool | None, bool | None],
) -> None:
    for minute, (kind, given_, where) in enumerate(words):
        await ledger.note("acme", "whatsapp", ADA, said(kind, given_, minute, where))
    found = await standing(contacts)
    assert (found.given(M, account), found.given(E, account)) == expected


decisions = st.lists(
    st.tuples(st.sampled_from(list(Kind)), st.booleans(), st.integers(0, 5), st.sampled_from(["", "1001", "1002"])),
    max_size=8,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(decisions)
async def test_the_last_word_holds(contacts: Contacts, db: Database, words: list[tuple[Kind, bool, int, str]]) -> None:
    known = await contacts.of("acme", "whatsapp", Contact(address=f"tel:+{new_id()}"))
    rows = [(new_id(), known.id, *said) for said in words]
    await db.execute(_ROWS, *([list(column) for column in zip(*rows, strict=True)] or [[]] * 6))
    found = Standing.of(await db.fetchval("select consent from contacts where id = $1", known.id))
    in_order = [words[i] for i in sorted(range(len(words)), key=lambda i: (words[i][2], i))]
    for kind in Kind:
        for account in ("", "1001", "1002"):
            last = [w[1] for w in in_order if w[0] in (kind, E) and w[3] in ("", account)][-1:]
            assert found.given(kind, account) is (last[0] if last else None)


_ROWS = """
insert into consents (id, tenant, contact, kind, given, at, account, source, by)
select id, 'acme', contact, kind, given, now() + minute * interval '1 minute', account, 'api', 'test'
from unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::int[], $6::text[])
     g(id, contact, kind, given, minute, account)
"""


async def test_each_word_is_noted_once_with_its_proof(ledger: Consents) -> None:
    first = await ledger.note("acme", "whatsapp", ADA, said(M, False, event="e1", wording="Stop it", by="key/1"))
    assert first is not None
    assert first.changed
    assert await ledger.note("acme", "whatsapp", ADA, said(M, False, event="e1")) is None
    second = await ledger.note("acme", "whatsapp", ADA, said(M, False, 1, event="e2"))
    assert second is not None
    assert not second.changed
    one = await ledger.one("acme", first.id)
    assert (one.contact, one.kind, one.given, one.source) == (TEL, M, False, "api")
    assert (one.event, one.by, one.at, one.text_hash) == ("e1", "key/1", DAWN, text_hash("Stop it"))
    assert [each.id for each in await ledger.page("acme", None, None, 9)] == [second.id, first.id]
    assert await ledger.page("other", None, None, 9) == []


async def test_what_is_no_news_and_undoes_nothing_need_not_be_noted(ledger: Consents) -> None:
    assert await ledger.note("acme", "whatsapp", ADA, said(E, True, only="undoing")) is None
    assert await ledger.note("acme", "whatsapp", ADA, said(M, False, 1, only="news")) is not None
    assert await ledger.note("acme", "whatsapp", ADA, said(M, False, 2, only="news")) is None
    assert await ledger.note("acme", "whatsapp", ADA, said(E, True, 3, only="undoing")) is not None


@pytest.mark.parametrize("change", ["update consents set given = true", "delete from consents"])
async def test_what_was_decided_stays(ledger: Consents, db: Database, change: str) -> None:
    await ledger.note("acme", "whatsapp", ADA, said(M, False))
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="not changed"):
        await db.execute(change)
    await db.execute("update tenants set state = 'deleting', delete_at = now()")
    await db.execute("delete from consents")


async def test_two_contacts_that_turn_out_to_be_one_person(contacts: Contacts, ledger: Consents) -> None:
    await ledger.note("acme", "whatsapp", Contact(address=BSUID), said(M, True))
    await ledger.note("acme", "whatsapp", ADA, said(M, False, 1))
    await contacts.met("acme", "whatsapp", Contact(address=TEL, aliases=(BSUID,)))
    for name in (TEL, BSUID):
        assert (await standing(contacts, Contact(address=name))).given(M) is False


async def test_who_was_erased_has_still_opted_out(contacts: Contacts, ledger: Consents, db: Database) -> None:
    known = await contacts.met("acme", "whatsapp", Contact(address=TEL, aliases=(BSUID,)))
    await ledger.note("acme", "whatsapp", ADA, said(M, False, event="e1"))
    assert await erased(db, ledger, known) == 1
    rows = str(await db.fetch("select * from consents"))
    assert "3331234567" not in rows
    assert "IT.1" not in rows
    fresh = Contacts(db, keyring(db))
    assert (await standing(fresh)).given(M) is False, "before anybody knows them again"
    assert (await standing(fresh, Contact(address=NEW_TEL))).given(M) is None
    born = await fresh.met("acme", "whatsapp", Contact(address=BSUID))
    assert born.standing.given(M) is False
    [again] = await ledger.page("acme", born.id, None, 9)
    assert (again.contact, again.given) == (BSUID, False)
    assert (await fresh.met("other", "whatsapp", ADA)).standing.given(M) is None, "no other tenant's"


async def test_who_was_erased_is_known_by_a_name_that_comes_later(
    contacts: Contacts, ledger: Consents, db: Database
) -> None:
    known = await contacts.met("acme", "whatsapp", ADA)
    await ledger.note("acme", "whatsapp", ADA, said(E, False))
    await erased(db, ledger, known)
    fresh = Contacts(db, keyring(db))
    await fresh.met("acme", "whatsapp", Contact(address=BSUID))
    await fresh.met("acme", "whatsapp", Contact(address=TEL, aliases=(BSUID,)))
    assert (await standing(fresh, Contact(address=BSUID))).given(E) is False


async def test_all_rows_of_one_contact_for_its_report(contacts: Contacts, ledger: Consents, db: Database) -> None:
    for minute, given_ in ((3, True), (1, False)):
        await ledger.note("acme", "whatsapp", ADA, said(M, given_, minute))
    await ledger.note("acme", "whatsapp", Contact(address=NEW_TEL), said(M, False))
    known = await contacts.of("acme", "whatsapp", ADA)
    async with db.tenant("acme") as connection:
        rows = await ledger.of_contact(connection, "acme", known.id)
    assert [one.given for one in rows] == [False, True]
