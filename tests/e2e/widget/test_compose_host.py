"""Writing in the widget while Genesys holds it: a quick reply may also go into Genesys' own box."""

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.stage import Watch
from tests.e2e.widget.ground import ARRIVES, INES, Customer, context

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_a_quick_reply_goes_into_the_host_s_own_box(browser: Browser, ada: Customer) -> None:
    async with context(browser, size=(1000, 800)) as made:
        page, watch = await made.new_page(), Watch(ada.ground.ours)
        await watch.over(page)
        await page.goto(f"{ada.ground.sim}/host?conversation={ada.conversation}")
        panel = page.frame_locator("iframe")
        async with page.expect_popup() as opened:
            await panel.get_by_role("button", name="Sign in").click()
        await (await opened.value).get_by_role("button", name=INES).click()
        await expect(panel.locator("xy-composer textarea")).to_be_visible(timeout=ARRIVES)
        await panel.get_by_role("button", name="Quick replies", exact=True).click()
        await panel.get_by_role("button", name="New quick reply").click()
        await panel.locator("#sheet-shortcut").fill("moment")
        await panel.locator("#sheet-text").fill("One moment, {{name}}.")
        await panel.get_by_role("dialog").get_by_role("button", name="Save").click()
        await expect(panel.get_by_role("dialog")).to_have_count(0, timeout=ARRIVES)
        await panel.get_by_role("button", name="Quick replies", exact=True).click()
        await panel.get_by_role("combobox").fill("moment")
        await panel.get_by_role("button", name="Insert into Genesys").click()
        await expect(page.locator("#composer")).to_have_value("One moment, Ada Lindqvist.")
    assert watch == Watch(ada.ground.ours), watch
