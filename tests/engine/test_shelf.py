"""What a process remembers: for how long, at what cost, and what it gives while its sources are away."""

import asyncio
from collections.abc import Awaitable

import pytest

from xyper_engine import shelf
from xyper_engine.errors import Unavailable
from xyper_engine.shelf import Shelf


class Source:
    """Answers with what it holds, when its door is open."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.asked = 0
        self.door = asyncio.Event()
        self.door.set()
        self.away = False

    async def load(self, key: str) -> str | None:
        self.asked += 1
        await self.door.wait()
        if self.away:
            raise Unavailable("away")
        return self.values.get(key)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def without_suspending(call: Awaitable[str | None]) -> str | None:
    """The result of a coroutine that never waits; fails if it does."""
    step = call.__await__()
    with pytest.raises(StopIteration) as done:
        next(step)
    value: str | None = done.value.value
    return value


async def test_a_remembered_answer_costs_no_waiting() -> None:
    source = Source()
    source.values["a"] = "A"
    ask = Shelf(source.load)
    assert await ask("a") == "A"
    assert without_suspending(ask("a")) == "A"
    assert source.asked == 1


@pytest.mark.parametrize(("held", "ttl"), [("A", shelf.TTL), (None, shelf.EMPTY_TTL)])
async def test_it_is_asked_again_when_its_time_is_over(clock: Clock, held: str | None, ttl: float) -> None:
    source = Source()
    if held:
        source.values["a"] = held
    ask = Shelf(source.load, clock)
    await ask("a")
    clock.now += ttl - 0.01
    assert (await ask("a"), source.asked) == (held, 1)
    source.values["a"] = "B"
    clock.now += 0.02
    assert (await ask("a"), source.asked) == ("B", 2)


async def test_many_who_ask_at_once_are_one_question() -> None:
    source = Source()
    source.values["a"] = "A"
    source.door.clear()
    ask = Shelf(source.load)
    asking = [asyncio.create_task(ask("a")) for _ in range(20)]
    await asyncio.sleep(0)
    asking[0].cancel()
    source.door.set()
    assert await asyncio.gather(*asking[1:]) == ["A"] * 19
    assert source.asked == 1


@pytest.mark.parametrize("trouble", ["away", "hangs"])
async def test_an_old_answer_is_better_than_an_outage(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(shelf, "STALE_WAIT", 0.01)
    source = Source()
    source.values["a"] = "A"
    ask = Shelf(source.load, clock)
    await ask("a")
    clock.now += shelf.TTL + 1
    source.away = trouble == "away"
    if trouble == "hangs":
        source.door.clear()
    assert await ask("a") == "A"
    assert without_suspending(ask("a")) == "A", "not every question meets the outage"
    source.values["a"], source.away = "B", False
    source.door.set()
    clock.now += shelf.STALE_PAUSE + 1
    assert await ask("a") == "B"


async def test_what_was_never_known_is_unavailable() -> None:
    source = Source()
    source.away = True
    ask = Shelf(source.load)
    with pytest.raises(Unavailable):
        await ask("a")
    source.away, source.values["a"] = False, "A"
    assert await ask("a") == "A"


async def test_a_notice_makes_it_ask_again_but_not_forget() -> None:
    source = Source()
    source.values["a"] = "A"
    ask = Shelf(source.load)
    await ask("a")
    ask.expire()
    source.away = True
    assert await ask("a") == "A"
    source.away, source.values = False, {}
    ask.expire()
    assert await ask("a") is None


async def test_what_was_on_its_way_when_the_notice_came_is_not_remembered() -> None:
    source = Source()
    source.values["a"] = "A"
    source.door.clear()
    ask = Shelf(source.load)
    early = asyncio.create_task(ask("a"))
    await asyncio.sleep(0)
    ask.expire()
    source.door.set()
    await early
    source.values["a"] = "B"
    assert await ask("a") == "B"


async def test_questions_for_what_does_not_exist_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "EMPTY_LIMIT", 10)
    ask = Shelf(Source().load)
    for n in range(100):
        await ask(f"guess-{n}")
    assert len(ask._empty) <= 10


async def test_of_too_many_the_one_loaded_longest_ago_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "FULL_LIMIT", 3)
    source = Source()
    source.values = {key: key.upper() for key in "abcd"}
    ask = Shelf(source.load)
    for key in "abcd":
        await ask(key)
    assert list(ask._full) == ["b", "c", "d"]


async def test_what_is_forgotten_is_not_given_in_an_outage_either() -> None:
    source = Source()
    source.values = {"a": "A", "b": "B"}
    ask = Shelf(source.load)
    await ask("a")
    await ask("b")
    ask.forget("a")
    source.away = True
    with pytest.raises(Unavailable):
        await ask("a")
    assert without_suspending(ask("b")) == "B"


async def test_what_was_on_its_way_when_it_was_forgotten_is_not_remembered() -> None:
    source = Source()
    source.values["a"] = "A"
    source.door.clear()
    ask = Shelf(source.load)
    early = asyncio.create_task(ask("a"))
    await asyncio.sleep(0)
    ask.forget("a")
    source.values = {}
    source.door.set()
    await early
    assert await ask("a") is None


async def test_what_is_forgotten_while_an_old_answer_is_renewed_is_not_given() -> None:
    source = Source()
    source.values["a"] = "A"
    ask = Shelf(source.load)
    await ask("a")
    ask.expire()
    source.door.clear()
    asking = asyncio.create_task(ask("a"))
    await asyncio.sleep(0)
    ask.forget("a")
    await asyncio.sleep(shelf.STALE_WAIT * 1.2)
    source.values = {}
    source.door.set()
    assert await asking is None


async def test_at_hand_is_only_what_is_still_trusted() -> None:
    source, clock = Source(), 0.0
    source.values["a"] = "A"
    ask = Shelf(source.load, clock=lambda: clock)
    assert ask.at_hand("a") is None
    await ask("a")
    assert ask.at_hand("a") == "A"
    clock = shelf.TTL + 1
    assert ask.at_hand("a") is None
