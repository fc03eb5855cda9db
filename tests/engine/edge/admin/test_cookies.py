"""The page's cookies: exactly what they say to a browser, and where they count for anything."""

import pytest

from tests.engine.edge.admin.browser import ACCESS, OURS, PAGE, REFRESH, Browser, code_of, signed_in
from tests.engine.edge.front import OWN, Front
from xyper_engine.access.roles import Role
from xyper_engine.edge.admin.cookies import Cookies

ME = "/api/v1/auth/me"
FLAGS = "HttpOnly; Path=/; SameSite=Strict; Secure"


async def test_their_flags(browser: Browser) -> None:
    answer = await browser.ask("POST", PAGE, json={"email": "ada@example.com", "password": "correct horse battery"})
    access, refresh = answer.headers.getall("Set-Cookie")
    assert access == f"{ACCESS}={browser.cookies[ACCESS]}; {FLAGS}"
    assert refresh == f"{REFRESH}={browser.cookies[REFRESH]}; {FLAGS}"


async def test_a_script_is_told_of_none(browser: Browser) -> None:
    told = str(await browser.sign_in())
    assert browser.cookies[ACCESS] not in told
    assert browser.cookies[REFRESH] not in told


async def test_signing_out_takes_them_away(browser: Browser) -> None:
    await browser.sign_in()
    answer = await browser.ask("DELETE", PAGE)
    assert answer.status == 204
    assert answer.headers.getall("Set-Cookie") == [
        f'{name}=""; HttpOnly; Max-Age=0; Path=/; SameSite=Strict; Secure' for name in (ACCESS, REFRESH)
    ]


def test_without_tls_they_are_named_otherwise() -> None:
    """A browser takes `__Host-` and `Secure` over TLS alone, and development has none."""
    plain = Cookies("http://127.0.0.1:8080")
    assert plain.name("access") == "xyper-access"
    assert all("Secure" not in line for line in plain.taken().values())


async def test_a_page_asks_with_them(browser: Browser) -> None:
    await browser.sign_in()
    answer = await browser.ask("GET", ME)
    assert (answer.status, (await answer.json())["name"]) == (200, "Ada Lindqvist")


@pytest.mark.parametrize("csrf", ["", "x", "é", "0" * 43])
async def test_without_the_right_csrf_value_nothing_happens(browser: Browser, csrf: str) -> None:
    await browser.sign_in()
    for method, path in (("GET", ME), ("POST", "/api/v1/auth/logout"), ("GET", f"{OWN}/policy")):
        answer = await browser.ask(method, path, said={"X-Xyper-CSRF": csrf.encode().decode("latin-1")})
        assert await code_of(answer) == (403, "csrf")
    assert await browser.is_in()


async def test_another_sessions_csrf_value_is_a_wrong_one(front: Front, browser: Browser) -> None:
    await browser.sign_in()
    other = await signed_in(front)
    answer = await browser.ask("GET", ME, said={"X-Xyper-CSRF": other.csrf})
    assert await code_of(answer) == (403, "csrf")


FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": f"{OURS}.evil.example"},
    {"Origin": OURS.replace("https", "http")},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "", "Origin": ""},
)


@pytest.mark.parametrize("said", FOREIGN, ids=str)
async def test_another_sites_page_is_refused_even_with_the_csrf_value(browser: Browser, said: dict[str, str]) -> None:
    await browser.sign_in()
    for path, body in (("/api/v1/auth/logout", None), (PAGE, {"email": "e", "password": "p"}), (f"{PAGE}/renew", {})):
        assert await code_of(await browser.ask("POST", path, said=said, json=body)) == (403, "origin")
    assert await code_of(await browser.ask("DELETE", PAGE, said=said)) == (403, "origin")
    assert await browser.is_in()


async def test_a_link_of_our_own_page_downloads(browser: Browser) -> None:
    await browser.sign_in()
    link = {"Sec-Fetch-Mode": "navigate", "X-Xyper-CSRF": ""}
    assert await browser.status("GET", "/api/v1/audit", said=link) == 200
    for site in ("cross-site", "same-site", "none", ""):
        assert await browser.status("GET", "/api/v1/audit", said={**link, "Sec-Fetch-Site": site}) == 403
    assert await browser.status("POST", "/api/v1/auth/logout", said=link) == 403


async def test_a_bearer_token_goes_before_the_cookie(front: Front, browser: Browser) -> None:
    """Whoever brings one is asked for nothing else, and is nobody else."""
    await browser.sign_in()
    for said in ({"Origin": "https://evil.example"}, {"X-Xyper-CSRF": ""}):
        answer = await browser.ask("GET", ME, said={"Authorization": f"Bearer {front.key}", **said})
        assert (answer.status, (await answer.json())["kind"]) == (200, "key")
    assert await browser.status("GET", ME, said={"Authorization": "Bearer xyk_0"}) == 401


async def test_tokens_of_one_kind_are_none_of_the_other(front: Front, browser: Browser) -> None:
    """Out of its cookie a page's token is worth nothing, and no other token becomes a cookie."""
    await browser.sign_in()
    access, refresh = browser.cookies[ACCESS], browser.cookies[REFRESH]
    assert (await front.ask("GET", ME, key=access)).status == 401
    assert (await front.ask("POST", "/api/v1/auth/refresh", key="", json={"refresh_token": refresh})).status == 401
    assert await browser.is_in()
    assert await Browser(front, {ACCESS: await front.token(Role.xyper_admin, None)}).look() is None
    assert await Browser(front, {ACCESS: front.key}).look() is None


async def test_it_counts_below_the_api_alone(front: Front) -> None:
    """Never for the widget, nor for a webhook."""
    browser = await signed_in(front, Role.supervisor, "acme")
    guarded = [route for route in front.routes if route.action is not None]
    widgets = [route for route in guarded if route.path.startswith("/widget/")]
    assert len(widgets) > 20
    for route in widgets:
        path = route.path.replace("{tenant}", "acme").replace("{thread}", "t").replace("{", "").replace("}", "")
        assert await browser.status(route.method, path) == 401, path
    assert all(route.path.startswith(("/widget/", "/api/v1/")) for route in guarded)
    assert await browser.status("POST", "/hooks/whatsapp/x", data=b"{}") in (401, 403, 404)
