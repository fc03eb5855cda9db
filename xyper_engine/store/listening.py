"""What PostgreSQL tells (`NOTIFY`) to a connection that listens."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    Session = asyncpg.Connection[asyncpg.Record]

LISTEN_PROBE = 20.0
"""Seconds of silence after which a listening connection is asked whether it still lives."""
_PROBE_TIMEOUT = 5.0


async def notices(connection: "Session", channel: str) -> AsyncIterator[str]:
    """Those of a channel, until the connection is lost; "" once it listens."""
    heard: asyncio.Queue[str | None] = asyncio.Queue()
    connection.add_termination_listener(lambda _: heard.put_nowait(None))
    await connection.add_listener(channel, lambda _c, _pid, _channel, text: heard.put_nowait(str(text)))
    notice: str | None = ""
    while notice is not None:
        yield notice
        notice = await _next(heard, connection)


async def _next(heard: asyncio.Queue[str | None], connection: "Session") -> str | None:
    while True:
        try:
            async with asyncio.timeout(LISTEN_PROBE):  # not wait_for: in Python 3.11 it can swallow a cancellation
                return await heard.get()
        except TimeoutError:  # a connection that died without a word would listen for ever
            await connection.execute("select 1", timeout=_PROBE_TIMEOUT)
