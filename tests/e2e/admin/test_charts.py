"""What charts are made of: the pure parts, in the browser."""

import random
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.e2e.admin.ground import Ground, dashboard
from tests.e2e.widget.ground import CALL
from xyper_engine.state.figures import quantile
from xyper_engine.state.statistics import BOUNDS

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

MODEL, TODAY = "charts/model.js", "pages/overview/today.js"
NOW = "2026-11-26T10:30:00+01:00"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page(ground: Ground, browser: Browser) -> AsyncIterator[Page]:
    async with dashboard(browser, ground, "nowhere") as shown:
        yield shown.page


async def call(page: Page, file: str, name: str, *given: object) -> Any:
    return await page.evaluate(CALL, [file, name, list(given)])


async def test_quantiles_are_the_servers(page: Page) -> None:
    chance = random.Random(7)
    labels = [*(f"{bound:g}" for bound in BOUNDS), "inf"]
    for _ in range(40):
        counts = {label: chance.randrange(1, 50) for label in chance.sample(labels, chance.randrange(1, 6))}
        for share in (0.5, 0.95, 0.99):
            assert await call(page, MODEL, "quantile", counts, share) == pytest.approx(quantile(counts, share))
    assert await call(page, MODEL, "quantile", {}, 0.5) is None


PERIODS: Mapping[str, tuple[str, str, str, str, bool]] = {
    "": ("week", "2026-11-20", "2026-11-26", "day", True),
    "range=today": ("today", "2026-11-26", "2026-11-26", "hour", True),
    "range=quarter&by=hour": ("quarter", "2026-08-29", "2026-11-26", "day", True),
    "by=hour": ("week", "2026-11-20", "2026-11-26", "hour", True),
    "range=own&first=2026-10-24&last=2026-10-26": ("own", "2026-10-24", "2026-10-26", "day", False),
    "range=own&first=2026-10-26&last=2026-10-24": ("week", "2026-11-20", "2026-11-26", "day", True),
    "range=own&first=2026-02-31&last=2026-03-01": ("week", "2026-11-20", "2026-11-26", "day", True),
    "range=never": ("week", "2026-11-20", "2026-11-26", "day", True),
}
PERIOD = """async ([query, now]) => {
  const { period } = await import(new URL("charts/model.js", document.querySelector("script[type=module]").src));
  return period(new URLSearchParams(query), new Date(now));
}"""


@pytest.mark.parametrize("query", PERIODS)
async def test_what_an_address_asks_for(page: Page, query: str) -> None:
    found = await page.evaluate(PERIOD, [query, NOW])
    assert (found["name"], found["first"], found["last"], found["by"], found["live"]) == PERIODS[query]


async def test_the_time_before_is_as_long(page: Page) -> None:
    within = await page.evaluate(PERIOD, ["range=month", NOW])
    assert await call(page, MODEL, "before", within) == {"first": "2026-09-28", "last": "2026-10-27"}


TIMES = """async ([first, last, by, now]) => {
  const { times } = await import(new URL("charts/model.js", document.querySelector("script[type=module]").src));
  return times({ first, last, by }, new Date(now)).map((at) => new Date(at).toISOString().slice(5, 16));
}"""


async def test_hours_in_which_nothing_was_counted_are_there_also_on_the_day_with_25(page: Page) -> None:
    """Europe/Rome's."""
    assert len(await page.evaluate(TIMES, ["2026-10-25", "2026-10-25", "hour", NOW])) == 25
    today = await page.evaluate(TIMES, ["2026-11-26", "2026-11-26", "hour", NOW])
    assert (today[0], today[-1], len(today)) == ("11-25T23:00", "11-26T09:00", 11)
    days = await page.evaluate(TIMES, ["2026-10-24", "2026-10-27", "day", NOW])
    assert days == ["10-23T22:00", "10-24T22:00", "10-25T23:00", "10-26T23:00"]


def figure(at: str | None, direction: str, **counts: int) -> dict[str, object]:
    return {"at": at, "direction": direction, "counts": counts}


async def test_the_biggest_come_first_and_the_rest_are_one(page: Page) -> None:
    counts = {f"c{n}": n for n in range(12)}
    found = await call(page, MODEL, "biggest", counts, 3)
    assert found == [["c11", 11], ["c10", 10], ["c9", 9], [None, 36]]


async def test_a_week_of_hours(page: Page) -> None:
    told = [
        figure("1T09", "inbound", delivered=3),
        figure("1T09", "outbound", delivered=2, dead=1),
        figure("7T23", "inbound", dead=4),
    ]
    days = await call(page, MODEL, "weekly", told)
    assert (days["1"][9], days["7"][23], sum(map(sum, days.values()))) == (6, 4, 10)
    assert [await call(page, MODEL, "level", value, 10) for value in (0, 1, 5, 10)] == [0, 1, 3, 5]


CHANGES = {(110, 100): 0.1, (0, 100): -1, (5, 0): None, (None, 3): None}


@pytest.mark.parametrize("pair", CHANGES)
async def test_how_much_more_than_before(page: Page, pair: tuple[int | None, int]) -> None:
    found = await call(page, MODEL, "change", *pair)
    assert found == (None if CHANGES[pair] is None else pytest.approx(CHANGES[pair]))


ON = """async ([name, figures, now]) => {
  const found = await import(new URL("pages/overview/today.js", document.querySelector("script[type=module]").src));
  return found[name](figures, new Date(now));
}"""


async def test_today_against_as_much_of_the_day_a_week_ago(page: Page) -> None:
    """At half past ten: of the hour from ten to eleven a week ago, half."""
    told = [
        figure("2026-11-25T22:00:00+00:00", "inbound", delivered=100),  # eleven at night in Rome
        figure("2026-11-25T23:00:00+00:00", "inbound", delivered=7),
        figure("2026-11-26T09:00:00+00:00", "outbound", delivered=3, dead=1),
        figure("2026-11-19T08:00:00+00:00", "inbound", delivered=10),
        figure("2026-11-19T09:00:00+00:00", "inbound", delivered=8),
        figure("2026-11-19T10:00:00+00:00", "inbound", delivered=100),
    ]
    assert await page.evaluate(ON, ["today", told, NOW]) == {"now": 11, "ago": 14}
    hours = await page.evaluate(ON, ["hours", told, NOW])
    assert (len(hours["times"]), sum(hours["inbound"]), hours["outbound"][-1], hours["ago"][-1]) == (24, 107, 4, 8)


async def test_the_last_days_rate_and_time(page: Page) -> None:
    told = [
        figure("2026-11-26T09:00:00+00:00", "outbound", accepted=10, delivered=9, failed=1),
        figure("2026-11-26T09:00:00+00:00", "inbound", accepted=10),
        figure("2026-11-24T09:00:00+00:00", "outbound", accepted=10),
    ]
    assert await page.evaluate(ON, ["delivered", told, NOW]) == {"share": 0.9, "failed": 1}
    assert await page.evaluate(ON, ["delivered", [], NOW]) is None
    timed = [figure("2026-11-26T09:00:00+00:00", "outbound", **{"1": 100})]
    assert await page.evaluate(ON, ["p95", timed, NOW]) == pytest.approx(0.975)
