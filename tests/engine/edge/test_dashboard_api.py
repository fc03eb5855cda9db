"""What the dashboard's pages ask for: tenants as they fare, found by a word; channels, roles, second factors."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import Configure
from tests.engine.edge.front import OWN, Front, opened
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import MAY, Action, Role
from xyper_engine.model import Endpoint, new_id, now
from xyper_engine.state.health import Checked, HealthBook
from xyper_engine.state.statistics import Series

ALL = "/api/v1/tenants"


@pytest.fixture
async def front(configure: Configure, url: str) -> AsyncIterator[Front]:
    async with opened(configure, url) as front:
        yield front


async def told(front: Front, path: str, status: int = 200, **more: Any) -> Any:
    answer = await front.ask("GET", path, **more)
    assert answer.status == status, await answer.text()
    return await answer.json()


async def test_tenants_are_found_by_a_word_of_their_name_or_id(front: Front) -> None:
    for id_, name in (("north-1", "Café Nord"), ("south", "North Wind"), ("east", "East")):
        assert (await front.ask("POST", ALL, json={"id": id_, "name": name})).status == 201
    for search, found in (
        ("nor", ["north-1", "south"]), ("WIND", ["south"]), ("caf", ["north-1"]), ("%", []), ("-1", ["north-1"]),
    ):  # fmt: skip
        page = await told(front, f"{ALL}?search={search.replace('%', '%25')}")
        assert [one["id"] for one in page["tenants"]] == found
    both = await told(front, f"{ALL}?search=nor&limit=1")
    assert ([one["id"] for one in both["tenants"]], both["next"] is None) == (["north-1"], False)
    rest = await told(front, f"{ALL}?search=nor&limit=1&cursor={both['next']}")
    assert ([one["id"] for one in rest["tenants"]], rest["next"]) == (["south"], None)


async def test_tenants_fare_as_it_was_counted_and_checked(front: Front) -> None:
    assert (await front.ask("POST", ALL, json={"id": "bare", "name": "Bare"})).status == 201
    account = (await told(front, f"{OWN}/accounts"))["accounts"]
    links = (await told(front, f"{OWN}/links"))["links"]
    named = next(one["account"] for one in account if one["adapter"] == "whatsapp")
    number = Endpoint(adapter="whatsapp", account=named)
    for measure, label, times in (("messages", "delivered", 5), ("messages", "dead", 1), ("failures", "131047", 1)):
        front.rt.statistics.count(new_id(), Series("acme", str(number), "inbound", measure, "text", label), n=times)
    await front.rt.statistics.flush()
    until = now().replace(microsecond=0) + timedelta(days=11)
    lines = [Checked(number, "token", "ok", "It holds.", expires_at=until), Checked(number, "webhook", "wrong", "No.")]
    await HealthBook(front.rt.db).write("acme", lines)
    acme, bare = (await told(front, f"{ALL}?figures=true"))["tenants"]
    figures = acme["figures"]
    assert (figures["messages"], figures["failed"], figures["health"]) == (6, 1, "wrong")
    assert figures["numbers"] == len({one["customer"] for one in links})
    assert figures["expires_at"].startswith(until.isoformat()[:19])
    regions = {one["config"]["region"] for one in account if "region" in one["config"]}
    assert set(figures["regions"]) == regions
    assert bare["figures"] == {
        "regions": [], "numbers": 0, "messages": 0, "failed": 0, "health": "unknown", "expires_at": None
    }  # fmt: skip
    assert {one["figures"] for one in (await told(front, ALL))["tenants"]} == {None}


async def test_whoever_belongs_to_a_tenant_is_told_of_it_alone(front: Front) -> None:
    assert (await front.ask("POST", ALL, json={"id": "other", "name": "Other"})).status == 201
    token = await front.token(Role.supervisor, "acme")
    found = await told(front, f"{ALL}?figures=true&search=o", key=token)
    assert [one["id"] for one in found["tenants"]] == []
    found = await told(front, f"{ALL}?figures=true", key=token)
    assert [one["id"] for one in found["tenants"]] == ["acme"]


async def test_roles_are_told_as_the_gateway_asks_for_them(front: Front) -> None:
    found = await told(front, "/api/v1/roles")
    assert found["roles"] == list(Role)
    assert {one["name"]: frozenset(one["roles"]) for one in found["actions"]} == dict(MAY)
    words = {one["name"]: one["words"] for one in found["actions"]}
    assert words[Action.tenants_end] == "Suspend, resume, delete."
    assert words[Action.tenants_read] == ""
    assert all("\n" not in one for one in words.values())


async def test_channels_tell_what_their_accounts_need(front: Front) -> None:
    found = {one["name"]: one for one in (await told(front, "/api/v1/adapters"))["adapters"]}
    assert (found["whatsapp"]["side"], found["genesys"]["side"]) == ("customers", "agents")
    assert (found["whatsapp"]["secrets"], found["genesys"]["secrets"]) == (["access_token"], ["client_secret"])
    assert "region" in found["genesys"]["shape"]["required"]


async def test_who_has_a_second_factor_is_told_of_xypers_own_alone(front: Front) -> None:
    ada = await front.rt.access.invitations.add(Caller.host(), "Ada", "ada@example.com", "a battery of horses")
    (own,) = (await told(front, "/api/v1/users"))["users"]
    assert (own["id"], own["second_factor"], own["seen_at"]) == (ada.id, False, None)
    await front.rt.access.sessions.begin(ada, address="192.0.2.1")
    assert (await told(front, f"/api/v1/users/{ada.id}"))["seen_at"] is not None
    token = await front.token(Role.genesys_admin, "acme")
    (theirs,) = (await told(front, f"{OWN}/users", key=token))["users"]
    assert theirs["second_factor"] is None
    assert theirs["seen_at"] is not None
