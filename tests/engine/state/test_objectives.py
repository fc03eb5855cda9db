"""Error budgets, from the statistics alone: what is good, what is bad, how much is left and how fast it goes."""

from datetime import timedelta

import pytest

from tests.directory import add_tenant
from tests.engine.tenants.world import acme, keyring
from xyper_engine.errors import NotFound
from xyper_engine.model import Direction, new_id, now
from xyper_engine.state.objectives import Objectives
from xyper_engine.state.statistics import Series, Statistics, bucket
from xyper_engine.store.db import Database

NUMBER = "whatsapp/77"


async def counted(db: Database, *found: tuple[str, str, int]) -> None:
    """(measure, label, how many), just now."""
    statistics = Statistics(db)
    for measure, label, n in found:
        statistics.count(new_id(), Series("acme", NUMBER, Direction.inbound, measure, "text", label), n=n)
    await statistics.flush()


@pytest.fixture
async def tenant(db: Database) -> str:
    await add_tenant(db, keyring(db).sealer, acme())
    return "acme"


async def test_nothing_happened_and_all_of_it_is_left(db: Database, tenant: str) -> None:
    budget, days = await Objectives(db).one(tenant)
    assert (budget.share, budget.seconds, budget.total, budget.kept, budget.burn_hour) == (99.9, 10, 0, 1.0, 0.0)
    assert days == []


async def test_what_came_in_time_is_good_and_what_was_late_or_died_is_not(db: Database, tenant: str) -> None:
    await counted(
        db, ("latency", bucket(0.2), 9000), ("latency", bucket(9.9), 990), ("latency", bucket(10.1), 5),
        ("latency", bucket(1e9), 1), ("messages", "dead", 4), ("messages", "delivered", 9996), ("queue", "300", 9),
    )  # fmt: skip
    budget, (day,) = await Objectives(db).one(tenant)
    assert (budget.good, budget.total) == (9990, 10_000)
    assert budget.kept == pytest.approx(0.0, abs=1e-9), "ten of ten thousand are just 0.1 %"
    assert (budget.burn_hour, budget.burn_six, budget.burn_day) == pytest.approx((1.0, 1.0, 1.0))
    assert (day.good, day.total, day.at) == (9990, 10_000, now().date())


async def test_the_tenant_decides_what_is_in_time(db: Database, tenant: str) -> None:
    policy = {"objective_share": 90.0, "objective_seconds": 1}
    await db.execute("update tenants set policy = $1", policy)
    await counted(db, ("latency", bucket(0.5), 80), ("latency", bucket(5.0), 20))
    budget, _ = await Objectives(db).one(tenant)
    assert (budget.share, budget.seconds, budget.good, budget.total) == (90.0, 1, 80, 100)
    assert (budget.kept, budget.burn_hour) == pytest.approx((-1.0, 2.0)), "overdrawn by as much as there was"


async def test_what_is_older_counts_for_the_budget_and_not_for_the_rates(db: Database, tenant: str) -> None:
    await counted(db, ("latency", bucket(30.0), 50))
    await db.execute("update statistics_hours set at = at - interval '10 hours'")
    await db.execute("update statistics_days set at = at - 29")
    await counted(db, ("latency", bucket(0.1), 50))
    budget, days = await Objectives(db).one(tenant)
    assert (budget.burn_hour, budget.burn_six, round(budget.burn_day)) == (0.0, 0.0, 500)
    assert (budget.good, budget.total, len(days)) == (50, 100, 2)
    await db.execute("update statistics_days set at = at - 1 where at < $1", now().date() - timedelta(days=1))
    assert (await Objectives(db).one(tenant))[0].total == 50


async def test_each_tenants_is_noted_now_and_then_and_the_worst_comes_first(db: Database, tenant: str) -> None:
    for name in ("b", "c"):
        await db.execute("insert into tenants (id, name) values ($1, $1)", name)
    await counted(db, ("latency", bucket(60.0), 1))
    objectives = Objectives(db)
    assert (await objectives.look(), await objectives.look()) == (3, 0)
    first, second = await objectives.worst(None, None, 2)
    assert (first.tenant, first.total, second.tenant) == ("acme", 1, "b")
    assert [one.tenant for one in await objectives.worst(None, (second.kept, second.tenant), 2)] == ["c"]
    assert [one.tenant for one in await objectives.worst("b", None, 9)] == ["b"]


async def test_of_nobody_nothing_is_told(db: Database) -> None:
    with pytest.raises(NotFound):
        await Objectives(db).one("nobody")
