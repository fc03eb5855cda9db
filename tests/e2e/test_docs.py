"""The API's description as a page: drawn in light and dark, under a strict policy, with nothing fetched elsewhere."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import expect

from tests.conftest import Configure
from tests.e2e.stage import Scheme, chromium, looking
from xyper_engine.cli.parts import NoBroker
from xyper_engine.edge.server import public_app
from xyper_engine.plugins import load
from xyper_engine.runtime import open_runtime

pytestmark = pytest.mark.e2e


@pytest_asyncio.fixture
async def home(configure: Configure) -> AsyncIterator[str]:
    settings = configure()
    async with (
        open_runtime(settings, given=NoBroker()) as rt,
        TestClient(TestServer(public_app(rt, load(settings)))) as http,
    ):
        yield str(http.make_url("")).rstrip("/")


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 24, 28)")])
async def test_the_page_describes_the_api(home: str, scheme: Scheme, ground: str) -> None:
    async with chromium() as browser, looking(browser, home, "/api/docs", scheme) as page:
        await page.locator("[id='link-get-/api/v1/tenants/-tenant-/templates']").click()
        await expect(page.get_by_text("Needs templates:read").first).to_be_visible()
        drawn = "getComputedStyle(document.querySelector('rapi-doc')).backgroundColor"
        assert await page.evaluate(drawn) == ground
