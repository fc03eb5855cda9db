"""At most so many at once, in their order; whoever is cancelled takes nothing along."""

import asyncio

from xyper_engine.slots import Slots


async def test_no_more_than_there_are_and_the_others_in_their_order() -> None:
    slots, inside, order, go = Slots(2), 0, [], asyncio.Event()

    async def one(n: int) -> None:
        nonlocal inside
        async with slots:
            inside += 1
            assert inside <= 2
            order.append(n)
            await go.wait()
            await asyncio.sleep(0)
            inside -= 1

    tasks = [asyncio.create_task(one(n)) for n in range(6)]
    await asyncio.sleep(0)
    assert order == [0, 1]
    go.set()
    await asyncio.gather(*tasks)
    assert order == list(range(6))


async def test_whoever_is_cancelled_while_waiting_or_just_called_leaves_the_slot_to_the_next() -> None:
    slots = Slots(1)
    async with slots:
        waiting, called, last = (asyncio.create_task(_taken(slots)) for _ in range(3))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(0)
    called.cancel()  # its turn has come, and it has not run since
    async with asyncio.timeout(5):
        await last
    assert waiting.cancelled()
    assert called.cancelled()
    async with asyncio.timeout(5), slots:
        pass


async def _taken(slots: Slots) -> None:
    async with slots:
        pass
