"""The housekeeper: once a day, what has been kept long enough goes."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from xyper_engine.errors import Unavailable
from xyper_engine.runtime import Runtime
from xyper_engine.state.retention import Retention, Swept

DAY = 86_400.0
_FIRST = (60.0, 600.0)
"""Seconds from the start to the first round: neither while an engine starts, nor in all of them at the same time."""


async def sweep(rt: Runtime) -> Swept:
    """One round. Raises `Unavailable`."""
    await rt.access.tidy()
    await rt.media.tidy()
    swept = await Retention(rt.db, rt.media).sweep()
    rt.log.info("swept", task="housekeeper", files=swept.files, objects=swept.objects, orphans=swept.orphans)
    return swept


@asynccontextmanager
async def keeping_house(rt: Runtime) -> AsyncIterator[None]:
    """The housekeeper at work."""
    task = asyncio.create_task(_daily(rt), name="housekeeper")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _daily(rt: Runtime) -> None:
    pause = random.uniform(*_FIRST)
    while True:
        await asyncio.sleep(pause)
        pause = DAY
        try:
            await sweep(rt)
        except Unavailable as error:
            pause = max(_FIRST)
            rt.log.warning("not swept", task="housekeeper", reason=str(error))
        except Exception:
            rt.log.exception("bug", task="housekeeper")
