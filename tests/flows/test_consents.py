"""Consents: a customer's STOP is heard, confirmed once, and kept before Meta is asked."""

from typing import Any

import pytest

from tests.flows import wire
from tests.flows.conftest import Bridge, Build
from tests.flows.test_ends import Desk
from tests.flows.test_kinds import MARIA, agent, opened
from tests.world import eventually
from xyper_engine.broker.port import Outgoing
from xyper_engine.broker.topology import queue_of
from xyper_engine.model import Contact, Direction, Endpoint, Message, dump, new_id, now
from xyper_engine.policy import WindowPolicy
from xyper_engine.template import Parameter, Template

PHONE = f"tel:+{MARIA}"
EMBEDDED = pytest.mark.parametrize("parts", ["embedded"], indirect=True)


async def ledger(bridge: Bridge, count: int) -> list[tuple[str, str, bool]]:
    """All rows, once there are so many."""
    found: list[tuple[str, str, bool]] = []

    async def noted() -> bool:
        rows = await bridge.engine.rt.consents.page(bridge.tenants[0].id, None, None, 50)
        found[:] = [(one.source, one.kind.value, one.given) for one in rows]
        return len(found) >= count

    assert await eventually(noted), found
    return found


async def template(bridge: Bridge, category: str) -> tuple[str, str]:
    """The name and language of one with one variable, which Meta has put into this category."""
    rt, found = bridge.engine.rt, list[tuple[str, str]]()

    async def read() -> bool:
        kept = await rt.templates.list(bridge.tenants[0].id)
        plain = [one for one in kept if not any(part["type"] == "HEADER" for part in one.components)]
        bodies = {(one.name, one.language): part for one in plain for part in one.components if part["type"] == "BODY"}
        found[:] = [key for key, body in bodies.items() if body["text"].count("{{") == 1]
        return bool(found)

    assert await eventually(read)
    await rt.db.execute("update templates set category = $1", category)
    return found[0]


async def advertise(bridge: Bridge, name: str, language: str) -> str:
    """The agents' side says a template, as a transformer or a campaign of it would; its id there."""
    tenant = bridge.tenants[0]
    message = Message(
        direction=Direction.outbound, tenant=tenant.id, contact=Contact(address=PHONE), external_id=new_id(),
        origin=Endpoint(adapter="genesys", account=tenant.integration), occurred_at=now(),
        parts=(Template(name=name, language=language, body=(Parameter(text="today"),)),),
    )  # fmt: skip
    await bridge.engine.rt.broker.publish([Outgoing(queue_of(message), message.id, dump(message))])
    return message.external_id


async def refused(bridge: Bridge, count: int) -> dict[str, Any]:
    """The reason that the agents' side was told, once it was told so many."""
    failed: list[dict[str, Any]] = []

    async def told() -> bool:
        receipts = await bridge.world.call("GET", "/api/cloud/received?kind=receipt")
        failed[:] = [one["body"] for one in receipts if one["body"]["status"] == "Failed"]
        return len(failed) >= count

    assert await eventually(told), failed
    return dict(failed[-1]["reasons"][0])


async def test_a_stop_is_heard_passed_on_confirmed_once_and_kept(build: Build) -> None:
    async with build() as bridge:
        name, language = await template(bridge, "MARKETING")
        for n, words in enumerate(("STOP", "stop!", "stop it please"), 1):
            await bridge.world.write(bridge.tenants[0], MARIA, words)
            assert (await bridge.world.reached(n))[-1]["body"]["text"] == words
        await agent(bridge, text="as you like")
        sent = await bridge.world.sent(2, status="read")
        assert [one["text"] for one in sent] == [
            "You will get no more advertising from us. To change this, reply START", "as you like"
        ]  # fmt: skip
        assert await ledger(bridge, 2) == [("keyword", "marketing", False)] * 2
        await advertise(bridge, name, language)
        reason = await refused(bridge, 1)
        assert reason["code"] == "RecipientOptedOut"
        assert "opted out of marketing" in reason["message"]
        [letter] = await bridge.engine.rt.dead_letters.list()
        assert letter.reason == "opted out"
        assert len(await bridge.world.sent(2)) == 2, "Meta was not asked"
        await template(bridge, "UTILITY")
        await advertise(bridge, name, language)
        await bridge.world.sent(3, status="read")
        await bridge.world.write(bridge.tenants[0], MARIA, "START")
        assert (await bridge.world.sent(4, status="read"))[-1]["text"].startswith("You will get messages from us again")
        await template(bridge, "MARKETING")
        await advertise(bridge, name, language)
        await bridge.world.sent(5, status="read")


