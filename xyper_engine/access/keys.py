"""API keys: how programs prove themselves. `xyk_<id>_<secret>`; only a hash of the secret is kept.

The secret has 256 random bits, so a fast hash is enough: nobody can try them all, and every call has to check one.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Action, Role, actions_of
from xyper_engine.errors import Forbidden, NotFound, Unauthenticated
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

_WRITTEN = re.compile(r"xyk_([0-9a-f]{16})_([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret."""

    id: str
    tenant: str | None
    """None: opens every tenant."""
    name: str
    actions: tuple[Action, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None


class ApiKeys:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def prove(self, written: str) -> Caller:
        """Whose key this is. Raises `Unauthenticated`, in the same words whatever is wrong with it."""
        parts = _WRITTEN.fullmatch(written)
        if parts is None:
            raise Unauthenticated("The key is not known, has expired or was revoked.")
        row = await self._db.fetchrow(_USE, parts[1])
        if row is None or not hmac.compare_digest(row["hash"], _hash(parts[2])):
            raise Unauthenticated("The key is not known, has expired or was revoked.")
        role = Role.genesys_admin if row["tenant"] else Role.xyper_admin
        actions = frozenset(map(Action, row["actions"])) & actions_of(role)
        return Caller("key", row["id"], role, row["tenant"], actions, name=row["name"])

    async def add(
        self,
        by: Caller,
        name: str,
        actions: Sequence[Action],
        tenant: str | None = None,
        expires: datetime | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key and, this once, how it is written. Raises `Forbidden` for more than the caller may do."""
        role = Role.genesys_admin if tenant else Role.xyper_admin
        too_much = sorted(set(actions) - (by.actions & actions_of(role)))
        if too_much or (by.tenant is not None and by.tenant != tenant):
            raise Forbidden(f"You cannot hand out what you may not do: {', '.join(too_much) or 'another tenant'}.")
        id_, secret = token_hex(8), token_hex(32)
        async with self._db.connection() as connection, connection.transaction():
            row = await connection.fetchrow(_ADD, id_, tenant, name, _hash(secret), sorted(set(actions)), expires)
            key = _key(row)
            await audit.write(connection, by, "key.add", f"key/{id_}", tenant, after=_shown(key))
        return key, f"xyk_{id_}_{secret}"

    async def list(self, tenant: str | None) -> Sequence[ApiKey]:
        """A tenant's keys, or those that open every tenant; newest first, the ended ones too."""
        rows = await self._db.fetch(f"{_SELECT} where tenant is not distinct from $1 order by created_at desc", tenant)
        return [_key(row) for row in rows]

    async def revoke(self, by: Caller, id: str, tenant: str | None) -> None:  # noqa: A002  the model's word
        """At once, on every process. Raises `NotFound`."""
        async with self._db.connection() as connection, connection.transaction():
            await self._revoke(connection, by, id, tenant)

    async def _revoke(self, connection: "Connection", by: Caller, id_: str, tenant: str | None) -> None:
        row = await connection.fetchrow(
            "update api_keys set revoked_at = coalesce(revoked_at, now()) "
            "where id = $1 and tenant is not distinct from $2 returning *",
            id_, tenant,
        )  # fmt: skip
        if row is None:
            raise NotFound(f"There is no key {id_}.")
        await audit.write(connection, by, "key.revoke", f"key/{id_}", tenant, before=_shown(_key(row)))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _key(row: Any) -> ApiKey:
    return ApiKey(
        id=row["id"],
        tenant=row["tenant"],
        name=row["name"],
        actions=tuple(map(Action, row["actions"])),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        used_at=row["used_at"],
    )


def _shown(key: ApiKey) -> dict[str, Any]:
    return {"name": key.name, "actions": list(key.actions), "expires_at": key.expires_at}


_SELECT = "select id, tenant, name, actions, created_at, expires_at, revoked_at, used_at from api_keys"

# A use is noted once a minute: a row that every call writes would be the slowest part of every call.
_USE = """
with used as (
  update api_keys set used_at = now()
  where id = $1 and (used_at is null or used_at < now() - interval '1 minute')
)
select id, tenant, name, actions, hash from api_keys
where id = $1 and revoked_at is null and (expires_at is null or expires_at > now())
"""

_ADD = """
insert into api_keys (id, tenant, name, hash, actions, expires_at) values ($1, $2, $3, $4, $5, $6) returning *
"""
