"""The rescanner: with a scanner switched on, what was stored before is scanned, by one of the engines at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from xyper_engine.ending import end
from xyper_engine.media.scan import Scanner, open_scanner
from xyper_engine.rounds import Round
from xyper_engine.runtime import Runtime
from xyper_engine.state.rescanning import Rescan, Verdict
from xyper_engine.store.lock import locked

LOCK = "xyper rescan"
FIRST = 30.0
"""Seconds from the start to the first look."""
PAUSE = 3600.0
"""Seconds to the next: what an engine without the scanner stored meanwhile, and what could not be scanned."""


async def rescan(rt: Runtime, scanner: Scanner) -> int:
    """One look, at all that there is; how many were scanned. Raises `Unavailable`: it goes on there next time."""
    scanned = 0
    async with locked(rt.db, LOCK) as lock:
        if lock is None:
            return 0
        async for verdict in Rescan(rt.db, rt.media, scanner).walk():
            scanned += verdict.said != "none"
            _tell(rt, verdict)
            await lock.prove()
    if scanned:
        rt.log.info("files were scanned afterwards", task="rescanner", files=scanned)
    return scanned


@asynccontextmanager
async def rescanning(rt: Runtime, first: float = FIRST) -> AsyncIterator[None]:
    """The rescanner at work, where there is a scanner."""
    scanner = open_scanner(rt.settings)
    if scanner is None:
        yield
        return
    task = asyncio.create_task(_always(rt, scanner, first), name="rescanner")
    try:
        yield
    finally:
        await end(task)


async def _always(rt: Runtime, scanner: Scanner, pause: float) -> None:
    while True:
        await asyncio.sleep(pause)
        pause = PAUSE
        with Round(rt, "rescanner"):
            await rescan(rt, scanner)


def _tell(rt: Runtime, verdict: Verdict) -> None:
    if verdict.said == "infected":
        told = {"tenant": verdict.tenant, "file": verdict.file, "malware": verdict.detail}
        rt.log.warning("a stored file is infected, and served no more", task="rescanner", **told)
