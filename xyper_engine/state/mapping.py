"""Which of our conversations is meant: by our id of it, by the agent side's, by the customer.

The cache is asked first, and it holds only what can never change: that an id is a conversation between these two
accounts, and that a thread of the agent side was of it. So there is nothing to invalidate, whatever order writes arrive
in, and no cache can be wrong, be it emptied, restored from yesterday or a process's own; one that is away costs a
look-up in the database. What does change is asked of the database every time: which thread is the newest, whether it
has ended, who bears which number. Names are keyed hashes and values are ids: nothing of a person.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from xyper_engine.cache.port import Cache
from xyper_engine.conversation import Conversation
from xyper_engine.grouping import Grouped
from xyper_engine.metrics import Metrics
from xyper_engine.model import Endpoint, Link
from xyper_engine.sealing import Sealer
from xyper_engine.store.db import Database

CACHE_TTL = 600.0
"""Seconds; it bounds what lies there, it guards nothing."""

Kind = Literal["id", "thread"]
Links = Callable[[Endpoint], Awaitable[Sequence[Link]]]
"""Those of an account: `Directory.links`."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A conversation, as it will be for as long as it is there."""

    id: str
    customer: Endpoint
    agent: Endpoint


@dataclass(frozen=True, slots=True)
class _Learned:
    conversation: Conversation
    thread: str


class Mappings:
    """All methods may raise `Unavailable`."""

    def __init__(self, db: Database, cache: Cache, sealer: Sealer, links: Links, metrics: Metrics) -> None:
        self._db = db
        self._cache = cache
        self._sealer = sealer
        self._links = links
        self._answers = metrics.mapping
        self._keep = Grouped(self._keep_all)
        self._kept: asyncio.Future[None] | None = None

    @classmethod
    @asynccontextmanager
    async def open(
        cls, db: Database, cache: Cache, sealer: Sealer, links: Links, metrics: Metrics
    ) -> AsyncIterator["Mappings"]:
        """At the end it waits for what it still writes."""
        mappings = cls(db, cache, sealer, links, metrics)
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
        found = _mapped(row) if row else None
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
        if await self._is_only(tenant, newest := _mapped(row)):
            await self._cache.set(name, _held(newest), CACHE_TTL)
        return self._told("database", newest)

    async def of_customer(self, tenant: str, number: Endpoint, contact: str) -> Sequence[Mapped]:
        """Those of whoever bears this name now, newest first. Names move from person to person: no cache is asked."""
        async with self._db.tenant(tenant) as connection:
            rows = await connection.fetch(_BY_CUSTOMER, tenant, number.adapter, number.account, contact)
        self._answers.labels("database").inc()
        return [_mapped(row) for row in rows]

    def learned(self, conversation: Conversation, thread: str) -> None:
        """The agent side named its conversation, and that is stored. Returns at once; nothing depends on it."""
        self._kept = self._keep(_Learned(conversation, thread))

    async def forget(self, tenant: str, id: str, threads: Sequence[str]) -> None:  # noqa: A002
        """A conversation that was erased, with all its threads."""
        names = [self._name(tenant, "thread", thread) for thread in threads]
        await self._cache.delete(self._name(tenant, "id", id), *names)

    async def _keep_all(self, news: Sequence[_Learned]) -> Sequence[None]:
        return await asyncio.gather(*map(self._keep_one, news))

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

    def _told(self, by: str, found: Mapped | None) -> Mapped | None:
        self._answers.labels(by).inc()
        return found


def _held(one: Mapped) -> bytes:
    ends = {"customer": one.customer, "agent": one.agent}
    return orjson.dumps({"id": one.id, **{name: [end.adapter, end.account] for name, end in ends.items()}})


def _read(held: bytes) -> Mapped:
    found = orjson.loads(held)
    customer, agent = (Endpoint(adapter=a, account=b) for a, b in (found["customer"], found["agent"]))
    return Mapped(found["id"], customer, agent)


def _mapped(row: Any) -> Mapped:
    return Mapped(
        row["id"],
        Endpoint(adapter=row["customer_adapter"], account=row["customer_account"]),
        Endpoint(adapter=row["agent_adapter"], account=row["agent_account"]),
    )


_SELECT = "select c.id, c.customer_adapter, c.customer_account, c.agent_adapter, c.agent_account"

_BY_ID = f"{_SELECT} from conversations c where c.tenant = $1 and c.id = $2"

_BY_THREAD = f"""{_SELECT} from threads t join conversations c on c.id = t.conversation
where t.tenant = $1 and t.thread = $2 order by t.began_at desc limit 1
"""

_BY_CUSTOMER = f"""{_SELECT} from conversations c
where c.tenant = $1 and c.customer_adapter = $2 and c.customer_account = $3 and c.contact = coalesce(
  (select k.address from contact_urns u join contacts k on k.id = u.contact
   where u.tenant = $1 and u.adapter = $2 and u.urn = $4), $4)
order by c.id desc
"""  # noqa: S608  constants
