"""A send of the widget's at every point where a process may die, or an answer get lost: once in both, or nowhere."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from tests.flows.conftest import Build
from tests.flows.test_widget_send import YES_NO, embedded
from tests.flows.widget import MARIA, ONE, Desk, at_desk
from tests.world import eventually
from xyper_engine.engine import opened
from xyper_engine.model import now
from xyper_engine.parts import Choices, Option
from xyper_engine.settings import Settings
from xyper_engine.state.send import Send, Wish, Wording

LINE = "Shall we?\n1. Yes\n2. No\nPlease answer with a number."
RICH = Choices(body="Shall we?", options=(Option(id="y", title="Yes"), Option(id="n", title="No")))
QUICK = {"waits": {"timeout": 2.0}}
"""Calls to Genesys end soon, so that what is unclear is cleared up soon."""

Crash = Callable[[Desk, Send], Awaitable[None]]


async def before_the_post(desk: Desk, send: Send) -> None:
    await left(desk, send, "posting")


async def after_the_post(desk: Desk, send: Send) -> None:
    """Genesys has it, and its webhook is here; nobody noted the answer."""
    await left(desk, send, "posting", due=timedelta(seconds=3))
    await desk.bridge.world.say(desk.thread, LINE)
    await desk.bridge.world.settled()
    assert await desk.at_customer(0) == [], "the line went, and it is not known yet whose it is"


async def dropped(desk: Desk, send: Send) -> str:
    """Genesys' id of the line, whose webhook is lost; should it be another that is lost, the lane waits."""
    await left(desk, send, "posting", due=timedelta(minutes=1))
    await desk.bridge.world.knobs("cloud", drop_webhooks=1)
    return str(await desk.bridge.world.say(desk.thread, LINE))


async def after_it_was_noted(desk: Desk, send: Send) -> None:
    """The webhook comes much later."""
    await left(desk, send, "posted", far_id=await dropped(desk, send))
    await desk.bridge.world.settled()
    await again(desk)


async def after_it_was_paired(desk: Desk, send: Send) -> None:
    """Nothing was posted to the customer, and the webhook is delivered again."""
    await left(desk, send, "paired", far_id=await dropped(desk, send))
    await desk.bridge.world.settled()
    await again(desk)
    await again(desk)


async def when_all_was_given_up(desk: Desk, send: Send) -> None:
    """Nobody could find out in time, and then its line comes."""
    await left(desk, send, "unknown")
    await desk.bridge.world.say(desk.thread, LINE)


@embedded
@pytest.mark.parametrize(
    "crash",
    [before_the_post, after_the_post, after_it_was_noted, after_it_was_paired, when_all_was_given_up],
    ids=lambda crash: crash.__name__,
)
async def test_a_process_dies(build: Build, crash: Crash) -> None:
    async with at_desk(build, **QUICK) as desk:
        send = await half_sent(desk)
        await crash(desk, send)
        await once_in_both(desk, send)


@pytest.mark.parametrize("knob", ["accept_then_timeout", "accept_then_reset", "accept_then_500", "answer_after_ms"])
@embedded
async def test_an_answer_is_lost_or_late(build: Build, knob: str) -> None:
    async with at_desk(build, **QUICK) as desk:
        await desk.bridge.world.knobs("cloud", **{knob: 700 if knob == "answer_after_ms" else 1})
        sent = await desk.send(YES_NO)
        assert sent.status == 202, sent.body
        assert await desk.came_to(sent.body["id"], "paired")
        await once_in_both(desk, await desk.bridge.engine.rt.sends.get(ONE.id, sent.body["id"]))


@embedded
async def test_the_same_words_typed_by_hand_are_not_lost(build: Build) -> None:
    """Typed before and after: each goes, and only the one that was sent from the widget is rich."""
    async with at_desk(build, **QUICK) as desk:
        await desk.bridge.world.say(desk.thread, LINE)
        await desk.at_customer(1)
        sent = await desk.send(YES_NO)
        assert await desk.came_to(sent.body["id"], "paired")
        await desk.bridge.world.say(desk.thread, LINE)
        kinds = [body["type"] for body in await desk.at_customer(3)]
        assert kinds == ["text", "interactive", "text"]
        assert await desk.transcript() == [LINE] * 3


