"""Privacy: a person found, kept, told and forgotten; what people decided; for how long anything is kept."""

import re

import pytest
from playwright.async_api import Browser, FilePayload, expect

from tests.e2e.admin.ground import TENANT, Ground, dashboard, findings

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

PRIVACY = f"privacy?tenant={TENANT}"
TABLE = """contact,kind,given,event
tel:+16505550777,marketing,true,form-1
tel:+16505550777,marketing,perhaps,form-2
"""


async def test_a_person_is_found_kept_and_forgotten(browser: Browser, ground: Ground) -> None:
    gina = await ground.customer("Gina Privacy", words="forget me")
    async with dashboard(browser, ground, PRIVACY) as shown:
        page, dialog = shown.page, shown.page.locator("dialog")
        await page.get_by_label("Any name of theirs").fill(f"+{gina.wa_id}")
        await page.keyboard.press("Enter")
        person = page.locator(".person")
        await expect(person).to_contain_text("1 message · 1 conversation")
        assert gina.wa_id not in page.url + await person.inner_text()
        assert await findings(page) == []

        await person.get_by_role("button", name="Legal hold").click()
        await dialog.get_by_label("Reason").fill("case 7")
        await dialog.get_by_role("button", name="Place the hold").click()
        await expect(person.get_by_role("button", name="Erase")).to_be_disabled()
        await page.get_by_role("tab", name="Legal holds").click()
        await page.locator("xy-table").get_by_role("button", name="Release").click()
        await dialog.get_by_label("Reason").fill("case closed")
        await dialog.get_by_role("button", name="Release").click()
        await expect(page.locator("xy-table tbody tr").first).to_contain_text("released")

        await page.get_by_role("tab", name="Find a person").click()
        await page.get_by_label("Any name of theirs").fill(f"+{gina.wa_id}")
        await page.keyboard.press("Enter")
        await person.get_by_role("button", name="Erase").click()
        sure = dialog.get_by_role("button", name="Erase for good")
        await expect(sure).to_be_disabled()
        label = dialog.get_by_label(re.compile("Type .* to confirm"))
        mark = re.search(r"Type ([0-9a-f]{8}) to", await dialog.inner_text())
        assert mark
        await label.fill(mark[1])
        await sure.click()
        panel = page.get_by_role("complementary", name="Erasure")
        await expect(panel.locator("[aria-current=step]")).to_contain_text(re.compile("Settling|Certified"))
        await expect(panel).to_contain_text("Messages")
        assert await findings(page) == []
        await page.get_by_role("tab", name="Find a person").click()
        await page.get_by_label("Any name of theirs").fill(f"+{gina.wa_id}")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Nobody goes by this name")).to_be_visible()


async def test_decisions_are_noted_brought_in_and_proved(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, f"{PRIVACY}&tab=consents") as shown:
        page, dialog = shown.page, shown.page.locator("dialog")
        rows = page.locator("xy-table tbody tr:not(.ghost)")
        await page.get_by_role("button", name="Note a decision").click()
        await dialog.get_by_label("Customer").fill("+1 650 555 0778")
        await dialog.get_by_label("Wording").fill("No more ads")
        await dialog.get_by_role("button", name="Note", exact=True).click()
        await expect(rows.first).to_contain_text("withdrawn")
        await rows.first.get_by_role("button").first.click()
        await expect(page.get_by_role("complementary")).to_contain_text("Hash of the wording")
        assert await findings(page) == []

        await page.get_by_role("button", name="Import CSV").click()
        table = FilePayload(name="consents.csv", mimeType="text/csv", buffer=TABLE.encode())
        await dialog.get_by_label("CSV file").set_input_files(table)
        await dialog.get_by_role("button", name="Import", exact=True).click()
        await expect(dialog).to_contain_text("1 decision noted.")
        await expect(dialog.locator("tbody tr")).to_contain_text("given")
        await dialog.get_by_role("button", name="Close").last.click()

        await page.get_by_label("Customer").fill("+1 650 555 0777")
        await page.keyboard.press("Enter")
        await expect(page.locator(".standing")).to_contain_text("agreed")
        await expect(rows).to_have_count(1)
        assert "5550777" not in page.url


async def test_of_two_who_change_the_retention_the_second_is_told(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, f"{PRIVACY}&tab=retention") as shown:
        page, dialog = shown.page, shown.page.locator("dialog")
        days = page.get_by_label("Traces")
        await expect(days).to_be_visible()
        assert await findings(page) == []
        await days.fill("9")
        await expect(page.get_by_text("Shorter than before")).to_be_visible()
        await shown.api("PATCH", f"tenants/{TENANT}/policy", {"trace_days": 33}, **{"If-Match": "*"})
        await page.get_by_role("button", name="Save").click()
        await expect(dialog).to_contain_text("33")
        shown.forgive("412")
        await dialog.get_by_role("button", name="Take theirs").click()
        await expect(days).to_have_value("33")
        await days.fill("999")
        await page.get_by_role("button", name="Save").click()
        valid = await days.evaluate("(field) => field.validity.valid")
        assert not valid, "more than the policy allows never leaves the page"
        await days.fill("14")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("Saved.")).to_be_visible()
        kept = await shown.api("GET", f"tenants/{TENANT}/policy")
        assert kept["body"]["trace_days"] == 14
