"""D7: dead letters by cause, chosen, replayed while the bar moves, given up with a reason."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.admin.ground import TENANT, Ground, dashboard, findings
from tests.e2e.admin.letters import administrator, refuse, waiting

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_by_cause_replayed_with_progress_cancelled_and_discarded(browser: Browser, ground: Ground) -> None:
    dora, emil = await ground.customer("Dora Dead"), await ground.customer("Emil Dead")
    async with dashboard(browser, ground, f"dead?tenant={TENANT}") as shown:
        page = shown.page
        await expect(page.get_by_text("No dead letters")).to_be_visible()
        await refuse(dora, "one", "two", "three", "four")
        await waiting(shown, 4)
        await refuse(emil, "five", code=131026)
        await waiting(shown, 5)
        await page.reload()
        rows = page.locator("xy-table tbody tr:not(.ghost)")
        await expect(rows).to_have_count(5)
        await expect(page.locator(".tile").first).to_contain_text("2 causes")
        assert await findings(page) == []

        await page.locator(".causes").get_by_role("button", name="131009").click()
        await expect(rows).to_have_count(4)
        for n in (0, 1, 2):
            await rows.nth(n).get_by_role("checkbox").check()
        await page.get_by_role("button", name="Replay selected (3)").click()
        dialog = page.locator("dialog")
        await expect(dialog).to_contain_text("This touches 3 letters.")
        await dialog.get_by_label("Rate").select_option("1")
        await expect(dialog).to_contain_text("about 3 secs per tenant")
        await dialog.get_by_role("button", name="Replay").click()
        bar = page.get_by_role("progressbar")
        await expect(bar).to_have_attribute("aria-valuenow", re.compile("[12]"))
        assert await findings(page) == []
        await expect(page.locator(".replay.done").first).to_contain_text("3 are on their way again")
        await dora.phone_has("four")
        await expect(rows).to_have_count(1)

        await page.get_by_role("button", name="Replay all matching").click()
        await expect(dialog).to_contain_text("This touches 1 letter.")
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Clear filters").click()
        await page.get_by_role("button", name="Code 131009").click()
        await expect(rows).to_have_count(2)
        await page.get_by_role("button", name="Discard all matching").click()
        give_up = dialog.get_by_role("button", name="Discard")
        await expect(give_up).to_be_disabled()
        await dialog.get_by_label("Reason").fill("The customer called instead")
        await give_up.click()
        await expect(page.get_by_text("No dead letters")).to_be_visible()
        await page.get_by_label("State").select_option("discarded")
        await expect(rows).to_have_count(2)


async def test_one_of_them_beside_the_list(browser: Browser, ground: Ground) -> None:
    fred = await ground.customer("Fred Dead")
    await refuse(fred, "my secret words")
    async with dashboard(browser, ground, "account") as shown:
        page = shown.page
        [letter] = await waiting(shown, 1)
        await shown.go("dead")
        await page.locator("xy-table tbody .row-link").first.click()
        panel = page.get_by_role("complementary", name="Dead letter")
        await expect(panel).to_contain_text("131009")
        await expect(panel.locator(".json")).to_contain_text("[redacted]")
        assert page.url.endswith(f"/admin/dead/{letter['id']}")
        # An administrator of Xyper reads no bodies and changes none: it is not offered, and refused by hand.
        await expect(panel.get_by_role("button", name="Reveal")).to_have_count(0)
        await expect(panel.get_by_role("button", name="Edit")).to_have_count(0)
        refused = await shown.api("PATCH", f"dead/{letter['id']}", {"parts": [{"type": "text"}]}, **{"If-Match": "*"})
        assert refused["status"] == 403
        shown.forgive("403")
        assert await findings(page) == []
        await panel.get_by_role("link", name="What happened to it").click()
        await expect(page.locator(".stations .bad")).to_contain_text("Given up")
        await page.go_back()
        await page.keyboard.press("Escape")
        await page.locator(".side-panel header button").click()
        await expect(panel).to_have_count(0)
        await page.get_by_role("button", name="Replay all matching").click()
        await page.locator("dialog").get_by_role("button", name="Replay").click()
        await fred.phone_has("my secret words")


async def test_the_tenants_own_administrator_reads_and_mends_it(browser: Browser, ground: Ground) -> None:
    hans = await ground.customer("Hans Dead")
    await refuse(hans, "with a mistake")
    async with administrator(browser, ground) as shown:
        page, dialog = shown.page, shown.page.locator("dialog")
        [letter] = await waiting(shown, 1)
        await shown.go(f"dead/{letter['id']}")
        panel = page.get_by_role("complementary", name="Dead letter")
        await expect(panel.locator(".json")).not_to_contain_text("with a mistake")
        await panel.get_by_role("button", name="Reveal").click()
        await expect(panel.locator(".json")).to_contain_text("with a mistake")

        await panel.get_by_role("button", name="Edit").click()
        await dialog.get_by_label("Text").fill("   ")
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog.locator(".field.wrong")).to_contain_text("must say something")
        shown.forgive("422")
        await dialog.get_by_label("Text").fill("without one")
        other = [{"type": "text", "text": "somebody else's"}]
        await shown.api("PATCH", f"tenants/{TENANT}/dead/{letter['id']}", {"parts": other}, **{"If-Match": "*"})
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog).to_contain_text("somebody else's")
        assert await findings(page) == []
        shown.forgive("412")
        await dialog.get_by_role("button", name="Overwrite with yours").click()
        await dialog.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("Changed. Replay it now.")).to_be_visible()

        await panel.get_by_role("button", name="Replay").click()
        await dialog.get_by_role("button", name="Replay").click()
        await hans.phone_has("without one")
        await shown.go("audit?action=dead.mend")
        await expect(page.locator("xy-table tbody tr")).to_have_count(2)
