"""The watchdog: a thread that ends the process where nothing turns any more, loudly.

A process that is stuck looks alive to whoever starts processes; one that ended is started anew, and loses nothing. Time
in which the whole process stood still (SIGSTOP, a suspended machine) does not count: the thread stood still with it.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import structlog

EXIT_CODE = 70
"""EX_SOFTWARE of sysexits.h."""
LAST_WORDS = 5.0
"""Seconds to write them down: what is stuck may be the very file that they go to."""
TICK = 0.25

log: structlog.typing.FilteringBoundLogger = structlog.get_logger("xyper.watchdog")


class Watchdog:
    """`patience`: seconds without a sign of life of the loop; 0: it only bites when told to."""

    def __init__(self, loop: asyncio.AbstractEventLoop, patience: float) -> None:
        self._loop = loop
        self._patience = patience
        self._beats = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        if self._patience:
            self._beat()
            self._thread.start()

    def stop(self) -> None:
        self._over.set()

    def bite(self, why: str) -> None:
        """End the process; never returns."""
        writing = threading.Thread(target=self._last_words, args=(why,), name="last words", daemon=True)
        writing.start()
        writing.join(LAST_WORDS)
        os._exit(EXIT_CODE)

    def _beat(self) -> None:
        self._beats += 1
        if not self._over.is_set():
            self._loop.call_later(TICK, self._beat)

    def _watch(self) -> None:
        seen, still = -1, 0.0
        while not self._over.wait(TICK):
            still = still + TICK if seen == self._beats else 0.0
            seen = self._beats
            if still >= self._patience:
                self.bite(f"The event loop has stood still for {still:.0f} seconds.")

    def _last_words(self, why: str) -> None:
        log.critical("the watchdog ends the process", task="watchdog", reason=why, exit_code=EXIT_CODE)
        for thread, places in _threads():
            log.critical("a thread", task="watchdog", part=thread, stack=places)
        for task, places in _tasks(self._loop):
            log.critical("a task", task="watchdog", part=task, stack=places)


@contextmanager
def guarding(patience: float) -> Iterator[Watchdog]:
    """At work for the loop that runs now."""
    watchdog = Watchdog(asyncio.get_running_loop(), patience)
    watchdog.start()
    try:
        yield watchdog
    finally:
        watchdog.stop()


def _threads() -> Iterator[tuple[str, Sequence[str]]]:
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    for ident, frame in sys._current_frames().items():
        yield names.get(ident, str(ident)), _places(frame)


def _tasks(loop: asyncio.AbstractEventLoop) -> Iterator[tuple[str, Sequence[str]]]:
    try:
        tasks = asyncio.all_tasks(loop)
    except RuntimeError:  # they change while they are counted: then the loop turns, after all
        return
    for task in tasks:
        yield task.get_name(), _waits(task.get_coro())


def _waits(coro: Any) -> Sequence[str]:
    """Where a task waits, the outermost first."""
    places: list[str] = []
    while coro is not None and (frame := getattr(coro, "cr_frame", None)) is not None:
        places.append(_place(frame))
        coro = coro.cr_await
    return places


def _places(frame: FrameType | None) -> Sequence[str]:
    """The outermost first. Files, lines and functions alone: no values, which may be somebody's words."""
    places: list[str] = []
    while frame is not None:
        places.append(_place(frame))
        frame = frame.f_back
    return places[::-1]


def _place(frame: FrameType) -> str:
    code = frame.f_code
    return f"{'/'.join(code.co_filename.split('/')[-2:])}:{frame.f_lineno} {code.co_name}"
