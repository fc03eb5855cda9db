"""What an operator learns from `/health` and the API of a bridge at work: what waits, what is paused, who is away."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from tests.flows.admin import Admin, administered
from tests.flows.conftest import Bridge, Build
from tests.world import eventually
from xyper_engine import __version__
from xyper_engine.model import now
from xyper_engine.routing.troubles import troubles
from xyper_engine.state.pulses import Pulses, PulseView, QueueView, SpoolView, TokenView, TrafficView, merged

MARIA = "393331234567"
SLOW = {"retry": {"first": 0.05, "most": 0.1}, "breaker": {"failures": 2, "probe": 5.0}}


@pytest.fixture
async def desk(build: Build) -> AsyncIterator[Admin]:
    async with administered(build, tenants=2, settings=SLOW) as admin:
        yield admin


async def health(bridge: Bridge) -> Any:
    async with aiohttp.ClientSession() as http, http.get(f"http://{bridge.engine.internal}/health") as answer:
        assert answer.status == 200
        return await answer.json()


async def test_a_bridge_at_rest_says_so(desk: Admin) -> None:
    await desk.bridge.world.write(desk.tenant, MARIA, "hello")
    await desk.bridge.world.reached(1)

    async def rests() -> bool:
        told = await health(desk.bridge)
        return told["queues"] == []  # type: ignore[no-any-return]

    assert await eventually(rests)
    told = await health(desk.bridge)
    assert (told["version"], set(told["parts"].values()), told["troubles"]) == (__version__, {"ok"}, {})
    assert (told["breakers"], told["dead_letters"], told["canary"]) == ([], 0, None)
    assert set(told["versions"]) == {"python", "postgresql"}
    assert abs(told["clocks"]["127.0.0.1"]) < 2, "by the simulators' answers"
    status, api = await desk.ask("GET", "/api/v1/health")
    assert (status, api["state"], [one["engine"] for one in api["engines"]]) == (200, "ok", [told["engine"]])


async def test_what_waits_is_told_with_its_age_and_why(desk: Admin) -> None:
    bridge, tenant, other = desk.bridge, desk.tenant, desk.bridge.tenants[1]
    await bridge.world.knobs("cloud", down_accounts=[tenant.client, tenant.integration])
    await bridge.world.write(tenant, MARIA, "waits")

    async def waits() -> bool:
        told = await health(bridge)
        return bool(told["breakers"]) and told["queues"] != [] and told["queues"][0]["age"] > 0.3

    assert await eventually(waits)
    told = await health(bridge)
    [queue], [breaker] = told["queues"], told["breakers"]
    assert (queue["tenant"], queue["queue"], queue["consumers"]) == (tenant.id, "inbound", 1)
    assert (breaker["tenant"], breaker["account"]) == (tenant.id, f"genesys/{tenant.integration}")
    assert "is paused" in told["troubles"]["breaker"]
    written = PulseView.model_validate({name: value for name, value in told.items() if name != "others"})
    await Pulses(bridge.engine.rt.db).write(written)  # as the next beat would
    _, traffic = await desk.ask("GET", f"/api/v1/tenants/{tenant.id}/health/traffic")
    assert (traffic["queues"], traffic["oldest"]) == ([queue], queue["age"])
    assert [one["account"] for one in traffic["breakers"]] == [breaker["account"]]
    _, own = await desk.ask("GET", f"/api/v1/tenants/{other.id}/health/traffic")
    assert (own["queues"], own["breakers"]) == ([], [])
    await bridge.world.knobs("cloud", down_accounts=[])


async def test_a_token_that_expires_is_told(desk: Admin) -> None:
    rt = desk.bridge.engine.rt
    await rt.db.execute(
        "insert into health (tenant, adapter, account, step, place, state, detail, expires_at) "
        "values ($1, 'whatsapp', $2, 'token', 0, 'ok', 'd', now() + interval '3 days')",
        desk.tenant.id, desk.tenant.number,
    )  # fmt: skip
    told = await health(desk.bridge)
    assert [one["account"] for one in told["tokens"]] == [f"whatsapp/{desk.tenant.number}"]
    assert "expires" in told["troubles"]["token"]


def pulse(**more: Any) -> PulseView:
    return PulseView(engine="e", version="1", started_at=now(), at=now(), **more)


def waiting(age: float, consumers: int | None = 1, tenant: str = "acme") -> QueueView:
    return QueueView(tenant=tenant, queue="inbound", age=age, waiting=0, consumers=consumers)


TROUBLES: dict[str, tuple[dict[str, Any], str | None]] = {
    "all is well": ({"parts": {"broker": "ok"}, "queues": (waiting(5.0),), "clocks": {"h": 3.0}}, None),
    "a part is away": ({"parts": {"broker": "RabbitMQ is away."}}, "broker: RabbitMQ is away."),
    "two are old": ({"queues": (waiting(900.0), waiting(400.0, tenant="b"))}, "A message of acme has been waiting for "
                    "900 seconds (inbound). (1 more like it.)"),
    "nobody consumes": ({"queues": (waiting(0.0, 0),)}, "Nobody consumes inbound of acme."),
    "half full": ({"spool": SpoolView(messages=1, used=60, limit=100)}, "The spool is 60% full: webhooks are refused "
                  "when it is full."),
    "old spool": ({"spool": SpoolView(messages=1, used=1, limit=100, age=400.0)}, "The spool holds a message for 400 "
                  "seconds: is RabbitMQ away?"),
    "clocks": ({"clocks": {"graph.facebook.com": -45.0}}, "Our clock and that of graph.facebook.com are 45 seconds "
               "apart: is NTP at work here?"),
    "a token for long": ({"tokens": (TokenView(tenant="a", account="w/1", expires_at=now() + timedelta(days=30)),)},
                         None),
}  # fmt: skip


@pytest.mark.parametrize("what", TROUBLES)
def test_troubles_in_words(what: str) -> None:
    given, words = TROUBLES[what]
    assert list(troubles(pulse(**given)).values()) == ([words] if words else [])


def test_of_two_engines_the_worse_is_believed() -> None:
    told = merged([TrafficView(queues=(waiting(0.0, 2),)), TrafficView(queues=(waiting(7.0, None),))])
    assert [(one.age, one.consumers) for one in told.queues] == [(7.0, 2)]
