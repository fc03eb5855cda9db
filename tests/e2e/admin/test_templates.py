"""The templates' page: read from WhatsApp, written with a preview, refused at the field, handed in, deleted."""

from importlib import resources
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.admin.ground import Ground, dashboard, findings

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NAME = "order_is_ready"
SAMPLES = Path(str(resources.files("xyper_sim"))) / "data" / "samples"


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


async def test_an_example_file_is_proved_handed_to_meta_and_seen(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "templates/new?tenant=acme") as shown:
        page = shown.page
        await page.get_by_label("Name").fill("shop_opens")
        await page.locator("textarea[name=body]").fill("Our new shop is *open*.")
        await page.locator("select[name='header.kind']").select_option("image")
        await page.get_by_role("button", name="Hand in for review").click()
        file = page.get_by_role("group", name="Example file")
        await expect(file.locator(".error")).to_have_text("Choose an example file.")
        await expect(file.get_by_role("button")).to_be_focused()
        chooser = file.locator("input")
        liar = {"name": "shop.png", "mimeType": "image/png", "buffer": (SAMPLES / "invoice.pdf").read_bytes()}
        await chooser.set_input_files(liar)  # type: ignore[arg-type]
        await expect(file.locator(".error")).to_have_text("Meta takes JPG, PNG here, and this file is none of them.")
        shown.forgive("422")
        await chooser.set_input_files(SAMPLES / "photo.jpg")
        await expect(file.locator(".example-name.done")).to_contain_text("photo.jpg")
        await expect(page.locator(".beside .said img.held")).to_be_visible()
        assert await findings(page) == []
        await page.get_by_role("button", name="Hand in for review").click()
        await expect(page.get_by_text("It is handed in")).to_be_visible()
        await expect(page.locator(".side-panel .said .held")).to_be_visible()


async def test_a_codes_template_and_a_carousel_are_written_too(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "templates/new?tenant=acme") as shown:
        page = shown.page
        hand_in = page.get_by_role("button", name="Hand in for review")
        await page.get_by_label("Name").fill("sign_in_code")
        await page.locator("select[name=category]").select_option("AUTHENTICATION")
        await page.locator("select[name='otp.kind']").select_option("ONE_TAP")
        await page.get_by_label("Minutes that the code is good for").fill("91")
        await hand_in.click()
        await expect(page.locator(".writing .error")).to_have_count(2)
        await page.get_by_label("Minutes that the code is good for").fill("5")
        await page.get_by_label("Package name").fill("com.example.shop")
        await page.get_by_label("Signature hash").fill("K8a/AINcGX7")
        await expect(page.locator(".beside .said")).to_contain_text("This code expires in 5 minutes.")
        await hand_in.click()
        panel = page.locator(".side-panel")
        await expect(panel.locator(".said")).to_contain_text("123456 is your verification code.")
        await shown.go("templates?tenant=acme")
        await page.get_by_role("button", name="Read from WhatsApp").click()
        await page.locator("tbody tr", has_text="sign_in_code").click()
        await panel.get_by_role("button", name="Edit").click()
        await expect(page.get_by_label("Package name")).to_have_value("com.example.shop")  # as Meta lists it

        await shown.go("templates/new?tenant=acme")
        await page.get_by_label("Name").fill("autumn_offers")
        await page.locator("select[name=category]").select_option("MARKETING")
        await page.locator("select[name=layout]").select_option("carousel")
        await page.locator("textarea[name=body]").fill("Our offers of this week.")
        await page.get_by_label("Button 1 of each card").select_option("quick_reply")
        for n in (0, 1):
            card = page.locator(".made-cards > li").nth(n)
            await card.locator("input[type=file]").set_input_files(SAMPLES / "photo.jpg")
            await card.get_by_label("Text", exact=True).fill(f"Take {n}")
            await expect(card.locator(".example-name.done")).to_be_visible()
        await page.locator("textarea[name='cards.0.body']").fill("A parcel.")
        await hand_in.click()
        await expect(page.locator(".writing .error")).to_have_text("Either all cards have words, or none has.")
        await page.locator("textarea[name='cards.1.body']").fill("Another.")
        assert await findings(page) == []
        await hand_in.click()
        await expect(panel.locator(".cards-row .said")).to_contain_text(["A parcel.", "Another."])


async def test_without_a_tenant_one_is_asked_for(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "templates") as shown:
        await expect(shown.page.get_by_role("heading", name="Choose a tenant")).to_be_visible()
