"""D8: the statistics of a tenant, of all, and of one that has none."""

import csv
import io
import re
from datetime import timedelta

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.admin.counted import DAYS, NUMBERS, ONCE, count, database, fill
from tests.e2e.admin.ground import NEWCOMER, TENANT, Ground, dashboard, findings
from xyper_engine.model import now
from xyper_engine.state.statistics import Statistics

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

CHARTS = (
    "Messages", "How far messages came", "Errors", "Until the other side had it", "Busy hours of the week",
    "The 24-hour window", "Price categories", "Templates", "Agents",
)  # fmt: skip
OWN = f"statistics?tenant={TENANT}"


def chart(page: Page, name: str) -> Locator:
    return page.get_by_role("figure", name=name, exact=True)


def tile(page: Page, name: str) -> Locator:
    return page.locator(".tile", has=page.get_by_text(name, exact=True)).locator(".figure")


async def test_a_tenant_in_figures(browser: Browser, ground: Ground) -> None:
    """Every chart has its sentence, its table and its files; what is asked for stands in the address."""
    await fill(ground.folder, TENANT)
    async with dashboard(browser, ground, f"{OWN}&range=own&first=2026-01-01&last={now().date()}") as shown:
        page = shown.page
        await page.get_by_label("WhatsApp number").select_option(NUMBERS[0])
        half = f"{24 * DAYS * ONCE // 2:,}"
        await expect(tile(page, "Received")).to_have_text(half)
        for name in CHARTS:
            await expect(chart(page, name).locator(".chart-summary")).to_be_visible()
        await expect(chart(page, "Messages").locator(".chart-summary")).to_contain_text(
            f"{half} received and {half} sent"
        )
        await expect(chart(page, "Errors").locator(".meters, .bars")).to_contain_text("The 24-hour window was closed")
        await expect(tile(page, "First answer, 95 % within")).to_have_text("2 mins")
        assert await findings(page) == []

        await chart(page, "Templates").get_by_role("button", name="Show as table").click()
        await expect(chart(page, "Templates").get_by_role("row").nth(1)).to_contain_text("hello/en")
        async with page.expect_download() as download:
            await chart(page, "Price categories").get_by_role("button", name="Download").click()
            await page.get_by_role("menuitem", name="CSV").click()
        text = (await (await download.value).path()).read_text()
        assert [one["label"] for one in csv.DictReader(io.StringIO(text))] == ["service"]

        await page.get_by_label("Which time").select_option("answers")
        await expect(chart(page, "Until an agent’s first answer").locator(".chart-summary")).to_contain_text("1.5 mins")
        assert "time=answers" in page.url
        await page.get_by_label("Time", exact=True).select_option("today")
        await expect(chart(page, "Messages").locator(".chart-summary")).to_be_visible()
        await page.reload()
        await expect(page.get_by_label("WhatsApp number")).to_have_value(NUMBERS[0])


async def test_a_number_that_is_chosen_is_shown_where_nothing_was_counted_of_it(
    browser: Browser, ground: Ground
) -> None:
    nothing = f"{OWN}&range=own&first=2025-12-30&last=2025-12-31&number={NUMBERS[0]}"
    async with dashboard(browser, ground, nothing) as shown:
        await expect(shown.page.get_by_label("WhatsApp number")).to_have_value(NUMBERS[0])


async def test_charts_are_read_by_keyboard(browser: Browser, ground: Ground) -> None:
    await fill(ground.folder, TENANT)
    async with dashboard(browser, ground, OWN) as shown:
        page = shown.page
        plot = page.get_by_role("slider", name="Messages", exact=True)
        await plot.focus()
        await page.keyboard.press("Home")
        first = await plot.get_attribute("aria-valuetext")
        assert first
        await expect(chart(page, "Messages").locator(".legend")).to_contain_text(first.split(":")[0])
        await page.keyboard.press("ArrowRight")
        await expect(plot).not_to_have_attribute("aria-valuetext", first)
        await expect(plot).to_have_attribute("aria-valuenow", "1")
        await chart(page, "Busy hours of the week").locator('td[tabindex="0"]').focus()
        await page.keyboard.press("ArrowDown")
        await expect(page.locator(".heat td:focus")).to_have_attribute(
            "aria-label", re.compile(r"^Tuesday 09:00: \d+ message")
        )


async def test_new_figures_come_without_a_flicker(browser: Browser, ground: Ground) -> None:
    await fill(ground.folder, TENANT)
    async with dashboard(browser, ground, f"{OWN}&number={NUMBERS[1]}") as shown:
        page = shown.page
        await expect(tile(page, "Received")).not_to_have_text("")
        await expect(page.locator("xy-line canvas").first).to_be_visible()  # each chart loads by itself
        before = int((await tile(page, "Received").inner_text()).replace(",", ""))
        await page.evaluate("document.querySelector('xy-line canvas').dataset.same = '1'")
        async with database(ground.folder) as db:
            statistics = Statistics(db)
            count(statistics, TENANT, now() - timedelta(days=1), number=NUMBERS[1])
            await statistics.flush()
        await page.evaluate("document.querySelector('xy-statistics')._read(true)")
        await expect(tile(page, "Received")).to_have_text(f"{before + ONCE:,}")
        assert await page.evaluate("document.querySelector('xy-line canvas').dataset.same") == "1"
        await expect(page.locator(".shapes")).to_have_count(0)


async def test_of_all_tenants_of_one_without_any_and_of_one_that_fails(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "statistics", language="ar", scheme="dark") as shown:
        page = shown.page
        await expect(page.get_by_role("figure")).to_have_count(len(CHARTS) - 2)
        assert await page.evaluate("document.documentElement.dir") == "rtl"
        assert await findings(page) == []
    async with dashboard(
        browser, ground, f"statistics?tenant={NEWCOMER}&range=own&first=2026-01-01&last=2026-01-02"
    ) as shown:
        page = shown.page
        await expect(page.get_by_text("Nothing was counted in this time.")).to_have_count(len(CHARTS) - 1)
    async with dashboard(browser, ground) as shown:
        page = shown.page
        await page.route("**/statistics/failures?*", lambda route: route.fulfill(status=503, json={"detail": "Wait."}))
        await shown.go(OWN)
        await expect(chart(page, "Errors").get_by_role("alert")).to_contain_text("Wait.")
        await expect(chart(page, "Messages").locator(".chart-summary")).to_be_visible()
        await page.unroute("**/statistics/failures?*")
        await chart(page, "Errors").get_by_role("button", name="Try again").click()
        await expect(chart(page, "Errors").get_by_role("alert")).to_have_count(0)
        shown.forgive("503")
