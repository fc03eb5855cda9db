"""D2: the tenants of Xyper, and one of them."""

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.admin.counted import database
from tests.e2e.admin.ground import NEWCOMER, TENANT, Ground, dashboard, findings
from xyper_engine.model import Endpoint
from xyper_engine.state.health import Checked, HealthBook

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_the_list_is_searched_and_leads_on(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "tenants") as shown:
        page = shown.page
        rows = page.locator("xy-table tbody tr")
        await expect(rows.filter(has_text="Acme Inc.")).to_have_count(1)  # others may have been onboarded by now
        await page.get_by_label("Search").fill("NEW")
        await expect(rows).to_have_count(1)
        assert page.url.endswith("?search=NEW")
        await rows.get_by_text("Newco").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Newco")
        assert "/admin/tenants/newco" in page.url
        await expect(page.get_by_role("tab", name="Summary")).to_have_attribute("aria-selected", "true")
        await page.go_back()
        await expect(page.get_by_label("Search")).to_have_value("NEW")
        await page.get_by_label("Search").fill("nobody at all")
        await expect(page.get_by_role("heading", name="No tenant is called so.")).to_be_visible()


async def test_one_is_made_suspended_resumed_and_deleted(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "tenants") as shown:
        page = shown.page
        await page.get_by_role("button", name="New tenant").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Name").fill("Café Zürich (EU)")
        await dialog.get_by_label("Id").fill(TENANT)
        await dialog.get_by_role("button", name="Create").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("acme")
        assert await dialog.get_by_label("Name").input_value() == "Café Zürich (EU)"
        await dialog.get_by_label("Id").fill("")
        await dialog.get_by_role("button", name="Create").click()
        await expect(dialog).to_have_count(0)
        await shown.go("tenants/cafe-zurich-eu/danger")
        await page.locator(".danger-zone").get_by_role("button", name="Suspend").click()
        await dialog.get_by_role("button", name="Suspend").click()
        await expect(page.locator(".page-head .badge")).to_have_text("suspended")
        await page.locator(".page-head").get_by_role("button", name="Resume").click()
        await expect(page.locator(".page-head .badge")).to_have_text("active")
        await page.get_by_role("button", name="Delete the tenant").click()
        await expect(dialog.get_by_role("button", name="Delete the tenant")).to_be_disabled()
        await dialog.get_by_label("Type cafe-zurich-eu to confirm").fill("cafe-zurich-eu")
        await dialog.get_by_role("button", name="Delete the tenant").click()
        await expect(page.locator(".page-head .badge")).to_have_text("being deleted")
        shown.forgive("409")


async def test_of_two_who_change_one_the_second_is_told(browser: Browser, ground: Ground) -> None:
    """Nothing is overwritten unseen: what only one of them touched stays, and for the rest a person decides."""
    path = f"tenants/{NEWCOMER}/policy"
    async with dashboard(browser, ground, path) as first, dashboard(browser, ground, path) as second:
        one, other = first.page, second.page
        for page in (one, other):
            await expect(page.get_by_label("Time zone")).to_have_value("UTC")
        await one.get_by_label("Time zone").fill("Europe/Rome")
        await one.get_by_role("button", name="Save").click()
        await expect(one.locator(".toast.success")).to_be_visible()
        await other.get_by_label("Hours until silence").fill("48")
        await other.get_by_label("Time zone").fill("Europe/Paris")
        await other.get_by_role("button", name="Save").click()
        dialog = other.get_by_role("dialog")
        await expect(dialog.locator("tbody td")).to_have_text(["Europe/Rome", "Europe/Paris"])
        await dialog.get_by_role("button", name="Take theirs").click()
        await expect(other.locator(".toast.success")).to_be_visible()
        kept = (await second.api("GET", f"tenants/{NEWCOMER}/policy"))["body"]
        assert (kept["timezone"], kept["end_after"]) == ("Europe/Rome", 48)
        await one.get_by_label("Words that mean STOP").fill("basta\nhalt")
        await one.get_by_role("button", name="Save").click()
        await expect(one.get_by_text("nothing of it was overwritten")).to_be_visible()
        kept = (await second.api("GET", f"tenants/{NEWCOMER}/policy"))["body"]
        assert (kept["end_after"], kept["stop_words"]) == (48, ["basta", "halt"])
        for shown in (first, second):
            shown.forgive("412")


async def test_what_is_wrong_stands_at_its_field(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, f"tenants/{NEWCOMER}/genesys") as shown:
        page = shown.page
        region = page.get_by_label("Region")
        await expect(region).to_have_value("sim")
        await region.fill("atlantis")
        await page.get_by_role("button", name="Save").click()
        await expect(region).to_have_attribute("aria-invalid", "true")
        await expect(region).to_be_focused()
        await expect(page.locator(".field.wrong .error")).to_contain_text("no region of Genesys Cloud")
        await page.get_by_role("button", name="Undo").click()
        await expect(region).to_have_value("sim")
        shown.forgive("422")


async def test_addresses_are_copied(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, f"tenants/{TENANT}/hooks") as shown:
        page = shown.page
        await page.get_by_role("button", name="Copy: Address").click()
        await expect(page.locator(".copyable .done")).to_be_visible()
        copied = await page.evaluate("navigator.clipboard.readText()")
        assert copied == f"{ground.ours}/hooks/genesys/demo-acme"


async def test_a_number_shows_its_quality_and_its_limit_as_they_were_checked(browser: Browser, ground: Ground) -> None:
    async with database(ground.folder) as db:
        [number] = await db.fetch("select account from accounts where tenant = $1 and adapter = 'whatsapp'", TENANT)
        at = Endpoint(adapter="whatsapp", account=number["account"])
        line = Checked(at, "number", "ok", "GREEN", quality="GREEN", messaging_limit="TIER_2K")
        await HealthBook(db).write(TENANT, [line])
        try:
            async with dashboard(browser, ground, f"tenants/{TENANT}/whatsapp") as shown:
                facts = shown.page.locator(".account .facts")
                await expect(facts).to_contain_text("2,000 customers a day")
                await expect(facts.locator(".badge")).to_have_text("high")
                await expect(facts.locator("time").first).to_be_visible()
                assert await findings(shown.page) == []
        finally:
            await db.execute("delete from health where tenant = $1", TENANT)
            await db.execute("update health_rounds set checked_at = null where tenant = $1", TENANT)
