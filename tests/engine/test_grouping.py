"""Grouping: concurrent callers share one round trip, in order, and all hear of an error."""

import asyncio
import gc
from collections.abc import Sequence

import pytest

from xyper_engine.grouping import Grouped


class Recorder:
    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.began = asyncio.Event()

    async def flush(self, items: Sequence[int]) -> Sequence[int]:
        self.groups.append(list(items))
        self.began.set()
        await self.gate.wait()
        if 13 in items:
            raise ValueError("unlucky")
        return [item * 2 for item in items]


async def test_callers_of_one_tick_share_a_group() -> None:
    recorder = Recorder()
    grouped = Grouped(recorder.flush)
    assert await asyncio.gather(*(grouped(i) for i in range(5))) == [0, 2, 4, 6, 8]
    assert recorder.groups == [[0, 1, 2, 3, 4]]


async def test_while_a_group_is_under_way_the_next_one_gathers_in_order() -> None:
    recorder = Recorder()
    recorder.gate.clear()
    grouped = Grouped(recorder.flush, limit=2)
    calls = [asyncio.ensure_future(grouped(1))]
    await recorder.began.wait()
    calls += [asyncio.ensure_future(grouped(i)) for i in (2, 3, 4)]
    recorder.gate.set()
    assert await asyncio.gather(*calls) == [2, 4, 6, 8]
    assert recorder.groups == [[1], [2, 3], [4]]


async def test_an_error_reaches_every_caller_of_its_group_and_nobody_else() -> None:
    recorder = Recorder()
    grouped = Grouped(recorder.flush)
    first = await asyncio.gather(grouped(12), grouped(13), return_exceptions=True)
    assert [str(error) for error in first] == ["unlucky", "unlucky"]
    assert await grouped(1) == 2


async def test_a_caller_that_gave_up_does_not_disturb_the_others() -> None:
    recorder = Recorder()
    recorder.gate.clear()
    grouped = Grouped(recorder.flush)
    lost, kept = grouped(1), grouped(2)
    await asyncio.sleep(0)
    lost.cancel()
    recorder.gate.set()
    assert await kept == 4
    with pytest.raises(asyncio.CancelledError):
        await lost


async def test_an_error_that_nobody_waits_for_is_not_logged() -> None:
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    recorder = Recorder()
    Grouped(recorder.flush)(13)
    await recorder.began.wait()
    await asyncio.sleep(0)
    gc.collect()
    assert told == []
