"""The dashboard before a thousand tenants and ten thousand dead letters: nothing of it reads all of them."""

from pathlib import Path

import pytest

from tests import servers
from tests.bench import admin

SLOW = 5
"""How many times slower than it aims to be a shared machine may make it."""


@pytest.mark.real
@pytest.mark.e2e
async def test_a_thousand_tenants_and_ten_thousand_letters(
    postgresql_server: servers.PostgreSQL, tmp_path: Path
) -> None:
    url, wanted = await postgresql_server.database(), ("tenants", "dead")
    told = await admin.told(url, tmp_path, admin.Size(0, 1000, 10_000, days=2), rounds=2, wanted=wanted)
    assert {name: took for name, took in told.reads.items() if took > SLOW * admin.TABLE} == {}
    assert {name: seen for name, seen in told.pages.items() if seen.first > SLOW * admin.FIRST} == {}
    assert len(told.reads) >= len(admin.READS) - 4
    assert set(told.pages) == set(wanted)
