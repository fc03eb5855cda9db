"""A process of the bench that is told what to do: one JSON line in, one JSON line out. It ends when its input ends."""

import asyncio
import resource
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import psutil
import uvloop

_LINE = 64 * 1024 * 1024
"""The longest answer in bytes: a list of many thousand moments."""
_ROOT = Path(__file__).parents[2]


class Helper:
    """The end of the line that asks."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid

    async def ask(self, **command: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(orjson.dumps(command) + b"\n")
        return await self.answer()

    async def answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"A helper of the bench ended: {await self._process.wait()}. See its words above.")
        return dict(orjson.loads(line))


@asynccontextmanager
async def helper(
    module: str, *args: str, stderr: BinaryIO | None = None
) -> AsyncIterator[tuple[Helper, dict[str, Any]]]:
    """`python -m <module> <args>`, with what it said when it was ready; its log goes to `stderr`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *args,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=stderr, limit=_LINE, cwd=_ROOT,
    )  # fmt: skip
    made = Helper(process)
    try:
        yield made, await made.answer()
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await process.wait()


async def obey(handle: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]], **ready: Any) -> None:
    """The end of the line that answers: says `ready`, then `handle` makes each answer, until the input ends."""
    reader = asyncio.StreamReader(limit=_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    _say(ready)
    while line := await reader.readline():
        _say(await handle(orjson.loads(line)))


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
    sys.stdout.buffer.flush()


def run(main: Coroutine[Any, Any, None]) -> None:
    """What stands under a helper's `__main__`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 4096), hard), hard))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


def cpu_seconds(pid: int, *, tree: bool = False) -> float:
    """User and system time of a process so far; with `tree` also that of its living children."""
    processes = [psutil.Process(pid)]
    if tree:
        processes += processes[0].children(recursive=True)
    return sum(_spent(process) for process in processes)


def sessions_cpu(server: int, database: str) -> float:
    """The same of the sessions that a PostgreSQL server has for this database; what ended is not counted."""
    return sum(_spent(one) for one in psutil.Process(server).children() if f" {database} 127." in _title(one))


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def _spent(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def rss_megabytes(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss / 1e6)
