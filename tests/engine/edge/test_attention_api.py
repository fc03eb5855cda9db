"""What needs attention: from every part, the worst first, of one's own tenants, and of a thousand as quickly."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta
from statistics import median
from typing import Any

import pytest

from tests.conftest import Configure
from tests.directory import put_tenant
from tests.engine.edge.front import OWN, Front, opened
from tests.engine.tenants.world import acme
from xyper_engine.access.roles import Action, Role
from xyper_engine.model import Endpoint, new_id, now
from xyper_engine.sealing import Sealer
from xyper_engine.state.health import Checked, HealthBook
from xyper_engine.state.pulses import BreakerView, Pulses, PulseView, QueueView, SpoolView
from xyper_engine.tenants.spec import TenantSpec

ALL = "/api/v1/attention"
ACCOUNT = acme().accounts[0]
NUMBER = Endpoint(adapter=ACCOUNT.adapter, account=ACCOUNT.account)


@pytest.fixture
async def front(configure: Configure, url: str) -> AsyncIterator[Front]:
    async with opened(configure, url) as found:
        spec = TenantSpec.model_validate({"id": "other", "name": "Other"})
        await put_tenant(found.rt.db, Sealer.from_settings(found.rt.settings), spec)
        yield found


async def read(front: Front, path: str = ALL, **more: Any) -> dict[str, Any]:
    answer = await front.ask("GET", path, **more)
    assert answer.status == 200, await answer.text()
    return dict(await answer.json())


def pulse(**more: Any) -> PulseView:
    parts = {"broker": "ok", "database": "ok", "cache": "ok", "media": "ok"}
    facts = {"engine": "e", "version": "1", "started_at": now(), "at": now(), "parts": parts}
    return PulseView.model_validate({**facts, **more})


async def bury(front: Front, tenant: str | None, reason: str, code: str = "", letters: int = 1) -> None:
    await front.rt.db.execute(
        "insert into dead_letters (id, tenant, source, queue, reason, code, body, died_at) "
        "select $1 || n, $2, 'route', 'q', $3, $4, 'b', now() - interval '1 hour' * n from generate_series(1, $5) n",
        new_id(), tenant, reason, code, letters,
    )  # fmt: skip


def brief(told: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    return [(one["kind"], one["tenant"], one["subject"]) for one in told["items"]]


async def test_where_all_is_well_nothing_is_told(front: Front) -> None:
    await Pulses(front.rt.db).write(pulse())
    told = await read(front)
    assert (told["items"], told["more"], told["oldest"]) == ([], 0, 0.0)
    assert (told["dead"], told["tokens"]) == ({"count": 0, "at": None}, {"count": 0, "at": None})
    assert {one["name"]: one["state"] for one in told["systems"]} == dict.fromkeys(
        ("whatsapp", "genesys", "broker", "database", "cache", "media"), "ok"
    )


async def test_engines_that_tell_nothing_are_the_worst(front: Front) -> None:
    told = await read(front)
    assert brief(told) == [("engines", None, "")]
    assert {one["state"] for one in told["systems"]} == {"ok", "unknown"}


async def test_what_the_engines_tell(front: Front) -> None:
    breaker = BreakerView(tenant="acme", account=str(NUMBER), seconds=70, failures=9, reason="Meta answers 503")
    queues = (
        QueueView(tenant="other", queue="outbound", age=900, waiting=4, consumers=1),
        QueueView(tenant="other", queue="inbound", age=0, waiting=0, consumers=0),
        QueueView(tenant="acme", queue="inbound", age=3, waiting=1, consumers=1),
    )
    spool = SpoolView(messages=7, used=10, limit=1000, age=400)
    parts = {"broker": "no answer within 5 seconds", "database": "ok", "cache": "ok", "media": "ok"}
    await Pulses(front.rt.db).write(
        pulse(breakers=(breaker,), queues=queues, spool=spool, parts=parts, clocks={"graph.facebook.com": -90.0})
    )
    told = await read(front)
    assert [kind for kind, _, _ in brief(told)] == ["part", "breaker", "queue", "unattended", "spool", "clock"]
    assert told["oldest"] == 900
    by_name = {one["name"]: one for one in told["systems"]}
    assert (by_name["whatsapp"]["state"], by_name["whatsapp"]["paused"]) == ("trouble", 1)
    assert by_name["broker"]["detail"] == parts["broker"]


async def test_checks_tokens_numbers_templates_and_dead_letters(front: Front) -> None:
    await Pulses(front.rt.db).write(pulse())
    soon = now() + timedelta(days=9)
    lines = [
        Checked(NUMBER, "token", "ok", "It is valid.", expires_at=soon),
        Checked(NUMBER, "number", "ok", "RED, CONNECTED", quality="RED"),
        Checked(NUMBER, "subscription", "wrong", "Meta does not tell us.", "Subscribe the app."),
    ]
    await HealthBook(front.rt.db).write("acme", lines)
    await front.rt.db.execute(
        "insert into templates (tenant, adapter, account, name, language, far_id, status, reason) values "
        "('acme', 'whatsapp', '1', 'hello', 'en', '1', 'PAUSED', 'low quality'), "
        "('acme', 'whatsapp', '1', 'bye', 'en', '2', 'APPROVED', '')"
    )
    await bury(front, "acme", "rejected", "131026", 3)
    await bury(front, None, "unparsed")
    told = await read(front)
    assert brief(told) == [
        ("check", "acme", str(NUMBER)), ("number", "acme", str(NUMBER)), ("token", "acme", str(NUMBER)),
        ("dead", None, "unparsed"), ("dead", "acme", "rejected"), ("template", "acme", "hello/en"),
    ]  # fmt: skip
    check, number, token, _, dead, template = told["items"]
    assert (check["name"], check["code"], check["todo"]) == (acme().name, "subscription", "Subscribe the app.")
    assert (number["code"], number["level"], token["level"]) == ("RED", "error", "warning")
    assert (dead["count"], dead["code"], template["code"], template["detail"]) == (3, "131026", "PAUSED", "low quality")
    assert (told["dead"]["count"], told["tokens"]["count"]) == (4, 1)


async def test_an_error_budget_that_is_nearly_used_up(front: Front) -> None:
    await Pulses(front.rt.db).write(pulse())
    await front.rt.db.execute(
        "insert into budgets (tenant, at, share, seconds, good, total, kept, burn_hour, burn_six, burn_day) values "
        "('acme', now(), 99.9, 10, 990, 1000, -9, 20, 3, 2), ('other', now(), 99.9, 10, 1000, 1000, 1, 0, 0, 0)"
    )
    [found] = (await read(front))["items"]
    assert (found["kind"], found["level"], found["tenant"], found["count"]) == ("budget", "error", "acme", 0)


async def test_one_tenant_is_told_of_its_own_alone(front: Front) -> None:
    await bury(front, "acme", "rejected")
    await bury(front, "other", "rejected")
    await bury(front, None, "unparsed")
    queue = QueueView(tenant="other", queue="outbound", age=900, waiting=4, consumers=1)
    await Pulses(front.rt.db).write(pulse(queues=(queue,), parts={"broker": "away"}))
    token = await front.token(Role.supervisor, "acme")
    for path in (ALL, f"{OWN}/attention"):
        told = await read(front, path, key=token)
        assert brief(told) == [("dead", "acme", "rejected")]
        assert (told["oldest"], [one["name"] for one in told["systems"]]) == (0.0, ["whatsapp", "genesys"])
    assert (await front.ask("GET", "/api/v1/tenants/other/attention", key=token)).status == 404
    assert ("queue", "other", "outbound") in brief(await read(front))


async def test_what_one_may_not_read_is_left_out(front: Front) -> None:
    await bury(front, "acme", "rejected")
    key = await front.new_key(actions=[Action.traffic_read])
    told = await read(front, key=key)
    assert (told["items"], told["dead"]["count"]) == ([], 0)


async def test_it_is_quick_among_a_thousand_tenants(front: Front) -> None:
    """Ten thousand letters, twenty thousand templates and ten thousand checks, nearly all of them well."""
    db = front.rt.db
    await db.execute("insert into tenants (id, name) select 't' || n, 'T' || n from generate_series(1, 1000) n")
    await db.execute(_MANY_PARENTS)
    await db.execute(_MANY_ACCOUNTS)
    await db.execute(_MANY_CHECKS)
    await db.execute(_MANY_TEMPLATES)
    await bury(front, "t5", "rejected", "131026", 10_000)
    await Pulses(db).write(pulse())
    took, told = [], await read(front)
    for _ in range(5):
        began = time.perf_counter()
        told = await read(front)
        took.append(time.perf_counter() - began)
    assert (told["dead"]["count"], len([one for one in told["items"] if one["kind"] == "check"])) == (10_000, 10)
    assert median(took) < 0.5, took  # 100 ms on a machine that does nothing else


_MANY_PARENTS = """
insert into parents (tenant, adapter, parent) select 't' || n, 'whatsapp', 'w' || n from generate_series(1, 1000) n
"""
_MANY_ACCOUNTS = """
insert into accounts (tenant, adapter, account, parent)
select 't' || n, 'whatsapp', 'a' || n, 'w' || n from generate_series(1, 1000) n
"""
_MANY_CHECKS = """
insert into health (tenant, adapter, account, step, place, state)
select 't' || n, 'whatsapp', 'a' || n, 's' || s, s, case when n % 100 = 0 and s = 1 then 'wrong' else 'ok' end
from generate_series(1, 1000) n, generate_series(1, 10) s
"""
_MANY_TEMPLATES = """
insert into templates (tenant, adapter, account, name, language, far_id, status)
select 't' || n, 'whatsapp', 'w' || n, 'm' || m, 'en', n || '-' || m, 'APPROVED'
from generate_series(1, 1000) n, generate_series(1, 20) m
"""
