"""From the sign-in to a sent answer, and everywhere else, without a mouse."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.widget.ground import ARRIVES, INES, Customer, widget

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

ROUND = 60
"""More stops than any screen has."""
SEEN = """() => {
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement);
  return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
}"""


async def stops(page: Page) -> list[str]:
    """Where the Tab key leads, once around; each of them shows that it has the focus."""
    found: list[str] = []
    for _ in range(ROUND):
        await page.keyboard.press("Tab")
        here: str = await page.evaluate("() => document.activeElement.tagName + ' ' + document.activeElement.className")
        if here.startswith("BODY"):
            break
        assert await page.evaluate(SEEN), here
        found.append(here)
    return found


async def test_sign_in_write_and_look_around(browser: Browser, ada: Customer) -> None:
    async with widget(browser, ada, person="") as shown:
        page = shown.page
        await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        await page.keyboard.press("Tab")
        async with page.expect_popup() as opened:
            await page.keyboard.press("Enter")
        window = await opened.value
        await window.get_by_role("button", name=INES).focus()
        await window.keyboard.press("Enter")
        box = page.get_by_label("Type a message")
        await expect(box).to_be_visible(timeout=ARRIVES)

        await box.focus()
        await page.keyboard.type("Good morning, Ada")
        await page.keyboard.press("Enter")
        await ada.phone_has("Good morning, Ada")
        await expect(box).to_be_focused()

        await page.keyboard.press("Alt+t")
        await expect(page.get_by_role("tab", name="Templates")).to_have_attribute("aria-selected", "true")
        await page.get_by_role("tab", name="Templates").focus()
        for key, name in (("ArrowRight", "Profile"), ("Home", "Chat"), ("ArrowRight", "Media"), ("Home", "Chat")):
            await page.keyboard.press(key)
            await expect(page.get_by_role("tab", name=name)).to_be_focused()
            await expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
        assert len(await stops(page)) >= 5


@pytest.mark.parametrize("entry", ["Location", "Contact card", "Buttons or list"])
async def test_a_dialog_gives_the_focus_back(entry: str, browser: Browser, ada: Customer) -> None:
    async with widget(browser, ada) as shown:
        page = shown.page
        plus = page.get_by_role("button", name="Attach")
        await plus.focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("menuitem", name=entry).focus()
        await page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_be_visible()
        assert await dialog.evaluate("dialog => dialog.contains(document.activeElement)")
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        await expect(plus).to_be_focused()
