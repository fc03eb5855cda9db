"""A tenant with a number below WABA 77 in a real database, for tests of what Meta's account above the number does."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.directory import add_tenant
from tests.engine.store.databases import data_dir, db, embedded_server, postgres, settings, url
from tests.engine.tenants.world import acme, keyring, sealer
from xyper_engine.cache.memory import MemoryCache
from xyper_engine.runtime import Runtime
from xyper_engine.state.consents import Consents
from xyper_engine.state.contacts import Contacts
from xyper_engine.state.templates import Templates
from xyper_engine.store.db import Database
from xyper_engine.tenants.registry import Directory
from xyper_engine.testing import FarSide, bare_runtime

__all__ = ["data_dir", "db", "embedded_server", "postgres", "settings", "url"]


@pytest.fixture
async def graph() -> AsyncIterator[FarSide]:
    """Meta."""
    async with FarSide() as server:
        yield server


@pytest.fixture
async def office(db: Database, graph: FarSide) -> AsyncIterator[Runtime]:
    """A runtime with all that templates need, around the tenant acme; `graph` is its Meta."""
    await add_tenant(db, sealer(), acme())
    async with aiohttp.ClientSession() as http, Directory.open(db, MemoryCache(), keyring(db)) as directory:
        contacts = Contacts(db, keyring(db))
        configured = bare_runtime(plugins={"whatsapp": {"graph_url": graph.url}})
        yield bare_runtime(
            http=http,
            templates=Templates(db),
            contacts=contacts,
            consents=Consents(db, contacts, keyring(db)),
            directory=directory,
            shared={},
            settings=configured,
            db=db,
        )
