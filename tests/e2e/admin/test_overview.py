"""D1: how things are, and what somebody should do about it."""

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.admin.counted import bury, exhume, fill
from tests.e2e.admin.ground import NEWCOMER, TENANT, Ground, dashboard, findings

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

LETTERS = 3


async def test_how_things_are(browser: Browser, ground: Ground) -> None:
    """Tiles lead on, the worst comes first, and each thing leads to where it is mended."""
    await fill(ground.folder, TENANT)
    await bury(ground.folder, TENANT, "of this test", "131026", LETTERS)
    async with dashboard(browser, ground) as shown:
        page = shown.page
        await expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
        assert await page.title() == "Overview · Xyper"
        figure = page.get_by_role("figure", name="Messages of the last 24 hours")
        await expect(figure.locator(".chart-summary")).to_contain_text("received")
        await figure.get_by_role("button", name="Show as table").click()
        await expect(figure.get_by_role("row")).to_have_count(25)
        await expect(page.locator(".systems li")).to_have_count(7)
        await expect(page.locator(".systems li", has_text="Database")).to_contain_text("working")

        item = page.locator(".attention li", has_text=f"{LETTERS} dead letters: The customer cannot be reached")
        await expect(item).to_contain_text("Acme")
        link = item.get_by_role("link", name="Look at them")
        assert f"tenant={TENANT}" in str(await link.get_attribute("href"))
        assert "code=131026" in str(await link.get_attribute("href"))
        assert await findings(page) == []

        await page.get_by_role("link", name="Messages today").click()
        await expect(page).to_have_url(f"{ground.ours}/admin/statistics?range=today")
    await exhume(ground.folder, "of this test")


async def test_of_one_tenant_only_its_own(browser: Browser, ground: Ground) -> None:
    await bury(ground.folder, TENANT, "of this test", "131026", LETTERS)
    async with dashboard(browser, ground, f"?tenant={NEWCOMER}", scheme="dark", language="ar") as shown:
        page = shown.page
        await expect(page.locator(".systems li")).to_have_count(3)
        await expect(page.locator(".attention li, .well").first).to_be_visible()
        await expect(page.locator(".overview-two")).not_to_contain_text("Acme")
        assert await findings(page) == []
    await exhume(ground.folder, "of this test")


async def test_what_cannot_be_read_says_so_and_is_tried_again(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "account") as shown:
        page = shown.page
        refused = {"detail": "The database does not answer.", "title": "Away"}
        await page.route("**/api/v1/attention", lambda route: route.fulfill(status=503, json=refused))
        await shown.go("")
        alert = page.get_by_role("region", name="Needs attention").get_by_role("alert")
        await expect(alert).to_contain_text("The database does not answer.")
        await page.unroute("**/api/v1/attention")
        await alert.get_by_role("button", name="Try again").click()
        await expect(alert).to_have_count(0)
        await expect(page.locator(".systems li")).to_have_count(7)
        shown.forgive("503")
