"""What happened to a message can be told by any of its ids, from the webhook to the last receipt, without its words."""

from typing import Any

import orjson
import pytest

from tests.flows.conftest import Bridge, Build
from tests.world import eventually
from xyper_engine.state.timeline import Timeline, of_conversation, timelines

MARIA = "393331234567"


@pytest.fixture(params=["embedded"])
async def parts() -> dict[str, object]:
    """The way of a message is the same on any parts."""
    return {}


async def found(bridge: Bridge, id_: str) -> list[Timeline]:
    rt, tenant = bridge.engine.rt, bridge.tenants[0].id
    await rt.traces.flush()
    async with rt.db.tenant(tenant) as connection:
        return list(await timelines(connection, id_, tenant))


async def traced(bridge: Bridge, id_: str, *wanted: str, calls: int = 0) -> Timeline:
    """The timeline of a message, once it has steps of these names, and so many calls."""
    lines: list[Timeline] = []

    async def enough() -> bool:
        lines[:] = await found(bridge, id_)
        names = [step.what for line in lines for step in line.steps]
        return bool(lines) and set(wanted) <= set(names) and names.count("called") >= calls

    assert await eventually(enough, 20), f"{id_} has {[step.what for line in lines for step in line.steps]}"
    [line] = lines
    return line


def facts(line: Timeline, what: str) -> list[dict[str, Any]]:
    return [dict(step.facts) for step in line.steps if step.what == what]


async def test_a_customers_message_by_either_vendors_id_and_by_ours(build: Build) -> None:
    async with build() as bridge:
        wamid = await bridge.world.write(bridge.tenants[0], MARIA, "my secret words")
        line = await traced(bridge, wamid, "ended", "status")
        names = [step.what for step in line.steps]
        assert names[:3] == ["received", "stored", "taken"] or names[:3] == ["received", "taken", "stored"]
        [call] = facts(line, "called")
        assert call["route"] == "/api/v2/conversations/messages/{integration}/inbound/open/message"
        assert call["status"] == 200
        assert call["correlation"]
        assert line.outcome == "delivered"
        [sent] = facts(line, "noted as sent")
        assert [one.id for one in await found(bridge, sent["far_id"])] == [line.id]
        assert [one.id for one in await found(bridge, line.id)] == [line.id]
        assert line.conversation is not None


async def test_an_agents_answer_with_its_statuses_and_the_receipt_to_the_agents_side(build: Build) -> None:
    async with build() as bridge:
        await bridge.world.write(bridge.tenants[0], MARIA, "hello")
        [first] = await bridge.world.reached(1)
        said = await bridge.world.say(first["conversation"], "an answer in words")
        await bridge.world.reached(1, kind="receipt")
        await bridge.world.settled()
        line = await traced(bridge, said, "status", "ended", calls=2)
        assert facts(line, "status")[0]["status"] == "sent"
        assert {one["route"].rpartition("/")[2] for one in facts(line, "called")} == {"messages", "receipt"}
        by_thread = await conversation(bridge, first["conversation"])
        assert by_thread[0].id == line.id
        assert line.conversation is not None
        assert len(by_thread) == 2
        by_ours = await conversation(bridge, line.conversation)
        assert [one.id for one in by_ours] == [one.id for one in by_thread]  # statuses may still come meanwhile


async def conversation(bridge: Bridge, id_: str) -> list[Timeline]:
    tenant = bridge.tenants[0].id
    async with bridge.engine.rt.db.tenant(tenant) as connection:
        lines, more = await of_conversation(connection, id_, tenant, None, 50)
    assert more is None
    return list(lines)


async def test_nothing_of_a_trace_holds_what_people_wrote_or_who_they_are(build: Build) -> None:
    async with build(settings={"trace": {"bodies": "all"}}) as bridge:
        wamid = await bridge.world.write(bridge.tenants[0], MARIA, "my secret words")
        [first] = await bridge.world.reached(1)
        said = await bridge.world.say(first["conversation"], "an answer in words")
        await traced(bridge, wamid, "ended")
        line = await traced(bridge, said, "ended")
        assert "<18 characters>" in str(facts(line, "called"))
        rows = await bridge.engine.rt.db.fetch("select * from traces")
        told = orjson.dumps([dict(row) for row in rows], default=str).decode()
        assert len(rows) >= 2
        assert not [word for word in (MARIA, wamid, said, "secret words", "answer in words") if word in told]


async def test_each_try_is_told_while_the_message_still_waits(build: Build) -> None:
    retry = {"first": 0.05, "most": 0.2}
    async with build(settings={"retry": retry, "breaker": {"failures": 50}}) as bridge:
        await bridge.world.write(bridge.tenants[0], MARIA, "hello")
        await bridge.world.reached(1)
        await bridge.world.knobs("cloud", fail_next=[{"status": 503, "count": 1000}])
        wamid = await bridge.world.write(bridge.tenants[0], MARIA, "later")
        line = await traced(bridge, wamid, "to be repeated")
        assert line.outcome is None
        call = facts(line, "called")[0]
        assert call["status"] == 503
        assert call["sent"]["text"].startswith("<")
        await bridge.world.knobs("cloud", fail_next=[])
        await bridge.world.reached(2)
        done = await traced(bridge, wamid, "ended")
        assert done.outcome == "delivered"


async def test_switched_off_nothing_is_kept(build: Build) -> None:
    async with build(settings={"trace": {"enabled": False}}) as bridge:
        await bridge.world.write(bridge.tenants[0], MARIA, "hello")
        await bridge.world.reached(1)
        await bridge.engine.rt.traces.flush()
        assert await bridge.engine.rt.db.fetchval("select count(*) from traces") == 0
