"""What an engine does about what others keep: when it asks, when it waits, and when it does neither."""

import asyncio
from collections.abc import Sequence

import pytest

from xyper_engine.broker.convoy import PATIENCE, UNKNOWN, Convoy
from xyper_engine.broker.port import Outgoing
from xyper_engine.ids import new_id

NOBODY: dict[str, str] = {}
OLD = "01a21600-0000-7000-8000-000000000000"
"""Of 2026, and long ago."""


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Road:
    async def add(self, batch: Sequence[Outgoing]) -> None:
        raise AssertionError(batch)


async def nowhere(batch: Sequence[Outgoing]) -> None:
    raise AssertionError(batch)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def convoy(clock: Clock) -> Convoy:
    made = Convoy(nowhere, clock)
    made.join(Road())
    hear(made, clock)
    return made


def hear(convoy: Convoy, clock: Clock, **others: str) -> None:
    convoy.heard(dict(convoy.own), others, frozenset(others), clock())


async def test_an_engine_that_is_alone_waits_for_nobody() -> None:
    alone = Convoy(nowhere)
    alone.doubt()
    alone.keep("q", OLD)
    assert not alone.goes_before("q")
    assert await alone.way("q") is None
    await alone.assure("q", OLD)


async def test_what_others_keep_goes_before_what_comes_in_that_queue_alone(convoy: Convoy, clock: Clock) -> None:
    hear(convoy, clock, q=OLD)
    assert convoy.goes_before("q")
    assert await convoy.way("q") is convoy.road
    assert not convoy.goes_before("another")
    hear(convoy, clock)
    assert not convoy.goes_before("q")
    assert await convoy.way("q") is None


async def test_once_rabbitmq_is_back_the_others_are_asked_before_anything_goes(convoy: Convoy, clock: Clock) -> None:
    clock.now += 1
    convoy.doubt()
    assert convoy.moved.is_set()
    assert convoy.goes_before("q")
    way = asyncio.create_task(convoy.way("q"))
    await asyncio.sleep(0)
    assert not way.done()
    hear(convoy, clock, q=OLD)
    assert await way is convoy.road


async def test_an_answer_to_an_earlier_question_says_nothing(convoy: Convoy, clock: Clock) -> None:
    asked = clock.now
    clock.now += 1
    convoy.doubt()
    convoy.heard({}, NOBODY, frozenset(), asked)
    assert convoy.goes_before("q")


async def test_where_nobody_can_be_asked_patience_ends(convoy: Convoy, clock: Clock) -> None:
    clock.now += 1
    convoy.doubt()
    convoy.missed()
    clock.now += PATIENCE
    assert not convoy.goes_before("q")


@pytest.mark.parametrize("mine", [True, False], ids=["mine", "others'"])
async def test_what_comes_when_the_end_is_near_waits_for_it(convoy: Convoy, clock: Clock, mine: bool) -> None:
    fresh = new_id()
    if mine:
        convoy.keep("q", fresh)
    else:
        hear(convoy, clock, q=fresh)
    waiting = asyncio.create_task(convoy.clear("q"))
    await asyncio.sleep(0)
    assert not waiting.done()
    if mine:
        convoy.fed("q", None)
    else:
        hear(convoy, clock)
    await waiting


@pytest.mark.parametrize("head", [OLD, UNKNOWN, "not one of ours"])
async def test_what_comes_while_much_is_kept_does_not_wait(convoy: Convoy, clock: Clock, head: str) -> None:
    hear(convoy, clock, q=head)
    await convoy.clear("q")


async def test_a_message_is_assured_once_the_others_know_of_it_or_of_an_older_one(convoy: Convoy, clock: Clock) -> None:
    convoy.keep("q", OLD)
    assured = asyncio.create_task(convoy.assure("q", OLD))
    await asyncio.sleep(0)
    assert not assured.done()
    hear(convoy, clock)
    await assured
    await convoy.assure("q", new_id())


@pytest.mark.parametrize("why", ["fed", "deaf"])
async def test_nor_is_it_waited_for_in_vain(convoy: Convoy, why: str) -> None:
    convoy.keep("q", OLD)
    assured = asyncio.create_task(convoy.assure("q", OLD))
    await asyncio.sleep(0)
    if why == "fed":
        convoy.fed("q", None)
    else:
        convoy.missed()
    await assured
