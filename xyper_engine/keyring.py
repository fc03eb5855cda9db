"""Envelope encryption: every tenant's data is sealed by a key of its own, and the master keys wrap those keys.

    master key (settings, key file) ──wraps──▶ data key of a tenant ──seals──▶ its secrets, messages, dead letters

What belongs to no tenant (the operator's webhooks) has a data key too. A data key is wrapped by *every* master key that
the settings name, so while engines are restarted one after another with a new first key, those that know only the old
one go on opening. To delete a tenant's data key is to destroy what it sealed, in every backup of the other tables too.

What is known of a data key is held in memory until the directory changes; a removed one is forgotten by that.
"""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import asyncpg

from xyper_engine.errors import NotFound, SettingsError
from xyper_engine.sealing import Cipher, Sealer, context
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

MARK = "k"
"""How a data key's id begins: no hex digit, so no master key's id begins so."""
OLD = f"(key_id is null or not starts_with(key_id, '{MARK}'))"
"""SQL: a row that a master key sealed, or nothing did."""
HELD = 10_000
"""Data keys in memory, at most; the one that has been there longest makes room."""


class Keyring:
    """The data keys of this process. All methods may raise `Unavailable`, and `SettingsError` for a lost master key."""

    def __init__(self, db: Database, sealer: Sealer) -> None:
        self._db = db
        self.sealer = sealer
        self._held: dict[str | None, Cipher] = {}

    async def cipher(self, tenant: str | None) -> Cipher:
        """What seals for a tenant, made where there is none. Raises `NotFound` where there is no such tenant."""
        held = self._held.get(tenant)
        if held is None:
            async with self._db.connection() as connection:
                held = self._hold(tenant, await data_key(connection, self.sealer, tenant))
        return held

    async def ciphers(self, tenants: Collection[str | None]) -> Mapping[str | None, Cipher]:
        """As `cipher`, for many at once: what is not held is asked for in one go."""
        missing = [tenant for tenant in tenants if tenant not in self._held]
        if len(missing) > 1:
            await self._find(missing)
        return {tenant: self._held.get(tenant) or await self.cipher(tenant) for tenant in tenants}

    async def open(self, tenant: str | None, key_id: str, sealed: bytes, bound: str) -> bytes:
        """What was sealed for this place, by the tenant's data key or, before there were any, by a master key.

        Raises `NotFound` where the data key was destroyed.
        """
        if not key_id.startswith(MARK):
            return self.sealer.open_bytes(key_id, sealed, bound)
        if tenant not in self._held:
            await self._find([tenant])
        held = self._held.get(tenant)
        if held is None or held.id != key_id:
            raise NotFound(f"The data key {key_id} of {tenant or 'the operator'} was destroyed, and {bound} with it.")
        return held.open(sealed, bound)

    def expire(self) -> None:
        """Ask again for everything: some of it may have been destroyed."""
        self._held.clear()

    async def _find(self, tenants: Sequence[str | None]) -> None:
        rows = await self._db.fetch(_FIND, [tenant or "" for tenant in tenants])
        for tenant, wraps in _by_tenant(rows).items():
            self._hold(tenant, _unwrapped(self.sealer, tenant, wraps))

    def _hold(self, tenant: str | None, cipher: Cipher) -> Cipher:
        if len(self._held) >= HELD:
            del self._held[next(iter(self._held))]
        self._held[tenant] = cipher
        return cipher


async def data_key(connection: "Connection", sealer: Sealer, tenant: str | None) -> Cipher:
    """The tenant's data key, straight from the database; made, in the caller's transaction, where there is none."""
    rows: Sequence[Any] = await connection.fetch(_FIND, [tenant or ""])
    if not rows:
        async with connection.transaction():
            await _lock(connection, tenant)
            rows = await connection.fetch(_FIND, [tenant or ""]) or await _make(connection, sealer, tenant)
    return _unwrapped(sealer, tenant, rows)


