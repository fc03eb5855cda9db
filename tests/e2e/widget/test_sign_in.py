"""Signing in beside a conversation: in a frame of another site, restricted as Genesys restricts it, with nothing kept.

A browser that partitions what sites keep (every one does today) tells nothing between window and frame but messages;
Playwright switches that off, so here it is switched on again.
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, FrameLocator, Page, async_playwright, expect

from tests.e2e.stage import Watch
from tests.e2e.widget.ground import ARRIVES, INES, SOFIA, Customer, Ground, assign, widget

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

KEPT = """() => ({ cookies: document.cookie, local: { ...localStorage }, session: { ...sessionStorage } })"""
NOTHING = {"cookies": "", "local": {}, "session": {}}


@asynccontextmanager
async def partitioned(profile: Path) -> AsyncIterator[BrowserContext]:
    """A browser as people have it: of two switches of a name Chromium takes the last."""
    args = ["--no-sandbox", "--disable-features=Translate"]
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            profile, executable_path=shutil.which("chromium"), args=args, viewport={"width": 1280, "height": 760},
            locale="en-GB",
        )  # fmt: skip
        yield context
        await context.close()


@asynccontextmanager
async def desk(context: BrowserContext, ground: Ground, customer: Customer) -> AsyncIterator[tuple[Page, FrameLocator]]:
    """The desk, and the widget beside this conversation."""
    page, watch = await context.new_page(), Watch(ground.ours)
    await watch.over(page)
    await page.goto(f"{ground.sim}/desk")
    await page.locator(f'[data-id="{customer.conversation}"]').click()
    yield page, page.frame_locator("iframe.panel-frame:visible")
    assert watch == Watch(ground.ours), watch


async def clicked(page: Page, panel: FrameLocator, person: str) -> Page:
    """The window that the sign-in opens, where somebody has chosen who they are."""
    async with page.expect_popup() as opened:
        await panel.get_by_role("button", name="Sign in").click()
    window = await opened.value
    await window.get_by_role("button", name=person).click()
    return window


async def test_two_clicks_at_the_desk(ground: Ground, ada: Customer, tmp_path: Path) -> None:
    async with partitioned(tmp_path) as context, desk(context, ground, ada) as (page, panel):
        aside = await context.new_page()
        await aside.goto(ada.ground.address(ada.conversation))
        await aside.evaluate("localStorage.setItem('left', 'there')")
        await clicked(page, panel, INES)
        await expect(panel.locator("xy-thread .bubble")).to_contain_text("Hello", timeout=ARRIVES)
        await expect(panel.locator("xy-composer")).to_be_visible()
        frame = next(one for one in page.frames if "gcHostOrigin" in one.url)
        assert await frame.evaluate(KEPT) == NOTHING


@asynccontextmanager
async def cut_off(ground: Ground) -> AsyncIterator[None]:
    """The login's pages have `Cross-Origin-Opener-Policy: same-origin`."""
    await ground.call("PUT", "cloud/login", {"isolated": True})
    try:
        yield
    finally:
        await ground.call("PUT", "cloud/login", {"isolated": False})


async def test_a_login_that_cuts_the_way_back_is_signed_in_with_by_a_code(
    ground: Ground, ada: Customer, tmp_path: Path
) -> None:
    """As some single sign-on does. From a restricted frame such a page is not to be opened at all, so Genesys does."""
    async with (
        cut_off(ground),
        partitioned(tmp_path) as context,
        desk(context, ground, ada) as (page, panel),
    ):
        async with page.expect_popup() as opened:
            await panel.get_by_role("button", name="Sign in").click()
        await expect(await opened.value).to_have_url("chrome-error://chromewebdata/")
        async with context.expect_page() as second:
            await panel.get_by_role("button", name="stays empty").click()
        window = await second.value
        await window.get_by_role("button", name=INES).click()
        await expect(window.locator("#code")).to_be_visible()
        code = await window.locator("#code").inner_text()
        await panel.get_by_label("Code").fill(code)
        await expect(panel.locator("xy-thread .bubble")).to_contain_text("Hello", timeout=ARRIVES)


async def test_a_supervisor_reads_and_does_not_write(browser: Browser, ada: Customer) -> None:
    async with widget(browser, ada, person=SOFIA) as shown:
        await expect(shown.page.locator("xy-thread .bubble")).to_contain_text("Hello")
        await expect(shown.page.get_by_text("You can read here, and not write.")).to_be_visible()
        await expect(shown.page.locator("xy-composer")).to_have_count(0)


async def test_an_agent_who_takes_no_part_is_told_so(browser: Browser, ada: Customer) -> None:
    await assign(ada, "")
    async with widget(browser, ada, person="") as shown:
        window = await shown.chosen(INES)
        await expect(window.get_by_role("alert")).to_have_text("You are not signed in")
