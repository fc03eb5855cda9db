"""D10: how everything is, live; and each tenant's error budget."""

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.admin.ground import TENANT, Ground, dashboard, findings
from xyper_engine.demo import CLIENT, INTEGRATION

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]
BEATS = 30_000
"""Milliseconds for an engine to tell how it is, and for the page to ask again."""


async def test_what_goes_wrong_is_seen_without_a_press_and_so_is_its_end(browser: Browser, ground: Ground) -> None:
    customer = await ground.customer("Helga Health")
    async with dashboard(browser, ground, "health") as shown:
        page = shown.page
        await expect(page.get_by_role("heading", name="Servers")).to_be_visible(timeout=BEATS)
        await expect(page.locator(".servers li")).to_have_count(4)
        await expect(page.locator("xy-health")).to_contain_text("answers")
        await expect(page.locator("xy-health")).to_contain_text("Engines")
        assert await findings(page) == []
        account = f"genesys/{INTEGRATION}"
        await ground.call("POST", "knobs", {"side": "cloud", "down_accounts": [CLIENT, INTEGRATION]})
        try:
            for n in range(6):
                await customer.write(f"Is anybody there? {n}")
            paused = page.locator("section", has_text="Paused accounts")
            await expect(paused).to_contain_text(account, timeout=90_000)
            await expect(page.locator(".page-head .badge")).to_have_text("somebody should look")
            await expect(page.locator("section", has_text="What waits")).to_contain_text("To agents")
            await page.get_by_role("link", name="Acme Inc.").first.hover()
        finally:
            await ground.call("DELETE", "knobs")
        await expect(page.locator("xy-health")).not_to_contain_text(account, timeout=90_000)
        await shown.go(f"health?tenant={TENANT}")
        await expect(page.get_by_text("Accounts at their vendors").first).to_be_visible()


async def test_the_error_budget_of_one_and_of_all(browser: Browser, ground: Ground) -> None:
    await ground.customer("Bert Budget")
    async with dashboard(browser, ground, f"health?tab=level&tenant={TENANT}") as shown:
        page = shown.page
        await expect(page.get_by_text("Budget left")).to_be_visible()
        await expect(page.locator("xy-health")).to_contain_text("99.9 % within 10 s")
        assert await findings(page) == []
        await shown.go("health?tab=level")
        await expect(page.locator("xy-table")).to_contain_text("Acme Inc.", timeout=BEATS)
        assert await findings(page) == []
