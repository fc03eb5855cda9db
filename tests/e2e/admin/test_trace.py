"""D6: a message is found by whatever somebody has, and its way is told step by step."""

import json
import re

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.admin.ground import TENANT, Dashboard, Ground, dashboard, findings
from tests.e2e.admin.letters import refuse, waiting

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

WHOLE_ID = re.compile(r"/admin/trace/[0-9a-f-]{36}\?tenant=acme$")
MASKED = re.compile(r"\+16….{2}")


async def find(shown: Dashboard, what: str) -> None:
    await shown.page.get_by_label("Find a message").fill(what)
    await shown.page.keyboard.press("Enter")


async def test_by_either_vendors_id_and_the_steps_are_told(browser: Browser, ground: Ground) -> None:
    ada = await ground.customer("Ada Trace", words="secret words of Ada")
    await ada.answer("The van is on its way")
    wamid = await ada.phone_has("The van is on its way")
    async with dashboard(browser, ground, f"trace?tenant={TENANT}") as shown:
        page = shown.page
        await find(shown, wamid)
        await page.wait_for_url(WHOLE_ID)
        steps = page.locator(".timeline > li")
        await expect(steps.filter(has_text="Vendor called").first).to_contain_text("200")
        await expect(page.locator(".stations li").filter(has_text="Delivered")).to_be_visible()
        assert await findings(page) == []
        await page.get_by_role("button", name="Copy trace").click()
        await page.get_by_role("menuitem", name="As JSON").click()
        copied = json.loads(await page.evaluate("navigator.clipboard.readText()"))
        assert copied["trace"]["id"] in page.url
        told = await page.locator("xy-trace").inner_text()
        assert not any(private in told for private in ("secret words", ada.wa_id, wamid))
        await page.get_by_role("button", name="Show numbers and ids in full").click()
        await expect(page.locator(".facts")).to_contain_text(f"+{ada.wa_id}")
        await page.get_by_role("link", name="The whole conversation").click()
        await expect(page.locator("xy-table tbody tr")).to_have_count(2)
        assert ada.conversation not in page.url  # our own id of it


async def test_by_a_number_which_no_address_shows_and_everywhere_by_an_id(browser: Browser, ground: Ground) -> None:
    bea = await ground.customer("Bea Trace", words="first")
    await bea.write("second")
    await bea.heard(2)
    async with dashboard(browser, ground, f"trace?tenant={TENANT}") as shown:
        page, rows = shown.page, shown.page.locator("xy-table tbody tr:not(.ghost)")
        await find(shown, f"+{bea.wa_id[0]} {bea.wa_id[1:4]} {bea.wa_id[4:]}")
        await expect(rows).to_have_count(2)
        await expect(rows.first).to_contain_text(MASKED)
        assert bea.wa_id[1:] not in page.url
        await page.reload()  # a link shows the same
        await expect(rows).to_have_count(2)
        await page.get_by_label("Direction").select_option("outbound")
        await expect(page.get_by_text("No messages")).to_be_visible()
        await find(shown, "nobody-s")
        await expect(page.get_by_text("Nothing goes by this name here")).to_be_visible()
        await shown.go("trace")
        await expect(page.get_by_text("Choose a tenant")).to_be_visible()
        await find(shown, bea.conversation)
        await expect(rows).to_have_count(2)
        assert f"tenant={TENANT}" in page.url


async def test_from_a_message_that_died_to_its_letter_and_on_its_way_again(browser: Browser, ground: Ground) -> None:
    cleo = await ground.customer("Cleo Trace")
    await refuse(cleo, "once more, please")
    async with dashboard(browser, ground, "account") as shown:
        page = shown.page
        [letter] = await waiting(shown, 1)
        await shown.go(f"trace/{letter['event_id']}")  # without a tenant: it is found
        await expect(page.locator(".timeline > li").filter(has_text="Vendor called")).to_contain_text("400")
        await page.locator(".timeline summary").first.click()
        await expect(page.locator(".timeline .json").first).to_contain_text("characters>")
        await expect(page.get_by_role("link", name="Its dead letter")).to_have_attribute(
            "href", f"/admin/dead/{letter['id']}?tenant={TENANT}"
        )
        await page.get_by_role("button", name="Replay").click()
        await page.locator("dialog").get_by_role("button", name="Replay").click()
        await cleo.phone_has("once more, please")
        await expect(page.locator(".timeline > li").filter(has_text="Vendor called").last).to_contain_text("200")
        await expect(page.locator("h1 .badge")).to_have_text(re.compile("delivered|read"))
