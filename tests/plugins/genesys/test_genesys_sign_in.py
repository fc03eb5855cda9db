"""Sign-in with Genesys: what is asked of it and where, and whom its answers do not prove."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import aiohttp
import pytest
from pydantic import ValidationError
from yarl import URL

from tests.plugins.genesys.world import TOKEN, account
from tests.plugins.workbench import Workbench, runtime
from xyper_engine.agents import SignInRequest, SignsIn, VendorPerson
from xyper_engine.errors import FarSideDown, Forbidden, Misconfigured
from xyper_engine.steps import Finding
from xyper_engine.testing import FarSide, bare_runtime
from xyper_genesys.adapter import Genesys
from xyper_genesys.settings import GenesysSettings, Hosts

ORG, APP, USER, CONVERSATION = "org-1", "panel-1", "user-1", "c0ffee00-0000-4000-8000-000000000001"
CONFIG = {"login_client_id": APP, "organization_id": ORG}
REQUEST = SignInRequest("https://xyper.example/widget/acme/auth/callback", "s.t", "challenge", "verifier-1")
ME = "/api/v2/users/me"
TALK = f"/api/v2/conversations/messages/{CONVERSATION}"


def me(**changes: Any) -> dict[str, Any]:
    return {
        "id": USER, "name": "Ines Duarte", "email": "ines@example.com", "state": "active",
        "organization": {"id": ORG, "name": "Acme"},
        "authorization": {"roles": [{"id": "1", "name": "employee"}], "permissions": ["conversation:message:view"]},
        "token": {"organization": {"id": ORG}, "OAuthClient": {"id": APP}}, **changes,
    }  # fmt: skip


def talk(*users: str) -> dict[str, Any]:
    return {"id": CONVERSATION, "participants": [{"purpose": "customer"}, *({"user": {"id": one}} for one in users)]}


@dataclass
class Cloud:
    api: FarSide
    login: FarSide
    http: aiohttp.ClientSession
    config: Mapping[str, Any]

    @property
    def adapter(self) -> Genesys:
        return Genesys(GenesysSettings(regions={"lab": Hosts(api=self.api.url, login=self.login.url)}))

    async def person(self, conversation: str | None = CONVERSATION) -> VendorPerson:
        rt, mine = bare_runtime(http=self.http), account(config={**CONFIG, **self.config})
        return await self.adapter.sign_in.person(mine, REQUEST, "code-1", conversation, rt)


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with FarSide() as api, FarSide() as login, aiohttp.ClientSession() as http:
        login.answer("POST", TOKEN, json={"access_token": "user-token", "token_type": "bearer", "expires_in": 3600})
        yield Cloud(api, login, http, {})


async def test_somebody_of_ours_is_known(cloud: Cloud) -> None:
    cloud.api.answer("GET", ME, json=me())
    cloud.api.answer("GET", TALK, json=talk("somebody-else", USER))
    assert isinstance(cloud.adapter, SignsIn)
    assert await cloud.person() == VendorPerson(
        issuer=ORG, subject=USER, name="Ines Duarte", email="ines@example.com", role="agent", takes_part=True,
        token="user-token", lasts=3600.0,
    )  # fmt: skip
    (redeemed,) = cloud.login.requests
    assert dict(parse_qsl(redeemed.body.decode())) == {
        "grant_type": "authorization_code", "code": "code-1", "client_id": APP, "code_verifier": "verifier-1",
        "redirect_uri": REQUEST.redirect_uri,
    }  # fmt: skip
    assert "Authorization" not in redeemed.headers
    assert [seen.headers["Authorization"] for seen in cloud.api.requests] == ["Bearer user-token"] * 2
    assert cloud.api.requests[0].query == {"expand": "organization,authorization,token"}


def test_the_browser_is_sent_to_the_login_of_the_accounts_region() -> None:
    url = URL(Genesys(GenesysSettings()).sign_in.url(account(config={**CONFIG, "region": "eu-central-1"}), REQUEST))
    assert str(url.with_query(None)) == "https://login.mypurecloud.de/oauth/authorize"
    assert parse_qs(url.raw_query_string) == {
        "client_id": [APP], "response_type": ["code"], "redirect_uri": [REQUEST.redirect_uri], "state": ["s.t"],
        "code_challenge": ["challenge"], "code_challenge_method": ["S256"],
    }  # fmt: skip
    assert "verifier-1" not in str(url)


STRANGERS = {
    "of a foreign organisation": (me(organization={"id": "org-2"}), "another Genesys organisation"),
    "of no organisation": (me(organization=None), "another Genesys organisation"),
    "with another app's token": (me(token={"OAuthClient": {"id": "another-app"}}), "another app"),
    "with a token of no app": (me(token={}), "another app"),
    "deactivated": (me(state="inactive"), "not active"),
    "deleted": (me(state="deleted"), "not active"),
    "without a state": (me(state=None), "not active"),
    "without an id": (me(id=""), "not active"),
}


@pytest.mark.parametrize(("told", "words"), STRANGERS.values(), ids=list(STRANGERS))
async def test_a_stranger(cloud: Cloud, told: object, words: str) -> None:
    cloud.api.answer("GET", ME, json=told)
    with pytest.raises(Forbidden, match=words):
        await cloud.person()


@pytest.mark.parametrize(
    ("status", "body"), [(200, talk()), (200, talk("somebody-else")), (200, {}), (403, {"code": "x"}), (404, {})]
)
async def test_somebody_who_does_not_take_part(cloud: Cloud, status: int, body: object) -> None:
    cloud.api.answer("GET", ME, json=me())
    cloud.api.answer("GET", TALK, status, json=body)
    assert (await cloud.person()).takes_part is False


async def test_without_a_conversation_none_is_asked_for(cloud: Cloud) -> None:
    cloud.api.answer("GET", ME, json=me())
    assert (await cloud.person(None)).takes_part is False
    assert len(cloud.api.requests) == 1


async def test_a_conversation_cannot_lead_to_another_path(cloud: Cloud) -> None:
    cloud.api.answer("GET", ME, json=me())
    assert (await cloud.person("../../users/me?x=")).takes_part is False
    assert cloud.api.requests[1].path == "/api/v2/conversations/messages/../../users/me?x="  # one segment, decoded


ROLES: Mapping[str, tuple[list[str], list[str], Mapping[str, Any], str]] = {
    "nothing in particular": (["employee"], ["conversation:message:view"], {}, "agent"),
    "an administrator by role": (["Master Admin"], [], {}, "genesys_admin"),
    "an administrator by role, in small letters": (["ADMIN"], [], {}, "genesys_admin"),
    "an administrator by permission": ([], ["messaging:integration:edit"], {}, "genesys_admin"),
    "an administrator by a permission with a star": ([], ["messaging:*:*"], {}, "genesys_admin"),
    "a supervisor by role": (["Supervisor"], [], {}, "supervisor"),
    "a supervisor by permission": ([], ["analytics:conversationDetail:view"], {}, "supervisor"),
    "a role that is a permission's name": (["messaging:integration:edit"], [], {}, "agent"),
    "a permission that is called like a role": ([], ["role:admin"], {}, "agent"),
    "the tenant's own table": (["Team lead"], [], {"supervisor": ["role:team lead"]}, "supervisor"),
    "the tenant's table instead of ours": (["Supervisor"], [], {"supervisor": []}, "agent"),
    "the rest of our table": (["admin"], [], {"supervisor": []}, "genesys_admin"),
}


@pytest.mark.parametrize(("roles", "permissions", "table", "role"), ROLES.values(), ids=list(ROLES))
async def test_the_role_comes_from_what_genesys_lets_one_do(
    cloud: Cloud, roles: list[str], permissions: list[str], table: Mapping[str, Any], role: str
) -> None:
    held = {"roles": [{"id": name, "name": name} for name in roles], "permissions": permissions}
    cloud.api.answer("GET", ME, json=me(authorization=held))
    assert (await replace(cloud, config={"login_roles": table}).person(None)).role == role


async def test_a_code_that_genesys_does_not_take(cloud: Cloud) -> None:
    async with FarSide() as login:
        login.answer("POST", TOKEN, 400, json={"error": "invalid_grant"})
        with pytest.raises(Forbidden, match="begin again"):
            await replace(cloud, login=login).person()
    assert cloud.api.requests == []


@pytest.mark.parametrize(
    ("status", "body"),
    [(503, None), (200, None), (200, []), (200, {"access_token": "x"}), (302, None),
     (200, {"access_token": "x", "expires_in": -1})],
)  # fmt: skip
async def test_a_login_that_gives_no_clear_answer(cloud: Cloud, status: int, body: object) -> None:
    async with FarSide() as login:
        login.answer("POST", TOKEN, status, json=body)
        with pytest.raises(FarSideDown, match="try again"):
            await replace(cloud, login=login).person()


@pytest.mark.parametrize(("path", "status"), [(ME, 500), (ME, 401), (TALK, 500), (TALK, 429)])
async def test_an_api_that_gives_no_clear_answer(cloud: Cloud, path: str, status: int) -> None:
    cloud.api.answer("GET", path, status, json={})
    cloud.api.answer("GET", ME, json=me())
    with pytest.raises(FarSideDown, match=f"HTTP {status}"):
        await cloud.person()


@pytest.mark.parametrize("lacking", ["region", "login_client_id", "organization_id"])
def test_what_an_account_lacks_is_named(cloud: Cloud, lacking: str) -> None:
    mine = account(config={**CONFIG, lacking: ""})
    assert cloud.adapter.sign_in.ready(mine) is (lacking != "login_client_id")
    with pytest.raises(Misconfigured, match=f"has no {lacking}"):
        cloud.adapter.sign_in.url(mine, REQUEST)


@pytest.mark.parametrize("roles", [["x"], {"agent": []}, {"xyper_admin": ["role:admin"]}, {"supervisor": "role:x"}])
def test_a_table_of_roles_that_cannot_be_read(cloud: Cloud, roles: object) -> None:
    with pytest.raises(Misconfigured, match="login_roles"):
        cloud.adapter.sign_in.url(account(config={**CONFIG, "login_roles": roles}), REQUEST)


def test_a_region_that_is_none(cloud: Cloud) -> None:
    with pytest.raises(Misconfigured, match="no region of Genesys Cloud"):
        cloud.adapter.sign_in.url(account(config={**CONFIG, "region": "evil.example"}), REQUEST)


async def test_a_step_says_where_people_sign_in(cloud: Cloud) -> None:
    async def look(**config: Any) -> Finding:
        return await Workbench(account(config=config), runtime(cloud.http), cloud.adapter).look("sign_in")

    found = await look(**CONFIG)
    assert (found.state, found.detail) == ("done", f"At {cloud.login.url}, with the client {APP}.")
    found = await look(**{**CONFIG, "organization_id": ""})
    assert (found.state, "has no organization_id" in found.detail) == ("failed", True)
    assert (await look()).detail == "Nobody is to sign in with this account."


def test_an_account_for_signing_in_is_checked_when_it_is_entered(cloud: Cloud) -> None:
    shape, plain = cloud.adapter.account_config, {"region": "lab", "client_id": "client-1"}
    given = {**plain, **CONFIG, "login_roles": {"supervisor": ["role:x"]}}
    assert shape.model_validate(given).model_dump(exclude_unset=True, mode="json") == given
    with pytest.raises(ValidationError, match="needs organization_id"):
        shape.model_validate({**plain, "login_client_id": APP})
    with pytest.raises(ValidationError, match="xyper_admin"):
        shape.model_validate({**plain, **CONFIG, "login_roles": {"xyper_admin": ["role:admin"]}})
