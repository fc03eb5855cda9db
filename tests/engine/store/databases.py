"""Fixtures: a database of each kind for a test of its own, both kinds behind one name."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.conftest import Configure
from tests.servers import PostgreSQL
from xyper_engine.settings import Settings
from xyper_engine.store.db import Database, open_database
from xyper_engine.store.embedded import Server


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
async def url(request: pytest.FixtureRequest) -> str:
    """An empty database, logged in as a superuser: the embedded server's only one, then a new one of a real server."""
    if request.param == "server":
        server: PostgreSQL = request.getfixturevalue("postgresql_server")
        return await server.database()
    return await emptied(request.getfixturevalue("embedded_server"))


@pytest.fixture
async def embedded_url(embedded_server: Server) -> str:
    """The same, the embedded server's only: for tests of what lies far above the database."""
    return await emptied(embedded_server)


async def emptied(server: Server) -> str:
    """The embedded server's only database for tests, with nothing in it."""
    url = server.url.replace("/xyper?", "/postgres?")
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("drop schema public cascade")  # much faster than a new database, which is 300 files
        await connection.execute("create schema public; grant usage on schema public to public")
    finally:
        await connection.close()
    return url


@pytest.fixture
def settings(configure: Configure, url: str) -> Settings:
    return configure({"database": {"url": url}})


@pytest.fixture
async def db(settings: Settings) -> AsyncIterator[Database]:
    async with open_database(settings) as database:
        yield database
