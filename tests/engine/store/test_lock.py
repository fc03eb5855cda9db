"""Locks that all processes share."""

import asyncpg
import pytest

from xyper_engine.errors import Unavailable
from xyper_engine.store.db import Database
from xyper_engine.store.lock import locked


async def test_one_at_a_time_has_a_lock(db: Database) -> None:
    async with locked(db, "mine") as first, locked(db, "mine") as second, locked(db, "yours") as other:
        assert (first is None, second is None, other is None) == (False, True, False)
    async with locked(db, "mine") as again:
        assert again is not None


async def test_a_lock_that_was_lost_is_noticed(db: Database, url: str) -> None:
    async with locked(db, "mine") as lock:
        assert lock is not None
        await lock.prove()
        admin = await asyncpg.connect(url)
        await admin.execute("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'")
        await admin.close()
        with pytest.raises(Unavailable):
            await lock.prove()
