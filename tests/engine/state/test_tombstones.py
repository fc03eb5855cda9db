"""What came of somebody before they were forgotten is dropped; what came after it is of somebody new."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.engine.tenants.world import keyring
from xyper_engine.model import Contact, Direction, Endpoint, Message, first_id
from xyper_engine.state.contacts import Contacts
from xyper_engine.state.persons import marks
from xyper_engine.state.tombstones import Tombstones
from xyper_engine.store.db import Database

NUMBER = "tel:+5511987654321"
ASKED = datetime(2026, 11, 25, 22, 38, 51, 575_539, tzinfo=UTC)


@pytest.mark.parametrize(
    ("came", "happened", "dropped"),
    [
        (-5, ASKED - timedelta(seconds=6), True),
        (-0.001, ASKED.replace(microsecond=0), True),
        (-0.001, ASKED + timedelta(seconds=2), True),  # a vendor's clock is ahead of ours
        (+5, ASKED - timedelta(seconds=1), True),  # delivered late
        (+0.001, ASKED.replace(microsecond=0), False),  # vendors tell the second only
        (+5, ASKED + timedelta(seconds=5), False),
    ],
)
async def test_what_is_dropped(db: Database, came: float, happened: datetime, dropped: bool) -> None:
    ring = keyring(db)
    await db.execute("insert into tenants (id, name) values ('acme', 'Acme')")
    [mark] = marks(await ring.cipher("acme"), [NUMBER])
    await db.execute("insert into tombstones (tenant, mark, erased_at) values ('acme', $1, $2)", mark, ASKED)
    tombstones = Tombstones(db, ring, Contacts(db, ring))
    await tombstones.read()
    event = Message(
        id=f"{first_id(ASKED + timedelta(seconds=came))}-7abc-8def-0123456789ab", tenant="acme", external_id="1",
        origin=Endpoint(adapter="whatsapp", account="1"), contact=Contact(address=NUMBER), occurred_at=happened,
        direction=Direction.inbound, parts=(),
    )  # fmt: skip
    assert tombstones.cover(event) is dropped


async def test_ids_of_a_moment_begin_alike_in_the_database(db: Database) -> None:
    assert await db.fetchval("select xyper_first_id($1)", ASKED) == first_id(ASKED)
