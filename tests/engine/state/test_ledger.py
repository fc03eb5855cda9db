"""The ledger and the receipts: what was sent, once, and how far it came; on both kinds of PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.engine.tenants.world import keyring
from tests.engine.test_model import CONTACT, MESSAGE
from xyper_engine.model import Direction, Endpoint, Message, Reason, Receipt, Status
from xyper_engine.state.dead_letters import DeadLetter, DeadLetters
from xyper_engine.state.ledger import Ledger
from xyper_engine.state.receipts import Receipts
from xyper_engine.store.db import Database

WHATSAPP = Endpoint(adapter="whatsapp", account="106540352242922")
GENESYS = Endpoint(adapter="genesys", account="integration")
WHEN = datetime(2026, 11, 22, tzinfo=UTC)


def answer(name: str = "g-1") -> Message:
    return MESSAGE.model_copy(
        update={"direction": Direction.outbound, "origin": GENESYS, "external_id": name, "id": name}
    )


def receipt(status: Status, about: str = "wamid.1", reference: str | None = None, **more: object) -> Receipt:
    return Receipt(
        direction=Direction.inbound,
        origin=WHATSAPP,
        contact=CONTACT,
        external_id=f"{about}:{status}",
        occurred_at=WHEN + timedelta(seconds=status.rank),
        about=about,
        status=status,
        reference=reference,
        reason=Reason(code="131047", message="too late") if status is Status.failed else None,
    ).model_copy(update=more)


async def send(ledger: Ledger, event: Message, *far_ids: str) -> None:
    """As the poster does it: each payload noted before and after."""
    for n, far_id in enumerate(far_ids):
        last = n == len(far_ids) - 1
        assert await ledger.sending(event, n, WHATSAPP, last=last, before=None)
        await ledger.sent(event, n, far_id, "delivered" if last else None)


async def test_a_message_from_nothing_to_delivered(db: Database) -> None:
    ledger, event = Ledger(db), answer()
    assert (await ledger.look(event)).posts == {}
    assert await ledger.sending(event, 0, WHATSAPP, last=True, before=None)
    entry = await ledger.look(event)
    assert (entry.outcome, entry.posts[0].state) == (None, "sending")
    await ledger.sent(event, 0, "wamid.1", "delivered")
    entry = await ledger.look(event)
    assert (entry.outcome, entry.posts[0].state, entry.posts[0].far_id) == ("delivered", "sent", "wamid.1")


async def test_of_two_engines_at_one_payload_only_one_may_post(db: Database) -> None:
    one, two, event = Ledger(db), Ledger(db), answer()
    claims = await asyncio.gather(
        *(ledger.sending(event, 0, WHATSAPP, last=True, before=None) for ledger in (one, two, one, two))
    )
    assert sorted(claims) == [False, False, False, True]


async def test_a_send_of_unknown_fate_is_repeated_by_one_engine_only(db: Database) -> None:
    one, two, event = Ledger(db), Ledger(db), answer()
    await one.sending(event, 0, WHATSAPP, last=True, before=None)
    await one.unknown(event, 0)
    before = (await one.look(event)).posts[0]
    assert before.state == "unknown"
    claims = await asyncio.gather(
        *(ledger.sending(event, 0, WHATSAPP, last=True, before=before) for ledger in (one, two))
    )
    assert sorted(claims) == [False, True]


async def test_what_was_certainly_not_taken_may_be_posted_again_at_once(db: Database) -> None:
    ledger, event = Ledger(db), answer()
    await ledger.sending(event, 0, WHATSAPP, last=True, before=None)
    await ledger.unsent(event, 0)
    assert await ledger.sending(event, 0, WHATSAPP, last=True, before=None)


async def test_what_was_sent_stays_sent(db: Database) -> None:
    ledger, event = Ledger(db), answer()
    await send(ledger, event, "wamid.1")
    await ledger.unsent(event, 0)
    await ledger.unknown(event, 0)
    assert (await ledger.look(event)).posts[0].state == "sent"


async def test_only_the_dead_can_be_reopened(db: Database) -> None:
    ledger, done, dead = Ledger(db), answer("done"), answer("dead")
    await ledger.finish(done, "delivered")
    await ledger.finish(dead, "dead")
    for event in (done, dead):
        await ledger.reopen(event.key)
    assert (await ledger.look(done)).outcome == "delivered"
    assert (await ledger.look(dead)).outcome is None


@pytest.mark.parametrize(
    ("statuses", "ended"),
    [
        ([Status.sent], None),
        ([Status.sent, Status.delivered], Status.delivered),
        ([Status.read], Status.delivered),
        ([Status.sent, Status.failed], Status.failed),
        ([Status.failed, Status.sent], Status.failed),
        ([Status.failed, Status.delivered], Status.delivered),
        ([Status.delivered, Status.failed], Status.delivered),
    ],
)
async def test_a_status_only_ever_rises(db: Database, statuses: list[Status], ended: Status | None) -> None:
    ledger, receipts, event = Ledger(db), Receipts(db), answer()
    await send(ledger, event, "wamid.1")
    *earlier, last = [await receipts.apply(receipt(status)) for status in statuses]
    progress = last or earlier[-1]
    assert progress is not None
    assert progress.ended is ended
    row = await db.fetchrow("select status, status_at from posts")
    assert row is not None
    assert row["status"] == max(status.rank for status in statuses)
    assert set(row["status_at"]) == {status.value for status in statuses}, "the times of all are kept"


async def test_a_message_in_parts_ends_when_its_last_part_does(db: Database) -> None:
    ledger, receipts, event = Ledger(db), Receipts(db), answer()
    await send(ledger, event, "wamid.1", "wamid.2")
    first = await receipts.apply(receipt(Status.delivered, "wamid.1"))
    second = await receipts.apply(receipt(Status.delivered, "wamid.2"))
    assert first is not None
    assert first.ended is None
    assert second is not None
    assert (second.ended, second.n) == (Status.delivered, 1)


async def test_a_reason_is_never_overwritten_by_nothing(db: Database) -> None:
    ledger, receipts, event = Ledger(db), Receipts(db), answer()
    await send(ledger, event, "wamid.1")
    await receipts.apply(receipt(Status.failed))
    progress = await receipts.apply(receipt(Status.failed, reason=None))
    assert progress is not None
    assert progress.reason == Reason(code="131047", message="too late")


@pytest.mark.parametrize("reference", ["g-1.0", None])
async def test_a_receipt_settles_a_send_of_unknown_fate(db: Database, reference: str | None) -> None:
    """By our own id, or, where the far side echoes the message's own, by that."""
    ledger, receipts, event = Ledger(db), Receipts(db), answer()
    await ledger.sending(event, 0, WHATSAPP, last=True, before=None)
    progress = await receipts.apply(receipt(Status.sent, "wamid.new", reference or event.external_id))
    assert progress is not None
    assert progress.resolved
    post = (await ledger.look(event)).posts[0]
    assert (post.state, post.far_id) == ("sent", "wamid.new")


