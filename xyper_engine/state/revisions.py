"""How often a tenant's names were dealt anew: what a cache holds of names holds for one revision only.

The database counts it, in the transaction that moves a name from one person to another, removes one, or gives somebody
another conversation (migration 0028). Three tell it: whoever moved names raises it in the cache before it goes on, so
whoever asks afterwards knows, in whichever process; the database notifies every engine, for a cache that is away or was
emptied; and every answer of the database brings the revision that it holds for, of the same snapshot. In the cache it
only rises, so nothing that was read before a change can be taken for newer than the change, however late it is written.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from xyper_engine.cache.port import Cache
from xyper_engine.store.db import Database
from xyper_engine.store.notices import hearing

CHANNEL = "xyper_mapping"


class Revisions:
    """`key_id` stands for the installation: two of them may share one cache. `ttl`: that of what holds for one."""

    def __init__(self, db: Database, cache: Cache, key_id: str, ttl: float) -> None:
        self._db = db
        self._cache = cache
        self._key_id = key_id
        self._ttl = ttl
        self._least: dict[str, int] = {}
        """The newest this process was told of each tenant; without it, the database is asked."""
        self.listened = 0
        """How often listening began: what was read before that may be older than what nobody heard."""

    @classmethod
    @asynccontextmanager
    async def open(cls, db: Database, cache: Cache, key_id: str, ttl: float) -> AsyncIterator["Revisions"]:
        """It listens for as long as it is open."""
        revisions = cls(db, cache, key_id, ttl)
        async with hearing(db, CHANNEL, revisions._hear):
            yield revisions

    async def now(self, tenant: str) -> int | None:
        """The one that holds; None: nobody knows without the database."""
        held, least = await self._cache.get(self._name(tenant)), self._least.get(tenant)
        if held is None or least is None or int(held) < least:
            return None
        return int(held)

    async def seen(self, tenant: str, revision: int, listened: int) -> None:
        """An answer of the database held for it; `listened` as it was before that was asked."""
        if listened == self.listened:
            self._raise(tenant, revision)
        await self._cache.raise_to(self._name(tenant), revision, self._ttl)

    async def moved(self, tenant: str) -> None:
        """Names were dealt anew, and that is stored: what is asked from now on knows. Raises `Unavailable`."""
        listened = self.listened
        async with self._db.tenant(tenant) as connection:
            revision = await connection.fetchval("select revision from mapping_revisions where tenant = $1", tenant)
        await self.seen(tenant, revision or 0, listened)

    def _hear(self, notice: str) -> None:
        if notice:
            revision, _, tenant = notice.partition(" ")
            self._raise(tenant, int(revision))
        else:
            self._least.clear()
            self.listened += 1

    def _raise(self, tenant: str, revision: int) -> None:
        self._least[tenant] = max(revision, self._least.get(tenant, 0))

    def _name(self, tenant: str) -> str:
        return f"xyper:mapping:{self._key_id}:{tenant}:revision"
