"""One stage for each test, on the embedded database."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Configure
from tests.engine.edge.front import opened
from tests.engine.edge.widget.stage import Stage


@pytest.fixture
async def stage(configure: Configure, embedded_url: str) -> AsyncIterator[Stage]:
    async with opened(configure, embedded_url) as front:
        stage = Stage(front)
        await stage.set()
        yield stage
