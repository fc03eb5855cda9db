"""Does the bench of tracing still work? Its figures mean nothing here."""

import pytest

from tests import servers
from tests.bench.tracing import figures


@pytest.mark.real
async def test_one_small_round(postgresql_server: servers.PostgreSQL) -> None:
    told = await figures(postgresql_server, messages=50, rounds=1)
    assert {name.partition(", ")[2] for name in told} == {"CPU us", "messages/s", "CPU ratio", "throughput ratio"}
    assert all(value > 0 for values in told.values() for value in values)
