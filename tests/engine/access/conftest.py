"""An engine's access on a database of its own: migrated once, emptied for each test."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import asyncpg
import pytest
from argon2 import PasswordHasher

from tests.conftest import Configure
from tests.engine.access.world import acme, keyring
from tests.engine.store.databases import embedded_server
from xyper_engine.access.passwords import Passwords
from xyper_engine.access.proving import Access
from xyper_engine.settings import Settings
from xyper_engine.store.db import Database, open_database
from xyper_engine.store.embedded import Server

__all__ = ["embedded_server"]

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
EMPTY = "truncate tenants, people, api_keys, sign_in_tries, signing_keys, audit, audit_heads cascade"


@pytest.fixture
async def url(embedded_server: Server) -> str:
    connection = await asyncpg.connect(embedded_server.url.replace("/xyper?", "/postgres?"))
    try:
        if not await connection.fetchval("select exists(select from pg_database where datname = 'access')"):
            await connection.execute("create database access")
    finally:
        await connection.close()
    url = embedded_server.url.replace("/xyper?", "/access?")
    await _empty(url)
    return url


async def _empty(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("select to_regclass('people')"):
            await connection.execute(EMPTY)
    finally:
        await connection.close()


@pytest.fixture
def settings(configure: Configure, url: str) -> Settings:
    return configure({"database": {"url": url}, "access": {"require_totp": False}})


@pytest.fixture
async def db(settings: Settings) -> AsyncIterator[Database]:
    """With the tenants acme and other."""
    async with open_database(settings) as database:
        await acme(database)
        yield database


@pytest.fixture
async def access(settings: Settings, db: Database) -> AsyncIterator[Access]:
    async with another(settings, db) as opened:
        yield opened


def another(settings: Settings, db: Database) -> AbstractAsyncContextManager[Access]:
    """What another process would hold. Passwords cost it next to nothing."""
    return Access.open(settings, db, keyring(db), Passwords(CHEAP))
