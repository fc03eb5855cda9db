"""Locks that all processes share: one at a time does a thing, and whoever dies has let go."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

from xyper_engine.errors import Unavailable
from xyper_engine.store.connecting import CONNECT_TIMEOUT
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.connecting import Session


class Lock:
    """Held for as long as its connection lives."""

    def __init__(self, session: "Session") -> None:
        self._session = session

    async def prove(self) -> None:
        """Raises `Unavailable` where it was lost: somebody else may have it by now."""
        try:
            await self._session.execute("select 1", timeout=CONNECT_TIMEOUT)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            raise Unavailable("[database] url: the connection that held a lock was lost.") from error


@asynccontextmanager
async def locked(db: Database, name: str) -> AsyncIterator[Lock | None]:
    """The lock of this name; None: another process has it. Raises `Unavailable`."""
    async with db.session() as session:
        taken = await session.fetchval("select pg_try_advisory_lock(hashtextextended($1, 0))", name)
        yield Lock(session) if taken else None
