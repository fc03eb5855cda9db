"""Does the bench of a full database still work? Its times mean nothing here; that an index serves each reading does."""

import pytest

from tests import servers
from tests.bench import loaded
from tests.bench.reading import AIMS


@pytest.mark.real
async def test_a_few_thousand(postgresql_server: servers.PostgreSQL) -> None:
    told = await loaded.told(postgresql_server, messages=6000, rounds=1, shot=50, days=3)
    assert {figure.aim for figure in told.figures} == set(AIMS)
    assert all(figure.value > 0 for figure in told.figures)
    plans = {f"{figure.aim}, {figure.name}": " ".join(figure.plan) for figure in told.figures[1:]}
    assert not [name for name, plan in plans.items() if "Index" not in plan or "Seq Scan" in plan]
    assert "words" in plans["search, rare"]
    keys = ("traces_…_message_idx", "ledger_pkey", "posts_pkey", "posts_adapter_account_far_id_idx")
    for id_ in ("our id", "wamid", "the far id"):
        assert all(key in plans[f"trace, by {id_}"] for key in keys)
        assert "no condition" not in plans[f"trace, by {id_}"]
