"""The road of a convoy: two engines that each kept messages of one queue, and in which order RabbitMQ gets them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack

import pytest

from tests.conftest import Configure
from tests.world import eventually
from xyper_engine.broker.convoy import Convoy
from xyper_engine.broker.port import Outgoing
from xyper_engine.cli.parts import NoBroker
from xyper_engine.errors import BrokerUnavailable
from xyper_engine.model import new_id
from xyper_engine.routing.convoy import Road, in_convoy
from xyper_engine.runtime import Runtime, open_runtime

Q = "in.acme"
OTHER = "out.acme"


class Kept(NoBroker):
    """A broker of which only the convoy matters: what reaches RabbitMQ is noted in `sent`."""

    def __init__(self, sent: list[Outgoing]) -> None:
        self.sent = sent
        self.away = False
        self.silent = False
        self.tries = 0
        self.convoy: Convoy = Convoy(self.carry)  # type: ignore[assignment]  # a process that opens no broker has none

    async def carry(self, batch: Sequence[Outgoing]) -> None:
        self.tries += 1
        if self.away:
            raise BrokerUnavailable("RabbitMQ is away.")
        if self.silent:
            await asyncio.Event().wait()
        self.sent.extend(batch)


class Two:
    """Two engines, and what has reached RabbitMQ through either."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.brokers = [Kept(self.sent), Kept(self.sent)]
        self.runtimes: list[Runtime] = []

    @property
    def first(self) -> Convoy:
        return self.brokers[0].convoy

    @property
    def second(self) -> Convoy:
        return self.brokers[1].convoy

    async def until(self, true: Callable[[], bool]) -> None:
        async def met() -> bool:
            return true()

        assert await eventually(met, 20)


@pytest.fixture
async def two(configure: Configure, embedded_url: str) -> AsyncIterator[Two]:
    made = Two()
    async with AsyncExitStack() as stack:
        settings = configure({"database": {"url": embedded_url}})
        for broker in made.brokers:
            rt = await stack.enter_async_context(open_runtime(settings, given=broker))
            made.runtimes.append(rt)
            await stack.enter_async_context(in_convoy(rt))
        yield made


def messages(count: int) -> list[Outgoing]:
    return [Outgoing(Q, new_id(), f"#{n}".encode()) for n in range(count)]


async def moved(convoy: Convoy, batch: Sequence[Outgoing]) -> None:
    """What its spool held goes on the road."""
    road = await convoy.way(Q)
    assert road is not None
    await road.add(batch)
    convoy.fed(Q, None)


async def test_what_two_engines_kept_goes_in_the_order_in_which_it_came(two: Two) -> None:
    came = messages(40)
    odd, even = came[1::2], came[0::2]
    two.first.keep(Q, even[0].id)
    two.second.keep(Q, odd[0].id)
    await two.until(lambda: two.first.goes_before(Q) and two.second.goes_before(Q))
    await moved(two.second, odd)
    assert two.sent == []  # the first engine still keeps what is older
    await moved(two.first, even)
    await two.until(lambda: len(two.sent) == len(came))
    assert two.sent == came
    await two.until(lambda: not two.first.goes_before(Q) and not two.second.goes_before(Q))


async def test_only_what_is_older_than_all_that_is_kept_goes_on(two: Two) -> None:
    came = messages(3)
    two.first.keep(Q, came[0].id)
    two.second.keep(Q, came[1].id)
    await two.until(lambda: two.first.goes_before(Q) and two.second.goes_before(Q))
    await moved(two.first, [came[0], came[2]])
    await two.until(lambda: len(two.sent) == 1)
    assert two.sent == came[:1]
    await moved(two.second, [came[1]])
    await two.until(lambda: len(two.sent) == 3)
    assert two.sent == came


async def test_an_engine_that_is_gone_is_not_waited_for(two: Two) -> None:
    came = messages(2)
    two.first.keep(Q, came[0].id)
    await two.until(lambda: two.second.goes_before(Q))
    two.second.keep(Q, came[1].id)
    two.first.own.clear()  # its process ends here, and tells nothing more
    two.first.moved = asyncio.Event()
    await two.runtimes[0].db.execute(
        "update spooled set beat_at = now() - interval '6 seconds' where head = $1", came[0].id
    )
    two.second.doubt()
    assert await two.second.way(Q) is None


@pytest.mark.parametrize("trouble", ["away", "silent"])
async def test_engines_hear_of_each_other_though_rabbitmq_takes_nothing(two: Two, trouble: str) -> None:
    """It comes by and by: one connection stands, another does not yet."""
    for broker in two.brokers:
        setattr(broker, trouble, True)
    road = two.first.road
    assert road is not None
    await road.add(messages(1))
    await two.until(lambda: sum(one.tries for one in two.brokers) >= (4 if trouble == "away" else 1))
    later = new_id()
    for convoy in (two.first, two.second):
        convoy.keep(OTHER, later)
        await convoy.assure(OTHER, later)
        assert convoy.told[OTHER] == later


async def test_nothing_on_the_road_can_be_read_and_nothing_stays_there(two: Two) -> None:
    (secret,) = messages(1)
    for broker in two.brokers:
        broker.away = True
    road = two.first.road
    assert isinstance(road, Road)
    await road.add([secret])
    sealed = await two.runtimes[0].db.fetchval("select sealed from joint")
    assert secret.body not in sealed
    for broker in two.brokers:
        broker.away = False
    await two.until(lambda: two.sent == [secret])

    async def empty() -> bool:
        return not await two.runtimes[0].db.fetchval("select count(*) from joint")

    assert await eventually(empty, 20)


async def test_the_first_to_keep_something_is_heard_of_at_once(two: Two) -> None:
    await two.until(lambda: not two.first.goes_before(Q) and not two.second.goes_before(Q))
    two.first.keep(Q, new_id())
    await two.until(lambda: two.second.goes_before(Q))
