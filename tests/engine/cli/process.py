"""The command line as its users have it: real processes, their words and their exit codes."""

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.secrecy import HEARD
from tests.server import free_port

XYPER = Path(sys.executable).with_name("xyper")
PATIENCE = 90.0
"""Seconds for a process to say something or to end; a machine that runs other suites too is slow."""


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Running:
    """A long-running command."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[str] = []
        self._queue: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def until(self, pattern: str) -> "re.Match[str]":
        """Reads on until a line matches."""
        deadline = time.monotonic() + PATIENCE
        while (line := self._queue.get(timeout=max(0.1, deadline - time.monotonic()))) is not None:
            self.lines.append(line)
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"It ended without saying {pattern!r}: {self.lines}")

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def ended(self, within: float = PATIENCE) -> int:
        return self.process.wait(within)

    def rest(self) -> str:
        """All it said, once it has ended."""
        while (line := self._queue.get(timeout=PATIENCE)) is not None:
            self.lines.append(line)
        return "".join(self.lines)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as out:
            for line in out:
                HEARD.line(line)
                self._queue.put(line)
        self._queue.put(None)


@dataclass(frozen=True)
class Cli:
    """`xyper`, in a folder of its own and with no variables but those named."""

    folder: Path
    config: Path | None = None
    variables: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *args: str, **variables: str) -> Said:
        done = subprocess.run(
            self._command(args), cwd=self.folder, env=self._environment(variables), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        return Said(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def running(self, *args: str, **variables: str) -> Iterator[Running]:
        """Ended at the latest when the block ends."""
        process = subprocess.Popen(
            self._command(args), cwd=self.folder, env=self._environment(variables), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        try:
            yield Running(process)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _command(self, args: Sequence[str]) -> list[str]:
        config = ["--config", str(self.config)] if self.config else []
        return [str(XYPER), *args, *config]

    def _environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("XYPER_")}
        return {**clean, "COLUMNS": "200", **self.variables, **variables}


@dataclass(frozen=True)
class Demo:
    """A running demo, and the command line that looks at it."""

    running: Running
    base: str
    """Where the engine serves, `http://…`."""
    health: str
    cli: Cli

    @property
    def sim(self) -> str:
        return f"{self.base}/x/sim"


@contextmanager
def demo(folder: Path, *args: str) -> Iterator[Demo]:
    """Started on free ports, and ready."""
    where = "--port", str(free_port()), "--data", str(folder / "demo")
    with Cli(folder).running("demo", "--quiet", *where, *args) as running:
        base = running.until(r"side by side +(http://[\d.:]+)/x/sim/")[1]
        health = running.until(r"Health +(http://\S+)")[1]
        running.until("Ctrl-C")
        yield Demo(running, base, health, Cli(folder, folder / "demo" / "xyper.toml"))


def ask(url: str, body: object = None, method: str | None = None) -> tuple[int, Any]:
    """A request to a page or an API: its status and its JSON, or its text."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            status, content = answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            status, content = error.code, error.read().decode()
    try:
        return status, json.loads(content)
    except json.JSONDecodeError:
        return status, content


def eventually(url: str, pattern: str) -> str:
    """The answer of `url`, as JSON text, once it matches; asked again and again until then."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = json.dumps(ask(url)[1], ensure_ascii=False)
        if re.search(pattern, answer):
            return answer
        time.sleep(0.05)
    raise AssertionError(f"{url} never showed {pattern!r}.")
