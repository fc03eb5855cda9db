"""One demo and one Chromium for all of the widget's browser tests."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.e2e.stage import chromium, demo
from tests.e2e.widget.ground import ARRIVES, Customer, Ground, context

ENOUGH = "100000/minute"
"""Many people sign in here from one address."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    folder: Path = tmp_path_factory.mktemp("widget")
    limits = {f"XYPER_LIMITS__{name}": ENOUGH for name in ("ADDRESS", "PERSON", "KEY", "TENANT", "SIGN_IN", "REFUSED")}
    async with demo(folder / "var", **limits) as sim, aiohttp.ClientSession() as http:
        yield Ground(sim, f"http://localhost:{urlsplit(sim).port}", http)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    expect.set_options(timeout=ARRIVES)
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def ada(ground: Ground) -> Customer:
    """A customer of this test's own."""
    return await ground.customer("Ada Lindqvist")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page(ground: Ground, browser: Browser) -> AsyncIterator[Page]:
    """The widget beside no conversation: for its modules by themselves."""
    async with context(browser) as made:
        page = await made.new_page()
        await page.goto(ground.address("nobody-s"))
        yield page
