"""A day of a tenant's, as it happens between both vendors, and the figures that must come of it."""

from datetime import timedelta
from typing import Any

from tests.flows.conftest import Bridge, Build
from tests.world import eventually
from xyper_engine.model import now
from xyper_engine.state.figures import Asked, Figures

MARIA, PAOLO = "393331234567", "393337654321"
IN, OUT = "inbound", "outbound"


async def figures(bridge: Bridge, what: str, *group: str) -> dict[tuple[Any, ...], dict[str, int]]:
    rt, today = bridge.engine.rt, now().date()
    await rt.statistics.flush()
    asked = Asked.of(what, today - timedelta(days=1), today, "total", frozenset(group))
    found = await Figures(rt.db).read(bridge.tenants[0].id, asked)
    return {tuple(getattr(one, name) for name in group): one.counts for one in found}


async def test_a_day_gives_these_figures(build: Build) -> None:
    async with build() as bridge:
        tenant, world = bridge.tenants[0], bridge.world
        for customer, texts in ((MARIA, ("hello", "are you there?")), (PAOLO, ("hi",))):
            for text in texts:
                await world.write(tenant, customer, text)
        await world.reached(3)
        maria = await world.conversation(tenant, MARIA)
        for text in ("yes", "what can I do?"):
            await world.say(maria["id"], text)
        await world.sent(2, status="read")
        await world.write(tenant, MARIA, "nothing, thanks")
        await world.reached(4)
        await world.say(maria["id"], "goodbye")
        await world.sent(3, status="read")
        await world.reached(3, kind="receipt")
        await world.settled()

        async def counted() -> bool:
            found = await figures(bridge, "funnel", "direction")
            return found.get((IN,), {}).get("sent") == 4 and found.get((OUT,), {}).get("read") == 3

        assert await eventually(counted), await figures(bridge, "funnel", "direction")
        funnel = await figures(bridge, "funnel", "direction")
        assert funnel[OUT,] == {"accepted": 3, "posted": 3, "sent": 3, "delivered": 3, "read": 3}
        assert {step: funnel[IN,][step] for step in ("accepted", "posted", "sent")} == dict.fromkeys(
            ("accepted", "posted", "sent"), 4
        )
        number = f"whatsapp/{tenant.number}"
        assert await figures(bridge, "messages", "number", "kind") == {(number, "text"): {"delivered": 7}}
        assert await figures(bridge, "window") == {(): {"open": 3}}
        assert await figures(bridge, "failures") == {}
        assert sum((await figures(bridge, "answers"))[()].values()) == 2, "the second of two answers is not the first"
        for timed in ("queue", "latency"):
            by_kind = await figures(bridge, timed, "kind")
            assert {kind: sum(n.values()) for kind, n in by_kind.items()} == {("text",): 7}


async def test_what_is_refused_counts_as_failed_with_its_reason(build: Build) -> None:
    async with build() as bridge:
        tenant, world, rt = bridge.tenants[0], bridge.world, bridge.engine.rt
        await world.write(tenant, MARIA, "hello")
        [message] = await world.reached(1)
        await rt.db.execute("update conversations set window_until = now() - interval '1 hour'")
        await world.say(message["conversation"], "too late")
        await world.reached(1, kind="receipt")

        async def counted() -> bool:
            return await figures(bridge, "failures") == {(): {"unsupported": 1}}

        assert await eventually(counted), await figures(bridge, "failures")
        assert await figures(bridge, "window") == {(): {"refused": 1}}
        assert (await figures(bridge, "messages", "direction"))[OUT,] == {"dead": 1}
