"""Every screen of the widget, one after the other: how to get to it from the conversation."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator, Page, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

from tests.e2e.widget.ground import ARRIVES, Customer, Ground
from tests.e2e.widget.kinds import FROM_CUSTOMERS

LOADED = """panel => Promise.all([...panel.querySelectorAll("img")].map((image) => image.decode()))"""
Go = Callable[[Page], Awaitable[None]]


async def furnished(ground: Ground) -> Customer:
    """A customer who has sent everything there is, and was answered."""
    ada = await ground.customer("Ada Lindqvist", words="Hello, my parcel AB-2291 has not arrived yet.")
    for send in FROM_CUSTOMERS.values():
        await send(ada)
    for words in ("I am sorry to hear that.", "The van is in your street: before 18:00."):
        await ada.answer(words)
        await ada.phone_has(words)
    return ada


def tab(name: str, ready: str) -> Go:
    async def go(page: Page) -> None:
        await page.locator(f"#tab-{name}").click()
        await expect(page.locator(f"#panel-{name} {ready}").first).to_be_visible(timeout=ARRIVES)

    return go


async def media(page: Page) -> None:
    await tab("media", "img")(page)
    await page.locator("#panel-media").evaluate(LOADED)


def added(place: int) -> Go:
    """An entry of the menu behind the plus."""

    async def go(page: Page) -> None:
        await page.locator("xy-composer .composer-tools button").first.click()
        await page.locator("[role=menu] [role=menuitem]").nth(place).click()
        await expect(page.locator("dialog[open]")).to_be_visible()

    return go


def tool(place: int) -> Go:
    async def go(page: Page) -> None:
        await page.locator("xy-composer .composer-tools button").nth(place).click()
        await expect(page.locator(":popover-open")).to_be_visible()

    return go


async def chat(page: Page) -> None:
    await expect(page.locator("xy-thread .bubble").last).to_be_visible()


async def written(page: Page) -> None:
    """Words in the box, beyond what fits, and a quote above it."""
    await actions(page)
    await page.locator("[role=menuitem]").first.click()
    await expect(page.locator(".composer-quote")).to_be_visible()
    await page.locator("xy-composer textarea").fill("Good morning!\n" + "The van is on its way. " * 190)


async def more(bubble: Locator) -> None:
    """Its menu, by the button that shows under the mouse: a picture that loads just then moves it away from there."""
    for _ in range(5):
        await bubble.hover()
        with suppress(PlaywrightTimeout):
            return await bubble.locator("button.more").click(timeout=3_000)
    raise AssertionError("the button for more never stayed under the mouse")


async def actions(page: Page) -> None:
    await more(page.locator("xy-thread .bubble.in:has(.reactions)").last)
    await expect(page.locator("[role=menu]")).to_be_visible()


async def menu(page: Page) -> None:
    await page.locator(".head > button").last.click()
    await expect(page.locator("[role=menu]")).to_be_visible()


async def settings(page: Page) -> None:
    await menu(page)
    await page.locator("[role=menuitem]").nth(1).click()
    await expect(page.locator("dialog[open]")).to_be_visible()


async def info(page: Page) -> None:
    await more(page.locator("xy-thread .bubble.out").last)
    await page.locator("[role=menuitem]").last.click()
    await expect(page.locator("dialog[open] .timeline, dialog[open] ol, dialog[open] dl").first).to_be_visible()


async def lightbox(page: Page) -> None:
    await page.locator("xy-thread .bubble button:has(img)").first.click()
    await expect(page.locator("dialog[open] img")).to_be_visible()


async def search(page: Page) -> None:
    await page.locator(".tabs > button").click()
    await page.locator("xy-search input").first.fill("parcel")
    await expect(page.locator("xy-search mark, xy-thread .hit, xy-search .hit").first).to_be_visible(timeout=ARRIVES)


SCREENS: Mapping[str, Go] = {
    "chat": chat,
    "chat-written": written,
    "bubble-menu": actions,
    "menu": menu,
    "media": media,
    "lightbox": lightbox,
    "templates": tab("templates", ":is(button, li)"),
    "profile": tab("profile", ":is(h2, h3, dt, textarea)"),
    "search": search,
    "settings": settings,
    "info": info,
    "quick-replies": tool(1),
    "emoji": tool(2),
    "location": added(2),
    "contact": added(3),
    "interactive": added(4),
}
"""All of them begin at the conversation, at rest."""


async def rest(page: Page) -> None:
    """Back to the conversation, whatever is open."""
    for _ in range(4):
        if not await page.locator("dialog[open], :popover-open, xy-search").count():
            break
        await page.keyboard.press("Escape")
    await expect(page.locator("dialog[open], :popover-open")).to_have_count(0)
    await page.locator("#tab-chat").click()
    if await page.locator(".composer-quote button").count():
        await page.locator(".composer-quote button").click()
    if await page.locator("xy-composer textarea").count():
        await page.locator("xy-composer textarea").fill("")


async def walk(page: Page) -> AsyncIterator[tuple[str, str]]:
    """Each screen's name while it is shown, and why it is not where it is not: one that is missing hides no other."""
    for name, go in SCREENS.items():
        fault = ""
        try:
            await go(page)
        except (AssertionError, PlaywrightError) as error:
            fault = str(error).partition("Aria snapshot")[0]
        yield name, fault
        await rest(page)
