"""Data keys: one per tenant, wrapped by the master keys; changed online, destroyed for good."""

import asyncio
from collections.abc import Callable

import pytest

from tests.directory import add_tenant
from tests.engine.tenants.world import KEY, NUMBER, TOKEN, acme, keyring, sealer
from xyper_engine.cache.memory import MemoryCache
from xyper_engine.errors import NotFound, SettingsError
from xyper_engine.keyring import Keyring, drop_old_wraps, rewrap, shred
from xyper_engine.sealing import Sealer, context
from xyper_engine.store.db import Database
from xyper_engine.tenants.registry import Directory

OLD, NEW = KEY, bytes(reversed(range(32)))
HERE = context("acme", "message", "1")


@pytest.fixture(autouse=True)
async def tenants(db: Database) -> None:
    for id_ in ("acme", "beta"):
        await db.execute("insert into tenants (id, name) values ($1, '')", id_)


async def sealed(ring: Keyring, tenant: str | None = "acme") -> tuple[str, bytes]:
    cipher = await ring.cipher(tenant)
    return cipher.id, cipher.seal(b"hello", HERE)


async def test_each_tenant_has_one_key_of_its_own_and_so_has_the_operator(db: Database) -> None:
    ring = keyring(db)
    ids = [(await ring.cipher(tenant)).id for tenant in ("acme", "beta", None)]
    again = keyring(db)
    assert [(await again.cipher(tenant)).id for tenant in ("acme", "beta", None)] == ids
    assert len(set(ids)) == 3
    assert all(len(id_) == 16 and id_.startswith("k") for id_ in ids)


async def test_it_is_not_in_the_database_as_it_is(db: Database) -> None:
    key_id, secret = await sealed(keyring(db))
    row = await db.fetchrow("select * from data_keys")
    assert row is not None
    assert (row["tenant"], row["id"], row["master"]) == ("acme", key_id, sealer().key_id)
    assert len(row["wrapped"]) == 12 + 32 + 16
    assert b"hello" not in secret


async def test_engines_that_need_a_key_at_the_same_moment_make_one(db: Database) -> None:
    rings = [keyring(db) for _ in range(6)]
    assert len({cipher.id for cipher in await asyncio.gather(*(ring.cipher("acme") for ring in rings))}) == 1


async def test_many_are_asked_for_in_one_go(db: Database) -> None:
    first = await keyring(db).ciphers({"acme", "beta", None})
    ring = keyring(db)
    again = await ring.ciphers({"acme", "beta", None})
    assert {tenant: cipher.id for tenant, cipher in again.items()} == {
        tenant: cipher.id for tenant, cipher in first.items()
    }


async def test_what_a_master_key_sealed_before_still_opens(db: Database) -> None:
    assert await keyring(db, NEW, OLD).open("acme", *Sealer([OLD]).seal("hello", HERE), HERE) == b"hello"


async def test_another_tenants_key_does_not_open_it(db: Database) -> None:
    ring = keyring(db)
    key_id, secret = await sealed(ring)
    await ring.cipher("beta")
    with pytest.raises(NotFound):
        await ring.open("beta", key_id, secret, HERE)


async def test_a_wrapped_key_moved_to_another_tenant_does_not_open(db: Database) -> None:
    await sealed(keyring(db))
    await db.execute("update data_keys set tenant = 'beta'")
    with pytest.raises(SettingsError, match="altered"):
        await keyring(db).cipher("beta")


async def test_a_tenant_that_is_not_there_has_none(db: Database) -> None:
    with pytest.raises(NotFound, match="There is no tenant nobody"):
        await keyring(db).cipher("nobody")


async def test_a_lost_master_key_is_named(db: Database) -> None:
    await sealed(keyring(db))
    with pytest.raises(SettingsError, match=rf"\[secrets\] keys: the data key of acme .* {sealer().key_id}"):
        await keyring(db, NEW).cipher("acme")


