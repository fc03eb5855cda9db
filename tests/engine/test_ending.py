"""Tasks end, also those that forget a cancel."""

import asyncio
from contextlib import suppress

import pytest

from xyper_engine import ending
from xyper_engine.ending import end


async def _stands() -> None:
    await asyncio.Event().wait()


async def _forgets() -> None:
    with suppress(asyncio.CancelledError):
        await _stands()
    await _stands()


async def test_all_have_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN", 0.01)
    tasks = [asyncio.create_task(work) for work in (_stands(), _forgets(), asyncio.sleep(0))]
    await asyncio.sleep(0)
    await end(*tasks)
    assert all(task.done() for task in tasks)


async def test_time_to_put_things_away() -> None:
    away = []

    async def tidies() -> None:
        try:
            await _stands()
        finally:
            await asyncio.sleep(0.05)
            away.append(True)

    task = asyncio.create_task(tidies())
    await asyncio.sleep(0)
    await end(task)
    assert away == [True]


async def test_of_none() -> None:
    await end()
