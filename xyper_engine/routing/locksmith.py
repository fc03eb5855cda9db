"""The locksmith: once a minute, what was used is written down, and what is due with keys and secrets is done.

Values whose overlap has ended go; data keys are wrapped by a new master key; what an older version sealed with a master
key, or left in clear, gets its tenant's data key, and messages that it kept are read again for the search, a little at
a time. Every engine may do so at the same time.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.ending import end
from xyper_engine.errors import Unavailable
from xyper_engine.keyring import rewrap
from xyper_engine.runtime import Runtime
from xyper_engine.state.rereading import reread
from xyper_engine.tenants.resealing import reseal

PAUSE = 60.0
MOST = 2000
"""Rows that are sealed anew, and those that are read again, in one round."""


async def tend(rt: Runtime) -> None:
    """One round. Raises `Unavailable`."""
    await rt.uses.flush(rt.db)
    done = {
        "retired": await retire(rt),
        "rewrapped": await rewrap(rt.db, rt.keyring.sealer),
        "resealed": await reseal(rt.db, rt.keyring, MOST),
        "reread": await reread(rt.db, rt.keyring, MOST),
    }
    if any(done.values()):
        rt.log.info("keys tended", task="locksmith", **done)


async def retire(rt: Runtime) -> int:
    """Remove the values whose overlap has ended; how many."""
    # Asked first: also a deletion of nothing is a change of the directory, which every engine would be told.
    if not await rt.db.fetchval("select true from secrets where retires_at <= now() limit 1"):
        return 0
    async with rt.db.transaction() as connection:
        rows = await connection.fetch("delete from secrets where retires_at <= now() returning id, tenant, owner, name")
        for row in rows:
            subject, before = f"secret/{row['owner']}/{row['name']}", {"id": row["id"]}
            await audit.write(connection, Caller.engine(), "secret.retire", subject, row["tenant"], before=before)
    return len(rows)


@asynccontextmanager
async def tending(rt: Runtime, pause: float = PAUSE) -> AsyncIterator[None]:
    """The locksmith at work; what was noted last is written down at the end."""
    task = asyncio.create_task(_always(rt, pause), name="locksmith")
    try:
        yield
    finally:
        await end(task)
        await _safely(rt, rt.uses.flush(rt.db))


async def _always(rt: Runtime, pause: float) -> None:
    while True:
        await asyncio.sleep(pause)
        await _safely(rt, tend(rt))


async def _safely(rt: Runtime, work: Awaitable[None]) -> None:
    try:
        await work
    except Unavailable as error:
        rt.log.warning("keys not tended", task="locksmith", reason=str(error))
    except Exception:
        rt.log.exception("bug", task="locksmith")
