"""The gateway's time limits: kept to a tenth of a second, and seen by nobody who keeps them."""

import asyncio

import pytest

from xyper_engine.edge.gateway.patience import LOOK, Patience


async def test_what_takes_too_long_is_ended() -> None:
    with pytest.raises(TimeoutError), Patience().limit(0.01):
        await asyncio.Event().wait()


async def test_what_is_over_in_time_is_left_alone() -> None:
    patience = Patience()
    with patience.limit(0.01):
        pass
    with patience.limit(60):
        await asyncio.sleep(3 * LOOK)  # looked at, more than once
    assert (task := asyncio.current_task())
    assert not task.cancelling()


async def test_an_error_stays_what_it_is() -> None:
    with pytest.raises(KeyError), Patience().limit(60):
        raise KeyError


async def test_who_is_cancelled_by_another_is_not_told_of_a_time_limit() -> None:
    began = asyncio.Event()

    async def work() -> None:
        with Patience().limit(60):
            began.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_task_whose_time_was_up_goes_on_as_if_it_had_not_been_cancelled() -> None:
    with pytest.raises(TimeoutError), Patience().limit(0.01):
        await asyncio.Event().wait()
    assert (task := asyncio.current_task())
    assert not task.cancelling()


async def test_of_several_calls_only_the_late_one_is_ended() -> None:
    patience, done = Patience(), asyncio.Event()

    async def call(seconds: float) -> str:
        try:
            with patience.limit(seconds):
                await done.wait()
                return "done"
        except TimeoutError:
            done.set()
            return "late"

    assert [*await asyncio.gather(call(60), call(0.01), call(60))] == ["done", "late", "done"]
