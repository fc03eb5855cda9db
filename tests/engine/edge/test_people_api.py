"""People, sessions and keys as a program speaks of them: who is let in, who hands out what, and where the doors end."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pyotp.totp import TOTP

from tests.conftest import Configure
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Action, Role, actions_of
from xyper_engine.cli.parts import NoBroker
from xyper_engine.edge.server import public_app
from xyper_engine.plugins import load
from xyper_engine.runtime import Runtime, open_runtime

pytestmark = pytest.mark.parametrize("url", ["embedded"], indirect=True)

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
HOST = Caller.host()
NOBODY = "0198a000-0000-7000-8000-000000000000"


@dataclass
class Desk:
    http: TestClient[web.Request, web.Application]
    rt: Runtime

    async def ask(
        self, method: str, path: str, body: object = None, *, token: str = "", status: int = 200
    ) -> dict[str, Any]:
        """The JSON of an answer that must have this status."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.http.request(method, path, json=body, headers=headers) as answer:
            text = await answer.text()
            assert answer.status == status, text
            value: dict[str, Any] = await answer.json(content_type=None) if text else {}
            return value

    async def entered(self, password: str = PASSWORD, **more: str) -> dict[str, Any]:
        return await self.ask("POST", "/api/v1/auth/login", {"email": EMAIL, "password": password, **more})

    async def member(self, role: Role, tenant: str = "acme") -> tuple[str, str]:
        """The id and a token of somebody who signed in with Genesys."""
        person = await self.rt.access.people.arrived("genesys", f"g-{role}", tenant=tenant, role=role, name=role)
        return person.id, (await self.rt.access.sessions.begin(person, address="192.0.2.1")).access_token


@pytest.fixture
async def desk(configure: Configure, url: str) -> AsyncIterator[Desk]:
    settings = configure({"database": {"url": url}, "access": {"require_totp": False}})
    async with open_runtime(settings, given=NoBroker()) as rt:
        await rt.db.execute("insert into tenants (id, name) values ('acme', 'Acme'), ('other', 'Other')")
        await rt.access.invitations.add(HOST, "Ada", EMAIL, PASSWORD)
        async with TestClient(TestServer(public_app(rt, load(settings)))) as http:
            yield Desk(http, rt)


async def test_a_session_from_its_beginning_to_its_end(desk: Desk) -> None:
    granted = await desk.entered()
    token = granted["access_token"]
    assert (granted["expires_in"], set(granted["actions"])) == (900, set(actions_of(Role.xyper_admin)))
    me = await desk.ask("GET", "/api/v1/auth/me", token=token)
    assert (me["kind"], me["name"], me["tenant"], me["session"]) == ("person", "Ada", None, granted["session"])
    [session] = (await desk.ask("GET", "/api/v1/auth/sessions", token=token))["sessions"]
    assert (session["id"], session["address"]) == (granted["session"], "127.0.0.1")
    assert "Python" in session["agent"]
    again = await desk.ask("POST", "/api/v1/auth/refresh", {"refresh_token": granted["refresh_token"]})
    await desk.ask("POST", "/api/v1/auth/logout", token=again["access_token"], status=204)
    for held in (granted, again):
        await desk.ask("GET", "/api/v1/auth/me", token=held["access_token"], status=401)
        await desk.ask("POST", "/api/v1/auth/refresh", {"refresh_token": held["refresh_token"]}, status=401)


async def test_bodies_do_not_tell_a_known_from_an_unknown_user(desk: Desk) -> None:
    said = []
    for email in (EMAIL, "nobody@example.com"):
        body = {"email": email, "password": "another password"}
        problem = await desk.ask("POST", "/api/v1/auth/login", body, status=401)
        said.append({name: value for name, value in problem.items() if name != "instance"})
    assert said[0] == said[1]


@pytest.mark.parametrize("path", ["login", "refresh", "accept"])
@pytest.mark.parametrize(
    "body", [{}, {"email": 1}, {"email": EMAIL, "password": PASSWORD, "role": "xyper_admin"}, {"token": None}]
)
async def test_what_is_not_documented_is_refused_without_an_echo(
    desk: Desk, path: str, body: dict[str, object]
) -> None:
    problem = await desk.ask("POST", f"/api/v1/auth/{path}", body, status=422)
    assert PASSWORD not in str(problem)


async def test_a_program_that_names_itself_oddly_is_let_in(desk: Desk) -> None:
    body = {"email": EMAIL, "password": PASSWORD}
    headers = {"User-Agent": "x\udcff" * 400}
    async with desk.http.post("/api/v1/auth/login", json=body, headers=headers) as answer:
        assert answer.status == 200


