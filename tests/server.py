"""How a private server of the tests is started, watched, killed and cleared away; `servers.py` has the four of them."""

import asyncio
import contextlib
import ctypes
import http.client
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

HOST = "127.0.0.1"
READY = 90.0
"""Seconds for a server to answer; a machine that runs other suites too is slow."""
GRACE = 30.0
"""Seconds for a server to stop when asked politely."""

_libc = ctypes.CDLL(None)


def free_port() -> int:
    """A port nobody listens on, below the range of outgoing connections: it stays free while its server is down."""
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port


def binary(name: str, *folders: Path) -> str:
    """The path of a server's program. Never skips: a suite that silently tests less is worse than one that fails."""
    found = shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", ""), "/usr/sbin"]))
    if found is None:
        raise FileNotFoundError(f"There is no {name} here: run `make test`, it installs what the tests need.")
    return found


def _as_a_service() -> None:
    """In the child: it dies with the tests, and may open as many files as a service manager would let it.

    With the 1,024 of a login shell, RabbitMQ accepts no connection any more once some hundred quorum queues exist.
    """
    _libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    files = 65_536 if most == resource.RLIM_INFINITY else min(most, 65_536)  # Erlang takes memory for each it may open
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))


class Server(ABC):
    """One server. `url` is what a setting wants; the server is up between `start` and `stop` or `kill`."""

    goodbye = signal.SIGTERM
    user: str | None = None

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="xyper-test-"))
        self._processes: list[subprocess.Popen[bytes]] = []
        self._paused: list[psutil.Process] = []

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def command(self) -> Sequence[str]: ...

    @abstractmethod
    def answers(self) -> bool:
        """Ask the server something in its own protocol. May raise OSError: not yet."""

    def prepare(self) -> None:
        """Whatever must exist before the first start."""
        return

    def helpers(self) -> Sequence[Sequence[str]]:
        """Commands of processes that must run beside the server."""
        return ()

    def environment(self) -> Mapping[str, str]:
        return {}

    @property
    def pid(self) -> int:
        if not self._processes:
            raise RuntimeError(f"{type(self).__name__} is not running.")
        return self._processes[-1].pid

    @property
    def running(self) -> bool:
        return bool(self._processes) and self._processes[-1].poll() is None

    async def start(self) -> None:
        await asyncio.to_thread(self.prepare)
        self._launch()
        await asyncio.to_thread(self._until_ready)

    async def stop(self) -> None:
        await asyncio.to_thread(self._stop)

    async def kill(self) -> None:
        await asyncio.to_thread(self._kill)

    async def pause(self) -> None:
        """Freeze it: connections stay open, nothing answers."""
        self._paused = self._tree()
        for process in self._paused:
            process.suspend()

    async def resume(self) -> None:
        for process in self._paused:
            process.resume()
        self._paused = []

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            self._close()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: object) -> None:
        await asyncio.to_thread(self._close)

    def __enter__(self) -> Self:
        try:
            self.prepare()
            self._launch()
            self._until_ready()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._close()

    def _launch(self) -> None:
        if self._processes:
            raise RuntimeError(f"{type(self).__name__} runs already.")
        with socket.socket() as probe:
            if probe.connect_ex((HOST, self.port)) == 0:  # another's answer must not pass for ours
                raise RuntimeError(f"Port {self.port} is taken by a process that is not ours.")
        with (self.folder / "log").open("ab") as log:
            for command in [*self.helpers(), self.command()]:
                self._processes.append(self._spawn(command, log.fileno()))

    def _spawn(self, command: Sequence[str], log: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env={**_clean_environment(), **self.environment()},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=self.user,
            group="nogroup" if self.user else None,
            extra_groups=[] if self.user else None,
            start_new_session=True,  # Ctrl-C at the terminal is for the tests, not for the servers
            preexec_fn=_as_a_service,
        )

    def _until_ready(self) -> None:
        deadline = time.monotonic() + READY
        while time.monotonic() < deadline and self._processes[-1].poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.answers():
                    return
            time.sleep(0.05)
        log = (self.folder / "log").read_text("utf-8", "replace")[-2000:]
        self._kill()
        raise RuntimeError(f"{type(self).__name__} does not answer on port {self.port}. Its log ends with:\n{log}")

    def _stop(self) -> None:
        self._processes[-1].send_signal(self.goodbye)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._processes[-1].wait(GRACE)
        self._kill()

    def _tree(self) -> list[psutil.Process]:
        alive = [psutil.Process(process.pid) for process in self._processes if process.poll() is None]
        return [process for leader in alive for process in (leader, *leader.children(recursive=True))]

    def _kill(self) -> None:
        for process in self._processes:  # frozen first, so that it has no further child while its tree is read
            if process.poll() is None:
                process.send_signal(signal.SIGSTOP)
        tree = self._tree()
        for victim in tree:
            with contextlib.suppress(psutil.NoSuchProcess):
                victim.kill()
        leaders = {process.pid: process for process in self._processes}
        for process in leaders.values():
            process.wait()
        _until_gone([victim for victim in tree if victim.pid not in leaders])
        self._processes, self._paused = [], []

    def _close(self) -> None:
        self._kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def _until_gone(victims: Sequence[psutil.Process]) -> None:
    """Grandchildren are init's to bury, which may take its time: a zombie holds no port and no memory."""
    deadline = time.monotonic() + GRACE
    while any(map(lives, victims)):
        if time.monotonic() > deadline:
            raise RuntimeError(f"These processes survived SIGKILL: {victims}")
        time.sleep(0.01)


def lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _clean_environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith(("PG", "RABBITMQ", "RCLONE", "ERL"))}
