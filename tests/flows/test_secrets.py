"""Secrets change under traffic: each of the five, by the public API, with nothing refused and nothing lost."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.flows.conftest import Bridge, Build
from tests.flows.traffic import Traffic
from tests.world import APP, APP_SECRET, OPERATOR, VERIFY, Tenant
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Role, actions_of
from xyper_engine.routing.locksmith import retire, tend

NEW = {
    "access_token": "a-new-token-of-Metas",
    "client_secret": "a-new-client-secret",
    "secret": "a-new-app-secret",
}
OURS = "/api/v1/hooks/secrets"
OWN, OTHERS = (f"account:whatsapp/{Tenant(n).number}" for n in (1, 2))


REFUSED: tuple[tuple[dict[str, Any], int, str], ...] = (
    ({"owner": "hook:genesys-1", "name": "secret"}, 422, "one of the two"),
    ({"owner": "hook:genesys-1", "name": "secret", "value": "x", "generate": True}, 422, "one of the two"),
    ({"owner": "hook:genesys-1", "name": "verify_token", "value": "x"}, 404, "has no secret 'verify_token'"),
    ({"owner": "hook:nothing", "name": "secret", "value": "x"}, 404, "has no webhook address nothing"),
    ({"owner": f"hook:{OPERATOR}", "name": "secret", "value": "x"}, 404, "Tenant tenant-1 has no webhook address"),
    ({"owner": "account:whatsapp/1", "name": "access_token", "value": "x"}, 404, "has no account whatsapp/1"),
    ({"owner": OTHERS, "name": "access_token", "value": "x"}, 404, "has no account"),
    ({"owner": OWN, "name": "access_token", "value": "token-1"}, 409, "already"),
    ({"owner": OWN, "name": "access_token", "generate": True}, 422, "the vendor makes"),
    ({"owner": "acme", "name": "secret", "value": "x"}, 404, "no owner of secrets"),
)  # fmt: skip


class Admin:
    """Who changes secrets, by the public API only."""

    def __init__(self, http: aiohttp.ClientSession, bridge: Bridge, key: str) -> None:
        self._http, self._key, self.bridge = http, key, bridge
        self.tenant = bridge.tenants[0]
        self.theirs = f"/api/v1/tenants/{self.tenant.id}/secrets"
        self.number = f"account:whatsapp/{self.tenant.number}"
        self.client = f"account:genesys/{self.tenant.integration}"
        self.desk = f"hook:{self.tenant.hook}"
        self.operator = f"hook:{OPERATOR}"

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self._key}"}
        async with self._http.request(method, self.bridge.url + path, json=body, headers=headers) as answer:
            return answer.status, await answer.json() if answer.status != 204 else None

    async def rotate(self, path: str, owner: str, name: str, **more: object) -> Mapping[str, Any]:
        status, told = await self.ask("POST", f"{path}/rotate", {"owner": owner, "name": name, **more})
        assert status == 200, told
        return dict(told)

    async def refused(self, path: str, owner: str, name: str, **more: object) -> tuple[int, str]:
        """And nothing is changed by it."""
        before = await self.all()
        status, told = await self.ask("POST", f"{path}/rotate", {"owner": owner, "name": name, **more})
        assert await self.all() == before
        return status, told["detail"]

    async def all(self) -> list[Mapping[str, Any]]:
        """Every secret there is, with what is known of its use by now."""
        await self.bridge.engine.rt.uses.flush(self.bridge.engine.rt.db)
        found = [(await self.ask("GET", path))[1]["secrets"] for path in (self.theirs, OURS)]
        return [{**one, "used_at": None} for some in found for one in some]

    async def of(self, path: str, owner: str, name: str) -> list[Mapping[str, Any]]:
        """The values of one name, newest first, with their last use."""
        await self.bridge.engine.rt.uses.flush(self.bridge.engine.rt.db)
        found = (await self.ask("GET", f"{path}?owner={owner}"))[1]["secrets"]
        return [one for one in found if one["name"] == name]


@asynccontextmanager
async def administered(build: Build, **more: Any) -> AsyncIterator[Admin]:
    async with build(cloud={"rate": 0}, graph={"limits": False}, **more) as bridge, aiohttp.ClientSession() as http:
        _, key = await bridge.engine.rt.keys.add(Caller.host(), "tests", list(actions_of(Role.xyper_admin)))
        yield Admin(http, bridge, key)


async def test_each_secret_changes_under_traffic_and_nothing_is_refused(
    build: Build, capfd: pytest.CaptureFixture[str]
) -> None:
    async with administered(build) as admin:
        world, tenant, traffic = admin.bridge.world, admin.tenant, Traffic(admin.bridge.world, admin.tenant)
        await traffic.flow()

        await world.call("PUT", f"/api/graph/numbers/{tenant.number}", {"further_tokens": [NEW["access_token"]]})
        await admin.rotate(admin.theirs, admin.number, "access_token", value=NEW["access_token"])
        await traffic.flow()
        only = {"access_token": NEW["access_token"], "further_tokens": []}
        await world.call("PUT", f"/api/graph/numbers/{tenant.number}", only)
        await traffic.flow()

        await world.call("PUT", f"/api/cloud/clients/{tenant.client}", {"client_secret": NEW["client_secret"]})
        await admin.rotate(admin.theirs, admin.client, "client_secret", value=NEW["client_secret"])
        await traffic.flow()

        await world.call("PUT", f"/api/graph/apps/{APP}", {"further_secrets": [NEW["secret"]]})
        await admin.rotate(OURS, admin.operator, "secret", value=NEW["secret"])
        await traffic.flow()
        await world.call("PUT", f"/api/graph/apps/{APP}", {"secret": NEW["secret"], "further_secrets": [APP_SECRET]})
        await traffic.flow()

        await admin.rotate(OURS, admin.operator, "verify_token", generate=True)
        assert (await world.call("POST", "/api/graph/verify", {"app": APP}))["ok"]
        await traffic.flow()

        await admin.rotate(admin.theirs, admin.desk, "secret", generate=True)
        await traffic.flow()
        await traffic.end()
        assert await admin.bridge.engine.rt.dead_letters.list() == []
        await _told(admin)
        assert_discreet(capfd)


def assert_discreet(capfd: pytest.CaptureFixture[str], *more: str) -> None:
    """Something was logged, and no secret."""
    logged = "".join(capfd.readouterr())
    assert "ready" in logged
    own = ("token-1", "secret-1", Tenant(1).webhook_secret, APP_SECRET, VERIFY, *NEW.values(), *more)
    assert [value for value in own if value in logged] == []


async def _told(admin: Admin) -> None:
    """Two values of each, the old one on its way out; both were of use."""
    for path, owner, name in (
        (admin.theirs, admin.number, "access_token"),
        (admin.theirs, admin.client, "client_secret"),
        (OURS, admin.operator, "secret"),
        (OURS, admin.operator, "verify_token"),
        (admin.theirs, admin.desk, "secret"),
    ):
        new, old = await admin.of(path, owner, name)
        assert (new["state"], new["retires_at"], old["state"]) == ("current", None, "retiring"), name
        assert new["used_at"] is not None, name
        assert old["retires_at"] is not None
        assert name == "verify_token" or old["used_at"] < new["used_at"], name
        assert len({new["fingerprint"], old["fingerprint"], ""}) == 3


async def test_when_the_overlap_has_ended_the_old_value_is_refused_and_gone(build: Build) -> None:
    async with administered(build) as admin:
        rt, world = admin.bridge.engine.rt, admin.bridge.world
        await admin.rotate(admin.theirs, admin.desk, "secret", generate=True, overlap=0)
        assert await retire(rt) == 1
        assert await retire(rt) == 0
        [left] = await admin.of(admin.theirs, admin.desk, "secret")
        assert left["state"] == "current"
        async for _ in rt.directory.changes():
            hook = await rt.directory.hook("genesys", admin.tenant.hook)
            if hook is not None and len(hook.secrets) == 1:
                break
        body = {"integration": admin.tenant.integration, "body": {}, "secret": admin.tenant.webhook_secret}
        await world.call("POST", "/api/cloud/webhook", body)
        await world.settled()
        [refused] = await world.call("GET", "/api/webhooks")
        assert [one["status"] for one in refused["attempts"]] == [403]


async def test_a_value_that_the_vendor_refuses_changes_nothing(build: Build, capfd: pytest.CaptureFixture[str]) -> None:
    async with administered(build) as admin:
        wrong = {"value": "none-that-the-vendor-knows"}
        for path, owner, name, words in (
            (admin.theirs, admin.number, "access_token", "The access token is invalid or expired"),
            (admin.theirs, admin.client, "client_secret", "refuses the OAuth client (HTTP 401: authentication failed)"),
            (OURS, admin.operator, "secret", "Invalid appsecret_proof provided in the API argument"),
            (admin.theirs, admin.desk, "secret", "must be longer than 15 characters"),
        ):
            value = {"value": "short"} if owner == admin.desk else wrong
            status, detail = await admin.refused(path, owner, name, **value)
            assert (status, words in detail, "Nothing was changed." in detail) == (422, True, True), detail
        await admin.bridge.world.connect(admin.bridge.tenants, "http://127.0.0.1:1")
        status, detail = await admin.refused(OURS, admin.operator, "verify_token", generate=True)
        assert (status, "set the webhook up first" in detail) == (422, True)
        status, detail = await admin.refused(admin.theirs, admin.desk, "secret", generate=True)
        assert (status, "set it in Genesys first" in detail) == (422, True)
        assert_discreet(capfd, wrong["value"])


async def test_what_the_vendor_may_have_taken_stays_valid(build: Build) -> None:
    """Genesys took the new webhook secret, but the answer got lost: what it signs with it is genuine."""
    async with administered(build) as admin:
        world = admin.bridge.world
        await world.knobs("cloud", accept_then_reset=1)
        status, _ = await admin.ask(
            "POST", f"{admin.theirs}/rotate", {"owner": admin.desk, "name": "secret", "generate": True}
        )
        assert status == 502
        new, old = await admin.of(admin.theirs, admin.desk, "secret")
        assert (new["state"], old["state"]) == ("pending", "current")


async def test_what_cannot_be_rotated_is_said(build: Build) -> None:
    async with administered(build, tenants=2) as admin:
        for body, status, words in REFUSED:
            answered, told = await admin.ask("POST", f"{admin.theirs}/rotate", body)
            assert (answered, words in told["detail"]) == (status, True), told


async def test_a_value_in_wrong_hands_is_revoked_at_once(build: Build) -> None:
    async with administered(build) as admin:
        [only] = await admin.of(admin.theirs, admin.desk, "secret")
        status, told = await admin.ask("DELETE", f"{admin.theirs}/{only['id']}")
        assert (status, "the only value of secret" in told["detail"]) == (409, True)
        await admin.rotate(admin.theirs, admin.desk, "secret", generate=True)
        assert (await admin.ask("DELETE", f"{admin.theirs}/{only['id']}"))[0] == 204
        assert (await admin.ask("DELETE", f"{admin.theirs}/{only['id']}"))[0] == 404
        assert (await admin.ask("DELETE", f"{OURS}/{only['id']}"))[0] == 404
        [new] = await admin.of(admin.theirs, admin.desk, "secret")
        assert (await admin.ask("DELETE", f"{admin.theirs}/{new['id']}?last=true"))[0] == 204


async def test_no_answer_and_no_line_of_the_audit_holds_a_secret(build: Build) -> None:
    async with administered(build) as admin:
        rt = admin.bridge.engine.rt
        await admin.rotate(admin.theirs, admin.desk, "secret", value="a-secret-of-our-own-choice")
        answers = str([await admin.ask("GET", admin.theirs), await admin.ask("GET", OURS)])
        lines = str([row["body"] for row in await rt.db.fetch("select body from audit")])
        for value in (
            "a-secret-of-our-own-choice",
            "token-1",
            "secret-1",
            APP_SECRET,
            VERIFY,
            admin.tenant.webhook_secret,
        ):
            assert value not in answers + lines
        assert '"action":"secret.rotate"' in lines


async def test_the_locksmith_leaves_nothing_undone(build: Build) -> None:
    async with administered(build) as admin:
        rt = admin.bridge.engine.rt
        await rt.db.execute(
            "insert into dead_letters (id, tenant, source, queue, reason, body) "
            "values ('1', $1, 'route', 'q', 'r', $2)",
            admin.tenant.id, b"in clear, by an older version",
        )  # fmt: skip
        await tend(rt)
        row = await rt.db.fetchrow("select key_id, body from dead_letters")
        assert row is not None
        assert row["key_id"].startswith("k")
        assert b"clear" not in row["body"]
        assert (await rt.dead_letters.show("1")).body == b"in clear, by an older version"
