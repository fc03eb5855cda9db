"""How long nobody listened: who notices it, and what hides it from nobody."""

from datetime import timedelta

import pytest

from tests.directory import put_tenant
from tests.engine.state.test_ledger import GENESYS, WHATSAPP
from tests.engine.state.test_tracking import spec
from tests.engine.tenants.world import sealer
from xyper_engine.state.reconciliation import Reconciliations
from xyper_engine.store.db import Database

OUTAGE, MARGIN = timedelta(seconds=25), timedelta(seconds=120)


@pytest.fixture
async def work(db: Database) -> Reconciliations:
    """One tenant, and an engine that listened last a minute ago."""
    await put_tenant(db, sealer(), spec("acme", WHATSAPP.account, GENESYS.account))
    found = Reconciliations(db)
    await found.beat("fallen")
    await db.execute("update engines set beat_at = now() - interval '1 minute'")
    return found


async def asked(db: Database) -> int:
    return int(await db.fetchval("select count(*) from reconciliations where cause = 'outage'"))


async def test_the_first_engine_ever_has_missed_nothing(db: Database) -> None:
    assert await Reconciliations(db).look_back(OUTAGE, MARGIN) is None


async def test_engines_that_die_before_they_beat_leave_a_silence_from_the_very_first(db: Database) -> None:
    work = Reconciliations(db)
    await work.look_back(OUTAGE, MARGIN)
    await db.execute("update engines set beat_at = now() - interval '1 minute'")
    assert await work.look_back(OUTAGE, MARGIN) is not None


async def test_of_engines_that_start_at_once_one_asks(db: Database, work: Reconciliations) -> None:
    silence = await work.look_back(OUTAGE, MARGIN)
    assert silence is not None
    assert timedelta(seconds=59) < silence < timedelta(seconds=90)
    assert await work.look_back(OUTAGE, MARGIN) is None
    assert await asked(db) == 1


async def test_an_engine_whose_start_broke_off_did_not_listen(db: Database, work: Reconciliations) -> None:
    """It asked, and died before its doors opened: what was written since then may have been given up as well."""
    await work.look_back(OUTAGE, MARGIN)
    await db.execute("update reconciliations set asked_at = asked_at - interval '13 seconds'")
    assert await work.look_back(OUTAGE, MARGIN) is not None
    assert await asked(db) == 2


async def test_one_that_listens_ends_the_silence(db: Database, work: Reconciliations) -> None:
    await work.beat("risen")
    assert await work.look_back(OUTAGE, MARGIN) is None
    assert await asked(db) == 0
