"""What an older version sealed with a master key, or left in clear, is sealed anew; and what is under which key."""

from datetime import UTC, datetime

import pytest

from tests.directory import add_tenant
from tests.engine.state.test_messages import ASKED
from tests.engine.tenants.world import DESK, KEY, NUMBER, TOKEN, acme, keyring
from xyper_engine.cache.memory import MemoryCache
from xyper_engine.keyring import MARK, drop_old_wraps, rewrap
from xyper_engine.model import Link, dump
from xyper_engine.parts import Text
from xyper_engine.sealing import Sealer, context
from xyper_engine.state.contexts import Contexts
from xyper_engine.state.conversations import Conversations
from xyper_engine.state.dead_letters import DeadLetters
from xyper_engine.state.messages import Messages
from xyper_engine.state.tracking import Tracking, Wanted
from xyper_engine.state.waiting import Waiting
from xyper_engine.store.db import Database
from xyper_engine.tenants.resealing import SEALED, MasterKey, reseal, standing

NEW = bytes(reversed(range(32)))
BORN_LATER = {
    "access_reports",
    "alert_channels",
    "contexts",
    "erasures",
    "idempotency_keys",
    "joint",
    "sends",
    "sign_ins",
    "vendor_tokens",
}
"""Sealed by data keys from their first row on."""
AT = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
async def old_rows(db: Database) -> None:
    """One of each table as the version before would have left it."""
    master, id_ = Sealer([KEY]), ASKED.id
    await add_tenant(
        db, master, acme(accounts=[acme().accounts[0].model_copy(update={"secrets": {}})], links=[], hooks=[])
    )
    owner = f"account:{NUMBER}"
    await db.execute("delete from data_keys")
    await db.execute(
        "insert into secrets (tenant, owner, name, key_id, sealed) values ('acme', $1, 'access_token', $2, $3)",
        owner, *master.seal(TOKEN, context("acme", owner, "access_token")),
    )  # fmt: skip
    body = dump(ASKED).decode()
    await db.execute(
        "insert into messages (id, tenant, adapter, account, external_id, direction, contact, occurred_at, key_id, "
        "sealed) values ($1, 'acme', $2, $3, $4, 'inbound', 'tel:+1', $5, $6, $7)",
        id_, ASKED.origin.adapter, ASKED.origin.account, ASKED.external_id, AT,
        *master.seal(body, context("acme", "message", id_)),
    )  # fmt: skip
    await db.execute(
        "insert into waiting (id, tenant, adapter, account, contact, key_id, sealed) "
        "values ($1, 'acme', 'whatsapp', '1', 'tel:+1', $2, $3)",
        id_, *master.seal(body, context("acme", "waiting", id_)),
    )  # fmt: skip
    for n, tenant in enumerate(("acme", None)):
        await db.execute(
            "insert into dead_letters (id, tenant, source, queue, reason, body) values ($1, $2, 'route', 'q', 'r', $3)",
            str(n), tenant, b"\xff in clear",
        )  # fmt: skip


async def test_every_table_with_a_key_is_among_them(db: Database) -> None:
    found = await db.fetch("select table_name from information_schema.columns where column_name = 'key_id'")
    assert {row[0] for row in found} == {one.table for one in SEALED} | BORN_LATER


@pytest.mark.usefixtures("old_rows")
async def test_all_of_it_is_sealed_anew_and_opens(db: Database) -> None:
    ring = keyring(db)
    assert await reseal(db, ring) == 5
    assert await reseal(db, ring) == 0
    for one in SEALED:
        for row in await db.fetch(f"select key_id, {one.body} as body from {one.table}"):
            assert row["key_id"].startswith(MARK)
            assert b"clear" not in row["body"]
    assert await Messages(db, ring).find(ASKED.origin, ASKED.external_id) == ASKED
    assert await Waiting(db, ring).of(NUMBER.model_copy(update={"account": "1"}), "tel:+1") == [ASKED]
    assert [(await DeadLetters(db, ring).show(id_)).body for id_ in "01"] == [b"\xff in clear"] * 2
    secret = await db.fetchrow("select * from secrets")
    assert secret is not None
    bound = context("acme", f"account:{NUMBER}", "access_token")
    assert await ring.open("acme", secret["key_id"], secret["sealed"], bound) == TOKEN.encode()


@pytest.mark.usefixtures("old_rows")
async def test_a_little_at_a_time(db: Database) -> None:
    assert await reseal(db, keyring(db), 1) == 1
    assert await reseal(db, keyring(db)) == 4


@pytest.mark.usefixtures("old_rows")
async def test_what_no_key_opens_is_passed_over_and_kept(db: Database) -> None:
    stranger = keyring(db, NEW)
    assert await reseal(db, stranger) == 2, "what lay in clear"
    assert [(key.id, key.listed, key.needed) for key in await standing(db, stranger)] == [
        (Sealer([NEW]).key_id, True, True), (Sealer([KEY]).key_id, False, True),
    ]  # fmt: skip
    assert await reseal(db, keyring(db, NEW, KEY)) == 3


@pytest.mark.usefixtures("old_rows")
async def test_an_old_master_key_is_needed_until_nothing_is_under_it(db: Database) -> None:
    old, new = Sealer([KEY]).key_id, Sealer([NEW]).key_id
    await keyring(db).cipher("acme")
    ring = keyring(db, NEW, KEY)
    first, second = await standing(db, ring)
    assert (first.id, first.wraps) == (new, 0)
    assert second == MasterKey(old, listed=True, first=False, wraps=1, alone=1, rows=3)
    assert second.needed
    await rewrap(db, ring.sealer)
    await reseal(db, ring)
    second = (await standing(db, ring))[1]
    assert (second.wraps, second.alone, second.rows, second.needed) == (2, 0, 0, False)
    await drop_old_wraps(db, ring.sealer)
    assert await standing(db, keyring(db, NEW)) == [
        MasterKey(new, listed=True, first=True, wraps=2, alone=0, rows=0)
    ]  # fmt: skip


async def test_under_a_new_master_key_a_context_opens_and_words_are_found(db: Database) -> None:
    """What data keys seal, and the keyed hashes of words, outlive every master key."""
    await add_tenant(db, Sealer([KEY]), acme())
    link = Link(id="l", tenant="acme", customer=NUMBER, agent=DESK)
    said = ASKED.model_copy(update={"tenant": "acme", "origin": NUMBER, "parts": (Text(text="Good morning"),)})
    await Messages(db, keyring(db)).remember(said, DESK)
    conversations, cache = Conversations(db), MemoryCache()
    await conversations.heard(link, said)
    conversation = await conversations.find(link, said.contact.address)
    assert conversation is not None
    await Contexts(db, cache, keyring(db), size=100, days=1).patch(conversation, {"language": "it"})
    await rewrap(db, Sealer([NEW, KEY]))
    await drop_old_wraps(db, Sealer([NEW]))
    conversation = await conversations.find(link, said.contact.address)
    assert conversation is not None
    for held in (cache, MemoryCache()):
        contexts = Contexts(db, held, keyring(db, NEW), size=100, days=1)
        assert (await contexts.of(conversation)).values == {"language": "it"}
    [found] = await Tracking(db, keyring(db, NEW)).page("acme", Wanted(words="MORNING"), None, 2)
    assert found.id == said.id
