"""D5: the list of secrets, a change with an overlap that the vendor proves, the end of a value, and who did what."""

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.admin.ground import Ground, Heard, dashboard, findings
from xyper_engine.demo import NUMBER

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NEW = "a-new-token-of-acmes"


async def test_a_token_is_changed_in_peace_and_its_old_value_ended(browser: Browser, ground: Ground) -> None:
    await ground.call("PUT", f"graph/numbers/{NUMBER}", {"further_tokens": [NEW]})
    async with dashboard(browser, ground, "secrets?tenant=acme") as shown:
        page, heard = shown.page, Heard(shown.page)
        await page.get_by_role("button", name="WhatsApp access token").click()
        panel = page.locator(".side-panel")
        old = await panel.locator(".secret-values code").inner_text()
        assert await findings(page) == []

        await panel.get_by_role("button", name="Rotate").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("New value").fill("not-one-of-theirs")
        await dialog.get_by_role("button", name="Prove and rotate").click()
        await expect(dialog.locator(".field.wrong .error")).to_contain_text("Nothing was changed.")
        await expect(dialog.get_by_label("New value")).to_have_value("not-one-of-theirs")
        await dialog.get_by_label("New value").fill(NEW)
        await dialog.get_by_role("button", name="Prove and rotate").click()
        await expect(dialog).to_have_count(0)
        shown.forgive("422")
        await expect(panel.locator(".secret-values li")).to_have_count(2)
        await expect(panel.locator(".secret-values .badge")).to_have_text(["current", "retiring"])

        await page.locator("tbody tr", has_text=old).get_by_role("button").click()
        await panel.get_by_role("button", name="Revoke at once").click()
        await dialog.get_by_label(f"Type {old} to confirm").fill(old)
        await dialog.get_by_role("button", name="Revoke", exact=True).click()
        await expect(page.locator("tbody tr", has_text=old)).to_have_count(0)
        await page.get_by_role("button", name="WhatsApp access token").click()
        await expect(panel.locator(".secret-history b")).to_have_text(["Revoked", "Rotated"])
        assert NEW not in await heard.all()


async def test_what_we_make_ourselves_is_not_asked_for(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "secrets?tenant=acme&name=secret") as shown:
        page = shown.page
        await page.get_by_role("button", name="Genesys webhook secret").click()
        await page.locator(".side-panel").get_by_role("button", name="Rotate").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_label("New value")).to_have_count(0)
        await dialog.get_by_label("Old value stays valid for").select_option("1 hour")
        await dialog.get_by_role("button", name="Prove and rotate").click()
        await expect(page.locator(".side-panel .secret-values li")).to_have_count(2)
