"""D2: the tenants of Xyper, and one of them."""

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.admin.ground import Ground, dashboard

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_the_list_is_searched_and_leads_on(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "tenants") as shown:
        page = shown.page
        rows = page.locator("xy-table tbody tr")
        await expect(rows).to_have_count(2)
        await page.get_by_label("Search").fill("NEW")
        await expect(rows).to_have_count(1)
        assert page.url.endswith("?search=NEW")
