"""Fixtures: a database of each kind for a test of its own, both kinds behind one name."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.conftest import Configure
from tests.servers import PostgreSQL
from xyper_engine.settings import Settings
from xyper_engine.store.db import Database, open_database
from xyper_engine.store.embedded import Server
from xyper_engine.store.migrate import migrate

Postgres: TypeAlias = Server | PostgreSQL
"""The embedded server, or a real one."""
Session: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder that `nobody` reaches: pytest's own temporary folders are closed to all but their owner."""
    with tempfile.TemporaryDirectory(prefix="xyper-data-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def embedded_server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="xyper-data-") as folder:
        Path(folder).chmod(0o755)
        server = Server(Path(folder))
        server.join()
        try:
            yield server
        finally:
            server.leave()


@pytest.fixture(params=["embedded", pytest.param("server", marks=pytest.mark.real)])
def postgres(request: pytest.FixtureRequest) -> Postgres:
    """The embedded server, then a real one."""
    name = "postgresql_server" if request.param == "server" else "embedded_server"
    found: Postgres = request.getfixturevalue(name)
    return found


@pytest.fixture
async def url(postgres: Postgres) -> str:
    """A database with nothing in it, logged in as a superuser: of each kind of server."""
    return await fresh(postgres)


@pytest.fixture
async def embedded_url(embedded_server: Server) -> str:
    """The same, the embedded server's only: for tests of what lies far above the database."""
    return await fresh(embedded_server)


async def fresh(server: Postgres) -> str:
    """A server's one database for tests, as the migrations leave it. Whoever is still at the one before is sent away.

    To empty it takes a tenth of the time of migrating another one: that is done once, and where a test had changed
    more than rows a copy takes its place.
    """
    async with _owner(server.url, "postgres") as owner:
        if not await owner.fetchval("select exists (select from pg_database where datname = 'migrated')"):
            await owner.execute("create database migrating")
            async with _owner(server.url, "migrating") as session:
                await migrate(session)
                await session.execute(_SEED)
            await owner.execute("alter database migrating rename to migrated")
        if not await _emptied(owner, server.url):
            await _made(owner, server.url, "migrated")
    return _named(server.url, "fresh")


async def bare(server: Postgres) -> str:
    """The same, without any table: for tests of what makes them."""
    async with _owner(server.url, "postgres") as owner:
        await _made(owner, server.url, "template0")
    return _named(server.url, "fresh")


async def _made(owner: Session, server: str, template: str) -> None:
    await owner.execute("drop database if exists fresh with (force)")
    await owner.execute(f"create database fresh template {template}")


async def _emptied(owner: Session, server: str) -> bool:
    """False where there is none, or one that is not as the migrations leave it."""
    if not await owner.fetchval(_ALONE):
        return False
    async with _owner(server, "fresh") as session:
        if not await session.fetchval("select to_regclass('stamp.told')"):
            return False
        if not await session.fetchval(f"select ({_STAMP}) = (select stamp from stamp.told)"):
            return False
        await session.execute(_EMPTY)
    return True


@asynccontextmanager
async def _owner(server: str, name: str) -> AsyncIterator[Session]:
    session = await asyncpg.connect(_named(server, name))
    try:
        yield session
    finally:
        await session.close()


def _named(server: str, name: str) -> str:
    return urlsplit(server)._replace(path=f"/{name}").geturl()


@pytest.fixture
def settings(configure: Configure, url: str) -> Settings:
    return configure({"database": {"url": url}})


@pytest.fixture
async def db(settings: Settings) -> AsyncIterator[Database]:
    async with open_database(settings) as database:
        yield database


_ALONE = """
select bool_and(coalesce(pg_terminate_backend(a.pid, 5000), true)) from pg_database d left join pg_stat_activity a
on a.datid = d.oid where d.datname = 'fresh'
"""

_STAMP = " || ' ' || ".join(
    f"(select count(*) || ' ' || max(xmin::text::bigint) from pg_{catalog})"
    for catalog in (
        "class", "attribute", "attrdef", "constraint", "index", "trigger", "policy", "proc", "type", "namespace",
    )
)  # fmt: skip
"""Changes with whatever is made, changed or dropped in a database, and not with its rows."""

_SEED = f"""
create schema seed;
do $$
declare name text; filled boolean;
begin
  for name in select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' loop
    execute format('select exists (select from %I)', name) into filled;
    if filled then
      execute format('create table seed.%1$I as table public.%1$I', name);
    end if;
  end loop;
end $$;
create schema stamp;
create table stamp.told as select ''::text as stamp;
update stamp.told set stamp = {_STAMP}
"""
"""What the migrations put into tables, and how the database looks after them."""

_EMPTY = """
do $$
declare name text;
begin
  set local session_replication_role = replica;  -- no trigger minds, and tables may go in any order
  for name in select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' loop
    execute format('delete from %I', name);
  end loop;
  for name in select relname from pg_class where relnamespace = 'seed'::regnamespace and relkind = 'r' loop
    execute format('insert into public.%1$I overriding system value table seed.%1$I', name);
  end loop;
  perform setval(seqrelid, seqstart, false) from pg_sequence;
end $$
"""
