"""What stands beside the thread: files, search, the customer, what became of a message, and how the widget looks."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.widget.ground import ARRIVES, SOFIA, Customer, widget

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def opened(page: Page, tab: str) -> None:
    await page.get_by_role("tab", name=tab).click()


async def test_everything_that_was_sent_is_in_the_gallery(browser: Browser, ada: Customer) -> None:
    await ada.file("image", "photo.jpg", caption="The door")
    await ada.file("video", "film.mp4")
    await ada.file("document", "invoice.pdf", filename="invoice.pdf")
    await ada.file("audio", "voice.ogg", voice=True)
    await ada.write("See https://example.com/parcel and www.example.org.")
    await ada.write(type="location", location={"latitude": 45.4642, "longitude": 9.1916, "name": "Duomo"})
    await ada.heard(7)
    async with widget(browser, ada) as shown:
        page = shown.page
        panel = page.locator("#panel-media")
        await opened(page, "Media")
        await expect(panel.locator(".thumb")).to_have_count(2)
        await panel.get_by_role("button", name="Documents").click()
        await expect(panel.locator(".line")).to_contain_text("invoice.pdf")
        await panel.get_by_role("button", name="Voice").click()
        await expect(panel.get_by_role("slider")).to_be_visible()
        await panel.get_by_role("button", name="Places").click()
        await expect(panel.locator(".line")).to_contain_text("Duomo")
        await panel.get_by_role("button", name="Links").click()
        links = panel.get_by_role("link")
        await expect(links).to_have_count(2)
        assert [await one.get_attribute("href") for one in await links.all()] == [
            "https://example.com/parcel", "https://www.example.org/",
        ]  # fmt: skip
        await panel.get_by_role("button", name="Go to the message").first.click()
        await expect(page.locator(".bubble", has_text="See https")).to_be_focused()


async def test_a_picture_is_looked_at_from_near(browser: Browser, ada: Customer) -> None:
    await ada.file("image", "photo.jpg", caption="The first")
    await ada.file("image", "photo.jpg", caption="The second")
    await ada.heard(3)
    async with widget(browser, ada) as shown:
        page = shown.page
        await page.get_by_role("button", name="Open The second").click()
        box = page.get_by_role("dialog", name="Picture")
        await expect(box).to_contain_text("2 of 2")
        await page.keyboard.press("ArrowLeft")
        await expect(box.get_by_text("The first")).to_be_visible()
        await page.keyboard.press("+")
        await expect(box.get_by_role("button", name="Zoom")).to_have_attribute("aria-pressed", "true")
        async with page.expect_download() as saved:
            await box.get_by_role("button", name="Download").click()
        assert (await saved.value).suggested_filename.endswith(".jpg")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="Open The second")).to_be_focused()


async def test_a_word_is_found_and_shown_where_it_was_said(browser: Browser, ada: Customer) -> None:
    for words in ("A blue lamp", "Nothing of it", "The lamp is broken"):
        await ada.write(words)
    await ada.heard(4)
    async with widget(browser, ada) as shown:
        page = shown.page
        await page.get_by_role("button", name="Search", exact=True).click()
        await page.get_by_role("searchbox").fill("lamp")
        await expect(page.locator(".hit")).to_have_count(2)
        assert await page.locator(".hit mark").all_inner_texts() == ["lamp", "lamp"]
        await page.keyboard.press("Enter")
        await expect(page.locator(".flash .bubble")).to_contain_text("The lamp is broken")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("2/2")).to_be_visible()
        await page.get_by_label("From").select_option("out")
        await expect(page.get_by_text("Nothing was found.")).to_be_visible()
        await page.get_by_role("searchbox").press("Escape")
        await expect(page.get_by_role("searchbox")).to_have_count(0)


async def test_what_agents_note_of_a_customer_stays(browser: Browser, ada: Customer) -> None:
    async with widget(browser, ada) as shown:
        page = shown.page
        await opened(page, "Profile")
        panel = page.locator("#panel-profile")
        await expect(panel.get_by_text(ada.wa_id)).to_have_count(0)
        await panel.get_by_role("button", name="Show").click()
        await expect(panel.get_by_text(f"+{ada.wa_id}")).to_be_visible()
        await panel.get_by_label("New label").fill("VIP")
        await panel.get_by_role("button", name="Add").click()
        await expect(panel.get_by_role("button", name="Remove VIP")).to_be_visible()
        await panel.get_by_label("Notes").fill("Prefers the morning")
        await panel.get_by_role("button", name="Save").click()
        await expect(panel.get_by_role("button", name="Save")).to_have_count(0)
        await panel.get_by_label("Language").select_option("fr")
        await panel.get_by_role("button", name="Do not contact").click()
        await page.get_by_role("dialog").get_by_role("button", name="Do not contact").click()
        await expect(panel.get_by_role("button", name="May be contacted again")).to_be_visible()
    async with widget(browser, ada, person=SOFIA) as shown:
        await opened(shown.page, "Profile")
        panel = shown.page.locator("#panel-profile")
        for words in ("VIP", "Prefers the morning", "French", "Do not contact"):
            await expect(panel.get_by_text(words).first).to_be_visible()
        await expect(panel.get_by_role("textbox")).to_have_count(0)


async def test_what_became_of_a_message(browser: Browser, ada: Customer) -> None:
    await ada.answer("It is on its way")
    await ada.phone_has("It is on its way")
    async with widget(browser, ada) as shown:
        page = shown.page
        sent = page.locator(".bubble.out")
        await expect(sent.get_by_role("img", name="Read")).to_be_visible(timeout=ARRIVES)
        await sent.focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("menuitem", name="Info").click()
        box = page.get_by_role("dialog", name="About this message")
        for status in ("Sent", "Delivered", "Read"):
            await expect(box.locator(".timeline").get_by_text(status, exact=True)).to_be_visible()
        await box.get_by_text("Its way").click()
        assert await box.locator(".steps li").count() > 2


async def test_how_it_looks_is_the_agents_choice_and_is_kept_nowhere(browser: Browser, ada: Customer) -> None:
    async with widget(browser, ada) as shown:
        page = shown.page
        await page.get_by_role("button", name="More", exact=True).click()
        await page.get_by_role("menuitem", name="Settings").click()
        box = page.get_by_role("dialog")
        for choice in ("Dark", "Genesys", "Large"):
            await box.get_by_text(choice, exact=True).click()
        assert await page.evaluate("({...document.documentElement.dataset})") == {
            "theme": "dark", "bubbles": "genesys", "size": "l",
        }  # fmt: skip
        await box.get_by_label("Language").select_option("de")
        await expect(box.get_by_role("heading", name="Einstellungen")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("tab", name="Vorlagen")).to_be_visible()
        assert await page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length") == 0
