"""What was said in a conversation, as Genesys remembers it: agents' words as the webhook would have brought them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.plugins.genesys.world import INTEGRATION, THREAD, World, world
from xyper_engine.abilities import History, Span
from xyper_engine.contract import Rate
from xyper_engine.errors import Ambiguous, Misconfigured, Rejected, SendError, Throttled
from xyper_engine.parts import Text
from xyper_genesys import history as module

CONVERSATION = f"/api/v2/conversations/messages/{THREAD}"
BULK = f"{CONVERSATION}/messages/bulk"
DAY = Span(datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))


def listed(*messages: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A conversation with messages of these ids and times; the customer's line repeats the first."""
    wrote = [{"messageId": id_, "messageTime": at} for id_, at in messages]
    return {"participants": [{"purpose": "agent", "messages": wrote}, {"messages": wrote[:1]}], **more}


def entity(id_: str, text: str = "ciao", **more: Any) -> dict[str, Any]:
    channel = {"id": INTEGRATION, "messageId": f"c-{id_}", "to": {"id": "+393331234567"}}
    normalized = {"id": f"n-{id_}", "type": "Text", "text": text, "channel": channel} | more
    return {"id": id_, "direction": "outbound", "normalizedMessage": normalized}


async def history(far: World, span: Span = DAY, turns: list[Sequence[Rate]] | None = None) -> History:
    async def turn(rates: Sequence[Rate]) -> None:
        if turns is not None:
            turns.append(rates)

    return await far.adapter.history(THREAD, far.to.account, span, turn, far.rt)


async def test_agents_words_are_read_oldest_first_with_every_name_they_may_have_had() -> None:
    turns: list[Sequence[Rate]] = []
    async with world() as far:
        far.api.answer(
            "GET", CONVERSATION, json=listed(("m-2", "2026-11-22T10:02:00Z"), ("m-1", "2026-11-22T10:01:00Z"))
        )
        far.api.answer("POST", BULK, json={"entities": [entity("m-2", "second"), entity("m-1", "first")]})
        found = await history(far, turns=turns)
        assert [one.message.parts for one in found.said] == [(Text(text="first"),), (Text(text="second"),)]
        assert found.said[0].names == {"n-m-1", "m-1", "c-m-1"}
        first = found.said[0].message
        assert (first.external_id, first.thread, first.direction) == ("n-m-1", THREAD, "outbound")
        assert first.occurred_at == datetime(2026, 11, 22, 10, 1, tzinfo=UTC)
        assert (set(found.ids), found.calls) == ({"m-1", "m-2"}, 2)
        assert found.began == datetime(2026, 11, 22, 10, 1, tzinfo=UTC)
        assert (far.api.requests[1].json, turns) == (["m-1", "m-2"], [far.adapter.question_rates(far.to.account)] * 2)


async def test_only_the_span_that_is_asked_about_is_read() -> None:
    async with world() as far:
        times = ("2026-11-21T23:59:00Z", "2026-11-22T00:00:00Z", "2026-11-23T00:00:01Z", "no time")
        far.api.answer("GET", CONVERSATION, json=listed(*((f"m-{n}", at) for n, at in enumerate(times))))
        far.api.answer("POST", BULK, json={"entities": []})
        found = await history(far)
        assert far.api.requests[1].json == ["m-1", "m-3"], "what has no readable time is looked at as well"
        assert found.ids == {"m-0", "m-1", "m-2", "m-3"}
        assert found.began == datetime(2026, 11, 21, 23, 59, tzinfo=UTC)


async def test_a_conversation_without_messages_costs_one_call() -> None:
    async with world() as far:
        far.api.answer("GET", CONVERSATION, json={"participants": [{"messages": [{"messageTime": "x"}]}, 3]})
        assert await history(far) == History(said=[], unparsed=[], began=None, calls=1)


async def test_bodies_are_asked_for_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    async with world() as far:
        far.api.answer("GET", CONVERSATION, json=listed(*((f"m-{n}", f"2026-11-22T10:0{n}:00Z") for n in range(5))))
        far.api.answer("POST", BULK, json={"entities": [entity(f"m-{n}") for n in range(5)]})
        found = await history(far)
        assert [seen.json for seen in far.api.requests[1:]] == [["m-0", "m-1"], ["m-2", "m-3"], ["m-4"]]
        assert (found.calls, len(found.said)) == (4, 5)


@pytest.mark.parametrize("where", ["entity", "normalized"])
async def test_what_the_customer_wrote_is_nobodys_answer(where: str) -> None:
    written = entity("m-1") | {"direction": "inbound"} if where == "entity" else entity("m-1", direction="Inbound")
    async with world() as far:
        far.api.answer("GET", CONVERSATION, json=listed(("m-1", "2026-11-22T10:00:00Z")))
        far.api.answer("POST", BULK, json={"entities": [written]})
        found = await history(far)
        assert (list(found.said), list(found.unparsed), set(found.ids)) == ([], [], {"m-1"})


async def test_what_cannot_be_read_is_kept_as_such_and_events_are_no_words() -> None:
    typing = entity("m-2", type="Event", events=[{"eventType": "Typing"}])
    async with world() as far:
        far.api.answer(
            "GET", CONVERSATION, json=listed(("m-1", "2026-11-22T10:00:00Z"), ("m-2", "2026-11-22T10:00:01Z"))
        )
        far.api.answer("POST", BULK, json={"entities": [entity("m-1", type="Hologram"), typing]})
        found = await history(far)
        assert found.said == []
        assert [one.reason for one in found.unparsed] == ["its type is none of Text, Structured, Event and Receipt"]


async def test_without_an_id_of_its_own_the_entitys_names_it() -> None:
    async with world() as far:
        far.api.answer("GET", CONVERSATION, json=listed(("m-1", "no time")))
        far.api.answer("POST", BULK, json={"entities": [entity("m-1", id="")]})
        [one] = (await history(far)).said
        assert (one.message.external_id, set(one.names)) == ("m-1", {"m-1", "c-m-1"})


REFUSED: dict[int, type[SendError]] = {404: Rejected, 403: Misconfigured, 429: Throttled, 500: Ambiguous}


@pytest.mark.parametrize("route", [CONVERSATION, BULK])
@pytest.mark.parametrize(("status", "error"), REFUSED.items())
async def test_a_refused_question_is_told(status: int, error: type[SendError], route: str) -> None:
    async with world() as far:
        if route == BULK:
            far.api.answer("GET", CONVERSATION, json=listed(("m-1", "2026-11-22T10:00:00Z")))
        far.api.answer("GET" if route == CONVERSATION else "POST", route, status, json={"message": "in words"})
        with pytest.raises(error):
            await history(far)


async def test_an_unreadable_answer_is_no_empty_conversation() -> None:
    async with world() as far:
        far.api.answer("GET", CONVERSATION, body=b"<html>")
        with pytest.raises(Ambiguous, match="unreadable"):
            await history(far)
