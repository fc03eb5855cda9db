"""What is known of a conversation beside its messages: its language, what the customer wants, what a transformer noted.

JSON that is changed by merging, with a version that rises with every change. The database holds it, sealed by the
tenant's data key; the cache holds it as the database does. In the cache the version is part of the name, and whoever
asks has the version from the database: what another process changed is seen at once, a stale value is never looked
for, and a cache that is emptied, away or new costs a look-up in the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.cache.port import Cache
from xyper_engine.conversation import Conversation
from xyper_engine.errors import Invalid, NotFound, Outdated
from xyper_engine.keyring import Keyring
from xyper_engine.model import now
from xyper_engine.sealing import context as place
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

CACHE_TTL = 3600.0
"""Seconds; the version, not the age, says whether it still holds."""
CHANGED = 10_000
"""Conversations whose newest version this process remembers: a message under way may know an older one."""
RECENT = 1000
"""Versions of a context that may lie in the cache: there are never so many in an hour."""
DEPTH = 20
"""Objects within objects."""


@dataclass(frozen=True, slots=True)
class Context:
    """`version` 0: nothing was ever noted."""

    version: int = 0
    values: Mapping[str, Any] = field(default_factory=dict)
    changed_at: datetime | None = None
    expires_at: datetime | None = None


class Contexts:
    """`size` in bytes of JSON; `days` after the last change it is forgotten."""

    def __init__(self, db: Database, cache: Cache, keyring: Keyring, *, size: int, days: float) -> None:
        self._db = db
        self._cache = cache
        self._keyring = keyring
        self._size = size
        self._life = timedelta(days=days)
        self._changed: dict[str, int] = {}

    async def of(self, conversation: Conversation) -> Context:
        """What is known now. Raises `Unavailable`."""
        version = max(conversation.context_version, self._changed.get(conversation.id, 0))
        if version == 0:
            return Context()
        name = self._name(conversation.id, version)
        held = await self._cache.get(name)
        if held is None:
            async with self._db.tenant(conversation.tenant) as connection:
                row = await connection.fetchrow(_SELECT, conversation.tenant, conversation.id)
            if row is None:
                return Context(version)
            held = _held(row)
            await self._cache.set(self._name(conversation.id, row["version"]), held, CACHE_TTL)
        return await self._opened(conversation.tenant, conversation.id, held)

    async def patch(
        self,
        conversation: Conversation,
        changes: Mapping[str, Any],
        version: int | None = None,
        *,
        by: Caller | None = None,
    ) -> Context:
        """Merge as RFC 7396 says: an object is merged, null removes, all else replaces. What changes nothing is free.

        `version` is the one that was read; None: whatever there is. `by` is who is put into the audit, with the names
        that changed and never a value. Raises `Outdated`, `Invalid` where it grows too large, `NotFound`.
        """
        tenant, id_ = conversation.tenant, conversation.id
        await self._keyring.cipher(tenant)  # made now, if ever: not while a row is locked
        async with self._db.tenant(tenant) as connection:
            before = await self._locked(connection, tenant, id_)
            if version not in (None, before.version):
                raise Outdated(f"The context is at version {before.version}, not {version}: read it again.")
            values = merged(before.values, changes)
            if values == before.values:
                return before
            row = await self._write(connection, tenant, id_, before.version + 1, values)
            if by is not None:
                await _note(connection, by, conversation, before, Context(row["version"], values))
        self._remember(id_, row["version"])
        await self._cache.set(self._name(id_, row["version"]), _held(row), CACHE_TTL)
        return Context(row["version"], values, row["changed_at"], row["expires_at"])

    async def forget(self, conversation: str, version: int) -> None:
        """What the cache may hold of it, up to this version."""
        self._changed.pop(conversation, None)
        recent = range(max(1, version - RECENT), version + 1)
        await self._cache.delete(*(self._name(conversation, one) for one in recent))

    async def _locked(self, connection: "Connection", tenant: str, id_: str) -> Context:
        version = await connection.fetchval(_LOCK, tenant, id_)
        if version is None:
            raise NotFound(f"Tenant {tenant} has no conversation {id_}.")
        row = await connection.fetchrow(_SELECT, tenant, id_)
        return await self._opened(tenant, id_, _held(row)) if row else Context(version)

    async def _write(
        self, connection: "Connection", tenant: str, id_: str, version: int, values: Mapping[str, Any]
    ) -> Any:
        body, cipher = self._body(values), await self._keyring.cipher(tenant)
        sealed = cipher.seal(body, _bound(tenant, id_, version))
        row = await connection.fetchrow(_WRITE, id_, tenant, version, cipher.id, sealed, now() + self._life)
        await connection.execute("update conversations set context_version = $2 where id = $1", id_, version)
        return row

    def _body(self, values: Mapping[str, Any]) -> bytes:
        try:
            body = orjson.dumps(values)
        except TypeError as error:
            raise Invalid({"context": f"must be JSON: {error}"}) from None
        if len(body) > self._size:
            raise Invalid({"context": f"would be {len(body)} bytes; it may have {self._size}: remove something first"})
        return body

    async def _opened(self, tenant: str, id_: str, held: bytes) -> Context:
        row = orjson.loads(held)
        version, changed, expires = row["version"], *map(datetime.fromisoformat, (row["changed_at"], row["expires_at"]))
        if expires <= now():
            return Context(version)
        bound = _bound(tenant, id_, version)
        body = await self._keyring.open(tenant, row["key_id"], bytes.fromhex(row["sealed"]), bound)
        return Context(version, orjson.loads(body), changed, expires)

    def _remember(self, id_: str, version: int) -> None:
        if len(self._changed) >= CHANGED:
            del self._changed[next(iter(self._changed))]
        self._changed[id_] = max(version, self._changed.pop(id_, 0))

    def _name(self, id_: str, version: int) -> str:
        # The key's id stands for the installation: two of them may share one cache.
        return f"xyper:context:{self._keyring.sealer.key_id}:{id_}:{version}"


def merged(values: Mapping[str, Any], changes: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """A JSON merge patch (RFC 7396). Raises `Invalid` for what is nested too deep."""
    if depth >= DEPTH:
        raise Invalid({"context": f"objects may lie {DEPTH} deep in each other, no deeper"})
    result = dict(values)
    for name, change in changes.items():
        if change is None:
            result.pop(name, None)
        elif isinstance(change, Mapping):
            held = result.get(name)
            result[name] = merged(held if isinstance(held, Mapping) else {}, change, depth + 1)
        else:
            result[name] = change
    return result


async def _note(connection: "Connection", by: Caller, of: Conversation, before: Context, after: Context) -> None:
    names = {*before.values, *after.values}
    changed = sorted(name for name in names if before.values.get(name) != after.values.get(name))
    was, became = {"version": before.version}, {"version": after.version, "names": changed}
    subject = f"conversation/{of.id}"
    await audit.write(connection, by, "context.change", subject, of.tenant, before=was, after=became)


def _held(row: Any) -> bytes:
    return orjson.dumps({**row, "sealed": row["sealed"].hex()})


def _bound(tenant: str, id_: str, version: int) -> str:
    return place(tenant, "context", f"{id_}:{version}")


_COLUMNS = "version, key_id, sealed, changed_at, expires_at"

_SELECT = f"select {_COLUMNS} from contexts where tenant = $1 and conversation = $2"  # noqa: S608  constants

_LOCK = "select context_version from conversations where tenant = $1 and id = $2 for no key update"

_WRITE = f"""
insert into contexts as c (conversation, tenant, version, key_id, sealed, expires_at) values ($1, $2, $3, $4, $5, $6)
on conflict (conversation) do update set version = excluded.version, key_id = excluded.key_id, sealed = excluded.sealed,
  changed_at = now(), expires_at = excluded.expires_at
returning {_COLUMNS}
"""  # noqa: S608  constants
