"""Alert channels and error budgets as programs and pages ask for them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Configure
from tests.engine.edge.front import OWN, Front, opened
from xyper_engine.access.roles import Role
from xyper_engine.model import new_id
from xyper_engine.state.objectives import Objectives
from xyper_engine.state.statistics import Series, Statistics
from xyper_engine.testing import FarSide

CHANNELS, OURS = f"{OWN}/alerts/channels", "/api/v1/alerts/channels"


@pytest.fixture
async def far() -> AsyncIterator[FarSide]:
    async with FarSide() as one:
        one.answer("POST", "/hook", status=200)
        yield one


@pytest.fixture
async def front(configure: Configure, url: str, far: FarSide) -> AsyncIterator[Front]:
    async with opened(configure, url, {"alerts": {"hosts": [far.url]}}) as one:
        yield one


async def ask(front: Front, status: int, method: str, path: str, body: object = None, **more: Any) -> Any:
    answer = await front.ask(method, path, json=body, **more)
    assert answer.status == status, await answer.text()
    return None if status == 204 else await answer.json()


async def test_a_channel_from_its_beginning_to_its_end(front: Front, far: FarSide) -> None:
    wish = {"kind": "webhook", "name": "On call", "to": f"{far.url}/hook", "topics": ["breaker", "dead"]}
    made = await ask(front, 201, "POST", CHANNELS, wish)
    path = f"{CHANNELS}/{made['id']}"
    assert made["secret"].startswith("whsec_")
    listed = await ask(front, 200, "GET", CHANNELS)
    assert [one["target"] for one in listed["channels"]] == [f"{far.url}/…"]
    assert (listed["email"], "spool" in listed["topics"], "breaker" in listed["topics"]) == (False, False, True)
    assert made["secret"] not in str(listed)
    told = await ask(front, 200, "POST", f"{path}/test")
    assert (told["ok"], told["words"]) == (True, "127.0.0.1 answers 200.")
    assert told["said"]["words"]["code"] == "pager.answered"
    assert far.requests[0].json["type"] == "test"

    await ask(front, 428, "PATCH", path, {"name": "x"})
    await ask(front, 412, "PATCH", path, {"name": "x"}, headers={"If-Match": '"7"'})
    changed = await ask(front, 200, "PATCH", path, {"enabled": False, "to": f"{far.url}/gone"},
                        headers={"If-Match": '"1"'})  # fmt: skip
    assert (changed["enabled"], changed["name"], changed["version"]) == (False, "On call", 2)
    told = await ask(front, 200, "POST", f"{path}/test")
    assert (told["ok"], "404" in told["words"]) == (False, True)
    assert (await ask(front, 200, "POST", f"{path}/secret"))["secret"] != made["secret"]
    await ask(front, 204, "DELETE", path, headers={"If-Match": "*"})
    await ask(front, 404, "GET", path)


async def test_ours_are_nobody_elses(front: Front, far: FarSide) -> None:
    wish = {"kind": "webhook", "name": "Ours", "to": f"{far.url}/hook", "topics": ["spool"]}
    ours = await ask(front, 201, "POST", OURS, wish)
    theirs = await front.token(Role.genesys_admin, "acme")
    assert (await ask(front, 200, "GET", OURS, key=theirs))["channels"] == []
    await ask(front, 404, "GET", f"{OURS}/{ours['id']}", key=theirs)
    await ask(front, 422, "POST", OURS, wish, key=theirs)
    own = await ask(front, 201, "POST", OURS, {**wish, "topics": []}, key=theirs)
    assert [one["id"] for one in (await ask(front, 200, "GET", CHANNELS))["channels"]] == [own["id"]]
    watcher = await front.token(Role.supervisor, "acme")
    await ask(front, 403, "POST", f"{CHANNELS}/{own['id']}/test", key=watcher)
    await ask(front, 200, "GET", CHANNELS, key=watcher)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"to": "https://10.0.0.1/x"}, "to"), ({"kind": "email", "to": "a@b.test"}, "kind"), ({"name": ""}, "name"),
        ({"topics": ["weather"]}, "topics"), ({"secret": "mine"}, "secret"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_told_at_its_field(front: Front, change: dict[str, Any], field: str) -> None:
    problem = await ask(
        front, 422, "POST", CHANNELS, {"kind": "webhook", "name": "n", "to": "https://x.test/", **change}
    )
    assert field in str(problem)


async def test_alerts_are_listed_newest_first_page_by_page(front: Front) -> None:
    for n in range(3):
        await front.rt.db.execute(
            "insert into alerts (id, tenant, topic, subject, words, began_at, ended_at) "
            "values ($1, 'acme', 'dead', $1, 'w', now() - make_interval(mins => $2), "
            "case when $2 = 2 then now() end)", str(n), n,
        )  # fmt: skip
    await front.rt.db.execute("insert into alerts (id, topic, subject, words) values ('x', 'spool', 'x', 'w')")
    first = await ask(front, 200, "GET", f"{OWN}/alerts?limit=2")
    second = await ask(front, 200, "GET", f"{OWN}/alerts?limit=2&cursor={first['next']}")
    assert [one["id"] for one in (*first["alerts"], *second["alerts"])] == ["0", "1", "2"]
    assert [one["id"] for one in (await ask(front, 200, "GET", f"{OWN}/alerts?open=true"))["alerts"]] == ["0", "1"]
    assert len((await ask(front, 200, "GET", "/api/v1/alerts"))["alerts"]) == 4
    assert len((await ask(front, 200, "GET", "/api/v1/alerts", key=await front.new_key()))["alerts"]) == 3


async def test_error_budgets(front: Front) -> None:
    statistics = Statistics(front.rt.db)
    for label, n in (("1", 98), ("60", 2)):
        statistics.count(new_id(), Series("acme", "whatsapp/77", "inbound", "latency", "text", label), n=n)
    await statistics.flush()
    policy = {"objective_share": 95.0}
    answer = await front.ask("PATCH", f"{OWN}/policy", json=policy, headers={"If-Match": "*"})
    assert answer.status == 200
    told = await ask(front, 200, "GET", f"{OWN}/objective")
    assert (told["share"], told["seconds"], told["good"], told["total"]) == (95.0, 10, 98, 100)
    assert (round(told["kept"], 6), [day["total"] for day in told["days"]]) == (0.6, [100])
    await Objectives(front.rt.db).look()
    listed = await ask(front, 200, "GET", "/api/v1/objectives?limit=1")
    assert [one["tenant"] for one in listed["budgets"]] == ["acme"]
    await ask(front, 400, "GET", "/api/v1/objectives?cursor=nonsense")
