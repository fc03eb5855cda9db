"""What cannot be undone, or gives power: at the page it wants a fresh proof. Made from the table of routes."""

import re
from datetime import timedelta
from typing import Any

import pytest
from pyotp import TOTP

from tests.engine.edge.admin.browser import PAGE, PASSWORD, Browser, code_of, signed_in
from tests.engine.edge.front import Front
from xyper_engine.access.page_sessions import FRESH
from xyper_engine.access.roles import Role
from xyper_engine.edge.route import Route

CAREFUL = {
    "DELETE /api/v1/tenants/{tenant}",
    "DELETE /api/v1/tenants/{tenant}/secrets/{id}", "DELETE /api/v1/hooks/secrets/{id}",
    "POST /api/v1/tenants/{tenant}/people/erasures",
    "POST /api/v1/users", "POST /api/v1/users/{id}/reset",
    "PATCH /api/v1/users/{id}", "PATCH /api/v1/tenants/{tenant}/users/{id}",
    "POST /api/v1/keys", "POST /api/v1/tenants/{tenant}/keys",
    "DELETE /api/v1/keys/{id}", "DELETE /api/v1/tenants/{tenant}/keys/{id}",
}  # fmt: skip


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


async def call(browser: Browser, route: Route) -> tuple[int, str | None]:
    """With a body that no route takes: what is asked here is whether one would have been looked at."""
    path = re.sub(r"\{(\w+)[^}]*\}", lambda found: "acme" if found[1] == "tenant" else "0", route.path)
    body: dict[str, Any] = {"data": b"?", "said": {"Content-Type": "text/plain"}} if route.body else {}
    answer = await browser.ask(route.method, path, **body)
    return await code_of(answer)


async def grown_old(browser: Browser, age: timedelta = FRESH) -> None:
    """Nobody has proved themselves for so long."""
    told = await browser.look()
    assert told
    await browser.front.rt.db.execute("update sessions set proved_at = now() - $1::interval", age)
    browser.front.rt.access.sessions.forget([told["session"]])


async def test_these_are_careful(front: Front) -> None:
    assert {named(route) for route in front.routes if route.careful} == CAREFUL


async def test_each_wants_a_fresh_proof(front: Front) -> None:
    browser = await signed_in(front)
    await grown_old(browser)
    for route in front.routes:
        if route.careful:
            assert await call(browser, route) == (403, "reauthenticate"), route.path


async def test_within_ten_minutes_none_does(front: Front) -> None:
    browser = await signed_in(front)
    await grown_old(browser, FRESH - timedelta(seconds=30))
    for route in front.routes:
        if route.careful:
            assert (await call(browser, route))[1] != "reauthenticate", route.path


async def test_nothing_else_does(front: Front) -> None:
    browser = await signed_in(front)
    await grown_old(browser)
    assert await browser.status("GET", "/api/v1/tenants") == 200
    assert await browser.status("POST", "/api/v1/tenants/acme/suspend") == 200


async def test_whoever_may_not_is_told_that_first(front: Front) -> None:
    """Nobody is asked for a password for what they may not do anyway."""
    browser = await signed_in(front, Role.supervisor, "acme")
    await grown_old(browser)
    answer = await browser.ask("DELETE", "/api/v1/tenants/acme")
    assert await code_of(answer) == (403, None)


async def test_a_program_is_not_asked(front: Front) -> None:
    """A key cannot prove anything again."""
    answer = await front.ask("POST", "/api/v1/users", json={"name": "Bo", "email": "bo@example.com"})
    assert answer.status == 201


async def test_a_password_proves_it(browser: Browser) -> None:
    await browser.sign_in()
    await grown_old(browser)
    body = {"name": "Bo", "email": "bo@example.com"}
    assert await code_of(await browser.ask("POST", "/api/v1/users", json=body)) == (403, "reauthenticate")
    assert await browser.status("POST", f"{PAGE}/prove", json={"password": "wrong"}) == 403
    assert await code_of(await browser.ask("POST", "/api/v1/users", json=body)) == (403, "reauthenticate")
    assert await browser.status("POST", f"{PAGE}/prove", json={"password": PASSWORD}) == 200
    assert await browser.status("POST", "/api/v1/users", json=body) == 201


async def test_with_a_second_factor_it_takes_a_code_too(browser: Browser) -> None:
    await browser.sign_in()
    offered = await browser.ask("POST", "/api/v1/auth/second-factor", json={"password": PASSWORD})
    totp = TOTP((await offered.json())["secret"])
    confirmed = await browser.ask("POST", "/api/v1/auth/second-factor/confirm", json={"code": totp.now()})
    recovery = (await confirmed.json())["recovery_codes"]
    await grown_old(browser)
    for code in ("", "000000", totp.now()):  # the last was used just now
        answer = await browser.ask("POST", f"{PAGE}/prove", json={"password": PASSWORD, "code": code})
        assert answer.status == 403
    right = {"password": PASSWORD, "code": recovery[0]}
    assert await browser.status("POST", f"{PAGE}/prove", json=right) == 200
    assert await browser.status("POST", f"{PAGE}/prove", json=right) == 403


async def test_it_stands_in_the_audit(browser: Browser) -> None:
    told = await browser.sign_in()
    await browser.ask("POST", f"{PAGE}/prove", json={"password": PASSWORD})
    rows = await browser.front.rt.db.fetch("select subject from audit where action = 'session.prove'")
    assert [row["subject"] for row in rows] == [f"session/{told['session']}"]


@pytest.mark.parametrize("role", [Role.genesys_admin, Role.supervisor])
async def test_whoever_has_no_password_here_signs_on_anew(front: Front, role: Role) -> None:
    browser = await signed_in(front, role, "acme")
    assert await browser.status("POST", f"{PAGE}/prove", json={"password": "x"}) == 409
