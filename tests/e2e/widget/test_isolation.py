"""Who may hold the widget, and how many of them live beside each other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, expect

from tests.e2e.stage import Watch
from tests.e2e.widget.ground import ARRIVES, INES, Customer, Ground, context

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

GENESYS = "https://apps.mypurecloud.com"


@asynccontextmanager
async def strange(address: str) -> AsyncIterator[int]:
    """Somebody's page that holds the widget: its port."""

    async def page(_: web.Request) -> web.Response:
        html = f'<!doctype html><title>host</title><iframe src="{address}"></iframe>'
        return web.Response(text=html, content_type="text/html")

    app = web.Application()
    app.add_routes([web.get("/", page)])
    async with TestServer(app) as server:
        assert server.port
        yield server.port


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_another_page_does_not_get_to_hold_it(host: str, browser: Browser, ada: Customer) -> None:
    said: list[str] = []
    async with context(browser) as made, strange(ada.ground.address(ada.conversation)) as port:
        page = await made.new_page()
        page.on("console", lambda message: said.append(message.text))
        await page.goto(f"http://{host}:{port}/")
        await page.frames[1].wait_for_load_state()
        assert page.frames[1].url == "chrome-error://chromewebdata/"
        assert "frame-ancestors" in said[0]


@pytest.mark.parametrize("origin", [GENESYS, "https://evil.test", "http://192.0.2.1:8080", "null"])
async def test_a_host_that_is_none_of_the_tenants_is_named_in_a_refusal(
    origin: str, browser: Browser, ada: Customer
) -> None:
    async with context(browser) as made:
        page = await made.new_page()
        answer = await page.goto(ada.ground.address(ada.conversation, gcHostOrigin=origin))
        assert answer
        assert answer.status == 403
        await expect(page.get_by_role("alert")).to_have_text("The page cannot be shown")


async def test_ten_widgets_in_one_tab(ground: Ground, browser: Browser) -> None:
    """Genesys keeps so many. Each has its own session, its own conversation, and its own news."""
    customers = [await ground.customer(f"Customer {turn}", words=f"This is customer {turn}.") for turn in range(10)]
    async with context(browser, size=(1280, 760)) as made:
        page, watch = await made.new_page(), Watch(ground.ours)
        await watch.over(page)
        await page.goto(f"{ground.sim}/desk")
        for customer in customers:
            await page.locator(f'[data-id="{customer.conversation}"]').click()
            panel = page.frame_locator("iframe.panel-frame:visible")
            async with page.expect_popup() as opened:
                await panel.get_by_role("button", name="Sign in").click()
            await (await opened.value).get_by_role("button", name=INES).click()
            await expect(panel.locator("xy-thread .bubble")).to_have_count(1, timeout=ARRIVES)
        frames = [frame for frame in page.frames if "gcConversationId" in frame.url]
        assert len(frames) == len(customers)
        await asyncio.gather(*(one.write("and so are these words") for one in customers))
        for customer in customers:
            frame = next(one for one in frames if customer.conversation in one.url)
            said = frame.locator("xy-thread .bubble .words")
            await expect(said).to_contain_text([f"This is {customer.name.lower()}.", "and so"], timeout=ARRIVES)
    assert watch == Watch(ground.ours), watch
