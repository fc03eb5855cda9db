"""Live news: who is let in, what they missed, and that what happens is told at once and once."""

import statistics
import time
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import WSServerHandshakeError

from tests.engine.edge.widget.page import LIVE, connected, watching
from tests.engine.edge.widget.stage import LINK, MARIA, Stage
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Role
from xyper_engine.edge.widget import line, live
from xyper_engine.model import Reason, Status
from xyper_engine.parts import Notice, Reaction, Text


async def test_what_happens_is_told_as_it_happens(stage: Stage) -> None:
    async with watching(stage.front, stage.tokens["agent"]) as page:
        heard = await stage.hear("Hello")
        assert (await page.next("message"))["id"] == heard.id
        said = await stage.say("Hi", status=None)
        assert (await page.next("message"))["status"] == "pending"
        await stage.post(said, f"out-{said.external_id}")
        await stage.receipt(said, Status.delivered)
        told = await page.next("status")
        assert (told["id"], told["status"], list(told["status_at"])) == (said.id, "delivered", ["delivered"])
        await stage.hear(Reaction(about=f"out-{said.external_id}", emoji="👍"))
        told = await page.next("reactions")
        assert (told["id"], told["reactions"][0]["emoji"]) == (said.id, "👍")
        await stage.hear(Notice(code="edited", about=heard.external_id), Text(text="Hello!"))
        told = await page.next("changed")
        assert (told["id"], told["edited"], told["parts"][0]["text"]) == (heard.id, True, "Hello!")
        await stage.hear(Notice(code="deleted", about=heard.external_id))
        assert (await page.next("changed"))["deleted"] is True


async def test_a_failure_is_told_with_its_reason(stage: Stage) -> None:
    async with watching(stage.front, stage.tokens["agent"]) as page:
        said = await stage.say("Hi", status=None)
        await page.next("message")
        await stage.post(said, f"out-{said.external_id}")
        await stage.receipt(said, Status.failed, Reason(code="131026", message="Undeliverable"))
        assert (await page.next("status"))["failure"] == {
            "code": "131026", "words": "Undeliverable", "next": "retry",
        }  # fmt: skip


async def test_what_was_missed_comes_first(stage: Stage) -> None:
    had, going = await stage.hear("had"), await stage.say("going", status=Status.sent)
    missed = await stage.hear("missed")
    await stage.receipt(going, Status.read)
    async with watching(stage.front, stage.tokens["agent"], had.id, going.id) as page:
        told = [await page.next("message"), await page.next("message")]
        assert [one["id"] for one in told] == [going.id, missed.id]
    async with watching(stage.front, stage.tokens["agent"], missed.id, going.id) as page:
        told = [await page.next("status")]
        assert (told[0]["id"], told[0]["status"]) == (going.id, "read")


async def test_what_was_stored_late_though_it_came_early_is_told(stage: Stage) -> None:
    slow = stage.message((Text(text="with a large file"),), inbound=True)
    quick = await stage.hear("quick")
    await stage.hear(Text(text="with a large file"), id=slow.id, external_id=slow.external_id)
    async with watching(stage.front, stage.tokens["agent"], quick.id) as page:
        assert (await page.next("message"))["id"] == slow.id


