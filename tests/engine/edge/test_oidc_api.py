"""Xyper's own administrators sign in with an identity provider: the whole way, in browsers that are theirs or not."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from yarl import URL

from tests.conftest import Configure
from tests.engine.access.conftest import url
from tests.provider import CLIENT, SECRET, IdentityProvider, Lie
from tests.signing_in import Window, engine
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Role
from xyper_engine.runtime import Runtime

__all__ = ["url"]


@dataclass
class Login:
    idp: IdentityProvider
    rt: Runtime
    url: str

    @property
    def oidc(self) -> str:
        return f"{self.url}/api/v1/auth/oidc"

    async def to_provider(self, window: Window) -> URL:
        status, where = await window.go(f"{self.oidc}/start")
        assert where, window.last
        assert (status, str(where.with_query(None))) == (303, f"{self.idp.url}/authorize")
        return where

    async def back(self, window: Window) -> URL:
        """Through the provider: the address of our callback."""
        _, where = await window.go(await self.to_provider(window))
        assert where
        assert str(where.with_query(None)) == f"{self.oidc}/callback"
        return where

    async def code(self, window: Window) -> str:
        """What the dashboard's page finds in its address."""
        status, landed = await window.go(await self.back(window))
        assert landed, window.last
        assert (status, str(landed.with_fragment(None))) == (303, f"{self.url}/admin/")
        return landed.fragment.removeprefix("code=")

    async def finish(self, window: Window, code: str) -> tuple[int, dict[str, Any]]:
        return await window.post(f"{self.oidc}/finish", {"code": code})

    async def signed_in(self, window: Window) -> Caller:
        status, granted = await self.finish(window, await self.code(window))
        assert status == 200, granted
        return await self.rt.access.prove(granted["access_token"])

    async def refused(self, window: Window, where: URL | None = None) -> str:
        status, onwards = await window.go(where or await self.back(window))
        assert (status, onwards) == (403, None)
        return window.last


@pytest.fixture
async def login(configure: Configure, url: str) -> AsyncIterator[Login]:
    async with IdentityProvider() as idp:
        oidc = {"issuer": idp.url, "client_id": CLIENT, "client_secret": SECRET, "claim_values": ["xyper-admins"]}
        async with engine(configure({"database": {"url": url}, "oidc": oidc})) as (rt, home):
            yield Login(idp, rt, home)


@pytest.fixture
async def window() -> AsyncIterator[Window]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Window(http)


@pytest.fixture
async def victim() -> AsyncIterator[Window]:
    """Another browser."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Window(http)


async def test_an_administrator_signs_in(login: Login, window: Window) -> None:
    ada = await login.signed_in(window)
    assert (ada.role, ada.tenant, ada.name) == (Role.xyper_admin, None, "Ada Lindqvist")


async def test_a_person_is_issuer_and_subject_and_never_an_address(login: Login, window: Window) -> None:
    first = await login.signed_in(window)
    login.idp.user.email = "ada.married@example.com"
    assert (await login.signed_in(window)).id == first.id
    login.idp.user.sub, login.idp.user.email = "user-2", "ada@example.com"  # the address went to somebody else
    assert (await login.signed_in(window)).id != first.id


async def test_somebody_who_was_disabled_here(login: Login, window: Window) -> None:
    ada = await login.signed_in(window)
    await login.rt.access.people.disable(Caller.host(), ada.id, None)
    assert "You were shut out" in await login.refused(window)


async def test_somebody_who_is_none_of_those_who_may(login: Login, window: Window) -> None:
    login.idp.user.more = {"groups": ["staff"]}
    assert "none of those who may" in await login.refused(window)
    assert await login.rt.access.people.list(None) == []


@pytest.mark.parametrize("lie", [Lie({"nonce": "x"}), Lie({"aud": "x"}), Lie(algorithm="none")])
async def test_a_lie_of_nonce_aud_or_alg(login: Login, window: Window, lie: Lie) -> None:
    login.idp.lie = lie
    assert "does not prove who you are" in await login.refused(window)


async def test_state_from_another_browser(login: Login, window: Window, victim: Window) -> None:
    """Login CSRF: the victim would work in the attacker's name without knowing."""
    back = await login.back(window)
    assert "another window" in await login.refused(victim, back)
    assert "another window" in await login.refused(window, back)  # used up


async def test_a_code_without_the_window_opens_nothing(login: Login, window: Window, victim: Window) -> None:
    code = await login.code(victim)
    assert (await login.finish(window, code))[0] == 403
    assert (await login.finish(victim, code))[0] == 200


async def test_a_code_is_good_once(login: Login, window: Window) -> None:
    code = await login.code(window)
    assert [(await login.finish(window, code))[0] for _ in range(2)] == [200, 403]


@pytest.mark.parametrize("code", ["", ".", "x.y", "\\udcff.x"])
async def test_a_made_up_code(login: Login, window: Window, code: str) -> None:
    assert (await login.finish(window, code))[0] == 403


async def test_whoever_does_not_sign_in_is_told_so(login: Login, window: Window) -> None:
    state = (await login.to_provider(window)).query["state"]
    where = URL(f"{login.oidc}/callback").with_query(error="access_denied", state=state)
    assert "You did not sign in" in await login.refused(window, where)


async def test_an_answer_of_another_provider(login: Login, window: Window) -> None:
    back = await login.back(window)
    assert "Another provider" in await login.refused(window, back.update_query(iss="https://evil.example"))


async def test_the_way_back_is_ours_whatever_is_asked(login: Login, window: Window) -> None:
    """No open redirect: what else stands in the query is not read."""
    status, where = await window.go(f"{login.oidc}/start?redirect_uri=https://evil.example&to=//evil.example")
    assert where
    assert (status, where.query["redirect_uri"]) == (303, f"{login.oidc}/callback")


async def test_a_tenants_sign_in_is_no_administrators(login: Login, window: Window) -> None:
    """Nor the other way round: a state of one flow is none of the other."""
    await login.rt.db.execute("insert into tenants (id, name) values ('acme', 'Acme')")
    back = await login.back(window)
    elsewhere = URL(f"{login.url}/widget/acme/auth/callback").with_query(dict(back.query))
    assert "over" in await login.refused(window, elsewhere)


async def test_the_provider_is_away(login: Login, window: Window) -> None:
    login.idp.described = {"issuer": "https://evil.example"}
    assert (await window.go(f"{login.oidc}/start"))[0] == 503


async def test_it_is_offered_where_it_is_set(login: Login, window: Window, configure: Configure, url: str) -> None:
    async with window.http.get(login.oidc) as answer:
        assert await answer.json() == {"enabled": True, "start": f"{login.oidc}/start"}
    async with engine(configure({"database": {"url": url}})) as (_, home):
        async with window.http.get(f"{home}/api/v1/auth/oidc") as answer:
            assert (await answer.json())["enabled"] is False
        assert (await window.go(f"{home}/api/v1/auth/oidc/start"))[0] == 403
