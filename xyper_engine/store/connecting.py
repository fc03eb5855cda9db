"""How connections to PostgreSQL are made, and what each of them is told first."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
import orjson
from asyncpg import Record

if TYPE_CHECKING:
    Session = asyncpg.Connection[Record]
    Pool = asyncpg.Pool[Record]

CONNECT_TIMEOUT = 5.0
COMMAND_TIMEOUT = 30.0
"""Seconds for one statement, and for a free connection of the pool: far beyond what a healthy server needs."""

_SESSION = {
    "application_name": "xyper",
    "timezone": "UTC",
    "jit": "off",
    # A message's statements look up rows by key. To read a whole table looks cheaper to the planner while it knows
    # little about it, and the plan of a prepared statement outlives that.
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
    # What a statement costs is how many rows it touches: they lie in memory. By PostgreSQL's own prices a hundred
    # look-ups cost as much as some thousand rows in the order of an index, and that plan stays while the table grows.
    "seq_page_cost": "0.01",
    "random_page_cost": "0.01",
    "cpu_tuple_cost": "0.1",
    "cpu_index_tuple_cost": "0.05",
    "cpu_operator_cost": "0.001",
}


@asynccontextmanager
async def pool_of(url: str, size: int) -> AsyncIterator["Pool"]:
    pool = asyncpg.create_pool(
        url,
        min_size=min(2, size),
        max_size=size,
        timeout=CONNECT_TIMEOUT,
        command_timeout=COMMAND_TIMEOUT,
        server_settings={**_SESSION, "role": "xyper_engine"},
        init=_teach,
        reset=_reset,
    )
    await pool
    try:
        yield pool
    finally:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await pool.close()
        except TimeoutError:
            pool.terminate()


async def connect(url: str, role: str | None = None) -> "Session":
    session = _SESSION if role is None else {**_SESSION, "role": role}
    return await asyncpg.connect(url, timeout=CONNECT_TIMEOUT, command_timeout=COMMAND_TIMEOUT, server_settings=session)


async def _teach(connection: "Session") -> None:
    # Binary jsonb is a version byte, 1, and the JSON text.
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + orjson.dumps(value, default=dict),
        decoder=lambda value: orjson.loads(value[1:]),
    )


async def _reset(connection: "Session") -> None:
    """Nothing: asyncpg rolls back by itself, no code leaves session state, and its reset costs a round trip per use."""
