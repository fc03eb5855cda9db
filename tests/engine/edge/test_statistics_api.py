"""Statistics over HTTP: by the tenant's own days, grouped, exported, and nobody's but one's own."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from tests.conftest import Configure
from tests.directory import put_tenant
from tests.engine.edge.front import OWN, Front, opened
from xyper_engine.access.roles import Action, Role
from xyper_engine.model import new_id, now
from xyper_engine.sealing import Sealer
from xyper_engine.state.statistics import Series, Statistics
from xyper_engine.tenants.spec import TenantSpec

ALL = "/api/v1/statistics"
COUNTED = {
    ("acme", "inbound", "messages", "text", "delivered"): 5,
    ("acme", "inbound", "messages", "image", "dead"): 1,
    ("acme", "outbound", "messages", "text", "delivered"): 4,
    ("acme", "outbound", "receipts", "text", "read"): 3,
    ("acme", "outbound", "templates", "hello/en", "delivered"): 2,
    ("acme", "outbound", "latency", "text", "0.5"): 10,
    ("acme", "outbound", "latency", "image", "10"): 2,
    ("other", "inbound", "messages", "text", "delivered"): 7,
}


@pytest.fixture
async def front(configure: Configure, url: str) -> AsyncIterator[Front]:
    async with opened(configure, url) as found:
        spec = TenantSpec.model_validate({"id": "other", "name": "Other"})
        await put_tenant(found.rt.db, Sealer.from_settings(found.rt.settings), spec)
        statistics = Statistics(found.rt.db)
        for (tenant, direction, measure, kind, label), n in COUNTED.items():
            statistics.count(new_id(), Series(tenant, "whatsapp/1", direction, measure, kind, label), n=n)
        await statistics.flush()
        yield found


async def read(front: Front, path: str, **more: Any) -> dict[str, Any]:
    answer = await front.ask("GET", path, **more)
    assert answer.status == 200, await answer.text()
    return dict(await answer.json())


async def test_the_funnel_of_the_last_week(front: Front) -> None:
    found = await read(front, f"{OWN}/statistics/funnel?group=direction")
    assert found["timezone"] == "UTC"
    assert {one["direction"]: one["counts"] for one in found["figures"]} == {
        "inbound": {"accepted": 6, "posted": 5},
        "outbound": {"accepted": 4, "posted": 4, "read": 3},
    }


async def test_times_are_told_as_quantiles(front: Front) -> None:
    [found] = (await read(front, f"{OWN}/statistics/latency?by=total&kind=text"))["figures"]
    assert (found["at"], found["p50"], found["counts"]) == (None, pytest.approx(0.375), {"0.5": 10})


@pytest.mark.parametrize(
    ("query", "counts"),
    [
        ("", {None: {"0.5": 10, "10": 2}}),
        ("&group=kind", {"text": {"0.5": 10}, "image": {"10": 2}}),
        ("&kind=image", {None: {"10": 2}}),
        ("&kind=image&group=kind", {"image": {"10": 2}}),
        ("&kind=video", {}),
    ],
)
async def test_times_by_kind(front: Front, query: str, counts: dict[str | None, Any]) -> None:
    found = await read(front, f"{OWN}/statistics/latency?by=total{query}")
    assert {one["kind"]: one["counts"] for one in found["figures"]} == counts


async def test_templates_are_told_one_by_one_with_their_quality(front: Front) -> None:
    await front.rt.db.execute(
        "insert into templates (tenant, adapter, account, name, language, far_id, category, quality) "
        "values ('acme', 'whatsapp', '1', 'hello', 'en', '1', 'UTILITY', 'GREEN')"
    )
    [found] = (await read(front, f"{OWN}/statistics/templates"))["figures"]
    assert (found["kind"], found["counts"]) == ("hello/en", {"delivered": 2})
    assert (found["category"], found["quality"]) == ("UTILITY", "GREEN")


async def test_one_number_and_one_direction(front: Front) -> None:
    found = await read(front, f"{OWN}/statistics/messages?by=total&number=whatsapp/1&direction=inbound")
    assert [one["counts"] for one in found["figures"]] == [{"dead": 1, "delivered": 5}]
    assert (await read(front, f"{OWN}/statistics/messages?number=whatsapp/2"))["figures"] == []


async def test_the_hours_of_a_week_are_those_of_the_readers_clock(front: Front) -> None:
    there = now().astimezone(ZoneInfo("Pacific/Kiritimati"))
    for path in (f"{OWN}/statistics", ALL):
        found = await read(front, f"{path}/messages?by=week&zone=Pacific/Kiritimati&direction=outbound")
        assert found["timezone"] == "Pacific/Kiritimati"
        assert [one["at"] for one in found["figures"]] == [f"{there:%u}T{there:%H}"]


async def test_agents_are_told_with_their_names(front: Front) -> None:
    await front.token(Role.agent, "acme")
    person = await front.rt.db.fetchval("select id from people where role = 'agent'")
    for who in (person, "somebody who left"):
        front.rt.statistics.count(new_id(), Series("acme", "whatsapp/1", "outbound", "agents", "", who), n=3)
    await front.rt.statistics.flush()
    found = await read(front, f"{OWN}/statistics/agents?by=total")
    assert [one["counts"] for one in found["figures"]] == [{person: 3, "somebody who left": 3}]
    assert found["words"] == {person: "Ada"}


async def test_codes_are_told_in_the_vendors_words(front: Front) -> None:
    for code in ("131047", "unsupported"):
        front.rt.statistics.count(new_id(), Series("acme", "whatsapp/1", "outbound", "failures", "", code))
    await front.rt.statistics.flush()
    found = await read(front, f"{OWN}/statistics/failures?by=total")
    assert list(found["words"]) == ["131047"]
    assert "24 hours" in found["words"]["131047"]


async def test_the_days_are_the_tenants_own(front: Front) -> None:
    await front.rt.db.execute("update tenants set policy = $1 where id = 'acme'", {"timezone": "Pacific/Kiritimati"})
    found = await read(front, f"{OWN}/statistics/messages")
    there = (now() + timedelta(hours=14)).date().isoformat()
    assert (found["timezone"], found["last"]) == ("Pacific/Kiritimati", there)


async def test_who_sees_all_tenants_sees_them_side_by_side(front: Front) -> None:
    found = await read(front, f"{ALL}/messages?by=total&group=tenant")
    assert {one["tenant"]: sum(one["counts"].values()) for one in found["figures"]} == {"acme": 10, "other": 7}


@pytest.mark.parametrize("by", ["day", "total", "hour"])
@pytest.mark.parametrize("what", ["messages", "funnel", "latency"])
async def test_all_together_is_what_they_are_one_by_one(front: Front, what: str, by: str) -> None:
    """The one is added up when it is counted, the other when somebody asks."""
    query = f"by={by}&group=direction,kind"
    together = (await read(front, f"{ALL}/{what}?{query}"))["figures"]
    single = (await read(front, f"{ALL}/{what}?{query},number"))["figures"]
    assert together == [{**one, "number": None} for one in single] != []


async def test_whoever_is_bound_to_a_tenant_sees_its_own_only(front: Front) -> None:
    key = await front.new_key(actions=[Action.statistics_read])
    found = await read(front, f"{ALL}/messages?by=total&group=tenant", key=key)
    assert [one["tenant"] for one in found["figures"]] == ["acme"]
    exported = await (await front.ask("GET", f"{ALL}/messages/export?group=tenant", key=key)).read()
    assert {orjson.loads(line)["tenant"] for line in exported.splitlines()} == {"acme"}
    assert (await front.ask("GET", "/api/v1/tenants/other/statistics/messages", key=key)).status == 404


@pytest.mark.parametrize(("form", "kind"), [("jsonl", "application/x-ndjson"), ("csv", "text/csv")])
async def test_it_is_exported(front: Front, form: str, kind: str) -> None:
    path = f"{OWN}/statistics/messages/export?first=2021-01-01&group=kind,direction&format={form}"
    answer = await front.ask("GET", path)
    assert (answer.status, answer.content_type) == (200, kind)
    text = (await answer.read()).decode()
    rows = list(csv.DictReader(io.StringIO(text))) if form == "csv" else list(map(orjson.loads, text.splitlines()))
    assert {tuple(one) for one in rows} == {("at", "tenant", "number", "direction", "kind", "label", "count")}
    assert {(one["direction"], one["kind"], one["label"]): int(one["count"]) for one in rows} == {
        ("inbound", "text", "delivered"): 5,
        ("inbound", "image", "dead"): 1,
        ("outbound", "text", "delivered"): 4,
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("weather", 404),
        ("funnel?by=month", 422),
        ("funnel?zone=Europe/Rome", 422),
        ("funnel?by=week&zone=Mars/Olympus", 422),
        ("funnel?group=colour", 422),
        ("funnel?first=yesterday", 422),
        ("failures?kind=text", 422),
        ("funnel?by=week", 422),
        ("funnel?first=2026-02-01&last=2026-01-01", 422),
        ("funnel?first=2021-01-01", 422),
        ("funnel?first=2021-01-01&last=2021-01-02&by=hour", 422),
    ],
)
async def test_what_cannot_be_asked(front: Front, path: str, status: int) -> None:
    answer = await front.ask("GET", f"{OWN}/statistics/{path}")
    assert (answer.status, answer.content_type) == (status, "application/problem+json")
