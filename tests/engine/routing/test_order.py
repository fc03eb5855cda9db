"""Order on a channel that keeps none: a lane waits for `sent` of the message before, for a short time."""

import asyncio
import time

from xyper_engine.routing.order import SentGate


async def nobody(_event_id: str, _n: int) -> bool:
    """No other engine heard of anything."""
    return False


async def test_the_next_post_waits_for_the_receipt() -> None:
    gate = SentGate()
    gate.posted("lane", "event", 0, 5.0)
    waiting = asyncio.ensure_future(gate.wait("lane", nobody))
    await asyncio.sleep(0)
    assert not waiting.done()
    gate.seen("event", 0)
    async with asyncio.timeout(1):
        await waiting


async def test_a_receipt_may_overtake_the_answer() -> None:
    gate = SentGate()
    gate.posted("lane", "event", 0, 5.0)
    gate.seen("event", 0)
    async with asyncio.timeout(1):
        await gate.wait("lane", nobody)


async def test_a_receipt_may_come_to_another_engine() -> None:
    gate, asked = SentGate(), []

    async def another(event_id: str, n: int) -> bool:
        asked.append((event_id, n))
        return len(asked) == 2

    gate.posted("lane", "event", 0, 5.0)
    async with asyncio.timeout(2):
        await gate.wait("lane", another)
    assert asked == [("event", 0)] * 2


async def test_it_waits_no_longer_than_said() -> None:
    gate = SentGate()
    gate.posted("lane", "event", 0, 0.05)
    start = time.monotonic()
    await gate.wait("lane", nobody)
    assert 0.04 <= time.monotonic() - start < 1


async def test_nobody_waits_for_what_was_not_taken() -> None:
    gate = SentGate()
    gate.posted("lane", "event", 0, 5.0)
    gate.withdrawn("lane")
    async with asyncio.timeout(1):
        await gate.wait("lane", nobody)


async def test_other_lanes_and_unknown_receipts_do_not_matter() -> None:
    gate = SentGate()
    gate.posted("lane", "event", 0, 5.0)
    gate.seen("another", 0)
    await gate.wait("other lane", nobody)


async def test_nothing_is_remembered_for_ever() -> None:
    gate = SentGate()
    for n in range(5000):
        gate.posted(f"lane {n}", f"event {n}", 0, 0.0)
    gate.posted("lane", "event", 0, 1.0)
    assert len(gate._open) == 1
    assert len(gate._newest) <= 1001
