"""The templates' page: read from WhatsApp, written with a preview, refused at the field, handed in, deleted."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.admin.ground import Ground, dashboard, findings

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NAME = "order_is_ready"


async def test_written_refused_handed_in_and_deleted(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "templates?tenant=acme") as shown:
        page = shown.page
        await page.get_by_role("button", name="Read from WhatsApp").click()
        await expect(page.get_by_text("templates were read from WhatsApp.")).to_be_visible()
        await page.get_by_role("button", name="New template").click()
        await _written(page)
        await page.locator("select[name=language]").select_option("en_US")
        await page.get_by_role("button", name="Hand in for review").click()
        await expect(page.get_by_text("It is handed in")).to_be_visible()
        panel = page.locator(".side-panel")
        await expect(panel.get_by_role("heading", name="Order is ready")).to_be_visible()
        await expect(panel.locator(".said")).to_contain_text("Hello Ada, order 77 is ready.")
        assert await findings(page) == []

        await panel.get_by_role("button", name="Add a language").click()
        await page.locator("select[name=language]").select_option("en_US")
        await page.get_by_role("button", name="Hand in for review").click()
        language = page.locator(".field.wrong", has=page.locator("select[name=language]"))
        await expect(language.locator(".error")).to_contain_text("already exists")
        shown.forgive("422")
        await page.locator("select[name=language]").select_option("fr")
        await page.locator("textarea[name=body]").fill("Bonjour {{1}}, la commande {{2}} est prête.")
        await page.get_by_role("button", name="Hand in for review").click()
        row = page.locator("tbody tr", has_text=NAME)
        await expect(row.locator(".language")).to_have_text(["en_US", "fr"])

        await _deleted(page, "French")
        await expect(row.locator(".language")).to_have_text(["en_US"])
        await _deleted(page, None)
        await expect(row).to_have_count(0)


async def _written(page: Page) -> None:
    """What Meta would refuse is said at once, and what the customer will see stands beside it."""
    await page.get_by_label("Name").fill("Order Is Ready")
    await page.locator("textarea[name=body]").fill("Hello {{1}}, order {{2}} is *ready*.")
    await page.get_by_role("button", name="Add a button").click()
    await page.get_by_role("button", name="Hand in for review").click()
    wrong = page.locator(".writing .error")
    await expect(wrong).to_have_count(4)
    await expect(page.get_by_label("Name")).to_be_focused()
    assert await findings(page) == []
    await page.get_by_label("Name").fill(NAME)
    await page.get_by_label("{{1}}").fill("Ada")
    await page.get_by_label("{{2}}").fill("77")
    await page.get_by_label("Text", exact=True).fill("Thank you")
    await expect(wrong).to_have_count(0)
    said = page.locator(".beside .said")
    await expect(said).to_contain_text("Hello Ada, order 77 is ready.")
    await expect(said.locator("b, strong")).to_have_text("ready")
    await expect(said.locator(".offers")).to_contain_text("Thank you")


async def _deleted(page: Page, language: str | None) -> None:
    panel = page.locator(".side-panel")
    if language:
        await panel.get_by_role("tab", name=language).click()
    await panel.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label(f"Type {NAME} to confirm").fill(NAME)
    await dialog.get_by_role("button", name="Delete").click()
    await expect(dialog).to_have_count(0)


async def test_without_a_tenant_one_is_asked_for(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "templates") as shown:
        await expect(shown.page.get_by_role("heading", name="Choose a tenant")).to_be_visible()
