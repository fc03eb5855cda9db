"""What no webhook brought is found when somebody asks, delivered before what is newer, and reported."""

import json
from typing import Any

import pytest

from tests.flows.admin import Admin, administered
from tests.flows.conftest import Build
from tests.world import eventually

MARIA = "393331234567"
AT_ONCE = {"healing": {"margin": 0.0, "silent": 0.0001}}


async def begun(admin: Admin) -> str:
    """Maria has written, and an agent has answered; the conversation."""
    world = admin.bridge.world
    await world.write(admin.tenant, MARIA, "hello")
    [row] = await world.reached(1)
    await world.say(row["conversation"], "answer 1")
    await world.sent(1, status="read")
    await world.settled()
    return str(row["conversation"])


async def unheard(admin: Admin, thread: str, *texts: str) -> None:
    """An agent writes, and no webhook comes."""
    await admin.bridge.world.knobs("cloud", drop_webhooks=1.0)
    for text in texts:
        await admin.bridge.world.say(thread, text)
    await admin.bridge.world.knobs("cloud", drop_webhooks=0.0)


async def report(admin: Admin) -> dict[str, Any]:
    """Ask for one, and wait for its end."""
    path = f"/api/v1/tenants/{admin.tenant.id}/reconciliation"
    status, told = await admin.ask("POST", path, {})
    assert status == 202, told
    found: dict[str, Any] = {}

    async def finished() -> bool:
        found.update((await admin.ask("GET", f"{path}/{told['id']}"))[1])
        return found["finished_at"] is not None

    assert await eventually(finished), found
    for listed in ("findings", "failures"):
        found |= (await admin.ask("GET", f"{path}/{told['id']}/{listed}"))[1]
    return found


async def test_what_was_missed_is_delivered_once_and_the_next_report_says_zero(build: Build) -> None:
    async with administered(build, settings=AT_ONCE) as admin:
        world, thread = admin.bridge.world, await begun(admin)
        await unheard(admin, thread, "answer 2", "answer 3")
        await world.say(thread, "answer 4")  # its webhook comes: what was missed before it is late by now
        await world.sent(2)
        first = await report(admin)
        assert (first["missed"], first["delivered"], first["looked"], first["calls"]) == (2, 2, 1, 2)
        assert {one["outcome"] for one in first["findings"]} == {"delivered"}
        second = await report(admin)
        assert (second["missed"], second["gone"], second["silent"], second["failed"]) == (0, 0, 0, 0)
        texts = [row["text"] for row in await world.sent(4, status="read")]
        assert texts == ["answer 1", "answer 4", "answer 2", "answer 3"]
        assert await world.violations() == []


async def test_a_webhook_that_comes_late_is_filtered(build: Build) -> None:
    async with administered(build, settings=AT_ONCE) as admin:
        world, thread = admin.bridge.world, await begun(admin)
        await unheard(admin, thread, "answer 2")
        await report(admin)
        hooks = await world.call("GET", "/api/webhooks?side=cloud")
        [late] = [one["body"] for one in hooks if one["state"] == "lost"]
        await world.call(
            "POST", "/api/cloud/webhook", {"integration": admin.tenant.integration, "body": json.loads(late)}
        )
        await world.say(thread, "answer 3")
        assert [row["text"] for row in await world.sent(3, status="read")] == ["answer 1", "answer 2", "answer 3"]


@pytest.mark.parametrize(("policy", "sent"), [("report", 1), ("plain", 2)])
async def test_a_tenant_decides_what_becomes_of_it(build: Build, policy: str, sent: int) -> None:
    async with administered(build, settings=AT_ONCE) as admin:
        thread, path = await begun(admin), f"/api/v1/tenants/{admin.tenant.id}/policy"
        headers = {"If-Match": "*"}
        assert (await admin.ask("PATCH", path, {"missed": policy}, headers))[0] == 200
        await unheard(admin, thread, "answer 2")
        told = await report(admin)
        assert [one["outcome"] for one in told["findings"]] == ["reported" if sent == 1 else "delivered"]
        assert len(await admin.bridge.world.sent(sent)) == sent


async def test_what_genesys_lost_and_what_whatsapp_never_spoke_of_is_listed(build: Build) -> None:
    async with administered(build, settings=AT_ONCE) as admin:
        world, thread, rt = admin.bridge.world, await begun(admin), admin.bridge.engine.rt
        await world.knobs("graph", no_status=["sent", "delivered", "read"])
        await world.say(thread, "answer 2")
        await world.sent(2)
        await rt.db.execute("update posts set far_id = 'nowhere', sent_at = sent_at - interval '1 hour' "
                            "where adapter = 'genesys' and external_id like 'wamid.%'")  # fmt: skip
        told = await report(admin)
        assert (told["gone"], told["missed"]) == (1, 0), told

        async def silent() -> bool:
            return bool((await report(admin))["silent"] == 1)

        assert await eventually(silent)


async def test_a_client_that_may_not_read_is_named(build: Build) -> None:
    async with administered(build, settings=AT_ONCE) as admin:
        await begun(admin)
        body = {"client_secret": f"secret-{admin.tenant.n}", "permissions": ["conversation:message:receive"]}
        await admin.bridge.world.call("PUT", f"/api/cloud/clients/{admin.tenant.client}", body)
        told = await report(admin)
        assert (told["failed"], told["missed"]) == (1, 0)
        assert "conversation:message:view" in told["failures"][0]["why"]
