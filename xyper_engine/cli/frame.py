"""What every command stands in: settings, the loop, and one sentence for each thing that goes wrong."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import orjson
import structlog
import typer
import uvloop
from rich.console import Console
from typer.core import TyperGroup

from xyper_engine import logs
from xyper_engine.errors import SettingsError, Unavailable, XyperError
from xyper_engine.settings import Settings, load

T = TypeVar("T")

ECHO = 0.5
"""Seconds in which a second signal is the first one again: `timeout` and others tell a process and also its group."""

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", metavar="FILE", help="The settings file; `xyper.toml` in this folder by default."),
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs: JSON on standard output.")]


class Sentences(TyperGroup):
    """Turns whatever a command raises into one sentence on stderr and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except XyperError as error:
            raise _told(str(error), _code(error)) from None
        except BrokenPipeError:
            raise  # typer ends quietly: whoever read our output has seen enough
        except Exception as error:
            if ctx.params.get("traceback") or type(error).__module__.startswith("typer."):
                raise  # typer's own say how a command is used
            raise _told(_unexpected(error), 1) from None


def _code(error: XyperError) -> int:
    return 2 if isinstance(error, SettingsError) else 3 if isinstance(error, Unavailable) else 1


def _unexpected(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}."
    if structlog.is_configured():  # `serve` writes down where; short commands log nothing
        structlog.get_logger("xyper").error("bug", exc_info=error)
    what = f"{type(error).__name__}: {error}".rstrip(": ")
    return f"That should not have happened ({what}). `xyper --traceback …` shows where it did."


def _told(sentence: str, code: int) -> typer.Exit:
    typer.echo(f"xyper: {' '.join(sentence.split())}", err=True)
    return typer.Exit(code)


def prepared(config: Path | None) -> Settings:
    """The settings, for a short command: what goes wrong is its answer, so nothing is logged besides."""
    settings = load(config)
    logs.configure("critical", settings.log.format)
    return settings


def run(main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


class Told:
    """How a long-running command learns that it is to stop.

    The first SIGTERM or SIGINT sets `stop`, or gives up a start that is still under way. A second one ends the process
    at once: everything durable survives that, it is what the journal and the ledger are for.
    """

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self._ready = False
        self._heard_at = 0.0

    def ready(self) -> None:
        """From now on `stop` is listened to."""
        self._ready = True

    async def obey(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work`, which ends soon after `stop` is set."""
        task = asyncio.create_task(work, name="command")
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._hear, number, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            if not self.stop.is_set():
                raise

    def _hear(self, number: int, give_up: Callable[[], object]) -> None:
        if self.stop.is_set():
            if time.monotonic() - self._heard_at > ECHO:
                os._exit(128 + number)
            return
        self._heard_at = time.monotonic()
        self.stop.set()
        if not self._ready:
            give_up()


def console() -> Console:
    """Standard output. Without markup: `[server] listen` is a setting's name, not a style."""
    width = None if sys.stdout.isatty() else 200
    return Console(markup=False, highlight=False, emoji=False, width=width)


def say_json(value: object) -> None:
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode() + "\n")
