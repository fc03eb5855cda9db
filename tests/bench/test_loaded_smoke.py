"""Does the bench of a full database still work? Its figures mean nothing here; that an index serves a search does."""

import pytest

from tests import servers
from tests.bench import loaded


@pytest.mark.real
async def test_a_few_thousand(postgresql_server: servers.PostgreSQL) -> None:
    told = await loaded.figures(postgresql_server, messages=6000, rounds=1, shot=50)
    assert told["ratio"] > 0
    assert all(value > 0 for name, value in told.items() if name.endswith(", ms"))
    assert "words" in told["plan of a search"]
