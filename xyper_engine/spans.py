"""Spans for OpenTelemetry, if `[otel] endpoint` is set: what happened to an event, told to a collector.

The trace's id is the event's own, which stands in the broker's message id and in its body: so every process that meets
the event tells of the same trace, and whoever knows the event's id finds it. What is told here waits in a bounded
queue; a thread makes spans of it (`otlp.py`, imported only then) and exports them. What finds no room, or is not taken
by the collector, is counted and forgotten.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import Protocol
from zlib import crc32

import structlog

from xyper_engine.ending import end
from xyper_engine.errors import SettingsError
from xyper_engine.metrics import Metrics
from xyper_engine.sections import Otel
from xyper_engine.settings import Settings
from xyper_engine.tracing import Arrival, Stored, Trace
from xyper_engine.within import within

ROOM = 5000
"""Stored events and traces that wait to be exported, at most."""
PAUSE = 0.5
"""Seconds between two exports."""
GROUP = 500
"""Of them in one export."""

_log = structlog.get_logger("xyper.otel")


class Exporter(Protocol):
    """Its methods run in a thread, and raise nothing."""

    def export(self, told: Sequence[Stored | Trace]) -> bool:
        """Whether the collector took it; waits no longer than `[otel] timeout`."""

    def shutdown(self) -> None:
        """Try nothing again."""


class Spans:
    """What is to be exported. Switched off it takes nothing, and costs nothing."""

    def __init__(self, settings: Otel, metrics: Metrics, exporter: Exporter | None) -> None:
        self.on = exporter is not None
        self._exporter = exporter
        self._timeout = settings.timeout
        self._below = settings.ratio * 2**32
        self._counted = {became: metrics.otel.labels(became).inc for became in ("taken", "refused", "no room")}
        self._waiting: deque[Stored | Trace] = deque()
        self._filled, self._ending = asyncio.Event(), asyncio.Event()
        self._away = False

    @classmethod
    @asynccontextmanager
    async def open(cls, metrics: Metrics, settings: Settings) -> AsyncIterator["Spans"]:
        """At work; at the end the collector has `[otel] timeout` seconds to take what waits. Raises `SettingsError`."""
        if not settings.otel.endpoint:
            yield cls(settings.otel, metrics, None)
            return
        spans = cls(settings.otel, metrics, _exporter(settings.otel))
        task = asyncio.create_task(spans._run(), name="otel")
        try:
            yield spans
        finally:
            await spans._end(task)

    def stored(self, event: str, queue: str, arrival: Arrival) -> None:
        """An event of a webhook is durable."""
        if self._wanted(event):
            self._waiting.append(Stored(event, queue, arrival))

    def ended(self, trace: Trace) -> None:
        """A try of an event is over, or all of it."""
        if self._wanted(trace.event.id):
            self._waiting.append(trace)

    def _wanted(self, event: str) -> bool:
        # By the id alone, so that all processes agree on which events are told of.
        if not self.on or crc32(event.encode()) >= self._below:
            return False
        if len(self._waiting) >= ROOM:
            self._counted["no room"]()
            return False
        self._filled.set()
        return True

    async def _run(self) -> None:
        with _thread() as thread:
            while self._waiting or not self._ending.is_set():
                await self._filled.wait()
                await self._rest()
                while self._waiting:
                    await self._export(thread)

    async def _rest(self) -> None:
        """So that many are told at once. No longer than there is time."""
        await within(PAUSE, self._ending)
        self._filled.clear()

    async def _export(self, thread: ThreadPoolExecutor) -> None:
        assert self._exporter is not None  # noqa: S101  nothing waits where there is none
        group = [self._waiting.popleft() for _ in range(min(GROUP, len(self._waiting)))]
        took = False
        try:
            took = await asyncio.get_running_loop().run_in_executor(thread, self._exporter.export, group)
        finally:
            self._counted["taken" if took else "refused"](len(group))
        if took is self._away:
            self._away = not took
            _log.info("collector back") if took else _log.warning("collector away: spans are lost, and counted")

    async def _end(self, task: asyncio.Task[None]) -> None:
        self._ending.set()
        self._filled.set()
        _, late = await asyncio.wait([task], timeout=self._timeout)
        if self._exporter is not None:
            self._exporter.shutdown()
        for one in late:
            await end(one)
            self._counted["refused"](len(self._waiting))


def _exporter(settings: Otel) -> Exporter:
    try:
        from xyper_engine.otlp import OtlpExporter  # only who asks for spans shall pay for the SDK
    except ImportError:
        raise SettingsError('[otel] endpoint: the exporter is not installed: pip install "xyper[otel]".') from None
    return OtlpExporter(settings)


@contextmanager
def _thread() -> Iterator[ThreadPoolExecutor]:
    """Nobody waits for what it is at: it ends by itself within `[otel] timeout`."""
    thread = ThreadPoolExecutor(1, "otel")
    try:
        yield thread
    finally:
        thread.shutdown(wait=False)
