"""What became of a conversation, and its end: Genesys is asked, for its webhook tells neither."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.plugins.genesys.world import THREAD, World, world
from xyper_engine.abilities import Fate
from xyper_engine.errors import Ambiguous, Misconfigured, SendError, Throttled
from xyper_engine.model import now

CONVERSATION = f"/api/v2/conversations/messages/{THREAD}"
BEGAN, ENDED = "2026-11-22T10:00:00.000Z", "2026-11-22T10:05:00.000Z"


def customer(state: str = "connected", **more: Any) -> dict[str, Any]:
    return {"id": "p-1", "purpose": "customer", "state": state, "connectedTime": BEGAN, **more}


def agent(state: str = "connected") -> dict[str, Any]:
    return {"id": "p-2", "purpose": "agent", "state": state, "user": {"id": "u-1"}, "connectedTime": BEGAN}


async def fate(far: World) -> Fate:
    return await far.adapter.fate(THREAD, far.to.account, far.rt)


@pytest.mark.parametrize("state", ["connected", "alerting", "scheduled", ""])
async def test_while_a_customer_is_in_it_it_goes_on_whoever_of_the_agents_left(state: str) -> None:
    async with world() as far:
        far.api.answer("GET", CONVERSATION, json={"participants": [customer(state), agent("disconnected")]})
        found = await fate(far)
        assert found.ended_at is None
        assert [(one.id, one.purpose, one.user) for one in found.participants] == [
            ("p-1", "customer", None), ("p-2", "agent", "u-1"),
        ]  # fmt: skip
        assert found.participants[0].began_at == datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.mark.parametrize("state", ["disconnected", "terminated"])
async def test_it_ended_when_its_last_customer_left(state: str) -> None:
    async with world() as far:
        first, last = customer(state, endTime=BEGAN), customer(state, endTime=ENDED)
        far.api.answer("GET", CONVERSATION, json={"participants": [first, last, agent()]})
        assert (await fate(far)).ended_at == datetime(2026, 11, 22, 10, 5, tzinfo=UTC)


async def test_one_who_is_left_keeps_it_open() -> None:
    async with world() as far:
        far.api.answer("GET", CONVERSATION, json={"participants": [customer("disconnected"), customer()]})
        assert (await fate(far)).ended_at is None


async def test_an_end_without_a_time_was_just_now() -> None:
    async with world() as far:
        far.api.answer("GET", CONVERSATION, json={"participants": [customer("disconnected")]})
        before = now()
        ended = (await fate(far)).ended_at
        assert ended is not None
        assert before <= ended <= now()


@pytest.mark.parametrize("body", [{}, {"participants": []}, {"participants": [agent("disconnected")]}, []])
async def test_where_no_customer_is_named_nothing_is_said_of_an_end(body: Any) -> None:
    async with world() as far:
        far.api.answer("GET", CONVERSATION, json=body)
        assert (await fate(far)).ended_at is None


async def test_what_is_gone_is_over() -> None:
    async with world() as far:
        far.api.answer("GET", CONVERSATION, 404)
        found = await fate(far)
        assert (found.ended_at is not None, found.participants) == (True, ())


async def test_what_the_answer_tells_of_the_budget_is_handed_on() -> None:
    budget = {"inin-ratelimit-count": "3", "inin-ratelimit-allowed": "300", "inin-ratelimit-reset": "20"}
    async with world() as far:
        far.api.answer("GET", CONVERSATION, json={}, headers=budget)
        [learned] = (await fate(far)).learned
        assert (learned.allowed, learned.remaining, learned.resets_in) == (300.0, 297.0, 20.0)
        assert [rate.bucket for rate in far.adapter.question_rates(far.to.account)] == [learned.bucket]


REFUSED: dict[int, type[SendError]] = {403: Misconfigured, 429: Throttled, 500: Ambiguous}


@pytest.mark.parametrize(("status", "error"), REFUSED.items())
async def test_a_refused_question_says_nothing_of_its_fate(status: int, error: type[SendError]) -> None:
    async with world() as far:
        far.api.answer("GET", CONVERSATION, status, json={"message": "in words"})
        with pytest.raises(error, match="in words"):
            await fate(far)


@pytest.mark.parametrize("status", [200, 202, 404])
async def test_the_customer_leaves_and_what_is_gone_has_ended_already(status: int) -> None:
    async with world() as far:
        far.api.answer("PATCH", CONVERSATION, status, json={})
        await far.adapter.end(THREAD, far.to.account, far.rt)
        assert [seen.json for seen in far.api.requests] == [{"state": "disconnected"}]


@pytest.mark.parametrize(("status", "error"), REFUSED.items())
async def test_an_end_that_is_refused_is_told(status: int, error: type[SendError]) -> None:
    async with world() as far:
        far.api.answer("PATCH", CONVERSATION, status, json={"message": "in words"})
        with pytest.raises(error, match="in words"):
            await far.adapter.end(THREAD, far.to.account, far.rt)