@EMBEDDED
async def test_a_stop_may_mean_everything_but_answers(build: Build) -> None:
    async with build() as bridge:
        name, language = await template(bridge, "UTILITY")
        await (await Desk.of(bridge)).decide(stop_means="everything", language="it", stop_words=("basta",))
        for n, words in enumerate(("STOP", "Basta!"), 1):
            await bridge.world.write(bridge.tenants[0], MARIA, words)
            await bridge.world.reached(n)
        [told] = await bridge.world.sent(1, status="read")
        assert told["text"].startswith("Non riceverà più messaggi da noi")
        await advertise(bridge, name, language)
        assert "opted out of all messages" in (await refused(bridge, 1))["message"]
        await agent(bridge, text="va bene")
        assert (await bridge.world.sent(2, status="read"))[-1]["text"] == "va bene"


@EMBEDDED
async def test_machines_that_answer_each_other_come_to_an_end(build: Build) -> None:
    async with build() as bridge:
        for n in range(6):
            await bridge.world.write(bridge.tenants[0], MARIA, "START" if n % 2 else "STOP")
            await bridge.world.reached(n + 1)
        await agent(bridge, text="done")
        sent = await bridge.world.sent(4, status="read")
        assert sent[-1]["text"] == "done"
        assert len(await ledger(bridge, 6)) == 6


@EMBEDDED
@pytest.mark.parametrize("knob", [{"fail_next": [{"status": 400, "code": 131050}]}, {"fail_delivery": [131050]}])
async def test_a_send_that_meta_refuses_tells_of_an_opt_out(build: Build, knob: dict[str, Any]) -> None:
    async with build() as bridge:
        name, language = await template(bridge, "MARKETING")
        await opened(bridge)
        await bridge.world.knobs("graph", **knob)
        await advertise(bridge, name, language)
        assert (await refused(bridge, 1))["code"] == "RecipientOptedOut"
        assert await ledger(bridge, 1) == [("131050", "marketing", False)]
        count = len(await bridge.world.sent())
        await advertise(bridge, name, language)
        assert "opted out of marketing" in (await refused(bridge, 2))["message"]
        assert len(await bridge.world.sent()) == count, "Meta was not asked"


@EMBEDDED
async def test_metas_preferences_hold_also_for_what_becomes_a_template_on_its_way(build: Build) -> None:
    async with build() as bridge:
        name, language = await template(bridge, "MARKETING")
        await opened(bridge)
        desk = await Desk.of(bridge)
        await desk.decide(window=WindowPolicy.template, window_template=name, window_language=language)
        await bridge.engine.rt.db.execute("update conversations set window_until = now()")
        assert (await wire.post(bridge.url, _preference(bridge, "stop", 1731705721)))[0] == 200
        assert await ledger(bridge, 1) == [("user_preferences", "marketing", False)]
        await agent(bridge, text="news")
        assert "opted out of marketing" in (await refused(bridge, 1))["message"]
        assert (await wire.post(bridge.url, _preference(bridge, "resume", 1731705722)))[0] == 200
        await ledger(bridge, 2)
        await agent(bridge, text="news")
        await bridge.world.sent(1)


def _preference(bridge: Bridge, value: str, stamp: int) -> bytes:
    wish = {"wa_id": MARIA, "category": "marketing_messages", "value": value, "timestamp": stamp}
    change = wire.change(bridge.tenants[0].number)
    change["value"]["user_preferences"] = [wish]
    return wire.body(wire.entry(bridge.tenants[0], change | {"field": "user_preferences"}))