async def test_a_second_factor_is_set_up_and_asked_for(desk: Desk) -> None:
    token = (await desk.entered())["access_token"]
    path = "/api/v1/auth/second-factor"
    await desk.ask("POST", path, {"password": "another password"}, token=token, status=403)
    await desk.ask("POST", f"{path}/confirm", {"code": "123456"}, token=token, status=422)
    offered = await desk.ask("POST", path, {"password": PASSWORD}, token=token)
    app = TOTP(offered["secret"])
    assert app.secret in offered["uri"]
    codes = await desk.ask("POST", f"{path}/confirm", {"code": app.now()}, token=token)
    await desk.ask("POST", "/api/v1/auth/login", {"email": EMAIL, "password": PASSWORD}, status=401)
    await desk.entered(code=codes["recovery_codes"][0])


async def test_a_password_is_changed(desk: Desk) -> None:
    token = (await desk.entered())["access_token"]
    path = "/api/v1/auth/password"
    problem = await desk.ask("PUT", path, {"current": PASSWORD, "new": "short"}, token=token, status=422)
    assert problem["errors"] == {"password": "12 to 512 characters"}
    await desk.ask("PUT", path, {"current": PASSWORD, "new": "a quite new password"}, token=token, status=204)
    await desk.entered("a quite new password")


async def test_an_administrator_is_invited_reset_and_shut_out(desk: Desk) -> None:
    token = (await desk.entered())["access_token"]
    made = await desk.ask("POST", "/api/v1/users", {"name": "Bob", "email": "bob@example.com"}, token=token, status=201)
    bob = f"/api/v1/users/{made['user']['id']}"
    assert made["user"]["state"] == "invited"
    accepted = {"token": made["token"], "password": "the password of Bob"}
    await desk.ask("POST", "/api/v1/auth/accept", accepted, status=204)
    await desk.ask("POST", "/api/v1/auth/accept", accepted, status=401)
    login = {"email": "bob@example.com", "password": "the password of Bob"}
    bobs = (await desk.ask("POST", "/api/v1/auth/login", login))["access_token"]
    assert len((await desk.ask("GET", f"{bob}/sessions", token=token))["sessions"]) == 1
    await desk.ask("DELETE", f"{bob}/sessions", token=token, status=204)
    await desk.ask("GET", "/api/v1/auth/me", token=bobs, status=401)
    bobs = (await desk.ask("POST", "/api/v1/auth/login", login))["access_token"]
    reset = await desk.ask("POST", f"{bob}/reset", {}, token=token)
    await desk.ask("GET", "/api/v1/auth/me", token=bobs, status=401)
    assert reset["token"] != made["token"]
    assert (await desk.ask("PATCH", bob, {"state": "disabled"}, token=token))["state"] == "disabled"
    await desk.ask("POST", "/api/v1/auth/accept", {**accepted, "token": reset["token"]}, status=401)
    problem = await desk.ask("PATCH", bob, {"role": "agent"}, token=token, status=422)
    assert "only of a tenant's people" in problem["detail"]


async def test_a_genesys_admin_decides_in_their_tenant_and_nowhere_else(desk: Desk) -> None:
    admin, token = await desk.member(Role.genesys_admin)
    agent, agents = await desk.member(Role.agent)
    for base in ("/api/v1/users", "/api/v1/tenants/acme/users"):
        listed = await desk.ask("GET", base, token=token)
        assert {one["id"] for one in listed["users"]} == {admin, agent}
    changed = await desk.ask("PATCH", f"/api/v1/users/{agent}", {"role": "supervisor"}, token=token)
    assert (changed["role"], changed["role_given"]) == ("supervisor", "supervisor")
    changed = await desk.ask("PATCH", f"/api/v1/tenants/acme/users/{agent}", {"role": None}, token=token)
    assert (changed["role"], changed["role_given"]) == ("agent", None)
    [session] = (await desk.ask("GET", f"/api/v1/tenants/acme/users/{agent}/sessions", token=token))["sessions"]
    await desk.ask("DELETE", f"/api/v1/tenants/acme/sessions/{session['id']}", token=token, status=204)
    await desk.ask("GET", "/api/v1/auth/me", token=agents, status=401)
    await desk.ask("GET", "/api/v1/tenants/other/users", token=token, status=404)


async def test_privilege_escalation_is_refused(desk: Desk) -> None:
    admin, token = await desk.member(Role.genesys_admin)
    ada = (await desk.rt.access.people.list(None))[0].id
    invitation = {"name": "Mallory", "email": "mallory@example.com"}
    await desk.ask("POST", "/api/v1/users", invitation, token=token, status=403)
    await desk.ask("POST", f"/api/v1/users/{ada}/reset", {}, token=token, status=403)
    for path in (f"/api/v1/users/{ada}", f"/api/v1/tenants/acme/users/{ada}"):
        await desk.ask("GET", path, token=token, status=404)
        await desk.ask("PATCH", path, {"state": "disabled"}, token=token, status=404)
    await desk.ask("PATCH", f"/api/v1/users/{admin}", {"role": "xyper_admin"}, token=token, status=403)
    every = {"name": "more", "actions": [Action.tenants_create]}
    await desk.ask("POST", "/api/v1/keys", every, token=token, status=403)
    await desk.ask("POST", "/api/v1/tenants/other/keys", {**every, "actions": []}, token=token, status=404)


