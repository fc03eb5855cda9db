"""Signing in at the dashboard as a browser does it: each way, and what becomes of a session and of its page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.conftest import Configure
from tests.e2e.stage import TELL, chromium
from tests.engine.access.conftest import url
from tests.engine.store.databases import embedded_server
from tests.signing_in import engine
from xyper_engine.access.caller import Caller
from xyper_engine.runtime import Runtime

__all__ = ["embedded_server", "url"]

pytestmark = pytest.mark.e2e

ADA, PASSWORD = "ada@example.com", "correct horse battery"
HOST = Caller.host()


@dataclass
class Home:
    rt: Runtime
    url: str

    async def ada(self) -> None:
        await self.rt.access.invitations.add(HOST, "Ada Lindqvist", ADA, PASSWORD)


@pytest.fixture
async def home(configure: Configure, url: str) -> AsyncIterator[Home]:
    async with engine(configure({"database": {"url": url}, "access": {"require_totp": False}})) as (rt, where):
        found = Home(rt, where)
        await found.ada()
        yield found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@asynccontextmanager
async def visiting(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser of somebody's own. None of its pages may breach its policy or fail."""
    context = await browser.new_context(locale="en-GB", timezone_id="UTC")
    wrong: list[str] = []
    await context.expose_function("refusedByPolicy", lambda what: wrong.append(what))
    await context.add_init_script(TELL)
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    yield context
    await context.close()
    assert wrong == []


async def sign_in(page: Page, password: str = PASSWORD) -> None:
    await page.get_by_label("E-mail address").fill(ADA)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def test_a_password(home: Home, browser: Browser) -> None:
    async with visiting(browser) as context:
        page = await context.new_page()
        await page.goto(f"{home.url}/admin/tenants")
        await sign_in(page, "wrong")
        await expect(page.get_by_role("alert")).to_contain_text("the password or the code is wrong")
        await sign_in(page)
        await expect(page.get_by_role("navigation")).to_be_visible()
        assert await page.evaluate("document.cookie") == ""
