"""Does the bench of the tenants' list still work? Its figures mean nothing here."""

import pytest

from tests import servers
from tests.bench.tenants import figures


@pytest.mark.real
async def test_a_few_small_rounds(postgresql_server: servers.PostgreSQL) -> None:
    few, many = await postgresql_server.database(), await postgresql_server.database()
    told = await figures(few, many, many=60, rounds=3)
    assert set(told) == {"few_ms", "many_ms", "ratio"}
    assert all(value > 0 for value in told.values())
