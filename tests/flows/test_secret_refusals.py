"""Secrets: what the vendor refuses changes nothing, what has retired is gone, what is in wrong hands ends at once."""

from typing import Any

import pytest

from tests.flows.admin import OURS, administered, assert_discreet
from tests.flows.conftest import Build
from tests.world import APP_SECRET, OPERATOR, VERIFY, Tenant
from xyper_engine.routing.locksmith import retire, tend

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


@pytest.fixture(params=["embedded"])
async def parts() -> dict[str, object]:
    """The same on any parts."""
    return {}


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
