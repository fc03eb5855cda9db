"""Real servers, private to the tests: each in a temporary folder, on a free port, gone when the test process is gone.

    async with redis() as server:
        ... server.url ...
        await server.kill()    # SIGKILL, the whole tree
        await server.start()   # again, on the same port and data

Also `with redis() as server:` where no loop runs (session fixtures). Start servers from the main thread only:
the kernel kills them when the *thread* that started them ends (`PR_SET_PDEATHSIG`).
"""

import asyncio
import contextlib
import ctypes
import http.client
import os
import random
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncpg
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


def _die_with_parent() -> None:
    _libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


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
            preexec_fn=_die_with_parent,
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
        psutil.wait_procs([victim for victim in tree if victim.pid not in leaders], GRACE)
        self._processes, self._paused = [], []

    def _close(self) -> None:
        self._kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def _clean_environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith(("PG", "RABBITMQ", "RCLONE", "ERL"))}


class RabbitMQ(Server):
    """One node with its own Erlang port mapper, so that it knows no other node of this machine."""

    def __init__(self) -> None:
        super().__init__()
        self._mapper, self._distribution = free_port(), free_port()

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@{HOST}:{self.port}/"

    def prepare(self) -> None:
        cookie = self.folder / ".erlang.cookie"
        if not cookie.exists():
            cookie.write_text(secrets.token_hex(16))
            cookie.chmod(0o400)
        (self.folder / "plugins").write_text("[].")
        limits = "disk_free_limit.absolute = 64MB\nvm_memory_high_watermark.relative = 0.6\n"
        (self.folder / "rabbitmq.conf").write_text(f"listeners.tcp.1 = {HOST}:{self.port}\n{limits}")

    def helpers(self) -> Sequence[Sequence[str]]:
        return [(binary("epmd"), "-port", str(self._mapper), "-address", HOST)]

    def command(self) -> Sequence[str]:
        # The wrapper in /usr/sbin switches the user; the script of the package runs as whoever starts it.
        return (binary("rabbitmq-server", *sorted(Path("/usr/lib/rabbitmq/lib").glob("*/sbin"), reverse=True)),)

    def environment(self) -> Mapping[str, str]:
        return {
            "HOME": str(self.folder),
            "RABBITMQ_NODENAME": f"t{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "ERL_EPMD_PORT": str(self._mapper),
            "ERL_EPMD_ADDRESS": HOST,
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "logs"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": "/nonexistent",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput -start_epmd false",
            "RABBITMQ_ALLOW_INPUT": "1",  # the script then becomes the broker: its pid is the broker's
        }

    def answers(self) -> bool:
        with socket.create_connection((HOST, self.port), timeout=2) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return connection.recv(1) == b"\x01"  # the method frame of Connection.Start


class Redis(Server):
    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def command(self) -> Sequence[str]:
        save = ("--save", "", "--appendonly", "no")
        return (binary("redis-server"), "--port", str(self.port), "--bind", HOST, "--dir", str(self.folder), *save)

    def answers(self) -> bool:
        with socket.create_connection((HOST, self.port), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(5) == b"+PONG"


class PostgreSQL(Server):
    """A cluster that trusts everyone on the loopback. Runs as `nobody` where the tests run as root: it refuses root."""

    goodbye = signal.SIGINT  # "fast": SIGTERM would wait for every client to leave
    user = "nobody" if os.geteuid() == 0 else None

    @property
    def url(self) -> str:
        return f"postgresql://postgres@{HOST}:{self.port}/postgres"

    async def database(self) -> str:
        """The url of a new, empty database on this server."""
        name = f"t{secrets.token_hex(6)}"
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(f"create database {name}")
        finally:
            await connection.close()
        return f"postgresql://postgres@{HOST}:{self.port}/{name}"

    def prepare(self) -> None:
        if (self.folder / "data").exists():
            return
        if self.user:
            shutil.chown(self.folder, self.user, "nogroup")
        command = [self._program("initdb"), "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"]
        made = subprocess.run(
            [*command, "--no-sync"], cwd=self.folder, user=self.user, capture_output=True, text=True, check=False
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr}")

    def command(self) -> Sequence[str]:
        listen = ("-c", f"listen_addresses={HOST}", "-c", "unix_socket_directories=")
        return (self._program("postgres"), "-D", "data", "-p", str(self.port), *listen)

    def answers(self) -> bool:
        hello = b"\x00\x03\x00\x00user\x00postgres\x00\x00"
        with socket.create_connection((HOST, self.port), timeout=2) as connection:
            connection.sendall(struct.pack(">I", len(hello) + 4) + hello)
            answer = b""
            while chunk := connection.recv(4096):
                answer += chunk
                if answer.endswith(b"Z\x00\x00\x00\x05I"):
                    return True  # ReadyForQuery: recovery is over, the session is open
        return False

    @staticmethod
    def _program(name: str) -> str:
        return binary(name, *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))


class S3(Server):
    """rclone, serving a folder by the S3 protocol; every folder in it is a bucket."""

    KEY, SECRET, BUCKET = "test-key", "test-secret", "media"

    @property
    def url(self) -> str:
        return f"s3://{self.KEY}:{self.SECRET}@{HOST}:{self.port}/{self.BUCKET}?secure=false"

    def prepare(self) -> None:
        (self.folder / "data").mkdir(exist_ok=True)

    def command(self) -> Sequence[str]:
        fresh = ("--vfs-cache-mode", "off", "--dir-cache-time", "0s")
        address = ("--addr", f"{HOST}:{self.port}", "--auth-key", f"{self.KEY},{self.SECRET}")
        return (binary("rclone", Path(sys.executable).parent), "serve", "s3", *address, *fresh, "data")

    def environment(self) -> Mapping[str, str]:
        return {"RCLONE_CONFIG": "", "HOME": str(self.folder)}

    def answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=2)
        try:
            connection.request("GET", f"/{self.BUCKET}")
            return connection.getresponse().status in (400, 403)  # it wants a signature: it is there
        finally:
            connection.close()


def rabbitmq() -> RabbitMQ:
    return RabbitMQ()


def redis() -> Redis:
    return Redis()


def postgresql() -> PostgreSQL:
    return PostgreSQL()


def s3() -> S3:
    return S3()
