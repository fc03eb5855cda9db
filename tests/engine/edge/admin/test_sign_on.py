"""Signing on at the dashboard: with the operator's identity provider, and with a tenant's Genesys Cloud."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from yarl import URL

from tests.conftest import Configure
from tests.engine.access.conftest import url
from tests.provider import CLIENT, SECRET, IdentityProvider, Lie
from tests.signing_in import ONE, TWO, SignInWorld, Window, engine, signing_in
from xyper_engine.access.roles import Role
from xyper_engine.runtime import Runtime

__all__ = ["url"]


@dataclass
class Desk:
    """The engine's page of signing in, for whichever browser."""

    rt: Runtime
    url: str

    @property
    def page(self) -> str:
        return f"{self.url}/api/v1/auth/page"

    async def hand_in(self, window: Window, landed: URL) -> tuple[int, dict[str, Any]]:
        """As the page does it with what it finds in its address."""
        assert str(landed.with_fragment(None)) == f"{self.url}/admin/"
        found = dict(part.split("=", 1) for part in landed.fragment.split("&"))
        headers = {"Origin": self.url, "Sec-Fetch-Site": "same-origin"}
        body = {"code": found["code"], "tenant": found.get("tenant")}
        async with window.http.post(f"{self.page}/sign-on", json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def begun(self, window: Window, tenant: str) -> URL:
        """The login of the tenant's vendor."""
        status, login = await window.go(str(URL(f"{self.page}/genesys").with_query(tenant=tenant)))
        assert login, window.last
        assert status == 303
        return login

    async def landed(self, window: Window, person: str, tenant: str = ONE.id) -> URL:
        status, where = await window.go(await window.choose(await self.begun(window, tenant), person))
        assert where, window.last
        assert status == 303
        return where

    async def is_in(self, window: Window, told: dict[str, Any]) -> bool:
        headers = {"Sec-Fetch-Site": "same-origin", "X-Xyper-CSRF": told["csrf"]}
        async with window.http.get(f"{self.url}/api/v1/auth/me", headers=headers) as answer:
            return answer.status == 200


@asynccontextmanager
async def browsing() -> AsyncIterator[Window]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Window(http)


@pytest.fixture
async def world(configure: Configure, url: str) -> AsyncIterator[SignInWorld]:
    async with signing_in(configure({"database": {"url": url}})) as here:
        yield here


@pytest.fixture
def desk(world: SignInWorld) -> Desk:
    return Desk(world.rt, world.url)


@pytest.mark.parametrize(("person", "role"), [("sofia", Role.supervisor), ("ada", Role.genesys_admin)])
async def test_people_of_a_tenant(world: SignInWorld, desk: Desk, person: str, role: Role) -> None:
    window = await world.window()
    status, told = await desk.hand_in(window, await desk.landed(window, person))
    assert (status, told["role"], told["tenant"], told["method"]) == (200, role, ONE.id, "genesys")
    assert await desk.is_in(window, told)
    assert "access_token" not in told
    assert await world.rt.db.fetchval("select count(*) from vendor_tokens") == 0, "the vendor's is not needed here"


async def test_an_agent_is_told_where_their_place_is(world: SignInWorld, desk: Desk) -> None:
    window = await world.window()
    status, where = await window.go(await window.choose(await desk.begun(window, ONE.id), "ines"))
    assert (status, where) == (403, None)
    assert "panel beside your conversations" in window.last


async def test_a_tenant_by_its_name(world: SignInWorld, desk: Desk) -> None:
    window = await world.window()
    await world.rt.db.execute("update tenants set name = 'Acme Retail' where id = $1", ONE.id)
    assert (await desk.landed(window, "sofia", " acme RETAIL ")).fragment.endswith(f"&tenant={ONE.id}")


@pytest.mark.parametrize("tenant", ["", "nowhere", TWO.id, "x" * 300])
async def test_a_tenant_that_has_no_such_login(world: SignInWorld, desk: Desk, tenant: str) -> None:
    """Or that is not there: in the same words."""
    window = await world.window()
    status, where = await window.go(str(URL(f"{desk.page}/genesys").with_query(tenant=tenant)))
    assert (status in (403, 422), where) == (True, None)


async def test_a_name_that_two_have_opens_neither(world: SignInWorld, desk: Desk) -> None:
    window = await world.window()
    await world.rt.db.execute("update tenants set name = 'Same'")
    status, where = await window.go(f"{desk.page}/genesys?tenant=Same")
    assert (status, where) == (403, None)


async def test_the_code_opens_nothing_elsewhere_nor_twice(world: SignInWorld, desk: Desk) -> None:
    mine, victim = await world.window(), await world.window()
    landed = await desk.landed(mine, "sofia")
    assert (await desk.hand_in(victim, landed))[0] == 403
    assert [(await desk.hand_in(mine, landed))[0] for _ in range(2)] == [200, 403]


async def test_a_widgets_sign_in_is_none_of_the_dashboards(world: SignInWorld, desk: Desk) -> None:
    """What was begun beside a conversation ends there: its window's cookie is not its secret."""
    window = await world.window()
    begun = await world.new(window)
    await world.came_back(window, begun["sid"])
    proof = await world.proof(window, begun["sid"])
    landed = URL(f"{desk.url}/admin/#code={begun['sid']}.{proof}&tenant={ONE.id}")
    assert (await desk.hand_in(window, landed))[0] == 403


async def test_another_site_cannot_hand_in(world: SignInWorld, desk: Desk) -> None:
    """It would sign the victim in as somebody else."""
    window = await world.window()
    code = (await desk.landed(window, "sofia")).fragment.removeprefix("code=").partition("&")[0]
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    body = {"code": code, "tenant": ONE.id}
    async with window.http.post(f"{desk.page}/sign-on", json=body, headers=headers) as answer:
        assert (answer.status, (await answer.json())["code"]) == (403, "origin")


@pytest.mark.parametrize(
    ("lie", "status"), [(Lie(), 303), (Lie({"auth_time": None}), 403), (Lie({"auth_time": 1}), 403)]
)
async def test_an_identity_provider_must_ask_again(configure: Configure, url: str, lie: Lie, status: int) -> None:
    """Where somebody is to prove that it is still them, its remembering them does not count."""
    async with IdentityProvider() as idp:
        idp.lie = lie
        oidc = {"issuer": idp.url, "client_id": CLIENT, "client_secret": SECRET, "claim_values": ["xyper-admins"]}
        async with engine(configure({"database": {"url": url}, "oidc": oidc})) as (rt, home), browsing() as window:
            desk = Desk(rt, home)
            _, asked = await window.go(f"{home}/api/v1/auth/oidc/start?again=true")
            assert asked
            assert (asked.query["prompt"], asked.query["max_age"]) == ("login", "0")
            _, back = await window.go(asked)
            assert back
            said, landed = await window.go(back)
            assert said == status
            if landed:
                status, told = await desk.hand_in(window, landed)
                assert (status, is_fresh(told)) == (200, True)


async def test_whom_an_identity_provider_knew_from_before_is_not_fresh(configure: Configure, url: str) -> None:
    """Whoever finds a screen open could sign on without a word; what cannot be undone wants more."""
    async with IdentityProvider() as idp:
        oidc = {"issuer": idp.url, "client_id": CLIENT, "client_secret": SECRET, "claim_values": ["xyper-admins"]}
        async with engine(configure({"database": {"url": url}, "oidc": oidc})) as (rt, home), browsing() as window:
            _, asked = await window.go(f"{home}/api/v1/auth/oidc/start")
            _, back = await window.go(asked or "")
            _, landed = await window.go(back or "")
            assert landed
            status, told = await Desk(rt, home).hand_in(window, landed)
            assert (status, is_fresh(told)) == (200, False)


def is_fresh(told: dict[str, Any]) -> bool:
    return datetime.fromisoformat(told["fresh_until"]) > datetime.now(UTC)
