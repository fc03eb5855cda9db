"""The database port: values, sessions, notices, and one sentence for every trouble."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from tests.conftest import Configure
from tests.engine.store.databases import Postgres, bare
from tests.servers import PostgreSQL, postgresql
from xyper_engine.errors import SettingsError, Unavailable, XyperError
from xyper_engine.store.db import PAUSE, Database, open_database

SECRET = "t0p-secret"


async def opened(configure: Configure, url: str) -> XyperError:
    """What opening this url says."""
    with pytest.raises(XyperError) as caught:
        async with open_database(configure({"database": {"url": url}})):
            pass
    assert SECRET not in str(caught.value)
    return caught.value


@pytest.fixture
async def guarded(postgresql_server: PostgreSQL) -> AsyncIterator[str]:
    """A login of the real server that needs its password, owns a database, and is no superuser."""
    name = f"u{secrets.token_hex(4)}"
    hba = postgresql_server.folder / "data" / "pg_hba.conf"
    before = hba.read_text()
    connection = await asyncpg.connect(postgresql_server.url)
    await connection.execute(f"create role {name} login createrole password '{SECRET}'")
    await connection.execute(f"create database {name} owner {name}")
    hba.write_text(f"host all {name} 127.0.0.1/32 scram-sha-256\n{before}")
    await connection.execute("select pg_reload_conf()")
    try:
        yield name
    finally:
        hba.write_text(before)
        await connection.execute("select pg_reload_conf()")
        await connection.close()


async def test_values_come_back_as_they_went(db: Database) -> None:
    moment = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    config = {"text": 'é 🤨 \\u00e4 "', "list": [1, None, {"deep": True}]}
    row = await db.fetchrow("select $1::jsonb as config, $2::timestamptz as moment", config, moment)
    assert row is not None
    assert (row["config"], row["moment"]) == (config, moment)
    assert row["moment"].tzinfo is not None


async def test_the_four_ways_to_ask(db: Database) -> None:
    assert await db.execute("insert into tenants values ($1, 'A')", "a") == "INSERT 0 1"
    assert [row["id"] for row in await db.fetch("select id from tenants")] == ["a"]
    assert await db.fetchrow("select id from tenants where id = $1", "b") is None
    assert await db.fetchval("select count(*) from tenants") == 1
    await db.ping()


async def test_a_fault_of_sql_is_no_outage(db: Database) -> None:
    with pytest.raises(asyncpg.UndefinedTableError):
        await db.fetch("select * from no_such_table")
    with pytest.raises(asyncpg.InterfaceError, match="expects 1 argument"):
        await db.fetch("select $1::int")


async def test_opening_tells_what_it_migrated(configure: Configure, postgres: Postgres) -> None:
    settings = configure({"database": {"url": await bare(postgres)}})
    async with open_database(settings) as db:
        assert db.migrated[0] == "0001_bridge"
    async with open_database(settings) as db:
        assert db.migrated == ()


async def test_after_closing_it_is_unavailable(configure: Configure, url: str) -> None:
    async with open_database(configure({"database": {"url": url}})) as db:
        pass
    with pytest.raises(Unavailable, match=r"\[database\] url: .* is closed"):
        await db.ping()


async def terminate(url: str, query: str) -> None:
    """End the sessions whose last words were these; only a superuser may, which the pool is not."""
    connection = await asyncpg.connect(url)
    sql = "select pg_terminate_backend(pid) from pg_stat_activity where query like $1 and pid <> pg_backend_pid()"
    assert await connection.fetch(sql, query)
    await connection.close()


async def test_a_listener_is_told_when_it_begins_and_when_it_may_have_missed_something(db: Database, url: str) -> None:
    async with asyncio.timeout(10), aclosing(db.listen("news")) as heard:
        assert await anext(heard) == ""
        await db.execute("select pg_notify('news', 'one')")
        await db.execute("select pg_notify('other', 'not for us')")
        await db.execute("select pg_notify('news', 'two')")
        assert [await anext(heard), await anext(heard)] == ["one", "two"]
        await terminate(url, 'LISTEN "news"')
        assert await anext(heard) == ""
        await db.execute("select pg_notify('news', 'three')")
        assert await anext(heard) == "three"


async def test_a_lost_connection_is_an_outage_once_and_then_replaced(db: Database, url: str) -> None:
    async def use() -> None:
        async with db.connection() as connection:
            await connection.fetchval("select 'about to be lost'")
            await terminate(url, "select 'about to be lost'")
            await connection.fetchval("select 1")

    for _ in range(5):  # how asyncpg puts it depends on how soon it notices
        with pytest.raises(Unavailable, match=r"\[database\] url: .* does not answer"):
            await use()
        await db.ping()


@pytest.mark.real
@pytest.mark.faults
async def test_a_server_that_takes_no_connection_is_left_alone_for_a_moment(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []
    acquire = asyncpg.pool.Pool.acquire

    def counted(pool: Any, **how: Any) -> Any:
        tried.append(pool)
        return acquire(pool, **how)

    async with postgresql() as server, open_database(configure({"database": {"url": server.url}})) as db:
        await server.kill()
        await _refused(db)
        monkeypatch.setattr(asyncpg.pool.Pool, "acquire", counted)
        said = {await _refused(db) for _ in range(50)}
        assert (len(said), len(tried)) == (1, 0)
        await asyncio.sleep(PAUSE)
        assert said == {await _refused(db)}
        assert len(tried) == 1
        await server.start()
        await asyncio.sleep(PAUSE)
        await db.ping()


async def _refused(db: Database) -> str:
    """What it says, once it has noticed that the connections it had are gone."""
    while True:
        with pytest.raises(Unavailable) as caught:
            await db.ping()
        if "onnect call failed" in str(caught.value):
            return str(caught.value)


@pytest.mark.real
@pytest.mark.faults
async def test_the_pool_outlives_its_server(configure: Configure) -> None:
    async with (
        asyncio.timeout(60),
        postgresql() as server,
        open_database(configure({"database": {"url": server.url}})) as db,
        aclosing(db.listen("news")) as heard,
    ):
        assert await anext(heard) == ""
        await server.kill()
        with pytest.raises(Unavailable):
            await db.ping()
        await server.start()
        assert await anext(heard) == ""
        await db.ping()


async def test_an_unreachable_server(configure: Configure) -> None:
    error = await opened(configure, f"postgresql://me:{SECRET}@127.0.0.1:1/xyper")
    assert isinstance(error, Unavailable)
    assert str(error).startswith("[database] url: postgresql://me@127.0.0.1:1/xyper does not answer (")


@pytest.mark.parametrize("url", ["mysql://localhost/x", "nonsense", "embedded:elsewhere"])
async def test_a_url_of_another_kind(configure: Configure, url: str) -> None:
    error = await opened(configure, url)
    assert isinstance(error, SettingsError)
    assert '[database] url: must be "embedded:" or "postgresql://' in str(error)


@pytest.mark.real
async def test_a_wrong_password(configure: Configure, postgresql_server: PostgreSQL, guarded: str) -> None:
    error = await opened(configure, f"postgresql://{guarded}:not-{SECRET}@127.0.0.1:{postgresql_server.port}/{guarded}")
    assert isinstance(error, SettingsError)
    assert "refuses the user or the password" in str(error)


@pytest.mark.real
async def test_no_such_database(configure: Configure, postgresql_server: PostgreSQL) -> None:
    error = await opened(configure, f"postgresql://postgres@127.0.0.1:{postgresql_server.port}/no_such_database")
    assert isinstance(error, SettingsError)
    assert "the server has no database of that name" in str(error)


@pytest.mark.real
async def test_a_login_that_is_no_superuser_will_do(
    configure: Configure, postgresql_server: PostgreSQL, guarded: str
) -> None:
    url = f"postgresql://{guarded}:{SECRET}@127.0.0.1:{postgresql_server.port}/{guarded}"
    async with open_database(configure({"database": {"url": url}})) as db:
        assert await db.fetchval("select current_user") == "xyper_engine"
        assert SECRET not in db.shown
