"""Does the bench of the statistics still work, and by the index? Its times mean nothing here."""

import pytest

from tests import servers
from tests.bench.statistics import figures


@pytest.mark.real
async def test_a_few_days(postgresql_server: servers.PostgreSQL) -> None:
    told = await figures(await postgresql_server.database(), days=5, tenants=2, rounds=1)
    assert told["indexed"] == 1.0
    assert all(value > 0 for value in told.values())
