"""D9: who changed what, as a difference; proved, narrowed down, and taken along."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.admin.ground import TENANT, Ground, dashboard, findings

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_a_change_is_read_proved_and_exported(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "account") as shown:
        page = shown.page
        policy = await shown.api("GET", f"tenants/{TENANT}/policy")
        days = policy["body"]["trace_days"]
        change = {"trace_days": days + 1}
        await shown.api(
            "PATCH", f"tenants/{TENANT}/policy", change, **{"If-Match": f'"{policy["etag"].strip(chr(34))}"'}
        )
        await shown.go(f"audit?tenant={TENANT}&action=tenant.policy")
        await expect(page.locator("xy-seal")).to_contain_text("Chain verified")
        assert await findings(page) == []
        await page.locator("xy-table tbody .row-link").first.click()
        panel = page.get_by_role("complementary", name="One change")
        row = panel.locator(".difference tbody tr").filter(has_text="trace_days")
        await expect(row.locator("del")).to_have_text(str(days))
        await expect(row.locator("ins")).to_have_text(str(days + 1))
        assert await findings(page) == []
        async with page.expect_download() as coming:
            await page.get_by_role("link", name="CSV").click()
        kept = Path(await (await coming.value).path()).read_text()
        lines = list(csv.DictReader(StringIO(kept)))
        assert {line["action"] for line in lines} == {"tenant.policy"}
        assert lines[-1]["hash"].startswith((await panel.locator(".clip").get_attribute("title") or "?")[:16])
        await page.get_by_role("button", name="Chain verified").click()
        await expect(page.locator("dialog")).to_contain_text("none was altered, removed or inserted")
        await page.keyboard.press("Escape")
        await panel.get_by_role("button", name="Same person").click()
        await page.get_by_label("Action").fill("no.such.thing")
        await expect(page.get_by_text("No changes")).to_be_visible()


async def test_everything_is_seen_by_who_sees_all_tenants(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "audit") as shown:
        await expect(shown.page.locator("xy-table tbody tr").filter(has_text="session.begin").first).to_be_visible()
        await expect(shown.page.get_by_role("columnheader", name="Tenant")).to_be_visible()