async def test_receipts_of_other_systems_messages_are_not_ours(db: Database) -> None:
    receipts = Receipts(db)
    assert await receipts.apply(receipt(Status.delivered, "wamid.stranger")) is None


async def test_a_group_of_receipts_is_one_round_trip_and_keeps_each_apart(db: Database) -> None:
    ledger, receipts = Ledger(db), Receipts(db)
    for n in range(3):
        await send(ledger, answer(f"g-{n}"), f"wamid.{n}")
    given = [receipt(Status.delivered, "wamid.0"), receipt(Status.sent, "wamid.1"), receipt(Status.read, "wamid.0")]
    found = await asyncio.gather(*map(receipts.apply, given), receipts.apply(receipt(Status.sent, "wamid.x")))
    assert [progress.external_id if progress else None for progress in found] == ["g-0", "g-1", "g-0", None]
    assert [progress.ended if progress else None for progress in found] == [
        Status.delivered,
        None,
        Status.delivered,
        None,
    ]


async def test_a_dead_letter_is_found_by_the_beginning_of_its_id_and_buried_once(db: Database) -> None:
    await db.execute("insert into tenants (id, name) values ('acme', 'Acme')")
    letters = DeadLetters(db, keyring(db))
    letter = DeadLetter("01a-1", "acme", "route", "in.acme", "e", "whatsapp", "1", None, "rejected", "no", b"{}", WHEN)
    for _ in range(2):
        await letters.bury(letter)
    assert [one.id for one in await letters.list()] == ["01a-1"]
    assert (await letters.show("01a")).body == b"{}"
    assert await db.fetchval("select body from dead_letters") != b"{}", "it lies there sealed"
    await letters.replayed(letter)
    assert await letters.list() == []
    await letters.bury(letter)
    assert [one.id for one in await letters.list()] == ["01a-1"], "it died again"


async def test_the_ledger_knows_of_a_death_in_the_same_moment(db: Database) -> None:
    letters, ledger, event = DeadLetters(db, keyring(db)), Ledger(db), answer()
    letter = DeadLetter("id", "acme", "route", "q", "e", "genesys", "1", None, "rejected", "", b"{}", WHEN)
    await letters.bury(letter, key=event.key)
    assert (await ledger.look(event)).outcome == "dead"


async def test_what_died_again_while_it_was_replayed_is_not_hidden(db: Database) -> None:
    letters = DeadLetters(db, keyring(db))
    letter = DeadLetter("id", "acme", "route", "q", "e", "genesys", "1", None, "rejected", "", b"{}", WHEN)
    await letters.bury(letter)
    asked = await letters.show("id")
    await letters.bury(replace(letter, died_at=WHEN + timedelta(seconds=1)))
    await letters.replayed(asked)
    assert [one.id for one in await letters.list()] == ["id"]