async def shred(connection: "Connection", tenant: str) -> None:
    """Destroy the tenant's data key: nothing that it sealed can be opened again, on any process.

    To be called once nothing of the tenant is handled any more: its next message would make it a new key. What a master
    key sealed before there were data keys is emptied. Files in the media store were never sealed: whoever removes a
    tenant deletes those. A backup of this table holds the wrapped key for as long as it is kept.
    """
    await connection.execute("select from directory_revision for update")  # first, as every change of the directory
    await _lock(connection, tenant)
    await connection.execute("delete from data_keys where tenant = $1", tenant)
    for table, body in (("secrets", "sealed"), ("messages", "sealed"), ("waiting", "sealed"), ("dead_letters", "body")):
        await connection.execute(f"update {table} set {body} = '' where tenant = $1 and {OLD}", tenant)  # noqa: S608


async def rewrap(db: Database, sealer: Sealer) -> int:
    """Wrap with the first master key every data key that is not yet; how many. Safe beside running engines.

    Those that no master key of ours opens are left alone.
    """
    rows = await db.fetch(_UNDER_OLD, sealer.key_id, list(sealer.key_ids))
    for row in rows:
        async with db.transaction() as connection:
            await _lock(connection, row["tenant"])  # one that is destroyed just now must not come back
            wraps = await connection.fetch(_FIND, [row["tenant"] or ""])
            if wraps:
                await _wrap(connection, sealer, row["tenant"], wraps[0]["id"], _key(sealer, row["tenant"], wraps))
    return len(rows)


async def drop_old_wraps(db: Database, sealer: Sealer) -> int:
    """Forget what other master keys wrapped, where the first one wraps it too; how many. Not before every engine knows
    the first one."""
    done = await db.execute(_DROP, sealer.key_id)
    return int(done.rpartition(" ")[2])


async def _make(connection: "Connection", sealer: Sealer, tenant: str | None) -> Sequence[Any]:
    try:
        async with connection.transaction():
            await _wrap(connection, sealer, tenant, f"{MARK}{token_hex(8)[1:]}", os.urandom(32))
    except asyncpg.ForeignKeyViolationError:
        raise NotFound(f"There is no tenant {tenant}.") from None
    return await connection.fetch(_FIND, [tenant or ""])


async def _wrap(connection: "Connection", sealer: Sealer, tenant: str | None, id_: str, key: bytes) -> None:
    rows = [(tenant, id_, master, wrapped) for master, wrapped in sealer.wraps(key, _bound(tenant, id_))]
    await connection.executemany(_ADD, rows)


async def _lock(connection: "Connection", tenant: str | None) -> None:
    """Whoever makes, wraps or destroys a tenant's data key does so alone, until its transaction ends."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"data key {tenant or ''}")


def _by_tenant(rows: Iterable[Any]) -> Mapping[str | None, list[Any]]:
    found: dict[str | None, list[Any]] = {}
    for row in rows:
        found.setdefault(row["tenant"], []).append(row)
    return found


def _unwrapped(sealer: Sealer, tenant: str | None, wraps: Sequence[Any]) -> Cipher:
    return Cipher(wraps[0]["id"], _key(sealer, tenant, wraps))


def _key(sealer: Sealer, tenant: str | None, wraps: Sequence[Any]) -> bytes:
    for row in wraps:
        if row["master"] in sealer.key_ids:
            return sealer.open_bytes(row["master"], row["wrapped"], _bound(tenant, row["id"]))
    masters = ", ".join(row["master"] for row in wraps)
    raise SettingsError(
        f"[secrets] keys: the data key of {tenant or 'the operator'} is wrapped with key {masters}, which is not "
        "there: add it."
    )


def _bound(tenant: str | None, id_: str) -> str:
    return context(tenant, "data key", id_)


_FIND = "select tenant, id, master, wrapped from data_keys where coalesce(tenant, '') = any($1::text[]) order by master"

_ADD = "insert into data_keys (tenant, id, master, wrapped) values ($1, $2, $3, $4) on conflict do nothing"

_UNDER_OLD = """
select distinct d.tenant, d.id from data_keys d
where d.master = any($2::text[]) and not exists (select from data_keys f where (f.id, f.master) = (d.id, $1))
"""

_DROP = """
delete from data_keys d where d.master <> $1 and exists (select from data_keys f where (f.id, f.master) = (d.id, $1))
"""
