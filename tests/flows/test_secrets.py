"""Secrets change under traffic: each of the five, by the public API, with nothing refused and nothing lost."""

import pytest

from tests.flows.admin import NEW, OURS, Admin, administered, assert_discreet
from tests.flows.conftest import Build
from tests.flows.traffic import Traffic
from tests.world import APP, APP_SECRET


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