async def test_a_new_master_key_in_front_is_used_and_the_old_engines_still_open_everything(db: Database) -> None:
    old_engine, told = keyring(db, OLD), await sealed(keyring(db, OLD))
    new_engine = keyring(db, NEW, OLD)
    made_meanwhile = await sealed(new_engine, "beta")
    assert await rewrap(db, new_engine.sealer) == 1
    assert await rewrap(db, new_engine.sealer) == 0
    assert await old_engine.open("acme", *told, HERE) == b"hello"
    assert await keyring(db, OLD).open("beta", *made_meanwhile, HERE) == b"hello"
    only_new = keyring(db, NEW)
    assert await only_new.open("acme", *told, HERE) == b"hello"
    assert await drop_old_wraps(db, only_new.sealer) == 2
    with pytest.raises(SettingsError):
        await keyring(db, OLD).cipher("acme")


async def test_the_only_wrap_is_never_dropped(db: Database) -> None:
    told = await sealed(keyring(db, OLD))
    assert await rewrap(db, Sealer([NEW])) == 0, "nothing that it could open"
    assert await drop_old_wraps(db, Sealer([NEW])) == 0
    assert await keyring(db, OLD).open("acme", *told, HERE) == b"hello"


async def destroy(db: Database, tenant: str) -> None:
    async with db.connection() as connection, connection.transaction():
        await shred(connection, tenant)


async def test_a_destroyed_key_opens_nothing_and_does_not_come_back(db: Database) -> None:
    ring = keyring(db)
    told, others = await sealed(ring), await sealed(ring, "beta")
    await destroy(db, "acme")
    ring.expire()
    for _ in range(2):  # also once there is a new one
        with pytest.raises(NotFound, match=r"data key .* of acme was destroyed"):
            await ring.open("acme", *told, HERE)
        await ring.cipher("acme")
    assert await ring.open("beta", *others, HERE) == b"hello"


async def test_another_engine_forgets_it_by_being_told(db: Database) -> None:
    await db.execute("delete from data_keys")
    await db.execute("delete from tenants")
    await add_tenant(db, sealer(), acme())
    other = keyring(db)
    async with Directory.open(db, MemoryCache(), other) as directory:
        assert await directory.account(NUMBER) is not None
        told = await sealed(other)
        changes = directory.changes()
        await anext(changes)
        await destroy(db, "acme")
        async with asyncio.timeout(5):
            await anext(changes)
        with pytest.raises(NotFound):
            await other.open("acme", *told, HERE)
        with pytest.raises(NotFound):
            await directory.account(NUMBER)


async def test_what_a_master_key_sealed_of_a_destroyed_tenant_is_emptied(db: Database) -> None:
    key_id, secret = Sealer([OLD]).seal(TOKEN, context("acme", "hook:h", "secret"))
    await db.execute(
        "insert into secrets (tenant, owner, name, key_id, sealed) values ('acme', 'hook:h', 'secret', $1, $2)",
        key_id, secret,
    )  # fmt: skip
    await db.execute(
        "insert into dead_letters (id, tenant, source, queue, reason, body) "
        "values ('1', 'acme', 'route', 'q', 'r', $1), ('2', 'beta', 'route', 'q', 'r', $1)", b"clear",
    )  # fmt: skip
    await destroy(db, "acme")
    assert await db.fetchval("select sealed from secrets") == b""
    assert [row["body"] for row in await db.fetch("select body from dead_letters order by id")] == [b"", b"clear"]


@pytest.mark.parametrize("first", [destroy, lambda db, _: rewrap(db, Sealer([NEW, OLD]))])
async def test_a_wrap_made_beside_a_destruction_does_not_save_the_key(
    db: Database, first: Callable[[Database, str], object]
) -> None:
    await sealed(keyring(db))
    second = rewrap(db, Sealer([NEW, OLD])) if first is destroy else destroy(db, "acme")
    await asyncio.gather(first(db, "acme"), second)  # type: ignore[call-overload]
    assert await db.fetchval("select count(*) from data_keys") == 0
