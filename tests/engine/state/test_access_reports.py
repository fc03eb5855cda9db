"""Access reports of a tenant whose key was destroyed tell of nobody, and say so."""

from datetime import timedelta

import pytest

from tests.engine.tenants.world import keyring
from xyper_engine.errors import NotFound
from xyper_engine.keyring import shred
from xyper_engine.state.access_reports import ask, asked, opened_names
from xyper_engine.state.persons import Person
from xyper_engine.store.db import Database

MARIA = Person("acme", ("c",), ("tel:+393331234567",))


async def test_a_report_whose_key_was_destroyed(db: Database) -> None:
    await db.execute("insert into tenants (id, name) values ('acme', 'Acme')")
    ring = keyring(db)
    cipher = await ring.cipher("acme")
    async with db.tenant("acme") as connection:
        report, _ = await ask(connection, cipher, MARIA, timedelta(hours=1))
    assert await asked(db, ring, report) == MARIA
    row = await db.fetchrow("select * from access_reports")
    assert await opened_names(ring, row) == list(MARIA.names)
    async with db.transaction() as connection:
        await shred(connection, "acme")
    ring.expire()
    assert await opened_names(ring, row) == ()
    with pytest.raises(NotFound, match="its tenant was deleted"):
        await asked(db, ring, report)
