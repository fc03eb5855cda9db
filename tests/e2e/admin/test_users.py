"""D3: who may come in, as what, and with which keys."""

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.admin.ground import Ground, dashboard

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_somebody_is_invited_shut_out_and_let_in(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "users") as shown:
        page = shown.page
        dialog = page.get_by_role("dialog")
        await page.get_by_role("button", name="Invite an administrator").click()
        await dialog.get_by_label("Name").fill("Bob Okafor")
        await dialog.get_by_label("E-mail").fill("bob@example.com")
        await dialog.get_by_role("button", name="Invite", exact=True).click()
        await expect(dialog.locator("code")).to_contain_text(f"{ground.ours}/admin/#invitation=")
        await dialog.get_by_role("button", name="Close").last.click()
        row = page.locator("xy-table tbody tr", has_text="bob@example.com")
        await expect(row.locator(".badge").first).to_have_text("invited")
        await row.get_by_role("button", name="What to do with Bob Okafor").click()
        await page.get_by_role("menuitem", name="Shut out").click()
        await dialog.get_by_role("button", name="Shut out").click()
        await expect(row.locator(".badge").first).to_have_text("shut out")
        await row.get_by_role("button", name="What to do with Bob Okafor").click()
        await page.get_by_role("menuitem", name="Let in again").click()
        await expect(row.locator(".badge").first).to_have_text("invited")


async def test_a_session_is_ended_at_once(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "users/sessions") as one, dashboard(browser, ground, "tenants") as other:
        mine = (await other.api("GET", "auth/me"))["body"]["session"]
        page = one.page
        before = await page.locator("xy-table tbody tr").count()
        assert before >= 2
        await page.reload()
        row = page.locator("xy-table tbody tr").first
        await expect(row).to_be_visible()
        told = await one.api("DELETE", f"sessions/{mine}")
        assert told["status"] == 204
        assert (await other.api("GET", "auth/me"))["status"] == 401
        other.forgive("401")


async def test_a_key_is_made_shown_once_and_revoked(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "users/keys") as shown:
        page = shown.page
        dialog = page.get_by_role("dialog")
        await page.get_by_role("button", name="New API key").first.click()
        await dialog.get_by_label("What it is for").fill("Data warehouse")
        make = dialog.get_by_role("button", name="Make the key")
        await expect(make).to_be_disabled()
        await dialog.get_by_label("tenants:list").check()
        await make.click()
        secret = await dialog.locator("code").inner_text()
        await dialog.get_by_role("button", name="Close").last.click()
        await expect(dialog).to_have_count(0)
        row = page.locator("xy-table tbody tr", has_text="Data warehouse")
        await expect(row).to_contain_text("valid")
        await expect(page.get_by_text(secret)).to_have_count(0)  # a dialog that has closed goes a moment later
        assert secret not in await page.content()
        bearer = {"Authorization": f"Bearer {secret}"}
        url = f"{ground.ours}/api/v1/tenants"
        async with ground.http.get(url, headers=bearer) as answer:
            assert answer.status == 200
        await row.get_by_role("button", name="Revoke the key").click()
        await dialog.get_by_role("button", name="Revoke the key").click()
        await expect(row).to_contain_text("revoked")
        async with ground.http.get(url, headers=bearer) as answer:
            assert answer.status == 401


async def test_the_matrix_is_the_gateways_own(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "users/roles") as shown:
        row = shown.page.locator(".matrix tr", has=shown.page.get_by_text("tenants:end", exact=True))
        await expect(row.locator("td.yes")).to_have_count(1)
        await expect(row.locator("td.no")).to_have_count(3)
