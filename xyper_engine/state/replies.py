"""Quick replies: what agents say often. Somebody's own, or the tenant's for all of its people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.access.deeds import Deed
from xyper_engine.errors import Conflict, NotFound
from xyper_engine.model import new_id
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

MOST = 500
"""Of one person, and shared ones of one tenant."""


@dataclass(frozen=True, slots=True)
class Reply:
    id: str
    person: str | None
    """Whose own; None: everybody's."""
    shortcut: str
    folder: str
    text: str
    parts: Sequence[Mapping[str, Any]] | None
    version: int


class Replies:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, tenant: str, person: str) -> Sequence[Reply]:
        """What somebody may use, by shortcut."""
        async with self._db.tenant(tenant) as connection:
            rows = await connection.fetch(_OF, tenant, person)
        return [_reply(row) for row in rows]

    async def get(self, tenant: str, id: str) -> Reply:  # noqa: A002  the model's word
        """Raises `NotFound`."""
        async with self._db.tenant(tenant) as connection:
            return await _found(connection, tenant, id)

    async def add(self, by: Caller, tenant: str, reply: Reply) -> Reply:
        """Raises `Conflict` where there is one with this shortcut, or too many."""
        async with self._db.tenant(tenant) as connection:
            if await connection.fetchval(_COUNT, tenant, reply.person) >= MOST:
                raise Conflict(f"There are {MOST} quick replies already: delete one first.")
            row = await _written(connection, _ADD, new_id(), tenant, *_values(reply))
            await _noted(connection, by, "reply.add", tenant, None, _reply(row))
        return _reply(row)

    async def change(self, by: Caller, tenant: str, reply: Reply) -> Reply:
        """To `reply`, whose version is the one that was read. Raises `NotFound`, or `Conflict`: it was changed."""
        async with self._db.tenant(tenant) as connection:
            before = await _found(connection, tenant, reply.id)
            row = await _written(connection, _CHANGE, reply.id, tenant, *_values(reply), reply.version)
            if row is None:
                raise Conflict("Somebody changed this quick reply meanwhile: look at it again.")
            await _noted(connection, by, "reply.change", tenant, before, _reply(row))
        return _reply(row)

    async def remove(self, by: Caller, tenant: str, id: str) -> None:  # noqa: A002
        """Raises `NotFound`."""
        async with self._db.tenant(tenant) as connection:
            before = await _found(connection, tenant, id)
            await connection.execute("delete from quick_replies where tenant = $1 and id = $2", tenant, id)
            await _noted(connection, by, "reply.remove", tenant, before, None)


async def _found(connection: "Connection", tenant: str, id_: str) -> Reply:
    row = await connection.fetchrow("select * from quick_replies where tenant = $1 and id = $2", tenant, id_)
    if row is None:
        raise NotFound(f"There is no quick reply {id_}.")
    return _reply(row)


async def _written(connection: "Connection", sql: str, *values: object) -> Any:
    try:
        return await connection.fetchrow(sql, *values)
    except asyncpg.UniqueViolationError:
        raise Conflict("There is a quick reply with this shortcut: choose another one.") from None


async def _noted(
    connection: "Connection", by: Caller, action: Deed, tenant: str, before: Reply | None, after: Reply | None
) -> None:
    """What all share is the tenant's business; what somebody keeps for themselves is not."""
    shared = [one for one in (before, after) if one is not None and one.person is None]
    if shared:
        subject = f"reply/{shared[0].id}"
        await audit.write(connection, by, action, subject, tenant, before=_shown(before), after=_shown(after))


def _shown(reply: Reply | None) -> Mapping[str, Any] | None:
    if reply is None or reply.person is not None:
        return None
    return {"shortcut": reply.shortcut, "folder": reply.folder, "text": reply.text}


def _values(reply: Reply) -> tuple[object, ...]:
    return reply.person, reply.shortcut, reply.folder, reply.text, reply.parts


def _reply(row: Any) -> Reply:
    return Reply(**{name: row[name] for name in ("id", "person", "shortcut", "folder", "text", "parts", "version")})


_OF = """
select * from quick_replies where tenant = $1 and (person is null or person = $2) order by lower(shortcut), id
"""

_COUNT = "select count(*) from quick_replies where tenant = $1 and person is not distinct from $2"

_ADD = """
insert into quick_replies (id, tenant, person, shortcut, folder, text, parts) values ($1, $2, $3, $4, $5, $6, $7)
returning *
"""

_CHANGE = """
update quick_replies set (person, shortcut, folder, text, parts, version, changed_at)
  = ($3, $4, $5, $6, $7, version + 1, now())
where id = $1 and tenant = $2 and version = $8 returning *
"""
