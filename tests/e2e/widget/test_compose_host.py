"""The widget while Genesys holds it: what goes into Genesys' own box, what Genesys hears, when it is to be quiet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, FrameLocator, Page, WebSocket, expect

from tests.e2e.stage import Watch
from tests.e2e.widget.ground import ARRIVES, INES, Customer, context

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

MINUTE = 61_000
"""Milliseconds without the focus after which the page lets its socket go."""


@asynccontextmanager
async def held(browser: Browser, customer: Customer) -> AsyncIterator[tuple[Page, FrameLocator]]:
    """The host's page, and the widget in it, signed in."""
    async with context(browser, size=(1000, 800)) as made:
        page, watch = await made.new_page(), Watch(customer.ground.ours)
        await watch.over(page)
        await page.clock.install()
        await page.goto(f"{customer.ground.sim}/host?conversation={customer.conversation}")
        panel = page.frame_locator("iframe")
        async with page.expect_popup() as opened:
            await panel.get_by_role("button", name="Sign in").click()
        await (await opened.value).get_by_role("button", name=INES).click()
        await expect(panel.locator("xy-composer textarea")).to_be_visible(timeout=ARRIVES)
        yield page, panel
    assert watch == Watch(customer.ground.ours), watch


async def test_a_quick_reply_goes_into_the_host_s_own_box(browser: Browser, ada: Customer) -> None:
    async with held(browser, ada) as (page, panel):
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


async def test_the_host_says_when_it_looks_elsewhere_comes_back_and_stops(browser: Browser, ada: Customer) -> None:
    """Out of sight Genesys is told what comes; after a minute the socket goes; what was missed is there on return."""
    async with held(browser, ada) as (page, panel):
        sockets: list[WebSocket] = []
        page.on("websocket", lambda socket: sockets.append(socket))
        await page.locator("[data-hook=blur]").click()
        await ada.write("Is anybody there?")
        await expect(page.locator("#toasts .toast")).to_contain_text("Is anybody there?", timeout=ARRIVES)
        await expect(page.locator("#attention")).to_have_text("1")
        await page.clock.fast_forward(MINUTE)
        await ada.write("Hello??")
        await page.locator("[data-hook=focus]").click()
        await expect(panel.locator(".bubble.in", has_text="Hello??")).to_have_count(1, timeout=ARRIVES)
        await expect(panel.locator(".bubble.in", has_text="Is anybody there?")).to_have_count(1)
        assert sockets, "the first socket was never let go"
        await page.locator("[data-hook=stop]").click()
        await expect(page.locator("iframe")).to_have_count(0)
        said = await page.evaluate("() => window.received.map((one) => one.action)")
        assert said[-1] == "stopped"
