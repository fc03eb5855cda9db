"""The list of all secrets: oldest first, page by page, each caller's own, with when it is to be changed; no value."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Configure
from tests.directory import put_tenant
from tests.engine.edge.front import Front, opened
from tests.engine.tenants.world import TOKEN
from xyper_engine.access.roles import Role
from xyper_engine.sealing import Sealer
from xyper_engine.tenants.spec import TenantSpec

PATH = "/api/v1/secrets"
SECOND = {
    "id": "second", "name": "Second",
    "accounts": [{"adapter": "whatsapp", "account": "2002", "parent": "78", "secrets": {"access_token": "of-second"}}],
}  # fmt: skip


@pytest.fixture
async def front(configure: Configure, url: str) -> AsyncIterator[Front]:
    async with opened(configure, url, {"secrets": {"rotate_days": 90}}) as found:
        await put_tenant(found.rt.db, Sealer.from_settings(found.rt.settings), TenantSpec.model_validate(SECOND))
        yield found


async def listed(front: Front, key: str | None = None, **query: str) -> dict[str, Any]:
    answer = await front.ask("GET", PATH, key=key, params=query)
    assert answer.status == 200
    assert not {TOKEN, "of-second", "shake"} & set(await answer.text())
    return dict(await answer.json())


async def test_all_of_them_oldest_first_page_by_page(front: Front) -> None:
    await front.rt.db.execute("update secrets set created_at = now() - interval '100 days' where tenant = 'second'")
    first = await listed(front, limit="1")
    rest = await listed(front, cursor=first["next"])
    found = first["secrets"] + rest["secrets"]
    assert (found[0]["tenant"], found[0]["owner"]) == ("second", "account:whatsapp/2002")
    assert (len(first["secrets"]), rest["next"]) == (1, None)
    assert sorted((one["tenant"], one["name"]) for one in found) == [
        ("acme", "access_token"), ("acme", "secret"), ("acme", "secret"), ("acme", "verify_token"),
        ("second", "access_token"),
    ]  # fmt: skip
    assert all(len(one["fingerprint"]) == 8 for one in found)
    assert {(one["adapter"], one["name"]) for one in found if one["made"]} == {("genesys", "secret")}


async def test_each_sees_their_own(front: Front) -> None:
    own = await front.token(Role.genesys_admin, "second")
    assert {one["tenant"] for one in (await listed(front, own))["secrets"]} == {"second"}
    assert (await listed(front, own, tenant="acme"))["secrets"] == []
    assert {one["tenant"] for one in (await listed(front, tenant="acme"))["secrets"]} == {"acme"}
    assert {one["name"] for one in (await listed(front, name="verify_token"))["secrets"]} == {"verify_token"}
    assert (await listed(front, state="retiring"))["secrets"] == []


async def test_due_by_age_or_before_the_vendor_lets_it_end(front: Front) -> None:
    ends = datetime.now(UTC) + timedelta(days=11)
    await front.rt.db.execute(
        """insert into health (tenant, adapter, account, step, place, state, expires_at)
           values ('second', 'whatsapp', '2002', 'token', 0, 'ok', $1)""",
        ends,
    )
    [token] = (await listed(front, tenant="second"))["secrets"]
    assert datetime.fromisoformat(token["due_at"]) == datetime.fromisoformat(token["expires_at"]) == ends
    [other] = (await listed(front, tenant="acme", name="access_token"))["secrets"]
    made = datetime.fromisoformat(other["created_at"])
    assert (datetime.fromisoformat(other["due_at"]) - made, other["expires_at"]) == (timedelta(days=90), None)
