"""An engine as a service manager keeps it: whenever it ends, for whatever reason, it is started again."""

import asyncio
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from tests.faults import processes
from tests.world import eventually

DIE_AT = "XYPER_DIE_AT"
READY = 300.0
"""Seconds for an engine to answer; a machine that runs other suites too is slow."""
PAUSE = 0.3
"""Seconds between an end and the next start."""


class Service:
    """`async with Service(engine) as service:`; `down` keeps it from being started until `up`."""

    def __init__(self, engine: processes.Engine, internal: str, clock: Path | None = None) -> None:
        self.engine = engine
        self.internal = internal
        """Where it tells how it is."""
        self.clock = clock
        """Where libfaketime reads by how much the engine's clock is off."""
        self.ends: list[tuple[str, int]] = []
        """Each end, with the boundary that this start was to die at, or "", and the exit code."""
        self.fatal = ""
        """The boundary that the present start is to die at."""
        self._may_run = asyncio.Event()
        self._may_run.set()
        self._runs, self._ended = asyncio.Event(), asyncio.Event()
        self._ended.set()
        self._task: asyncio.Task[None] | None = None

    @property
    def runs(self) -> bool:
        return self._runs.is_set()

    async def answers(self) -> bool:
        """Once it runs and does, however often it is started meanwhile; False where that takes too long."""
        try:
            async with asyncio.timeout(READY):
                await self._runs.wait()
                while not await self.engine.answers():
                    await asyncio.sleep(PAUSE)
                    await self._runs.wait()
        except TimeoutError:
            return False
        return True

    def set_clock(self, seconds: float) -> None:
        """Let its clock be ahead by so much, or behind."""
        if self.clock is not None:
            self.clock.write_text(f"{seconds:+.0f}\n", "utf-8")

    async def down(self) -> None:
        """SIGKILL, and no new start."""
        self._may_run.clear()
        self.signal(signal.SIGKILL)
        await self._ended.wait()

    def up(self, die_at: str = "") -> None:
        """Start it again; `die_at`: a boundary (`xyper_engine/boundary.py`), for this start alone."""
        self.engine.environment = {**self._clock(), **({DIE_AT: die_at} if die_at else {})}
        self._may_run.set()

    async def died(self, before: int, seconds: float) -> bool:
        """Whether there have been more than `before` ends, within this time."""

        async def more() -> bool:
            return len(self.ends) > before

        return await eventually(more, seconds)

    async def stands(self, seconds: float) -> bool:
        """Whether it has frozen, within this time."""

        async def frozen() -> bool:
            with suppress(psutil.NoSuchProcess):
                return self.runs and psutil.Process(self.engine.pid).status() == psutil.STATUS_STOPPED
            return False

        return await eventually(frozen, seconds)

    async def health(self) -> dict[str, Any]:
        """What it says of itself; nothing where it says nothing."""
        limit = aiohttp.ClientTimeout(total=5)
        with suppress(aiohttp.ClientError, TimeoutError):
            async with aiohttp.ClientSession(timeout=limit) as http, http.get(f"http://{self.internal}/health") as told:
                return dict(await told.json())
        return {}

    def signal(self, number: signal.Signals) -> None:
        """To the process, where there is one."""
        if self.runs:
            with suppress(ProcessLookupError, psutil.NoSuchProcess):
                psutil.Process(self.engine.pid).send_signal(number)

    async def __aenter__(self) -> "Service":
        self.set_clock(0)
        self.up()
        self._task = asyncio.create_task(self._keep(), name="service manager")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: object) -> None:
        await self.close()

    async def close(self) -> None:
        """SIGTERM, and no new start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
            self.signal(signal.SIGCONT)
            await self.engine.stop()

    async def _keep(self) -> None:
        while True:
            await self._may_run.wait()
            self.fatal = self.engine.environment.get(DIE_AT, "")
            self._ended.clear()
            await self.engine.spawn()
            self._runs.set()
            if not self._may_run.is_set():
                self.signal(signal.SIGKILL)
            self.engine.environment = self._clock()
            code = await self.engine.ended()
            self._runs.clear()
            self._ended.set()
            self.ends.append((self.fatal if self._may_run.is_set() else "", code))
            await asyncio.sleep(PAUSE)

    def _clock(self) -> dict[str, str]:
        if self.clock is None:
            return {}
        return {
            "LD_PRELOAD": "libfaketime.so.1",
            "LD_LIBRARY_PATH": str(LIBFAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(self.clock),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_RESET": "1",
        }


def _libfaketime() -> Path:
    return next(Path("/usr/lib").glob("*/faketime"), Path("/usr/lib/faketime"))


LIBFAKETIME = _libfaketime()
