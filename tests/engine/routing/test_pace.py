"""Pacing: below the far sides' limits, urgent things first, and taught by their headers."""

import asyncio
import time

from xyper_engine.contract import Learned, Priority, Rate
from xyper_engine.routing.pace import Bucket, Pace

FAST = Rate("client", per_second=100.0, burst=2.0)


async def test_a_burst_passes_at_once_and_the_rest_at_the_rate() -> None:
    pace = Pace()
    start = time.monotonic()
    for _ in range(12):
        await pace.take((FAST,), Priority.message)
    assert 0.095 <= time.monotonic() - start < 1.0


async def test_urgent_things_overtake() -> None:
    bucket = Bucket(Rate("b", per_second=200.0, burst=1.0))
    bucket.try_take()
    done: list[str] = []

    async def wait(name: str, priority: Priority) -> None:
        await bucket.take(priority)
        done.append(name)

    await asyncio.gather(
        wait("typing", Priority.typing),
        wait("receipt", Priority.receipt),
        wait("first message", Priority.message),
        wait("second message", Priority.message),
        wait("template", Priority.template),
    )
    assert done == ["first message", "second message", "template", "receipt", "typing"]


async def test_a_waiter_that_gives_up_takes_no_token() -> None:
    bucket = Bucket(Rate("b", per_second=2.0, burst=1.0))
    bucket.try_take()
    lost = asyncio.ensure_future(bucket.take(Priority.message))
    await asyncio.sleep(0)
    lost.cancel()
    start = time.monotonic()
    await bucket.take(Priority.message)
    assert time.monotonic() - start < 0.9, "two tokens would have taken a whole second"


async def test_it_learns_what_is_left_and_waits_for_the_reset() -> None:
    pace = Pace()
    await pace.take((FAST,), Priority.message)
    pace.learn([Learned("client", allowed=6000, remaining=0, resets_in=0.1)])
    start = time.monotonic()
    await pace.take((FAST,), Priority.message)
    assert time.monotonic() - start >= 0.1


async def test_a_429_holds_the_bucket() -> None:
    pace = Pace()
    await pace.take((FAST,), Priority.message)
    pace.hold("client", 0.1)
    start = time.monotonic()
    await pace.take((FAST,), Priority.message)
    assert time.monotonic() - start >= 0.1


async def test_a_waiting_pair_does_not_hold_the_numbers_token() -> None:
    pace = Pace()
    number = Rate("number", per_second=0.001, burst=2.0)
    slow, free = Rate("pair a", per_second=0.001, burst=1.0), Rate("pair b", per_second=1.0, burst=1.0)
    await pace.take((slow, number), Priority.message)
    waiting = asyncio.ensure_future(pace.take((slow, number), Priority.message))
    await asyncio.sleep(0)
    async with asyncio.timeout(1):
        await pace.take((free, number), Priority.message)
    waiting.cancel()


async def test_idle_buckets_are_forgotten() -> None:
    pace = Pace()
    for customer in range(10_000):
        await pace.take((Rate(f"pair {customer}", per_second=1e9, burst=1.0),), Priority.message)
    assert len(pace._buckets) <= 4097
