"""Statistics over HTTP: by the tenant's own days, grouped, exported, and nobody's but one's own."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import orjson
import pytest

from tests.conftest import Configure
from tests.directory import put_tenant
from tests.engine.edge.front import OWN, Front, opened
from xyper_engine.access.roles import Action
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
        "insert into templates (tenant, adapter, account, name, language, far_id, quality) "
        "values ('acme', 'whatsapp', '1', 'hello', 'en', '1', 'GREEN')"
    )
    [found] = (await read(front, f"{OWN}/statistics/templates"))["figures"]
    assert (found["kind"], found["quality"], found["counts"]) == ("hello/en", "GREEN", {"delivered": 2})


async def test_the_days_are_the_tenants_own(front: Front) -> None:
    await front.rt.db.execute("update tenants set policy = $1 where id = 'acme'", {"timezone": "Pacific/Kiritimati"})
    found = await read(front, f"{OWN}/statistics/messages")
    there = (now() + timedelta(hours=14)).date().isoformat()
    assert (found["timezone"], found["last"]) == ("Pacific/Kiritimati", there)


async def test_who_sees_all_tenants_sees_them_side_by_side(front: Front) -> None:
    found = await read(front, f"{ALL}/messages?by=total&group=tenant")
    assert {one["tenant"]: sum(one["counts"].values()) for one in found["figures"]} == {"acme": 10, "other": 7}


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
        ("funnel?first=2026-02-01&last=2026-01-01", 422),
        ("funnel?first=2021-01-01", 422),
        ("funnel?first=2021-01-01&last=2021-01-02&by=hour", 422),
    ],
)
async def test_what_cannot_be_asked(front: Front, path: str, status: int) -> None:
    answer = await front.ask("GET", f"{OWN}/statistics/{path}")
    assert (answer.status, answer.content_type) == (status, "application/problem+json")
