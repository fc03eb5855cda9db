"""Sign-in with Genesys as a browser does it: a panel in a page of ours opens a window, and only that panel is told.

The panel here is a few lines of a test's own, in an address of the engine's: what matters is its origin.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.conftest import Configure
from tests.e2e.stage import TELL, chromium
from tests.engine.access.conftest import url
from tests.engine.store.databases import embedded_server
from tests.signing_in import SignInWorld, signing_in

__all__ = ["embedded_server", "url"]

pytestmark = pytest.mark.e2e

PANEL = """<!doctype html><title>panel</title><script>
  addEventListener("message", (event) => { (window.heard ??= []).push([event.origin, event.data]); });
  window.start = (address) => { window.popup = open(address, "sign-in", "width=500,height=600"); };
</script>"""

ASK = """async ([url, body]) => {
  const headers = { "Content-Type": "application/json" };
  return (await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })).json();
}"""


@pytest.fixture
async def world(configure: Configure, url: str) -> AsyncIterator[SignInWorld]:
    async with signing_in(configure({"database": {"url": url}})) as here:
        yield here


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@asynccontextmanager
async def panel(browser: Browser, origin: str) -> AsyncIterator[Page]:
    """A page of this origin. Every page of the browser is watched: none may breach its policy, or complain."""
    context = await browser.new_context()
    wrong: list[str] = []
    await context.expose_function("refusedByPolicy", lambda what: wrong.append(what))
    await context.add_init_script(TELL)
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    page = await context.new_page()

    async def shown(route: Route) -> None:
        await route.fulfill(body=PANEL, content_type="text/html")

    await page.route(f"{origin}/panel", shown)
    await page.goto(f"{origin}/panel")
    yield page
    await context.close()
    assert wrong == []


async def begun(world: SignInWorld, page: Page) -> dict[str, Any]:
    """As the panel does it when it is loaded."""
    answer: dict[str, Any] = await page.evaluate(ASK, [world.auth("new"), {"conversation": world.conversation}])
    return answer


async def window(world: SignInWorld, page: Page, sid: str) -> Page:
    """A click opens the window; on Genesys' page one chooses who one is."""
    async with page.expect_popup() as opened:
        await page.evaluate("(address) => start(address)", world.auth(f"start?sid={sid}"))
    popup = await opened.value
    await popup.get_by_role("button", name="Ines, an agent").click()
    return popup


async def test_the_window_tells_the_panel_and_closes(world: SignInWorld, browser: Browser) -> None:
    async with panel(browser, world.url) as page:
        mine = await begun(world, page)
        popup = await window(world, page, mine["sid"])
        await page.wait_for_function("window.heard")
        [(origin, told)] = await page.evaluate("heard")
        assert (origin, told["type"], told["sid"]) == (world.url, "wa-auth", mine["sid"])
        await page.wait_for_function("popup.closed")
        assert popup.is_closed()
        status, granted = await world.finish(await world.window(), mine, told["proof"])
        assert status == 200
        ines = await world.rt.access.prove(granted["access_token"])
        assert (ines.name, ines.conversation) == ("Ines, an agent", world.conversation)


async def test_where_the_login_cut_the_way_back_a_code_is_carried_by_hand(
    configure: Configure, url: str, browser: Browser
) -> None:
    async with (
        signing_in(configure({"database": {"url": url}}), login_isolated=True) as world,
        panel(browser, world.url) as page,
    ):
        mine = await begun(world, page)
        popup = await window(world, page, mine["sid"])
        await expect(popup.get_by_role("status")).to_have_text("Your code")
        code = await popup.locator("#code").inner_text()
        assert (len(code), code.isdecimal()) == (6, True)
        assert await page.evaluate("window.heard ?? []") == []
        assert (await world.finish(await world.window(), mine, code))[0] == 200


async def test_a_page_of_another_origin_hears_nothing(world: SignInWorld, browser: Browser) -> None:
    """It began the sign-in, lured somebody into it and opened the window itself."""
    evil = world.url.replace("127.0.0.1", "localhost")
    async with panel(browser, evil) as page:
        mine = await world.new(await world.window())
        popup = await window(world, page, mine["sid"])
        await expect(popup.locator("#code")).to_be_visible()
        assert await page.evaluate("window.heard ?? []") == []


async def test_a_refusal_is_read_in_the_window(world: SignInWorld, browser: Browser) -> None:
    async with panel(browser, world.url) as page:
        mine = await begun(world, page)
        async with page.expect_popup() as opened:
            await page.evaluate("(address) => start(address)", world.auth(f"start?sid={mine['sid']}"))
        popup = await opened.value
        await popup.get_by_role("button", name="Eve").click()
        await expect(popup.get_by_role("alert")).to_have_text("You are not signed in")
        await expect(popup.get_by_text("another Genesys organisation")).to_be_visible()
        assert await page.evaluate("window.heard ?? []") == []
