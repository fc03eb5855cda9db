"""Other processes on the same data folder: an engine that commits without end, and ways to see what became of it."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import psutil

from xyper_engine.settings import Settings
from xyper_engine.store.db import Database, open_database

_ENGINE = """
import asyncio, sys
from pathlib import Path
from xyper_engine.settings import Settings
from xyper_engine.store.db import open_database

async def main():
    async with open_database(Settings(data_dir=Path(sys.argv[1]))) as db:
        for n in range(1_000_000):
            await db.execute("insert into tenants values ($1, '')", f"t{n}")
            print(n, flush=True)

asyncio.run(main())
"""


def opened(data_dir: Path) -> AbstractAsyncContextManager[Database]:
    return open_database(Settings(data_dir=data_dir))


@asynccontextmanager
async def engine(data_dir: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Commits rows t0, t1, … and prints the number of each one that the database confirmed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _ENGINE, str(data_dir), stdout=subprocess.PIPE, cwd=Path.cwd(), start_new_session=True
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def confirmed(process: asyncio.subprocess.Process, count: int) -> None:
    """Wait until that many rows are."""
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while f"{count}\n".encode() != (line := await process.stdout.readline()):
            assert line, "the engine ended"


async def last_confirmed(process: asyncio.subprocess.Process) -> int:
    """Of an engine that was killed: what it printed last, or 0 if nothing since `confirmed`."""
    assert process.stdout is not None
    return max((int(line) for line in (await process.stdout.read()).split(b"\n") if line.isdigit()), default=0)


def postmaster(data_dir: Path) -> psutil.Process:
    return psutil.Process(int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0]))


def kill_tree(process: psutil.Process) -> None:
    """All at once, as a machine that loses its power."""
    tree = [process, *process.children(recursive=True)]
    for one in tree:
        one.suspend()
    for one in tree:
        one.kill()
