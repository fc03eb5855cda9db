"""Retention: what is older than its tenant keeps it goes, and so does what a crash left without a row.

The media store is Xyper's own: what lies there under one of its tenants, in the shape of its keys, and belongs to no
row, is deleted. Everything else is left alone. What a legal hold keeps stays, however old it is (`holds.py`).
"""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from xyper_engine.media.port import MediaStore
from xyper_engine.model import now
from xyper_engine.policy import Policy
from xyper_engine.state import partitions
from xyper_engine.state.files import QUARANTINE
from xyper_engine.state.holds import WIDEN
from xyper_engine.store.db import Database

BATCH = 500
ORPHANED = timedelta(days=7)
"""How old an object without a row must be: longer than any upload, and than a database takes to be restored."""
_OURS = re.compile(rf"[^/]+/(?:{QUARANTINE}/)?[0-9]{{4}}/[0-9]{{2}}/[0-9a-f-]{{36}}")


@dataclass(frozen=True, slots=True)
class Swept:
    """How much went."""

    files: int
    objects: int
    orphans: int
    messages: int = 0
    ledger: int = 0
    """Ended events, with their posts."""
    dead_letters: int = 0
    bodies: int = 0
    """Of messages that stay."""


class Retention:
    def __init__(self, db: Database, store: MediaStore) -> None:
        self._db = db
        self._store = store

    async def sweep(self) -> Swept:
        """Safe at any time, also beside other engines'. Raises `Unavailable`: what was not done is done next time."""
        await self._db.execute(WIDEN)
        files, objects = 0, 0
        while batch := await self._expired():
            files, objects = files + len(batch), objects + await self._drop(batch)
        await self._db.execute("delete from uploads where expires_at < now()")
        await self._db.execute(_CONTEXTS)
        await self._db.execute("delete from access_reports where expires_at < now()")
        await self._db.execute(_TOMBSTONES, Policy().ledger_days)
        await self._db.execute("delete from idempotency_keys where created_at < now() - interval '24 hours'")
        await self._db.execute("delete from dead_replays where finished_at < now() - interval '90 days'")
        await self._db.execute("delete from alerts where ended_at < now() - interval '90 days'")
        await self._db.execute("delete from alert_posts where ended_at < now() - interval '7 days'")
        await partitions.tend(self._db)
        rows = {name: await self._sweep(sql, days) for name, (sql, days) in _BY_AGE.items()}
        return Swept(
            files,
            objects,
            await self._sweep_orphans(),
            messages=rows["messages"] + rows["waiting"] + rows["sends"],
            ledger=rows["ledger"],
            dead_letters=rows["dead_letters"] + rows["stray_letters"],
            bodies=await self._sweep_bodies(),
        )

    async def _sweep(self, sql: str, days: int) -> int:
        """In batches, so that no statement is long; `days` is for tenants that decided nothing."""
        swept = 0
        while count := int(await self._db.fetchval(sql, days, BATCH) or 0):
            swept += count
        return swept

    async def _sweep_bodies(self) -> int:
        """Of messages whose tenant keeps what they said for a shorter time than what became of them."""
        swept = 0
        for row in await self._db.fetch(_BRIEF):
            after = ""
            while batch := await self._db.fetch(_EMPTY, row["id"], after, row["days"], BATCH):
                after, swept = max(one["id"] for one in batch), swept + len(batch)
        return swept

    async def _expired(self) -> Sequence[Any]:
        """Rows that were due and are `gone` now: id, and the object which is to follow, where no other row names it."""
        async with self._db.connection() as connection, connection.transaction():
            due = await connection.fetch(_DUE, Policy().media_days, BATCH)
            # A statement of its own: it sees the rows of whoever held one of those when we asked for them.
            return await connection.fetch(_EXPIRE, [row["id"] for row in due]) if due else []

    async def _drop(self, batch: Sequence[Any]) -> int:
        objects = {row["object"] for row in batch if row["object"]}
        for key in objects:
            await self._store.delete(key)
        return len(objects)

    async def _sweep_orphans(self) -> int:
        swept = 0
        async for keys in self._old():
            for row in await self._db.fetch(_ORPHANS, keys):
                await self._store.delete(row["key"])
                swept += 1
        return swept

    async def _old(self) -> AsyncIterator[list[str]]:
        """Keys that nobody writes to any more, in batches: whoever tries again writes to this month's."""
        this_month, batch = f"/{now():%Y/%m}/", list[str]()
        async for key in self._store.keys(before=now() - ORPHANED):
            if _OURS.fullmatch(key) and this_month not in key:
                batch.append(key)
            if len(batch) == BATCH:
                yield batch
                batch = []
        yield batch


_DUE = """
select f.id from files f join tenants t on t.id = f.tenant
where f.state <> 'gone' and not xyper_held(f.tenant, f.contact)
  and f.created_at < now() - make_interval(days => case when starts_with(f.event_key, 'upload/') then 1
                                                   else coalesce((t.policy ->> 'media_days')::int, $1) end)
order by f.created_at limit $2 for update of f skip locked
"""

