"""The lines of `xyper check` for a Genesys account."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.plugins.genesys.world import INTEGRATION, TOKEN, World, account, world
from xyper_engine.abilities import Check

ME = "/api/v2/tokens/me"
OPEN = f"/api/v2/conversations/messaging/integrations/open/{INTEGRATION}"
WELL = {
    "id": INTEGRATION,
    "createStatus": "Completed",
    "status": "active",
    "outboundNotificationWebhookUrl": "https://xyper.example/hooks/genesys/h1",
}


async def check(far: World, integration: object = WELL, *, status: int = 200, **config: Any) -> Mapping[str, Check]:
    far.api.answer("GET", ME, json={"organization": {"id": "org-1", "name": "Acme"}})
    far.api.answer("GET", OPEN, status, json=integration)
    checks = await far.adapter.check(account(config=config), far.rt)
    return {one.what.split()[0]: one for one in checks}


async def test_all_is_well() -> None:
    async with world() as far:
        found = await check(far, organization_id="org-1")
        assert [*found] == ["token", "organization", "integration", "webhook"]
        assert all(one.ok and one.detail and not one.todo for one in found.values())


FAULTS: dict[str, tuple[dict[str, str], str]] = {
    "still being made": ({"createStatus": "Initiated"}, "integration"),
    "never made": ({"createStatus": "Error"}, "integration"),
    "switched off": ({"status": "inactive"}, "integration"),
    "another webhook": ({"outboundNotificationWebhookUrl": "https://old.example/genesys"}, "webhook"),
    "no webhook": ({"outboundNotificationWebhookUrl": ""}, "webhook"),
}


@pytest.mark.parametrize("case", FAULTS)
async def test_a_fault_says_what_to_do(case: str) -> None:
    change, what = FAULTS[case]
    async with world() as far:
        found = await check(far, WELL | change)
        assert [name for name, one in found.items() if not one.ok] == [what]
        assert found[what].todo


async def test_fields_that_genesys_leaves_out_are_no_fault() -> None:
    async with world() as far:
        found = await check(far, {"outboundNotificationWebhookUrl": WELL["outboundNotificationWebhookUrl"]})
        assert found["integration"].ok


async def test_another_organizations_client() -> None:
    async with world() as far:
        found = await check(far, organization_id="org-2")
        assert (found["organization"].ok, found["organization"].detail) == (False, "org-1")
        assert "org-2" in found["organization"].todo


async def test_an_organization_that_is_not_named() -> None:
    async with world() as far:
        far.api.answer("GET", ME, body=b"")
        found = await check(far, organization_id="org-1")
        assert not found["organization"].ok


@pytest.mark.parametrize(
    ("status", "words"), [(403, "messaging:integration:view"), (404, "Open Messaging integration")]
)
async def test_an_integration_that_cannot_be_seen(status: int, words: str) -> None:
    async with world() as far:
        found = await check(far, {"message": "no"}, status=status)
        assert not found["integration"].ok
        assert words in found["integration"].detail
        assert "webhook" not in found


async def test_a_wrong_secret_ends_the_check() -> None:
    async with world() as far:
        far.login.answer("POST", TOKEN, 401, json={"error": "invalid_client"})
        await far.adapter.check(account(), far.rt)  # the good answer that `world` has put first
        (only,) = await far.adapter.check(account(config={"client_id": "other"}), far.rt)
        assert (only.ok, "client_secret" in only.detail, bool(only.todo)) == (False, True, True)


async def test_a_token_that_is_refused_at_once() -> None:
    async with world() as far:
        far.api.answer("GET", ME, 401)
        (only,) = await far.adapter.check(account(), far.rt)
        assert (only.what, only.ok) == ("token of client-1", False)


async def test_an_api_that_fails_on_the_way() -> None:
    async with world() as far:
        far.api.answer("GET", ME, json={})
        far.api.answer("GET", OPEN, abort=True)
        checks = await far.adapter.check(account(), far.rt)
        assert [one.ok for one in checks] == [True, False]


async def test_an_account_without_a_region() -> None:
    async with world() as far:
        (only,) = await far.adapter.check(account(config={"region": "mars"}), far.rt)
        assert (only.what, only.ok) == ("account", False)
        assert "mars" in only.detail
        assert far.login.requests == []
