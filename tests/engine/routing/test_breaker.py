"""The breaker: pauses an account whose far side is in trouble, and probes until it is back."""

import asyncio

import pytest

from xyper_engine.errors import FarSideDown, Rejected, SendError
from xyper_engine.metrics import Metrics
from xyper_engine.model import Endpoint
from xyper_engine.routing.breaker import Breaker, Breakers
from xyper_engine.sections import Breaker as BreakerSettings

ENDPOINT = Endpoint(adapter="genesys", account="i-1")


def breaker(probe: float = 0.01) -> Breaker:
    return Breaker(ENDPOINT, BreakerSettings(failures=3, probe=probe, most=0.05), Metrics())


async def fail(one: Breaker, error: SendError) -> None:
    with pytest.raises(SendError):
        async with one.passage():
            raise error


async def trip(one: Breaker) -> None:
    for _ in range(3):
        await fail(one, FarSideDown("away"))


async def test_it_opens_after_troubles_in_a_row() -> None:
    one = breaker()
    await fail(one, FarSideDown("away"))
    await fail(one, FarSideDown("away"))
    assert not one.open
    await fail(one, FarSideDown("away"))
    assert one.open


async def test_a_success_or_a_rejection_in_between_starts_the_count_again() -> None:
    one = breaker()
    for _ in range(3):
        await fail(one, FarSideDown("away"))
        await fail(one, Rejected("no"))
    assert not one.open


async def test_while_open_one_probe_at_a_time_and_all_pass_once_it_is_back() -> None:
    one = breaker()
    await trip(one)
    inside, most, passed = 0, 0, []
    back = asyncio.Event()

    async def use(name: int) -> None:
        nonlocal inside, most
        while True:
            try:
                async with one.passage():
                    inside, most = inside + 1, max(most, inside + 1) if one.open else most
                    try:
                        await asyncio.sleep(0)
                        if not back.is_set():
                            raise FarSideDown("still away")
                        passed.append(name)
                        return
                    finally:
                        inside -= 1
            except FarSideDown:
                back.set()

    async with asyncio.timeout(5):
        await asyncio.gather(*(use(n) for n in range(5)))
    assert sorted(passed) == [0, 1, 2, 3, 4]
    assert most <= 1
    assert not one.open


async def test_it_tells_the_metrics() -> None:
    metrics = Metrics()
    breakers = Breakers(BreakerSettings(failures=3, probe=0.01, most=0.05), metrics)
    await trip(breakers.of(ENDPOINT))
    assert b'xyper_breaker_open{account="genesys/i-1"} 1.0' in metrics.text()
    assert breakers.of(ENDPOINT) is breakers.of(ENDPOINT)
    async with breakers.of(ENDPOINT).passage():
        pass
    assert b'xyper_breaker_open{account="genesys/i-1"} 0.0' in metrics.text()
