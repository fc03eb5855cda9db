"""Hearing what other processes tell: a task that listens for as long as a part is open."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from xyper_engine.ending import end
from xyper_engine.store.db import Database
from xyper_engine.within import within

LISTEN_WAIT = 5.0
"""Seconds a start waits until listening has begun."""


@asynccontextmanager
async def hearing(db: Database, channel: str, hear: Callable[[str], None]) -> AsyncIterator[None]:
    """`hear` is called with every notice, and with "" each time listening begins (see `Database.listen`).

    The block begins once it listens, so that no change is missed; a database that stalls then does not hold it up.
    """
    begun = asyncio.Event()
    task = asyncio.create_task(_hear(db, channel, hear, begun), name=f"listener of {channel}")
    try:
        await within(LISTEN_WAIT, begun)
        yield
    finally:
        await end(task)


async def _hear(db: Database, channel: str, hear: Callable[[str], None], begun: asyncio.Event) -> None:
    async for notice in db.listen(channel):
        hear(notice)
        begun.set()