@pytest.mark.parametrize("role", [Role.supervisor, Role.agent])
async def test_whoever_administers_nothing_sees_only_themselves(desk: Desk, role: Role) -> None:
    _, token = await desk.member(role)
    await desk.member(Role.genesys_admin)
    for path in ("users", "sessions", "keys"):
        for base in ("/api/v1", "/api/v1/tenants/acme"):
            await desk.ask("GET", f"{base}/{path}", token=token, status=403)
    assert len((await desk.ask("GET", "/api/v1/auth/sessions", token=token))["sessions"]) == 1
    foreign = (await desk.rt.access.sessions.list("acme"))[0].id
    await desk.ask("DELETE", f"/api/v1/auth/sessions/{foreign}", token=token, status=404)


async def test_a_key_lives_and_dies(desk: Desk) -> None:
    _, token = await desk.member(Role.genesys_admin)
    base = "/api/v1/tenants/acme/keys"
    made = await desk.ask("POST", base, {"name": "shop", "actions": ["keys:read"]}, token=token, status=201)
    key = made["secret"]
    for path in (base, "/api/v1/keys"):
        [listed] = (await desk.ask("GET", path, token=key))["keys"]
        assert (listed["id"], listed["tenant"], listed["actions"]) == (made["key"]["id"], "acme", ["keys:read"])
    await desk.ask("POST", base, {"name": "more", "actions": ["keys:read"]}, token=key, status=403)
    await desk.ask("GET", "/api/v1/tenants/other/keys", token=key, status=404)
    await desk.ask("DELETE", f"{base}/{made['key']['id']}", token=token, status=204)
    await desk.ask("GET", base, token=key, status=401)
    await desk.ask("DELETE", f"{base}/unknown", token=token, status=404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "", "actions": ["keys:read"]}, "name"),
        ({"name": "x", "actions": []}, "actions"),
        ({"name": "x", "actions": ["root"]}, "actions.0"),
        ({"name": "x", "actions": ["keys:read"], "expires_at": "2099-01-01T00:00:00Z"}, "expires_at"),
        ({"name": "x", "actions": ["keys:read"], "expires_at": "2020-01-01T00:00:00"}, "expires_at"),
        ({"name": "x", "actions": ["keys:read"], "tenant": "other"}, "tenant"),
    ],
)
async def test_a_key_that_cannot_be_made_names_the_field(desk: Desk, body: object, field: str) -> None:
    _, token = await desk.member(Role.genesys_admin)
    problem = await desk.ask("POST", "/api/v1/tenants/acme/keys", body, token=token, status=422)
    assert list(problem["errors"]) == [field]


@pytest.mark.parametrize("path", ["users", "sessions", "keys"])
async def test_long_lists_come_in_pages(desk: Desk, path: str) -> None:
    token = (await desk.entered())["access_token"]
    for n in range(5):
        person = await desk.rt.access.people.arrived("genesys", f"g-{n}", tenant="acme", role=Role.agent, name=f"{n}")
        await desk.rt.access.sessions.begin(person, address="192.0.2.1")
        await desk.rt.keys.add(HOST, f"{n}", [Action.templates_read], "acme")
    seen: list[str] = []
    query = ""
    while True:
        page = await desk.ask("GET", f"/api/v1/tenants/acme/{path}?limit=2{query}", token=token)
        seen += [one["id"] for one in page[path]]
        if page["next"] is None:
            break
        query = f"&cursor={page['next']}"
    assert len(seen) == len(set(seen)) == 5
    await desk.ask("GET", f"/api/v1/tenants/acme/{path}?cursor=bm9uc2Vuc2U", token=token, status=400)


async def test_what_is_not_there_is_not_found(desk: Desk) -> None:
    token = (await desk.entered())["access_token"]
    for method, path in (
        ("GET", f"users/{NOBODY}"), ("PATCH", f"users/{NOBODY}"), ("GET", f"users/{NOBODY}/sessions"),
        ("DELETE", f"users/{NOBODY}/sessions"), ("DELETE", f"sessions/{NOBODY}"), ("DELETE", f"keys/{NOBODY}"),
        ("POST", f"users/{NOBODY}/reset"), ("DELETE", f"auth/sessions/{NOBODY}"),
    ):  # fmt: skip
        await desk.ask(method, f"/api/v1/{path}", {} if method in ("PATCH", "POST") else None, token=token, status=404)


async def test_the_keys_of_tokens_are_published_for_everybody(desk: Desk) -> None:
    await desk.entered()
    async with desk.http.get("/.well-known/jwks.json") as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=3600"
        [key] = (await answer.json())["keys"]
    assert (key["kty"], key["crv"], key["alg"], set(key) & {"d", "k"}) == ("OKP", "Ed25519", "EdDSA", set())
