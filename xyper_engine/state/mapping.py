"""Which of our conversations is meant: by our id of it, by the agent side's, by the customer.

The cache is asked first. Of ids it holds only what can never change: that one is a conversation between these two
accounts, and that a thread of the agent side was of it. So there is nothing to invalidate, whatever order writes arrive
in, and no cache can be wrong, be it emptied, restored from yesterday or a process's own; one that is away costs a
look-up in the database. Who bears which name does change: that is held for one revision of it (`called.py`). What
changes with every message is asked of the database every time: which thread is the newest, whether it has ended. Names
are keyed hashes and values are ids: nothing of a person.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Literal

import orjson

from xyper_engine.cache.port import Cache
from xyper_engine.conversation import Conversation
from xyper_engine.errors import Unavailable
from xyper_engine.grouping import Grouped
from xyper_engine.metrics import Metrics
from xyper_engine.model import Endpoint
from xyper_engine.sealing import Sealer
from xyper_engine.state.called import By, Called, Links, Name
from xyper_engine.state.mapped import SELECT, Mapped
from xyper_engine.state.revisions import Revisions
from xyper_engine.store.db import Database

CACHE_TTL = 600.0
"""Seconds; it bounds what lies there, it guards nothing."""

Kind = Literal["id", "thread"]


@dataclass(frozen=True, slots=True)
class _Learned:
    conversation: Conversation
    thread: str


class Mappings:
    """All methods may raise `Unavailable`."""

    def __init__(
        self, db: Database, cache: Cache, revisions: Revisions, sealer: Sealer, links: Links, metrics: Metrics
    ) -> None:
        self._db = db
        self._cache = cache
        self._called = Called(db, cache, revisions, sealer, links, CACHE_TTL)
        self._sealer = sealer
        self._links = links
        self._answers = metrics.mapping
        self._keep = Grouped(self._keep_all)
        self._kept: asyncio.Future[None] | None = None
        self.moved = revisions.moved

    @classmethod
    @asynccontextmanager
    async def open(
        cls, db: Database, cache: Cache, sealer: Sealer, links: Links, metrics: Metrics
    ) -> AsyncIterator["Mappings"]:
        """At the end it waits for what it still writes."""
        async with Revisions.open(db, cache, sealer.key_id, CACHE_TTL) as revisions:
            mappings = cls(db, cache, revisions, sealer, links, metrics)
            yield mappings
            if mappings._kept is not None:
                await asyncio.wait([mappings._kept])

    async def one(self, tenant: str, id: str) -> Mapped | None:  # noqa: A002  the model's word
        """By our own id."""
        name = self._name(tenant, "id", id)
        if (held := await self._cache.get(name)) is not None:
            return self._told("cache", _read(held))
        async with self._db.tenant(tenant) as connection:
            row = await connection.fetchrow(_BY_ID, tenant, id)
        found = Mapped.of_row(row) if row else None
        if found is not None:
            await self._cache.set(name, _held(found), CACHE_TTL)
        return self._told("database", found)

    async def of_thread(self, tenant: str, thread: str) -> Mapped | None:
        """By an id of the agent side's, also an earlier one; of several conversations the one it came to last.

        The agent side may go on with one thread where its customer writes to another number. So the cache is believed
        only where the agents' account serves a single number, as nearly all do.
        """
        name = self._name(tenant, "thread", thread)
        held = await self._cache.get(name)
        if held is not None and await self._is_only(tenant, found := _read(held)):
            return self._told("cache", found)
        async with self._db.tenant(tenant) as connection:
            row = await connection.fetchrow(_BY_THREAD, tenant, thread)
        if row is None:
            return self._told("database", None)
        if await self._is_only(tenant, newest := Mapped.of_row(row)):
            await self._cache.set(name, _held(newest), CACHE_TTL)
        return self._told("database", newest)

    async def of_customer(self, tenant: str, number: Endpoint, contact: str) -> Sequence[Mapped]:
        """Those of whoever bears this name now, newest first."""
        by, found = await self._called.of(Name(tenant, number, contact))
        self._answers.labels(by).inc()
        return found

    def learned(self, conversation: Conversation, thread: str) -> None:
        """The agent side named its conversation, and that is stored. Returns at once; nothing depends on it."""
        self._kept = self._keep(_Learned(conversation, thread))

    async def forget(self, tenant: str, id: str, threads: Sequence[str]) -> None:  # noqa: A002
        """A conversation that was erased, with all its threads."""
        names = [self._name(tenant, "thread", thread) for thread in threads]
        await self._cache.delete(self._name(tenant, "id", id), *names)

    async def _keep_all(self, news: Sequence[_Learned]) -> Sequence[None]:
        await asyncio.gather(*map(self._keep_one, news))
        with suppress(Unavailable):  # whoever asks is told by the database
            await self._called.learn([one.conversation for one in news])
        return [None] * len(news)

    async def _keep_one(self, one: _Learned) -> None:
        tenant, found = one.conversation.tenant, one.conversation
        value = _held(Mapped(found.id, found.customer, found.agent))
        names = [self._name(tenant, "id", found.id), self._name(tenant, "thread", one.thread)]
        await asyncio.gather(*(self._cache.set(name, value, CACHE_TTL) for name in names))

    async def _is_only(self, tenant: str, found: Mapped) -> bool:
        """Whether its agents' account serves its number and no other."""
        links = await self._links(found.agent)
        return [(link.tenant, link.customer) for link in links] == [(tenant, found.customer)]

    def _name(self, tenant: str, kind: Kind, id_: str) -> str:
        # The key's id stands for the installation: two of them may share one cache.
        hashed = self._sealer.sign(f"mapping|{tenant}|{kind}|{id_}")
        return f"xyper:mapping:{self._sealer.key_id}:{tenant}:{hashed}"

    def _told(self, by: By, found: Mapped | None) -> Mapped | None:
        self._answers.labels(by).inc()
        return found


def _held(one: Mapped) -> bytes:
    return orjson.dumps(one.plain())


def _read(held: bytes) -> Mapped:
    return Mapped.of_plain(orjson.loads(held))


_BY_ID = f"{SELECT} from conversations c where c.tenant = $1 and c.id = $2"

_BY_THREAD = f"""{SELECT} from threads t join conversations c on c.id = t.conversation
where t.tenant = $1 and t.thread = $2 order by t.began_at desc limit 1
"""
