"""Messages whole, sealed; found by the ids that quotes and reactions name. And those that wait for the customer."""

from datetime import timedelta

import pytest

from tests.engine.state.test_ledger import GENESYS, WHATSAPP, answer, send
from tests.engine.tenants.world import keyring
from tests.engine.test_model import MESSAGE
from xyper_engine.model import Direction, Message
from xyper_engine.parts import Text
from xyper_engine.state.ledger import Ledger
from xyper_engine.state.messages import Messages
from xyper_engine.state.waiting import Waiting
from xyper_engine.store.db import Database

ASKED = MESSAGE.model_copy(update={"tenant": "acme", "parts": (Text(text="a secret question"),)})


@pytest.fixture(autouse=True)
async def tenant(db: Database) -> None:
    await db.execute("insert into tenants (id, name) values ('acme', 'Acme')")


def bare(message: Message) -> Message:
    return message.model_copy(update={"raw": None})


async def test_found_by_the_id_it_came_with(db: Database) -> None:
    messages = Messages(db, keyring(db))
    await messages.remember(ASKED, GENESYS)
    await messages.remember(ASKED.model_copy(update={"parts": ()}), GENESYS)  # the first stays
    assert await messages.find(ASKED.origin, ASKED.external_id) == bare(ASKED)
    assert await messages.find(GENESYS, ASKED.external_id) is None


async def test_found_by_the_id_it_was_posted_under(db: Database) -> None:
    messages, ledger = Messages(db, keyring(db)), Ledger(db)
    said = answer().model_copy(update={"tenant": "acme"})
    await messages.remember(said, WHATSAPP)
    await send(ledger, said, "wamid.a", "wamid.b")
    assert await messages.find(WHATSAPP, "wamid.b") == bare(said)


async def test_the_latest_of_a_contact(db: Database) -> None:
    messages = Messages(db, keyring(db))
    later = ASKED.model_copy(
        update={"id": "2", "external_id": "2", "occurred_at": ASKED.occurred_at + timedelta(seconds=1)}
    )
    for message in (later, ASKED):
        await messages.remember(message, GENESYS)
    latest = await messages.latest("acme", ASKED.contact.address, Direction.inbound)
    assert latest == bare(later)
    assert await messages.latest("acme", ASKED.contact.address, Direction.outbound) is None


async def test_nothing_of_it_can_be_read_in_the_database(db: Database) -> None:
    await Messages(db, keyring(db)).remember(ASKED, GENESYS)
    await Waiting(db, keyring(db)).hold(ASKED, WHATSAPP, "tel:+1")
    for table in ("messages", "waiting"):
        assert b"secret question" not in await db.fetchval(f"select sealed from {table}")


async def test_what_waits_comes_back_in_order_until_it_is_released(db: Database) -> None:
    waiting = Waiting(db, keyring(db))
    held = [ASKED.model_copy(update={"id": f"{n}", "external_id": f"{n}"}) for n in range(3)]
    for message in (*held, held[0]):
        await waiting.hold(message, WHATSAPP, "tel:+1")
    assert await waiting.of(WHATSAPP, "tel:+1") == held
    assert await waiting.of(WHATSAPP, "tel:+2") == []
    await waiting.release(["0", "2"])
    assert await waiting.of(WHATSAPP, "tel:+1") == [held[1]]
