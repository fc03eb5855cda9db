"""API keys: how programs prove themselves. `xyk_<id>_<secret>`; only a hash of the secret is kept.

The secret has 256 random bits, so a fast hash is enough: nobody can try them all, and every call has to check one.
What the database says of a key is remembered, and forgotten at once, on every engine, when it is revoked
(`proving.py` hears of it); while the database is away, what was known last goes on being true.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from asyncpg import ForeignKeyViolationError

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Action, Role, actions_of
from xyper_engine.errors import Forbidden, Invalid, NotFound, Unauthenticated
from xyper_engine.model import now
from xyper_engine.shelf import Shelf
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

PREFIX = "xyk_"
LONGEST = timedelta(days=365)
"""How long a key may be valid, and is where nothing else is said: nobody remembers what an older one was for."""
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


@dataclass(slots=True)
class Known:
    """A key that is valid, as it is remembered."""

    hash: bytes
    caller: Caller
    expires_at: datetime | None
    shown: str = ""
    """Its secret, once it was shown: the next time it is known without a hash, the dearest part of a proof."""

    def opened_by(self, secret: str) -> bool:
        if self.shown and hmac.compare_digest(self.shown, secret):
            return True
        if not hmac.compare_digest(self.hash, _hash(secret)):
            return False
        self.shown = secret
        return True


class ApiKeys:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._known = Shelf(self._load)

    async def prove(self, written: str) -> Caller:
        """Whose key this is. Raises `Unauthenticated`, in the same words whatever is wrong with it."""
        parts = _WRITTEN.fullmatch(written)
        known = (self._known.at_hand(parts[1]) or await self._known(parts[1])) if parts else None
        if parts is None or known is None or not known.opened_by(parts[2]):
            raise _refused()
        if known.expires_at is not None and known.expires_at <= now():
            raise _refused()
        return known.caller

    async def add(
        self,
        by: Caller,
        name: str,
        actions: Sequence[Action],
        tenant: str | None = None,
        expires: datetime | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key and, this once, how it is written. Raises `Invalid`, `Forbidden` for more than one has."""
        ends = _checked(name, actions, expires)
        role = Role.genesys_admin if tenant else Role.xyper_admin
        too_much = sorted(set(actions) - (by.actions & actions_of(role)))
        if too_much or (by.tenant is not None and by.tenant != tenant):
            raise Forbidden(f"You cannot hand out what you may not do: {', '.join(too_much) or 'another tenant'}.")
        id_, secret = token_hex(8), token_hex(32)
        async with self._db.within(tenant) as connection:
            try:
                row = await connection.fetchrow(_ADD, id_, tenant, name, _hash(secret), sorted(set(actions)), ends)
            except ForeignKeyViolationError:
                raise NotFound(f"There is no tenant {tenant}.") from None
            key = _key(row)
            await audit.write(connection, by, "key.add", f"key/{id_}", tenant, after=_shown(key))
        return key, f"xyk_{id_}_{secret}"

    async def list(
        self, tenant: str | None, limit: int = 1000, before: tuple[datetime, str] | None = None
    ) -> Sequence[ApiKey]:
        """A tenant's keys, or those that open every tenant; newest first, the ended ones too."""
        at, id_ = before or (None, None)
        async with self._db.within(tenant) as connection:
            rows = await connection.fetch(_LIST, tenant, at, id_, limit)
        return [_key(row) for row in rows]

    async def revoke(self, by: Caller, id: str, tenant: str | None) -> None:  # noqa: A002  the model's word
        """At once, on every process. Raises `NotFound`."""
        async with self._db.within(tenant) as connection:
            await self._revoke(connection, by, id, tenant)
        self.forget(id)

    def forget(self, id: str) -> None:  # noqa: A002  the model's word
        """It has changed or ended: ask again."""
        self._known.forget(id)

    def expire(self) -> None:
        """Ask again for all of them; what cannot be asked just now goes on being answered as before."""
        self._known.expire()

    async def _load(self, id_: str) -> Known | None:
        row = await self._db.fetchrow(_USE, id_)
        if row is None:
            return None
        role = Role.genesys_admin if row["tenant"] else Role.xyper_admin
        actions = frozenset(action for action in actions_of(role) if action in row["actions"])
        return Known(row["hash"], Caller("key", id_, role, row["tenant"], actions, row["name"]), row["expires_at"])

    async def _revoke(self, connection: "Connection", by: Caller, id_: str, tenant: str | None) -> None:
        row = await connection.fetchrow(
            "update api_keys set revoked_at = coalesce(revoked_at, now()) "
            "where id = $1 and tenant is not distinct from $2 returning *",
            id_, tenant,
        )  # fmt: skip
        if row is None:
            raise NotFound(f"There is no key {id_}.")
        await audit.write(connection, by, "key.revoke", f"key/{id_}", tenant, before=_shown(_key(row)))


def _refused() -> Unauthenticated:
    return Unauthenticated("The key is not known, has expired or was revoked.")


def _checked(name: str, actions: Sequence[Action], expires: datetime | None) -> datetime:
    """When the new key ends. Raises `Invalid`."""
    at, wrong = now(), dict[str, str]()
    if not name.strip() or len(name) > 100:
        wrong["name"] = "1 to 100 characters that say what the key is for"
    if not actions:
        wrong["actions"] = "name at least one"
    if expires is not None and not at < expires <= at + LONGEST + timedelta(minutes=1):
        wrong["expires_at"] = f"in the future, and at most {LONGEST.days} days from now"
    if wrong:
        raise Invalid(wrong)
    return expires or at + LONGEST


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


_LIST = """
select * from api_keys where tenant is not distinct from $1 and ($2::timestamptz is null or (created_at, id) < ($2, $3))
order by created_at desc, id desc limit $4
"""

# A use is noted once a minute at most.
_USE = """
with used as (
  update api_keys set used_at = now()
  where id = $1 and (used_at is null or used_at < now() - interval '1 minute')
)
select tenant, name, actions, hash, expires_at from api_keys
where id = $1 and revoked_at is null and (expires_at is null or expires_at > now())
"""

_ADD = """
insert into api_keys (id, tenant, name, hash, actions, expires_at) values ($1, $2, $3, $4, $5, $6) returning *
"""
