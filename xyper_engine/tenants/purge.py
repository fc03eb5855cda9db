"""The end of a tenant: when its grace period is over, all of it goes, in every part. The audit stays, and says so.

Each step can be done again: what a crash, or a part that is away, leaves undone is done by the next round. The row of
the tenant goes last, so nobody can bear its name before nothing of it is left. The cache needs no step: what it holds
is of an earlier revision of the directory, which nobody asks for, and expires within minutes.
"""

from collections.abc import Sequence
from datetime import timedelta
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

import asyncpg
import structlog

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.broker import topology
from xyper_engine.broker.port import Broker
from xyper_engine.errors import Conflict
from xyper_engine.keyring import shred
from xyper_engine.media.port import MediaStore
from xyper_engine.model import now
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

BATCH = 5000
"""Rows per statement: each is short, and holds up nobody."""
_PATIENT = 600.0
"""Seconds for one statement: a table without an index by tenant is read as a whole."""

_log = structlog.get_logger("xyper.tenants")


class Purge:
    def __init__(self, db: Database, store: MediaStore, broker: Broker) -> None:
        self._db = db
        self._store = store
        self._broker = broker

    async def due(self) -> Sequence[str]:
        """The tenants whose time has come. Raises `Unavailable`."""
        rows = await self._db.fetch(_DUE)
        return [row["id"] for row in rows]

    async def purge(self, tenant: str) -> None:
        """All of it. Raises `Unavailable`, or `Conflict` while an engine still works on it: then do it again later."""
        for step in (self._entrances, self._objects, self._rows, self._queues, self._name):
            await step(tenant)
        _log.info("purged", tenant=tenant, task="housekeeper")

    async def _entrances(self, tenant: str) -> None:
        """First its webhooks, so that nothing more comes in, and its data key, so that nothing of it can be read."""
        async with self._db.transaction() as connection:
            await shred(connection, tenant)
            await connection.execute(_UNREADABLE, tenant)
            for table in ("hooks", "links", "secrets"):
                await connection.execute(f"delete from {table} where tenant = $1", tenant)  # noqa: S608  constants

    async def _objects(self, tenant: str) -> None:
        """Files are not sealed by a key that could be destroyed: they are deleted one by one."""
        async for key in self._store.keys(before=now() + timedelta(days=1), tenant=tenant):
            await self._store.delete(key)

    async def _rows(self, tenant: str) -> None:
        """Every table's, whichever there are, as the tenant itself: nobody else's can be hit."""
        while await self._deleted(tenant, _POSTS, tenant, BATCH) == BATCH:
            pass
        for table in await self._tables():
            sql = f"delete from {table} where ctid = any(array(select ctid from {table} where tenant = $1 limit $2))"  # noqa: S608
            # In a table of partitions one `ctid` may be several rows: all of them the tenant's, so all to go.
            while await self._deleted(tenant, sql, tenant, BATCH) >= BATCH:
                pass

    async def _queues(self, tenant: str) -> None:
        await self._broker.remove(topology.of_tenant(tenant))

    async def _name(self, tenant: str) -> None:
        """Noted by whoever takes the row away, so once, however many engines are at it."""
        async with self._db.tenant(tenant) as connection:
            try:
                gone = await connection.fetchrow("delete from tenants where id = $1 returning name, created_at", tenant)
            except asyncpg.ForeignKeyViolationError:
                raise Conflict(f"Something was written for tenant {tenant} while it was purged.") from None
            if gone is not None:
                await audit.write(
                    connection, Caller.engine(), "tenant.purge", f"tenant/{tenant}", tenant, before=dict(gone)
                )

    async def _deleted(self, tenant: str, sql: str, *values: object) -> int:
        async with self._db.tenant(tenant) as connection:
            return int((await connection.execute(sql, *values, timeout=_PATIENT)).rpartition(" ")[2])

    async def _tables(self) -> Sequence[str]:
        """Those with a tenant, each before the ones it points to; without the audit."""
        async with self._db.connection() as connection:
            return await _in_order(connection)


async def _in_order(connection: "Connection") -> Sequence[str]:
    order: TopologicalSorter[str] = TopologicalSorter()
    for row in await connection.fetch(_TABLES):
        order.add(row["name"])
    for row in await connection.fetch(_POINTERS):
        order.add(row["to"], row["from"])
    wanted = {row["name"] for row in await connection.fetch(_TABLES)}
    return [table for table in order.static_order() if table in wanted]


_DUE = """
select id from tenants where state = 'deleting' and delete_at <= now() and not xyper_held(id, null)
order by delete_at, id
"""

# A webhook's items that nobody could read have no tenant of their own.
_UNREADABLE = """
delete from dead_letters d where d.tenant is null and (
  exists (select from hooks h where h.tenant = $1 and (h.adapter, h.id) = (d.adapter, d.hook))
  or exists (select from accounts a where a.tenant = $1 and (a.adapter, a.account) = (d.adapter, d.account)))
"""

# By their events: posts are many, and have no index by tenant.
_POSTS = """
with gone as (select key from ledger where tenant = $1 limit $2),
  posted as (delete from posts using gone where posts.key = gone.key)
delete from ledger using gone where ledger.key = gone.key
"""

_TABLES = """
select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace
  and a.attname = 'tenant' and not a.attisdropped
  and c.relname <> 'audit'
order by 1
"""

_POINTERS = """
select conrelid::regclass::text as "from", confrelid::regclass::text as "to"
from pg_constraint where contype = 'f' and conrelid <> confrelid
"""
