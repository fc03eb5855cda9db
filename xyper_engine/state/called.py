"""Whose conversation a name stands for at a number, answered from the cache for one revision of the tenant's names.

Kept is only what nothing but a new revision can change: a name that somebody bears, with a conversation over every link
that the number has. A name of nobody, or of somebody without one, is asked of the database.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal

import orjson

from xyper_engine.cache.port import Cache
from xyper_engine.conversation import Conversation
from xyper_engine.model import Endpoint, Link
from xyper_engine.sealing import Sealer
from xyper_engine.state.mapped import SELECT, Mapped
from xyper_engine.state.revisions import Revisions
from xyper_engine.store.db import Database
from xyper_engine.store.rows import given

Links = Callable[[Endpoint], Awaitable[Sequence[Link]]]
"""Those of an account: `Directory.links`."""
By = Literal["cache", "database"]


@dataclass(frozen=True, slots=True)
class Name:
    """A customer, by a name of theirs, at a number."""

    tenant: str
    number: Endpoint
    name: str


@dataclass(frozen=True, slots=True)
class _Answer:
    found: tuple[Mapped, ...]
    """Newest first."""
    revision: int
    """For which it holds."""
    known: bool = True
    """Whether somebody bears the name: whose it will be deals nothing anew."""


class Called:
    """`ttl` bounds what lies in the cache. All methods may raise `Unavailable`."""

    def __init__(
        self, db: Database, cache: Cache, revisions: Revisions, sealer: Sealer, links: Links, ttl: float
    ) -> None:
        self._db = db
        self._cache = cache
        self._revisions = revisions
        self._sealer = sealer
        self._links = links
        self._ttl = ttl

    async def of(self, asked: Name) -> tuple[By, Sequence[Mapped]]:
        """The conversations of whoever bears it now, newest first, and who answered."""
        revision, held = await asyncio.gather(self._revisions.now(asked.tenant), self._cache.get(self._key(asked)))
        if revision is not None and held is not None:
            answer = _read(held)
            if answer.revision == revision and await self._is_whole(asked, answer):
                return "cache", answer.found
        listened = self._revisions.listened
        async with self._db.tenant(asked.tenant) as connection:
            rows = await connection.fetch(_CALLED, _given([asked]))
        await self._keep([asked], rows, listened)
        return "database", _answer(rows).found

    async def learn(self, conversations: Sequence[Conversation]) -> None:
        """They are stored, or have a new thread: asked of the database as one, for what a message's way knows of whom
        may be older than the revision that is there."""
        names = list(dict.fromkeys(name for one in conversations for name in _names(one)))
        listened = self._revisions.listened
        await self._keep(names, await self._db.fetch(_CALLED, _given(names)), listened)

    async def _keep(self, names: Sequence[Name], rows: Sequence[Any], listened: int) -> None:
        seen: dict[str, int] = {}
        keeping = []
        for i, own in groupby(rows, itemgetter("i")):
            asked, answer = names[i], _answer(list(own))
            seen[asked.tenant] = answer.revision
            if await self._is_whole(asked, answer):
                keeping.append(self._cache.set(self._key(asked), _held(answer), self._ttl))
        raising = [self._revisions.seen(tenant, revision, listened) for tenant, revision in seen.items()]
        await asyncio.gather(*raising, *keeping)

    async def _is_whole(self, asked: Name, answer: _Answer) -> bool:
        """Whether nothing but a new revision can change it: another conversation would need another link."""
        links = [link for link in await self._links(asked.number) if link.customer == asked.number]
        agents = {one.agent for one in answer.found}
        return answer.known and bool(agents) and all(link.agent in agents for link in links)

    def _key(self, asked: Name) -> str:
        # The key's id stands for the installation: two of them may share one cache.
        hashed = self._sealer.sign(f"mapping|{asked.tenant}|customer|{asked.number}|{asked.name}")
        return f"xyper:mapping:{self._sealer.key_id}:{asked.tenant}:{hashed}"


def _names(conversation: Conversation) -> Sequence[Name]:
    urns = (conversation.contact.address, *conversation.contact.aliases)
    return [Name(conversation.tenant, conversation.customer, urn) for urn in urns]


def _given(names: Sequence[Name]) -> list[tuple[int, str, str, str, str]]:
    return [(i, one.tenant, one.number.adapter, one.number.account, one.name) for i, one in enumerate(names)]


def _answer(rows: Sequence[Any]) -> _Answer:
    """Of the rows of one name; of one that has no conversation there is one row without an id."""
    found = tuple(Mapped.of_row(row) for row in rows if row["id"] is not None)
    return _Answer(found, rows[0]["revision"], rows[0]["known"])


def _held(answer: _Answer) -> bytes:
    return orjson.dumps({"revision": answer.revision, "found": [one.plain() for one in answer.found]})


def _read(held: bytes) -> _Answer:
    plain = orjson.loads(held)
    return _Answer(tuple(map(Mapped.of_plain, plain["found"])), plain["revision"])


# Whom nobody knows, the agent side named: the conversation bears that name itself.
_CALLED = f"""{SELECT}, g.i, k.id is not null as known, coalesce(r.revision, 0) as revision
from {given("i int, tenant text, adapter text, account text, name text")} g
left join mapping_revisions r on r.tenant = g.tenant
left join contact_urns u on (u.tenant, u.adapter, u.urn) = (g.tenant, g.adapter, g.name)
left join contacts k on k.id = u.contact
left join conversations c on c.tenant = g.tenant and c.contact = coalesce(k.address, g.name)
  and (c.customer_adapter, c.customer_account) = (g.adapter, g.account)
order by g.i, c.id desc
"""