async def test_who_missed_too_much_loads_anew(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xyper_engine.edge.widget.happenings.MOST", 3)
    ids = [(await stage.hear(f"{n}")).id for n in range(6)]
    async with watching(stage.front, stage.tokens["agent"], ids[0]) as page:
        assert (await page.frame())["type"] == "resync"


async def test_a_slow_page_loads_anew(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "ROOM", 3)
    async with watching(stage.front, stage.tokens["agent"]) as page:
        conversation = await stage.front.rt.conversations.find(LINK, MARIA.address)
        for n in range(9):
            stage.front.rt.watchers.heard(conversation, f"00000000-0000-7000-8000-00000000000{n}")
        assert (await page.next("resync"))["type"] == "resync"


async def test_the_window_opens_and_the_conversation_ends(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "FIRST", 0.1)
    monkeypatch.setattr(line, "LOOK", 0.1)
    await stage.front.rt.db.execute("update conversations set window_until = null")
    async with watching(stage.front, stage.tokens["agent"]) as page:
        assert (await page.next("window"))["open"] is False
        assert (await page.next("conversation"))["state"] == "open"
        await stage.front.rt.db.execute("update conversations set window_until = now() + interval '1 day'")
        assert (await page.next("window"))["open"] is True
        await stage.front.rt.db.execute("update conversations set ended_at = now(), ended_by = 'agent'")
        assert (await page.next("conversation"))["state"] == "closed"


async def test_who_is_let_in(stage: Stage) -> None:
    await stage.foreign()
    stage.tokens |= {
        "supervisor": await stage.session(Role.supervisor),
        "elsewhere": await stage.session(Role.agent, "t-2"),
        "foreign": await stage.session(Role.supervisor, tenant="globex"),
        "operator": await stage.front.token(Role.xyper_admin, None),
        "nobody": "made-up",
    }
    expected = {"elsewhere": 4404, "foreign": 4404, "operator": 4403, "nobody": 4401}
    for who, code in expected.items():
        async with connected(stage.front) as page:
            await page.hello(stage.tokens[who])
            assert await page.closed() == code, who
    async with connected(stage.front) as page:
        await page.hello(stage.tokens["supervisor"], thread="t-9")
        assert await page.closed() == 4404
    async with connected(stage.front) as page:
        await page.hello(stage.tokens["supervisor"])
        assert (await page.frame())["type"] == "ready"
    async with connected(stage.front, path=LIVE.replace("acme", "globex")) as page:
        await page.hello(stage.tokens["agent"])
        assert await page.closed() == 4404


@pytest.mark.parametrize("origin", ["", "null", "https://evil.example", "http://127.0.0.1:8080.evil.example"])
async def test_a_page_of_another_origin_is_refused_before_there_is_a_socket(stage: Stage, origin: str) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        async with connected(stage.front, origin):
            pass
    assert refused.value.status == 403


async def test_who_says_no_hello_is_not_waited_for(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HELLO", 0.2)
    said: list[Any] = [None, "not json", '{"type":"token","token":"x"}', "[]", b"\x00"]
    for what in said:
        async with connected(stage.front) as page:
            if isinstance(what, bytes):
                await page.socket.send_bytes(what)
            elif what:
                await page.socket.send_str(what)
            assert await page.closed() == 4408, what
    async with connected(stage.front) as page:
        await page.hello("x" * 40_000)
        assert await page.closed() == 1009


async def test_there_are_so_many_lines_and_no_more(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "STRANGERS", 1)
    monkeypatch.setattr(live, "EACH", 1)
    async with connected(stage.front) as silent:
        with pytest.raises(WSServerHandshakeError) as refused:
            async with connected(stage.front):
                pass
        assert refused.value.status == 429
        await silent.hello(stage.tokens["agent"])
        assert (await silent.frame())["type"] == "ready"
        assert "xyper_live_connections 1.0" in stage.front.rt.metrics.text().decode()
        async with connected(stage.front) as second:
            await second.hello(stage.tokens["agent"])
            assert await second.closed() == 1013


async def test_a_session_that_ended_hears_no_more(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "BREATH", 0.05)
    caller = await stage.front.rt.access.prove(stage.tokens["agent"])
    async with watching(stage.front, stage.tokens["agent"]) as page:
        await stage.front.rt.access.sessions.end(Caller.host(), caller.session or "", "acme")
        assert await page.closed() == 4401


async def test_a_token_is_renewed_by_the_same_session_only(stage: Stage) -> None:
    other = await stage.session(Role.supervisor)
    async with watching(stage.front, stage.tokens["agent"]) as page:
        await page.say(type="token", token=stage.tokens["agent"])
        await page.say(type="typing")
        heard = await stage.hear("still here")
        assert (await page.next("message"))["id"] == heard.id
        await page.say(type="token", token=other)
        assert await page.closed() == 4401


async def test_whoever_cannot_hear_live_asks(stage: Stage) -> None:
    had, going = await stage.hear("had"), await stage.say("going", status=Status.sent)
    missed = await stage.hear("missed")
    told = await stage.read(f"/events?after={going.id}&watching={going.id},key:1")
    kinds = [(one["kind"], one["data"].get("id")) for one in told["events"]]
    assert kinds[:2] == [("message", missed.id), ("status", going.id)]
    assert [kind for kind, _ in kinds[2:]] == ["window", "conversation"]
    assert told["cursor"] == missed.id
    again = await stage.read(f"/events?after={told['cursor']}")
    assert [one["kind"] for one in again["events"]] == ["window", "conversation"]
    assert (await stage.ask(f"/events?after={had.id}", "agent")).status == 200


async def test_from_the_event_to_the_page(stage: Stage) -> None:
    """Ten times what it takes where nothing else runs beside it."""
    async with watching(stage.front, stage.tokens["agent"]) as page:
        await stage.hear("warm")
        await page.next("message")
        took = []
        for n in range(40):
            began = time.perf_counter()
            await stage.hear(f"{n}")
            await page.next("message")
            took.append(time.perf_counter() - began)
    assert statistics.median(took) < 0.5, took


async def test_ten_pages_beside_one_conversation(stage: Stage) -> None:
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        found = [await enter(watching(stage.front, stage.tokens["agent"])) for _ in range(10)]
        heard = await stage.hear("all of you")
        assert [(await page.next("message"))["id"] for page in found] == [heard.id] * 10
