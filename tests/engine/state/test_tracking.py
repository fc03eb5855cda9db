"""What became of messages: each hop, found by any id, by conversation, by words; and the partitions they lie in."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from tests.directory import put_tenant
from tests.engine.state.test_ledger import GENESYS, WHATSAPP, receipt
from tests.engine.tenants.world import keyring, sealer
from tests.engine.test_model import CONTACT, MESSAGE
from xyper_engine.errors import NotFound
from xyper_engine.ids import made_at
from xyper_engine.model import Direction, Link, Message, Part, Status, new_id
from xyper_engine.parts import Media, MediaKind, Text
from xyper_engine.price import Price
from xyper_engine.state import partitions, search
from xyper_engine.state.conversations import Conversations
from xyper_engine.state.ledger import Ledger
from xyper_engine.state.messages import Messages
from xyper_engine.state.receipts import Receipts
from xyper_engine.state.tracking import Tracked, Tracking, Wanted
from xyper_engine.store.db import Database
from xyper_engine.tenants.spec import TenantSpec

LINK = Link(id="l", tenant="acme", customer=WHATSAPP, agent=GENESYS)
PHOTO = Media(kind=MediaKind.image, caption="Our new shop window")


def spec(tenant: str, number: str, desk: str) -> TenantSpec:
    accounts = [{"adapter": "whatsapp", "account": number}, {"adapter": "genesys", "account": desk}]
    return TenantSpec.model_validate({"id": tenant, "name": tenant, "accounts": accounts})


@pytest.fixture(autouse=True)
async def tenants(db: Database) -> None:
    await put_tenant(db, sealer(), spec("acme", WHATSAPP.account, GENESYS.account))
    await put_tenant(db, sealer(), spec("other", "2002", "desk-2"))


@pytest.fixture
def tracking(db: Database) -> Tracking:
    return Tracking(db, keyring(db))


def said(name: str, *parts: Part, **more: object) -> Message:
    """By the customer."""
    told: Mapping[str, Any] = {"id": new_id(), "external_id": name, "parts": parts or (Text(text=name),), **more}
    return MESSAGE.model_copy(update={"origin": WHATSAPP, "tenant": "acme", **told})


def answered(name: str, *parts: Part) -> Message:
    return said(name, *parts, origin=GENESYS, direction=Direction.outbound, thread="conv-1")


async def keep(db: Database, *messages: Message) -> None:
    store = Messages(db, keyring(db))
    for message in messages:
        await store.remember(message, GENESYS if message.origin == WHATSAPP else WHATSAPP)


async def ids(tracking: Tracking, **wanted: Any) -> list[str]:
    return [one.external_id for one in await tracking.page("acme", Wanted(**wanted), None, 10)]


async def test_every_hop_of_an_answer(db: Database, tracking: Tracking) -> None:
    ledger, receipts, message = Ledger(db), Receipts(db), answered("g-1", PHOTO, Text(text="two"))
    await keep(db, message)
    assert await state(tracking) == "routed"
    until = datetime.now(UTC) + timedelta(hours=1)
    assert await ledger.sending(message, 0, WHATSAPP, last=False, before=None, window_until=until)
    assert await state(tracking) == "sending"
    await ledger.sent(message, 0, "wamid.1")
    assert await ledger.sending(message, 1, WHATSAPP, last=True, before=None)
    await ledger.sent(message, 1, "wamid.2", "delivered")
    assert await state(tracking) == "posted"
    price = Price(category="utility", type="regular")
    for told in (
        receipt(Status.read, "wamid.1"),
        receipt(Status.sent, "wamid.1", price=price),
        receipt(Status.delivered, "wamid.1"),
        receipt(Status.sent, "wamid.2"),
    ):
        await receipts.apply(told)
    found = await tracking.one("acme", "g-1")
    first, second = found.payloads
    assert (found.status, first.status, second.status) == ("sent", Status.read, Status.sent)
    assert set(first.status_at) == {"sent", "delivered", "read"}
    assert (first.price, second.price) == (price, None)
    assert (first.window_open, second.window_open) == (True, None)
    assert (found.kinds, found.thread, found.to) == (["image", "text"], "conv-1", WHATSAPP)
    assert found.received_at == made_at(message.id)
    assert found.routed_at is not None
    assert found.ended_at is not None
    await receipts.apply(receipt(Status.failed, "wamid.2"))
    await receipts.apply(receipt(Status.failed, "wamid.2", reason=None))
    failed = (await tracking.one("acme", "g-1")).payloads[1]
    assert failed.reason is not None
    assert failed.reason.code == "131047"


async def state(tracking: Tracking) -> str:
    return (await tracking.one("acme", "g-1")).status


async def test_found_by_any_id_and_only_by_its_own_tenant(db: Database, tracking: Tracking) -> None:
    message = answered("g-1")
    await keep(db, message)
    await Ledger(db).sending(message, 0, WHATSAPP, last=True, before=None)
    await Ledger(db).sent(message, 0, "wamid.9", "delivered")
    for name in (message.id, "g-1", "wamid.9"):
        assert (await tracking.one("acme", name)).id == message.id
        with pytest.raises(NotFound):
            await tracking.one("other", name)


@pytest.mark.parametrize("outcome", ["dead", "filtered"])
async def test_what_ended_without_a_call(db: Database, tracking: Tracking, outcome: Any) -> None:
    message = said("wamid.1")
    await keep(db, message)
    await Ledger(db).finish(message, outcome)
    assert (await tracking.one("acme", "wamid.1")).status == outcome


async def test_a_page_is_newest_first_and_goes_on_where_it_ended(db: Database, tracking: Tracking) -> None:
    await keep(db, *(said(f"m{n}") for n in range(5)))
    first = await tracking.page("acme", Wanted(), None, 2)
    second = await tracking.page("acme", Wanted(), first[-1].id, 2)
    assert [one.external_id for one in (*first, *second)] == ["m4", "m3", "m2", "m1"]
    assert await tracking.page("other", Wanted(), None, 2) == []


async def test_filters(db: Database, tracking: Tracking) -> None:
    await keep(db, said("text"), said("photo", PHOTO), answered("answer"))
    assert await ids(tracking, direction="outbound") == ["answer"]
    assert await ids(tracking, kind="image") == ["photo"]
    assert await ids(tracking, status="dead") == []
    assert len(await ids(tracking, status="routed")) == 3
    soon = datetime.now(UTC) + timedelta(minutes=1)
    assert len(await ids(tracking, until=soon)) == 3
    assert await ids(tracking, since=soon) == []


@pytest.mark.parametrize("few", [2000, 0])
@pytest.mark.parametrize(
    ("words", "found"),
    [("Window", ["photo"]), ("WINDOW shop", ["photo"]), ("window text", []), ("win", []), ("…", [])],
)
async def test_search_by_words(
    db: Database, tracking: Tracking, monkeypatch: pytest.MonkeyPatch, few: int, words: str, found: list[str]
) -> None:
    """The same whether there are few with these words, or many."""
    monkeypatch.setattr(search, "FEW", few)
    await keep(db, said("text"), said("photo", PHOTO))
    assert await ids(tracking, words=words) == found


@pytest.mark.parametrize("few", [2000, 1, 0])
async def test_a_search_is_paged_from_month_to_month(
    db: Database, tracking: Tracking, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(search, "FEW", few)
    months = [datetime.now(UTC) + timedelta(days=days) for days in (0, 0, 0, 40, 40, 80, 190)]
    starts = [await db.fetchval("select xyper_first_id($1)", month) for month in months]
    await keep(
        db, *(said(str(n), Text(text="hello"), id=f"{first}-7000-8000-{n:012d}") for n, first in enumerate(starts))
    )
    found: list[str] = []
    before = None
    while page := await tracking.page("acme", Wanted(words="hello"), before, 2):
        found += [one.external_id for one in page]
        before = page[-1].id
    assert found == ["6", "5", "4", "3", "2", "1", "0"]


async def test_no_word_stands_in_the_database(db: Database, tracking: Tracking) -> None:
    await keep(db, said("1", Text(text="confidential")))
    row = await db.fetchrow("select * from messages")
    assert "confidential" not in repr(row)
    assert row is not None
    assert row["words"] != []
    body = await tracking.body((await tracking.page("acme", Wanted(), None, 1))[0])
    assert body is not None
    assert body.text == "confidential"


async def test_a_conversation_holds_both_sides_and_nobody_elses(db: Database, tracking: Tracking) -> None:
    question = said("q")
    await Conversations(db).heard(LINK, question)
    stranger = said("s", contact=CONTACT.model_copy(update={"address": "tel:+499"}))
    await keep(db, question, answered("a"), stranger)
    conversation = await Conversations(db).find(LINK, CONTACT.address)
    assert conversation is not None
    assert await ids(tracking, conversation=conversation) == ["a", "q"]
    found: Tracked = await tracking.one("acme", "q")
    assert found.conversation == conversation.id


async def test_partitions_are_made_ahead_and_take_what_strayed(db: Database) -> None:
    late = f"{await db.fetchval('select xyper_first_id($1)', datetime.now(UTC) + timedelta(days=190))}-7000-8000"
    await keep(db, said("late", id=late))
    assert await where(db, "late") == "messages_other"
    assert await db.fetchval("select xyper_extend_messages(8)") == 5
    assert (await where(db, "late")).startswith("messages_2")
    assert await db.fetchval("select xyper_extend_messages(8)") == 0


async def where(db: Database, name: str) -> str:
    found: str = await db.fetchval("select tableoid::regclass::text from messages where external_id = $1", name)
    return found


async def test_what_no_tenant_keeps_is_dropped_as_a_whole(db: Database) -> None:
    await keep(db, said("now"))
    await partitions.tend(db)
    assert await db.fetchval("select count(*) from messages") == 1
    later = datetime.now(UTC) + timedelta(days=32)
    assert await db.fetchval("select xyper_drop_messages($1)", later) == 1
    assert await db.fetchval("select count(*) from messages") == 0


async def test_of_two_with_one_id_of_the_far_side_the_first_stays(db: Database) -> None:
    first, second = said("wamid.1"), said("wamid.1")
    await keep(db, first, second)
    assert [row["id"] for row in await db.fetch("select id from messages")] == [first.id]


async def test_an_engine_makes_and_drops_no_tables_otherwise(db: Database) -> None:
    for sql in ("drop table messages_before", "select * from messages_before", "create table x (n int)"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await db.execute(sql)
