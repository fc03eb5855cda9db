"""Statistics: added up from several engines, told by the tenant's own clock; days outlive their hours."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from xyper_engine.errors import Invalid, NotFound
from xyper_engine.model import new_id
from xyper_engine.state.figure_rows import By
from xyper_engine.state.figures import Asked, Figures, quantile
from xyper_engine.state.statistics import Series, Statistics, bucket, forget, quarter
from xyper_engine.store.db import Database

TEXTS = Series("acme", "whatsapp/1", "inbound", "messages", "text", "delivered")


@pytest.fixture(autouse=True)
async def acme(db: Database) -> None:
    await db.execute("insert into tenants (id, name, policy) values ('acme', 'Acme', '{}')")


async def live_by(db: Database, zone: str, **more: object) -> None:
    await db.execute("update tenants set policy = $1 where id = 'acme'", {"timezone": zone, **more})


def came(at: datetime) -> str:
    """The id of an event that came then."""
    return str(UUID(int=(int(at.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62) | random.getrandbits(62)))


async def counts(
    db: Database, first: date, last: date, by: By = "day", what: str = "messages"
) -> Sequence[tuple[str | None, dict[str, int]]]:
    asked = Asked.of(what, first, last, by, frozenset())
    return [(one.at, one.counts) for one in await Figures(db).read("acme", asked)]


def test_an_id_says_when_its_event_came() -> None:
    at = datetime(2026, 11, 22, 10, 14, 59, tzinfo=UTC)
    assert quarter(came(at)) * 900 == datetime(2026, 11, 22, 10, tzinfo=UTC).timestamp()
    assert abs(quarter(new_id()) - quarter("from another world")) <= 1


async def test_two_engines_add_up(db: Database) -> None:
    one, two = Statistics(db), Statistics(db)
    for n in range(30):
        (one, two)[n % 2].count(came(datetime(2026, 11, 22, tzinfo=UTC)), TEXTS._replace(kind=f"kind {n % 5}"))
    await asyncio.gather(one.flush(), two.flush())
    await asyncio.gather(one.flush(), two.flush())  # there is nothing more to add
    day = date(2026, 11, 22)
    assert await counts(db, day, day) == [("2026-11-22", {"delivered": 30})]


async def test_what_cannot_be_written_is_written_with_the_next(db: Database) -> None:
    statistics, at = Statistics(db), came(datetime(2026, 11, 22, tzinfo=UTC))
    statistics.count(at, TEXTS)
    await live_by(db, "Mars/Olympus")
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await statistics.flush()
    await live_by(db, "UTC")
    statistics.count(at, TEXTS)
    await statistics.flush()
    assert await db.fetchval("select sum(n) from statistics_hours") == 2


async def test_it_is_written_at_the_end_too(db: Database) -> None:
    async with Statistics.open(db) as statistics:
        statistics.count(new_id(), TEXTS)
    assert await db.fetchval("select n from statistics_days") == 1


async def test_who_was_removed_is_left_out(db: Database) -> None:
    statistics = Statistics(db)
    statistics.count(new_id(), TEXTS._replace(tenant="gone"))
    statistics.count(new_id(), TEXTS)
    await statistics.flush()
    assert [row["tenant"] for row in await db.fetch("select tenant from statistics_days")] == ["acme"]


CLOCKS = (
    ("UTC", date(2026, 10, 25), 24),
    ("Europe/Rome", date(2026, 10, 25), 25),
    ("Europe/Rome", date(2026, 3, 29), 23),
    ("Asia/Kolkata", date(2026, 10, 25), 24),
    ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
)


async def test_a_day_has_as_many_hours_as_the_tenants_clock_says(db: Database) -> None:
    for zone, day, hours in CLOCKS:
        await db.execute("delete from statistics_days")
        await live_by(db, zone)
        await _hold_for_a_day(db, day, hours)


async def _hold_for_a_day(db: Database, day: date, hours: float) -> None:
    """One message in each quarter of an hour, from the day before to the day after."""
    statistics, noon = Statistics(db), datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    for n in range(-200, 200):
        statistics.count(came(noon + timedelta(minutes=15 * n)), TEXTS)
    await statistics.flush()
    [(at, found)] = await counts(db, day, day)
    assert (at, found) == (day.isoformat(), {"delivered": hours * 4})


async def test_hours_are_told_one_by_one_also_the_one_that_comes_twice(db: Database) -> None:
    await live_by(db, "Asia/Kolkata")
    today: date = await db.fetchval("select (now() at time zone 'Asia/Kolkata')::date - 1")
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC) - timedelta(hours=5, minutes=30)
    statistics = Statistics(db)
    for n in range(96):
        statistics.count(came(midnight + timedelta(minutes=15 * n)), TEXTS)
    await statistics.flush()
    found = await counts(db, today, today, "hour")
    assert [at for at, _ in found] == [(midnight + timedelta(hours=n)).isoformat() for n in range(24)]
    assert all(one == {"delivered": 4} for _, one in found)


async def test_days_are_the_sums_of_their_hours_and_stay_when_those_are_forgotten(db: Database) -> None:
    for seed, zone in enumerate(["UTC", "Europe/Rome", "Asia/Kolkata", "America/New_York"]):
        await db.execute("delete from statistics_hours")
        await db.execute("delete from statistics_days")
        await live_by(db, zone, stat_days=32)
        await _hold_when_forgotten(db, zone, random.Random(seed))


async def _hold_when_forgotten(db: Database, zone: str, chance: random.Random) -> None:
    """Whatever was counted, and however often it was written."""
    statistics, now = Statistics(db), datetime.now(UTC)
    for n in range(300):
        series = TEXTS._replace(
            number=f"whatsapp/{chance.randrange(2)}", kind=chance.choice(["text", "image"]),
            measure=chance.choice(["messages", "receipts"]), label=chance.choice(["delivered", "failed"]),
        )  # fmt: skip
        statistics.count(came(now - timedelta(hours=chance.uniform(0, 24 * 60))), series, n=chance.randrange(1, 9))
        if n % 100 == 99:
            await statistics.flush()
    days = await db.fetch(f"select {_DAY}, n from statistics_days order by 1, 2, 3, 4, 5, 6, 7")
    added = await db.fetch(_ADDED_UP, zone)
    assert days == added
    assert await forget(db) > 0
    assert await forget(db) == 0
    assert await db.fetch(f"select {_DAY}, n from statistics_days order by 1, 2, 3, 4, 5, 6, 7") == days
    oldest = await db.fetchval("select min(at) from statistics_hours")
    assert now - timedelta(days=33) < oldest < now - timedelta(days=30)


_DAY = "tenant, measure, at, number, direction, kind, label"

_ADDED_UP = """
select tenant, measure, (at at time zone $1)::date as at, number, direction, kind, label, sum(n)::bigint as n
from statistics_hours group by 1, 2, 3, 4, 5, 6, 7 order by 1, 2, 3, 4, 5, 6, 7
"""


async def test_a_walk_over_years_tells_what_an_answer_tells(db: Database) -> None:
    statistics = Statistics(db)
    for n in range(0, 300, 7):
        statistics.count(came(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=n)), TEXTS)
    await statistics.flush()
    asked = Asked.of("messages", date(2026, 1, 1), date(2026, 12, 31), "day", frozenset({"kind"}))
    walked = [figure async for figure in Figures(db).walk("acme", asked)]
    assert walked == await Figures(db).read("acme", asked)
    assert len(walked) == 43


@pytest.mark.parametrize(
    ("what", "first", "last", "by", "error"),
    [
        ("weather", date(2026, 1, 1), date(2026, 1, 1), "day", NotFound),
        ("funnel", date(2026, 1, 2), date(2026, 1, 1), "day", Invalid),
        ("funnel", date(2024, 1, 1), date(2024, 1, 1), "hour", Invalid),
    ],
)
def test_what_cannot_be_asked(what: str, first: date, last: date, by: By, error: type[Exception]) -> None:
    with pytest.raises(error):
        Asked.of(what, first, last, by, frozenset())


@pytest.mark.parametrize(
    ("seconds", "label"), [(0, "0.05"), (0.05, "0.05"), (0.051, "0.1"), (3600, "3600"), (1e6, "inf")]
)
def test_every_time_falls_in_one_bucket(seconds: float, label: str) -> None:
    assert bucket(seconds) == label


def test_quantiles_lie_where_the_values_lie() -> None:
    assert quantile({}, 0.5) is None
    assert quantile({"10": 100}, 0.5) == pytest.approx(7.5)  # half-way between 5 and 10
    assert quantile({"0.05": 90, "1": 9, "inf": 1}, 0.9) == pytest.approx(0.05)
    assert quantile({"0.05": 90, "1": 9, "inf": 1}, 0.99) == pytest.approx(1.0)
    assert quantile({"inf": 1}, 0.5) == 86400
