"""The page's session: how it begins, goes on in several tabs, and ends."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.conftest import Configure
from tests.engine.access.conftest import another
from tests.engine.edge.admin.browser import EMAIL, HOST, OURS, PAGE, PASSWORD, Browser, ada, signed_in
from tests.engine.edge.front import Front, opened
from xyper_engine.access.roles import Action, Role


def seconds(told: dict[str, Any], name: str) -> float:
    return (datetime.fromisoformat(told[name]) - datetime.now(UTC)).total_seconds()


async def test_what_a_page_is_told(browser: Browser) -> None:
    told = await browser.sign_in()
    assert (told["name"], told["email"], told["method"], told["role"]) == (
        "Ada Lindqvist",
        EMAIL,
        "local",
        "xyper_admin",
    )
    assert (told["tenant"], "tenants:list" in told["actions"]) == (None, True)
    ends = {name: round(seconds(told, name), -1) for name in ("token_until", "fresh_until", "idle_at", "ends_at")}
    assert ends == {"token_until": 900, "fresh_until": 600, "idle_at": 7200, "ends_at": 43200}
    again = await browser.look()
    assert again
    assert {**again, "now": ""} == {**told, "now": ""}


async def test_nobody_is_no_error(browser: Browser) -> None:
    answer = await browser.ask("GET", PAGE)
    assert (answer.status, await answer.json()) == (200, {"signed_in": None, "renewable": False})
    assert await browser.renew() is None


@pytest.mark.parametrize(("email", "password"), [(EMAIL, "wrong"), ("eve@example.com", PASSWORD), ("", "")])
async def test_a_wrong_password_gives_no_cookie(browser: Browser, email: str, password: str) -> None:
    answer = await browser.ask("POST", PAGE, json={"email": email, "password": password})
    assert (answer.status, browser.cookies) == (401, {})


async def test_it_goes_on_with_new_tokens(browser: Browser) -> None:
    told = await browser.sign_in()
    old = dict(browser.cookies)
    again = await browser.renew()
    assert again
    assert (again["session"], again["csrf"]) == (told["session"], told["csrf"])
    assert {*old.values()} & {*browser.cookies.values()} == set()


async def test_two_tabs_of_one_browser(browser: Browser) -> None:
    """They share the cookies; what one has renewed the other goes on with, and both know the same CSRF value."""
    await browser.sign_in()
    tab = Browser(browser.front, browser.cookies)
    assert await tab.look()
    assert await browser.renew()
    assert await tab.is_in()
    assert await tab.renew()
    assert await browser.is_in()


async def test_a_refresh_token_that_comes_twice_ends_it(browser: Browser) -> None:
    await browser.sign_in()
    thief = Browser(browser.front, dict(browser.cookies))
    assert await browser.renew()
    assert await thief.renew() is None
    assert thief.cookies == {}
    assert not await browser.is_in()
    assert await browser.renew() is None


async def test_fixation(browser: Browser) -> None:
    """Cookies that somebody put into the browser are not what it has after signing in, and their session ends."""
    planted = await signed_in(browser.front)
    browser.cookies = dict(planted.cookies)
    told = await browser.sign_in()
    assert {*planted.cookies.values()} & {*browser.cookies.values()} == set()
    assert (told["name"], await browser.is_in()) == ("Ada Lindqvist", True)
    assert not await planted.is_in()


async def test_signing_in_again_ends_the_session_before(browser: Browser) -> None:
    await browser.sign_in()
    before = Browser(browser.front, dict(browser.cookies), browser.csrf)
    await browser.sign_in()
    assert (await before.is_in(), await browser.is_in()) == (False, True)


async def test_signing_out(browser: Browser) -> None:
    told = await browser.sign_in()
    before = Browser(browser.front, dict(browser.cookies), browser.csrf)
    assert await browser.status("DELETE", PAGE, said={"X-Xyper-CSRF": "x"}) == 403
    assert await browser.status("DELETE", PAGE) == 204
    assert (await before.is_in(), await before.renew(), browser.cookies) == (False, None, {})
    why = await browser.front.rt.db.fetchval("select ended_why from sessions where id = $1", told["session"])
    assert why == "signed out"
    assert await browser.status("DELETE", PAGE) == 204


async def test_revoked_at_once_on_every_engine(browser: Browser) -> None:
    told, rt = await browser.sign_in(), browser.front.rt
    async with another(rt.settings, rt.db) as elsewhere:
        await elsewhere.sessions.end(HOST, told["session"], None)
    await wait_until_out(browser)
    assert await browser.renew() is None


async def wait_until_out(browser: Browser) -> None:
    """The database tells the other engine; that takes a moment."""
    for _ in range(200):
        if not await browser.is_in():
            return
    raise AssertionError("the session stands")


@pytest.mark.parametrize(("idle", "goes_on"), [(0, True), (7100, True), (7200, False), (86_400, False)])
async def test_idle(browser: Browser, idle: float, *, goes_on: bool) -> None:
    """The page says for how long nobody has done anything there; asking by itself keeps no session alive."""
    await browser.sign_in()
    told = await browser.renew(idle)
    assert (told is not None) == goes_on
    if told:
        assert seconds(told, "idle_at") == pytest.approx(7200 - idle, abs=10)


async def test_idle_while_nobody_has_the_page_open(browser: Browser) -> None:
    await browser.sign_in()
    await browser.front.rt.db.execute("update refresh_tokens set expires_at = now()")
    assert await browser.renew() is None


async def test_absolute_expiry(browser: Browser) -> None:
    told = await browser.sign_in()
    rt = browser.front.rt
    await rt.db.execute("update sessions set expires_at = now() + interval '100 seconds'")
    rt.access.sessions.forget([told["session"]])
    told = await browser.renew() or {}
    assert {round(seconds(told, name), -1) for name in ("token_until", "idle_at", "ends_at")} == {100}
    await rt.db.execute("update sessions set expires_at = now()")
    rt.access.sessions.forget([told["session"]])
    assert (await browser.is_in(), await browser.renew()) == (False, None)


async def test_whoever_has_no_second_factor_yet_may_set_one_up_alone(configure: Configure, url: str) -> None:
    async with opened(configure, url, {"server": {"public_url": OURS}}) as front:
        await ada(front)
        browser = Browser(front)
        assert (await browser.sign_in())["actions"] == [Action.self_manage]
        assert await browser.status("GET", "/api/v1/tenants") == 403
        offered = await browser.ask("POST", "/api/v1/auth/second-factor", json={"password": PASSWORD})
        told = await offered.json()
        assert (told["qr"][:2], told["qr_size"] > 20) == ("M0", True)


async def test_people_of_a_tenant_see_their_own(front: Front) -> None:
    browser = await signed_in(front, Role.genesys_admin, "acme")
    assert await browser.status("GET", "/api/v1/tenants/acme") == 200
    assert await browser.status("GET", "/api/v1/tenants/other") == 404
