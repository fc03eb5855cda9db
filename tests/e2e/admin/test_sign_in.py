"""Signing in at the dashboard as a browser does it: each way, and what becomes of a session and of its page."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect
from pyotp import TOTP

from tests.conftest import Configure
from tests.e2e.admin.ground import findings
from tests.e2e.stage import TELL, Scheme
from tests.engine.access.conftest import url
from tests.engine.store.databases import embedded_server
from tests.provider import CLIENT, SECRET, IdentityProvider
from tests.signing_in import ONE, engine, signing_in
from xyper_engine.access.caller import Caller
from xyper_engine.access.people import Person
from xyper_engine.runtime import Runtime

__all__ = ["embedded_server", "url"]

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

ADA, PASSWORD = "ada@example.com", "correct horse battery"
HOST = Caller.host()
POST = """([path, body]) => document.querySelector("xy-dashboard").app.api.post(path, body)"""
RENEWED = """() => document.querySelector("xy-dashboard").app.session.renewed()"""
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@dataclass
class Home:
    """An engine's pages, and a browser of somebody's own."""

    rt: Runtime
    url: str
    context: BrowserContext

    async def open(self, path: str) -> Page:
        page = await self.context.new_page()
        await page.goto(f"{self.url}/admin/{path}")
        return page

    async def ada(self) -> Person:
        """An administrator of Xyper with a password."""
        return await self.rt.access.invitations.add(HOST, "Ada Lindqvist", ADA, PASSWORD)

    async def end_all(self, person: Person) -> None:
        await self.rt.access.people.end_sessions(HOST, person.id, person.tenant)


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser) -> AsyncIterator[BrowserContext]:
    """None of its pages may breach its policy or fail."""
    async with visiting(browser) as context:
        yield context


@asynccontextmanager
async def visiting(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(locale="en-GB", timezone_id="UTC", reduced_motion="reduce")
    wrong: list[str] = []
    await context.expose_function("refusedByPolicy", lambda what: wrong.append(what))
    await context.add_init_script(TELL)
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    yield context
    await context.close()
    assert wrong == []


@pytest_asyncio.fixture(loop_scope="session")
async def home(configure: Configure, url: str, visitor: BrowserContext) -> AsyncIterator[Home]:
    async with engine(configure({"database": {"url": url}, "access": {"require_totp": False}})) as (rt, where):
        yield Home(rt, where, visitor)


async def axe(page: Page) -> list[str]:
    """What axe finds wrong with the page as it is now, light and dark."""
    found: list[str] = []
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {one}" for one in await findings(page)]
    return found


async def sign_in(page: Page, password: str = PASSWORD) -> None:
    await page.get_by_label("E-mail address").fill(ADA)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def is_in(page: Page) -> None:
    await expect(page.get_by_role("navigation")).to_be_visible()


async def test_a_password(home: Home) -> None:
    await home.ada()
    page = await home.open("tenants?search=acme")
    await expect(page.get_by_label("E-mail address")).to_be_focused()
    assert await axe(page) == []
    await sign_in(page, "wrong")
    await expect(page.get_by_role("alert")).to_contain_text("the password or the code is wrong")
    await sign_in(page)
    await is_in(page)
    assert page.url.endswith("/admin/tenants?search=acme")
    assert await page.evaluate("document.cookie") == ""
    assert "ey" not in str(await page.evaluate("[{...localStorage}, {...sessionStorage}]"))
    await page.reload()
    await is_in(page)
    await page.get_by_role("button", name=re.compile("Your menu")).click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await expect(page.get_by_label("E-mail address")).to_be_visible()
    assert {cookie["name"] for cookie in await home.context.cookies()} == set()


async def test_an_invitation_and_a_second_factor(configure: Configure, url: str, visitor: BrowserContext) -> None:
    async with engine(configure({"database": {"url": url}})) as (rt, where):
        home = Home(rt, where, visitor)
        invitation = await rt.access.invitations.invite(HOST, "Ada Lindqvist", ADA)
        page = await home.open(f"#invitation={invitation.token}")
        await page.get_by_label("New password").fill("short one 12")
        await page.get_by_label("The same once more").fill("another one 12")
        await page.get_by_role("button", name="Set password").click()
        await expect(page.get_by_text("The two are not the same")).to_be_visible()
        for label in ("New password", "The same once more"):
            await page.get_by_label(label).fill(PASSWORD)
        assert await axe(page) == []
        await page.get_by_role("button", name="Set password").click()
        assert "invitation" not in page.url
        await expect(page.get_by_text("Your password is set")).to_be_visible()
        await sign_in(page)
        await expect(page.get_by_role("img", name=re.compile("QR"))).to_be_visible()
        assert await axe(page) == []
        secret = (await page.locator(".factor code").first.inner_text()).replace(" ", "")
        await page.get_by_label("The code it shows now").fill(TOTP(secret).now())
        await page.get_by_role("button", name="Confirm").click()
        await expect(page.locator(".codes li")).to_have_count(10)
        await expect(page.get_by_role("button", name="Go on")).to_be_disabled()
        await page.get_by_label("I have kept them in a safe place").check()
        assert await axe(page) == []
        await page.get_by_role("button", name="Go on").click()
        await is_in(page)


async def test_a_session_that_ends_keeps_the_form(home: Home) -> None:
    ada = await home.ada()
    page = await home.open("tenants")
    await sign_in(page)
    await page.get_by_role("button", name="New tenant").first.click()
    form = page.get_by_role("dialog", name="New tenant")
    await form.get_by_label("Name").fill("Northwind")
    await home.end_all(ada)
    await form.get_by_role("button", name="Create").click()
    ended = page.get_by_role("dialog", name="Your session has ended")
    await expect(ended.get_by_label("E-mail address")).to_have_value(ADA)
    await page.keyboard.press("Escape")
    assert await axe(page) == []
    await ended.get_by_label("Password").fill(PASSWORD)
    await ended.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_text("Northwind was created.")).to_be_visible()


async def test_whoever_does_nothing_is_warned_first(home: Home) -> None:
    await home.ada()
    page = await home.open("tenants")
    await page.clock.install()
    await sign_in(page)
    await is_in(page)
    await home.rt.db.execute("update refresh_tokens set expires_at = now() + interval '100 seconds'")
    await page.clock.fast_forward(850_000)  # the page looks how its session is, and nobody has done anything
    warned = page.get_by_role("dialog", name="Are you still there?")
    await expect(warned.get_by_role("timer")).to_contain_text(re.compile(r"signed out in 1:\d\d"))
    assert await axe(page) == []
    async with page.expect_response("**/auth/page/renew"):
        await warned.get_by_role("button", name="Stay signed in").click()
    await expect(warned).to_be_hidden()
    idle = await home.rt.db.fetchval("select max(expires_at) - now() from refresh_tokens where used_at is null")
    assert idle.total_seconds() > 7_000


async def test_what_cannot_be_undone_asks_who_it_is(home: Home) -> None:
    await home.ada()
    page = await home.open("tenants")
    await sign_in(page)
    await is_in(page)
    await home.rt.db.execute("update sessions set proved_at = now() - interval '1 hour'")
    home.rt.access.sessions.expire()
    invited = page.evaluate(POST, ["users", {"name": "Bo", "email": "bo@example.com"}])
    asked = page.get_by_role("dialog", name="Is it you?")
    await answered(page, asked, invited)
    assert [one.name for one in await home.rt.access.people.list(None)] == ["Ada Lindqvist", "Bo"]


async def answered(page: Page, asked: Locator, call: Awaitable[Any]) -> None:
    """The password, first a wrong one; then the call goes through."""
    task = asyncio.ensure_future(call)
    await asked.get_by_label("Password").fill("wrong")
    await asked.get_by_role("button", name="Confirm").click()
    await expect(asked.get_by_role("alert")).to_contain_text("not your password")
    assert await axe(page) == []
    await asked.get_by_label("Password").fill(PASSWORD)
    await asked.get_by_role("button", name="Confirm").click()
    assert (await task)["user"]["name"] == "Bo"


async def test_two_tabs_renew_at_once(home: Home) -> None:
    """One of them does, and the other goes on with what it got; a token that came twice would have ended it all."""
    await home.ada()
    one = await home.open("tenants")
    await sign_in(one)
    await is_in(one)
    two = await home.open("tenants")
    await is_in(two)
    for _ in range(3):
        await asyncio.gather(one.evaluate(RENEWED), two.evaluate(RENEWED))
    for page in (one, two):
        await page.reload()
        await is_in(page)
    assert await home.rt.db.fetchval("select count(*) from audit where action = 'session.replayed'") == 0


async def test_an_identity_provider(configure: Configure, url: str, visitor: BrowserContext) -> None:
    async with AsyncExitStack() as stack:
        idp = await stack.enter_async_context(IdentityProvider())
        oidc = {"issuer": idp.url, "client_id": CLIENT, "client_secret": SECRET, "claim_values": ["xyper-admins"]}
        settings = configure({"database": {"url": url}, "oidc": oidc})
        home = Home(*await stack.enter_async_context(engine(settings)), visitor)
        page = await home.open("tenants?search=acme")
        await page.get_by_role("button", name="Sign in with your organisation").click()
        await is_in(page)
        assert page.url.endswith("/admin/tenants?search=acme")
        await expect(page.get_by_text("No tenant is called so")).to_be_visible()
        await page.get_by_role("button", name="New tenant").first.click()
        await page.get_by_role("dialog").get_by_label("Name").fill("Northwind")
        [ada] = await home.rt.access.people.list(None)
        await home.end_all(ada)
        await page.get_by_role("button", name="Create").click()
        ended = page.get_by_role("dialog", name="Your session has ended")
        async with home.context.expect_page() as opened:
            await ended.get_by_role("button", name="Sign in with your organisation").click()
        await expect(page.get_by_text("Northwind was created.")).to_be_visible()
        window = await opened.value
        if not window.is_closed():
            await expect(window.get_by_text("You can close this window")).to_be_visible()


async def test_genesys_cloud(configure: Configure, url: str, visitor: BrowserContext) -> None:
    async with signing_in(configure({"database": {"url": url}})) as world:
        home = Home(world.rt, world.url, visitor)
        page = await home.open("tenants")
        await page.get_by_role("button", name="Sign in with Genesys Cloud").click()
        await page.get_by_label("Tenant").fill(ONE.id)
        assert await axe(page) == []
        await page.get_by_role("button", name="Sign in with Genesys Cloud").click()
        await page.get_by_role("button", name="Ines, an agent").click()
        await expect(page.get_by_text("The dashboard is for administrators and supervisors")).to_be_visible()
        page = await home.open("tenants")
        await page.get_by_role("button", name="Sign in with Genesys Cloud").click()
        await page.get_by_label("Tenant").fill(ONE.id)
        await page.get_by_role("button", name="Sign in with Genesys Cloud").click()
        await page.get_by_role("button", name="Sofia, a supervisor").click()
        await is_in(page)
        assert "code=" not in page.url
