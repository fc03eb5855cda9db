"""An engine's access on a database of its own: new for each test."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import pytest
from argon2 import PasswordHasher

from tests.conftest import Configure
from tests.engine.access.world import acme, keyring
from tests.engine.store.databases import embedded_server, fresh
from xyper_engine.access.passwords import Passwords
from xyper_engine.access.proving import Access
from xyper_engine.settings import Settings
from xyper_engine.store.db import Database, open_database
from xyper_engine.store.embedded import Server

__all__ = ["embedded_server"]

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
async def url(embedded_server: Server) -> str:
    return await fresh(embedded_server)


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