@embedded
async def test_genesys_cannot_be_asked(build: Build) -> None:
    """While it is away nothing is repeated; what was never taken goes once it is back, in time."""
    async with at_desk(build, **QUICK) as desk:
        await desk.bridge.world.knobs("cloud", down=True)
        send = await half_sent(desk)
        await left(desk, send, "posting")
        await asyncio.sleep(0)
        assert await desk.state(send.id) == "posting"
        await desk.bridge.world.knobs("cloud", down=False)
        await once_in_both(desk, send)


@pytest.mark.real
@pytest.mark.parametrize("parts", ["real"], indirect=True)
async def test_two_engines(build: Build, tmp_path: Path) -> None:
    """Each takes clicks, both post, one pairs: all of it once, and in its order."""
    async with at_desk(build) as desk, opened(beside(desk.bridge.engine.rt.settings, tmp_path)) as second:
        other = Desk(desk.bridge, desk.http, desk.thread, desk.token, f"http://{second.address}")
        said = [f"number {n}" for n in range(12)]
        for n, text in enumerate(said):
            sent = await (desk if n % 2 else other).say(text)
            assert sent.status == 202, sent.body
        assert [body["text"]["body"] for body in await desk.at_customer(len(said))] == said
        assert await desk.transcript() == said


def beside(first: Settings, folder: Path) -> Settings:
    """Of another engine on the same servers, with the same keys and the same name."""
    secrets = first.secrets.model_copy(update={"key_file": first.key_file.resolve()})
    server = first.server.model_copy(update={"listen": "127.0.0.1:0", "public_url": first.public_url})
    return first.model_copy(update={"data_dir": folder / "second", "secrets": secrets, "server": server})


async def half_sent(desk: Desk) -> Send:
    """As it was when somebody had begun with it."""
    rt, engine = desk.bridge.engine.rt, desk.bridge.engine
    mapped = await rt.mapping.of_thread(ONE.id, desk.thread)
    assert mapped
    caller = await rt.access.prove(desk.token)
    return await engine.rt.sends.begin(
        Wish(
            tenant=ONE.id, conversation=mapped.id, agent=mapped.agent, thread=desk.thread, person=caller.id,
            session=caller.session or "", key=str(uuid4()), wording=Wording(parts=(RICH,), line=LINE),
            waits=True, asked=b"once",
        )
    )  # fmt: skip


async def left(desk: Desk, send: Send, state: str, *, far_id: str | None = None, due: timedelta = timedelta(0)) -> None:
    """As a dead process left it. What waits for an open window would be taken up: it is one statement."""
    await desk.bridge.engine.rt.db.execute(
        "update sends set state = $2, far_id = $3, due_at = $4, began_at = now() - interval '8 seconds', since = now() "
        "where id = $1",
        send.id, state, far_id, now() + due,
    )  # fmt: skip


async def again(desk: Desk) -> None:
    """Genesys' webhook of its newest message, sent (again) by hand."""
    await desk.bridge.world.knobs("cloud", drop_webhooks=0)
    message = (await desk.bridge.world.conversation(ONE, MARIA))["messages"][-1]
    ours, maria = {"id": ONE.integration, "idType": "Opaque"}, {"id": MARIA, "idType": "Opaque"}
    channel = {
        "id": ONE.integration, "platform": "Open", "type": "Private", "messageId": message["id"], "from": ours,
        "to": maria, "time": now().isoformat(),
    }  # fmt: skip
    body = {
        "id": message["id"], "channel": channel, "type": "Text", "text": message["text"], "direction": "Outbound",
        "originatingEntity": "Human", "conversationId": desk.thread,
    }  # fmt: skip
    await desk.bridge.world.call("POST", "/api/cloud/webhook", {"integration": ONE.integration, "body": body})


async def once_in_both(desk: Desk, send: Send) -> None:
    [body] = await desk.at_customer(1)
    assert body["interactive"]["type"] == "button"
    assert await desk.came_to(send.id, "paired")

    async def arrived() -> bool:
        found = await desk.bridge.world.conversation(ONE, MARIA)
        return [one["status"] for one in found["messages"] if one["direction"] == "outbound"] == ["delivery-success"]

    assert await eventually(arrived)
    await desk.bridge.world.settled()
    assert await desk.transcript() == [LINE]
    assert len(await desk.at_customer(1)) == 1
    assert await desk.bridge.world.violations() == []
