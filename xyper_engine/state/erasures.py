"""Erasures: who is to be forgotten, how far it came, and the certificate at the end.

Whom it is about is sealed until it is done, and then gone: a keyed hash is left, by which nobody is found who is not
known already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from xyper_engine.errors import Conflict, NotFound
from xyper_engine.keyring import Keyring
from xyper_engine.model import new_id
from xyper_engine.sealing import Cipher, context
from xyper_engine.state import holds
from xyper_engine.state.persons import Person, marks
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

CLAIMED = timedelta(minutes=5)
"""For which whoever works on it has it for itself; each step of it renews that."""


@dataclass(frozen=True, slots=True)
class Erasure:
    id: str
    tenant: str
    person: str
    """A keyed hash."""
    asked_by: str
    asked_at: datetime
    swept_at: datetime | None
    """When all was deleted for the first time; what was under way then is deleted a while later."""
    removed: Mapping[str, int]
    """How much, by kind, so far."""
    finished_at: datetime | None
    certificate: str | None
    """A JWT of who was forgotten, when, and how much went, signed by the engine."""

    @property
    def state(self) -> str:
        if self.finished_at:
            return "done"
        return "settling" if self.swept_at else "erasing"


class Erasures:
    def __init__(self, db: Database, keyring: Keyring) -> None:
        self._db = db
        self._keyring = keyring

    async def ask(self, connection: "Connection", cipher: Cipher, person: Person, by: str) -> Erasure:
        """From now on nothing that happened before reaches them. Raises `Conflict` where they are held."""
        await holds.alone(connection, person.tenant)
        hold = await holds.standing(connection, person.tenant, person.names)
        if hold is not None:
            raise Conflict(f"The legal hold {hold.id} keeps this person: release it first.")
        id_ = new_id()
        await connection.execute(_BURY, person.tenant, marks(cipher, person.names))
        sealed = cipher.seal(_packed(person), _bound(person.tenant, id_))
        row = await connection.fetchrow(_ASK, id_, person.tenant, mark_of(cipher, person), cipher.id, sealed, by)
        return _erasure(row)

    async def one(self, tenant: str, erasure: str) -> Erasure:
        """Raises `NotFound`."""
        async with self._db.tenant(tenant) as connection:
            row = await connection.fetchrow("select * from erasures where tenant = $1 and id = $2", tenant, erasure)
        if row is None:
            raise NotFound(f"Tenant {tenant} has no erasure {erasure}.")
        return _erasure(row)

    async def page(self, tenant: str, before: str | None, limit: int) -> Sequence[Erasure]:
        """Newest first."""
        async with self._db.tenant(tenant) as connection:
            return [_erasure(row) for row in await connection.fetch(_PAGE, tenant, before, limit)]

    async def claim(self) -> tuple[Erasure, Person] | None:
        """One that is due, with whom it is about."""
        row = await self._db.fetchrow(_CLAIM, CLAIMED)
        if row is None:
            return None
        bound = _bound(row["tenant"], row["id"])
        packed = orjson.loads(await self._keyring.open(row["tenant"], row["key_id"], row["sealed"], bound))
        return _erasure(row), Person(row["tenant"], tuple(packed["contacts"]), tuple(packed["names"]))

    async def settle(self, erasure: Erasure, pause: timedelta) -> None:
        """All was deleted; look again after a while."""
        await self._db.execute(_SETTLE, erasure.id, pause)

    async def finish(self, connection: "Connection", erasure: Erasure, certificate: str, at: datetime) -> bool:
        """Nothing of the person is left in it then. False where somebody else was faster."""
        return await connection.execute(_FINISH, erasure.id, certificate, at) != "UPDATE 0"


async def removed(connection: "Connection", erasure: str, counts: Mapping[str, int]) -> None:
    """Add to what is gone, in the transaction that removes it; whoever works on it has it for longer."""
    await connection.execute(_REMOVED, erasure, dict(counts), CLAIMED)


def mark_of(cipher: Cipher, person: Person) -> str:
    """A person as certificates and the audit name them: the hash of all their names."""
    [mark] = marks(cipher, [" ".join(person.names)])
    return f"{mark % 2**64:016x}"


def _packed(person: Person) -> bytes:
    return orjson.dumps({"contacts": person.contacts, "names": person.names})


def _bound(tenant: str, erasure: str) -> str:
    return context(tenant, "erasure", erasure)


def _erasure(row: Any) -> Erasure:
    return Erasure(**{name: row[name] for name in Erasure.__slots__})


_BURY = """
insert into tombstones (tenant, mark, erased_at) select $1, mark, now() from unnest($2::bigint[]) mark order by mark
on conflict (tenant, mark) do update set erased_at = excluded.erased_at
"""

_ASK = """
insert into erasures (id, tenant, person, key_id, sealed, asked_by) values ($1, $2, $3, $4, $5, $6) returning *
"""

_PAGE = "select * from erasures where tenant = $1 and ($2::text is null or id < $2) order by id desc limit $3"

_CLAIM = """
update erasures set due_at = now() + $1::interval
where id = (select id from erasures where finished_at is null and due_at <= now() order by due_at limit 1
            for update skip locked)
returning *
"""

_SETTLE = """
update erasures set swept_at = now(), due_at = now() + $2::interval where id = $1 and finished_at is null
"""

_FINISH = """
update erasures set finished_at = $3, certificate = $2, key_id = null, sealed = null
where id = $1 and finished_at is null
"""

_REMOVED = """
update erasures e set due_at = now() + $3::interval, removed = e.removed || (
  select coalesce(jsonb_object_agg(key, value::bigint + coalesce((e.removed ->> key)::bigint, 0)), '{}')
  from jsonb_each_text($2::jsonb))
where e.id = $1 and e.finished_at is null
"""
