"""Legal holds: what must not be deleted, neither by retention nor for the person, until somebody releases it.

A hold is of one person, under every name they have, or of a whole tenant. While one stands, retention leaves alone what
the person said and was told, their files, and of the tenant whatever is not sorted by persons: dead letters, what
became of messages, traces.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from xyper_engine.errors import Conflict, NotFound
from xyper_engine.model import new_id

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection


@dataclass(frozen=True, slots=True)
class Hold:
    id: str
    names: tuple[str, ...]
    """URNs; none: everybody of the tenant."""
    reason: str
    held_by: str
    held_at: datetime
    released_by: str | None
    released_at: datetime | None
    released_why: str | None


async def place(connection: "Connection", tenant: str, names: Sequence[str] | None, reason: str, by: str) -> Hold:
    """Raises `Conflict` where they are being forgotten just now."""
    await alone(connection, tenant)
    # Whom an erasure is about is sealed: so nobody is held while somebody is forgotten.
    if await connection.fetchval("select true from erasures where tenant = $1 and finished_at is null", tenant):
        raise Conflict("A person is being erased: wait until it is done, then place the hold.")
    row = await connection.fetchrow(_PLACE, new_id(), tenant, None if names is None else list(names), reason, by)
    return _hold(row)


async def release(connection: "Connection", tenant: str, hold: str, why: str, by: str) -> Hold:
    """Raises `NotFound`, or `Conflict` where it was released before."""
    row = await connection.fetchrow(_RELEASE, tenant, hold, why, by)
    if row is None:
        before = await connection.fetchval("select true from holds where tenant = $1 and id = $2", tenant, hold)
        raise Conflict(f"The hold {hold} was released before.") if before else _unknown(tenant, hold)
    return _hold(row)


async def one(connection: "Connection", tenant: str, hold: str) -> Hold:
    """Raises `NotFound`."""
    row = await connection.fetchrow("select * from holds where tenant = $1 and id = $2", tenant, hold)
    if row is None:
        raise _unknown(tenant, hold)
    return _hold(row)


async def page(connection: "Connection", tenant: str, before: str | None, limit: int) -> Sequence[Hold]:
    """Newest first, the released ones too."""
    return [_hold(row) for row in await connection.fetch(_PAGE, tenant, before, limit)]


async def standing(connection: "Connection", tenant: str, names: Sequence[str]) -> Hold | None:
    """The hold that keeps this person, if one does."""
    row = await connection.fetchrow(_STANDING, tenant, list(names))
    return _hold(row) if row else None


async def alone(connection: "Connection", tenant: str) -> None:
    """Of a hold and an erasure at the same time, one sees the other; until the transaction ends."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"holds {tenant}")


def _unknown(tenant: str, hold: str) -> NotFound:
    return NotFound(f"Tenant {tenant} has no hold {hold}.")


def _hold(row: Any) -> Hold:
    values = {name: row[name] for name in Hold.__slots__}
    return Hold(**values | {"names": tuple(row["names"] or ())})


_PLACE = "insert into holds (id, tenant, names, reason, held_by) values ($1, $2, $3, $4, $5) returning *"

_RELEASE = """
update holds set released_at = now(), released_why = $3, released_by = $4
where tenant = $1 and id = $2 and released_at is null returning *
"""

_PAGE = """
select * from holds where tenant = $1 and ($2::text is null or id < $2) order by id desc limit $3
"""

_STANDING = """
select * from holds where tenant = $1 and released_at is null and (names is null or names && $2::text[])
order by id limit 1
"""

WIDEN = """
update holds h set names = wider.names from (
  select h.id, array_agg(distinct n.name) as names
  from holds h cross join lateral (
    select unnest(h.names)
    union select own.urn from contact_urns held join contact_urns own on own.contact = held.contact
    where held.tenant = h.tenant and held.urn = any(h.names)
    union select c.address from contact_urns held join contacts c on c.id = held.contact
    where held.tenant = h.tenant and held.urn = any(h.names)
  ) n(name)
  where h.released_at is null and h.names is not null group by h.id
) wider where wider.id = h.id and not wider.names <@ h.names
"""
"""Of who got further names since they are held: those, too."""