_EXPIRE = """
with due as (select id, tenant, sha256, object from files where id = any($1::text[])),
gone as (update files set state = 'gone', object = null where id = any($1::text[]))
select id, case when not exists (
  select from files other where (other.tenant, other.sha256) = (due.tenant, due.sha256)
    and other.object = due.object and other.id <> all($1::text[])
) then object end as object from due
"""

# The file that an object was stored for is named in its key; others of the same bytes may have come to share it.
_ORPHANS = """
select key from unnest($1::text[]) as key
where exists (select from tenants where id = split_part(key, '/', 1))
  and not exists (
    select from files own join files f on (f.tenant, f.sha256) = (own.tenant, own.sha256)
    where own.id = regexp_replace(key, '^.*/', '') and f.object = key
  )
"""


_LIMIT = "now() - make_interval(days => {})"
_DAYS = "coalesce((t.policy ->> '{}')::int, $1)"


def _by_age(table: str, key: str, at: str, due: str, also: str = "", contact: str = "null") -> str:
    """The oldest rows of each tenant, by an index on tenant and age, that came before `due` and that nobody holds."""
    return f"""
    with due as (
      select old.{key} from tenants t cross join lateral (
        select {key} from {table} where tenant = t.id and {at} < {due} and not xyper_held(t.id, {contact})
        order by {at} limit $2 for update skip locked
      ) old limit $2
    ){also}, gone as (delete from {table} using due where {table}.{key} = due.{key} returning 1)
    select count(*) from gone
    """  # noqa: S608  constants


def _due(days: str) -> str:
    """Before when, by what the tenant decided."""
    return _LIMIT.format(_DAYS.format(days))


# What became of a message is known as long as the message is: nobody else writes it down.
_AS_LONG_AS_MESSAGES = _LIMIT.format(
    f"greatest({_DAYS.format('ledger_days')}, coalesce((t.policy ->> 'message_days')::int, {Policy().message_days}))"
)

# What waits is all body.
_AS_LONG_AS_BODIES = _LIMIT.format(
    f"least({_DAYS.format('message_days')}, coalesce((t.policy ->> 'body_days')::int, {Policy().body_days}))"
)

_SENT_TO = "(select c.contact from conversations c where c.id = sends.conversation)"

_BRIEF = f"""
select id, (policy ->> 'body_days')::int as days from tenants
where (policy ->> 'body_days')::int < coalesce((policy ->> 'message_days')::int, {Policy().message_days})
"""  # noqa: S608  constants

# An empty body is sealed by no key, so it has the id of none; with it go the hashes of its words.
_EMPTY = """
with due as (
  select id from messages where tenant = $1 and id > $2 and id < xyper_first_id(now() - make_interval(days => $3))
    and sealed <> '' and not xyper_held(tenant, contact)
  order by id limit $4 for update skip locked
)
update messages m set sealed = '', key_id = 'k', words = '{}' from due where m.id = due.id returning m.id
"""

_CONTEXTS = """
delete from contexts x using conversations c
where c.id = x.conversation and x.expires_at < now() and not xyper_held(x.tenant, c.contact)
"""

# What came of an event that old would not be known for a second one either.
_TOMBSTONES = """
delete from tombstones s using tenants t where t.id = s.tenant
  and s.erased_at < now() - make_interval(days => coalesce((t.policy ->> 'ledger_days')::int, $1))
"""

# What was posted for an event is of use as long as the event is known.
_POSTS = ", posted as (delete from posts using due where posts.key = due.key)"

_STRAY = """
with due as (
  select id from dead_letters where tenant is null and died_at < now() - make_interval(days => $1)
  order by died_at limit $2 for update skip locked
), gone as (delete from dead_letters using due where dead_letters.id = due.id returning 1)
select count(*) from gone
"""

_BY_AGE: Mapping[str, tuple[str, int]] = {
    "messages": (
        _by_age("messages", "id", "id", f"xyper_first_id({_due('message_days')})", contact="contact"),
        Policy().message_days,
    ),
    "waiting": (_by_age("waiting", "id", "since", _AS_LONG_AS_BODIES, contact="contact"), Policy().message_days),
    "sends": (
        _by_age("sends", "id", "id", f"xyper_first_id({_AS_LONG_AS_BODIES})", contact=_SENT_TO),
        Policy().message_days,
    ),
    "ledger": (_by_age("ledger", "key", "finished_at", _AS_LONG_AS_MESSAGES, _POSTS), Policy().ledger_days),
    "reconciliations": (_by_age("reconciliations", "id", "asked_at", _due("ledger_days")), Policy().ledger_days),
    "dead_letters": (_by_age("dead_letters", "id", "died_at", _due("dead_letter_days")), Policy().dead_letter_days),
    "stray_letters": (_STRAY, Policy().dead_letter_days),
}
