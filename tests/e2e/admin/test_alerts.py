"""Alerts: a channel is added, tried, changed by two at once, and removed."""

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.admin.ground import Ground, dashboard, findings

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_a_channel_from_its_beginning_to_its_end(browser: Browser, ground: Ground) -> None:
    ground.far.answer("POST", "/pager", status=200)
    ground.far.answer("POST", "/pager", status=503)
    async with dashboard(browser, ground, "alerts?tab=channels") as shown:
        page = shown.page
        await expect(page.get_by_text("Nobody is told yet")).to_be_visible()
        assert await findings(page) == []
        await page.get_by_role("button", name="Add a channel").first.click()
        form = page.get_by_role("dialog")
        await form.get_by_label("Name").fill("On call")
        await form.get_by_label("Address", exact=True).fill("https://10.0.0.1/pager")
        await form.get_by_role("button", name="Add").click()
        await expect(form.get_by_text("not on the public internet")).to_be_visible()
        shown.forgive("422")
        await form.get_by_label("Address", exact=True).fill(f"{ground.far.url}/pager")
        await form.get_by_label("Traffic paused").check()
        await form.get_by_role("button", name="Add").click()
        secret = page.get_by_role("dialog", name="The signing secret")
        await expect(secret.locator("code")).to_contain_text("whsec_")
        await secret.get_by_role("button", name="I have copied it").click()

        card = page.get_by_role("article", name="On call")
        await expect(card).to_contain_text(f"{ground.far.url}/…")
        await card.get_by_role("button", name="Test").click()
        await expect(card.get_by_text("It arrived.")).to_be_visible()
        assert ground.far.requests[-1].json["type"] == "test"
        await card.get_by_role("button", name="Test").click()
        await expect(card.get_by_text("127.0.0.1 answers 503.")).to_be_visible()
        assert await findings(page) == []

        listed = await shown.api("GET", "alerts/channels")
        id_ = listed["body"]["channels"][0]["id"]
        await card.get_by_role("button", name="What to do with On call").click()
        await page.get_by_role("menuitem", name="Change").click()
        await shown.api("PATCH", f"alerts/channels/{id_}", {"name": "Night shift"}, **{"If-Match": '"1"'})
        form = page.get_by_role("dialog", name="Change")
        await form.get_by_label("Told from now on").uncheck()
        await form.get_by_role("button", name="Save").click()
        other = page.get_by_role("dialog", name="Somebody else changed this meanwhile")
        await expect(other).to_contain_text("Night shift")
        shown.forgive("412")
        await other.get_by_role("button", name="Overwrite with yours").click()
        await expect(card.get_by_text("off", exact=True)).to_be_visible()

        await card.get_by_role("button", name="What to do with On call").click()
        await page.get_by_role("menuitem", name="Remove").click()
        await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        await expect(page.get_by_text("Nobody is told yet")).to_be_visible()


async def test_what_is_wrong_is_listed(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "alerts") as shown:
        await expect(shown.page.locator("xy-table")).to_be_visible()
        assert await findings(shown.page) == []
        await shown.page.get_by_role("tab", name="History").click()
        assert shown.page.url.endswith("?tab=past")
