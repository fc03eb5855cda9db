"""An engine's public side on the embedded PostgreSQL: what the gateway does is the same on any other."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Configure
from tests.engine.edge.front import Front, opened
from tests.engine.store.databases import embedded_server, fresh
from xyper_engine.store.embedded import Server

__all__ = ["embedded_server"]


@pytest.fixture
async def url(embedded_server: Server) -> str:
    return await fresh(embedded_server)


@pytest.fixture
async def front(configure: Configure, url: str) -> AsyncIterator[Front]:
    async with opened(configure, url) as found:
        yield found
