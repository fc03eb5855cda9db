"""A private PostgreSQL, started by whoever needs it first and stopped by whoever leaves last.

Engine and command line may work on one data folder at once: each holds a shared lock on `postgres.users` while it does,
which the kernel drops even at kill -9. A server that outlived its engine is taken over; one that was killed is started
again, by itself recovering everything it ever confirmed: nothing here relaxes its syncing to disk. It listens on a Unix
socket only, and only lets in the operating-system user that runs the engine, and root.
"""

import asyncio
import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

import asyncpg
import structlog

from xyper_engine.ending import end
from xyper_engine.errors import SettingsError, Unavailable
from xyper_engine.store.place import ELSEWHERE, Place, place

PATIENCE = 60.0
"""Seconds for a start, which after a kill includes the recovery, and for an orderly stop."""

_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "64",
    "wal_level": "minimal",  # nobody replicates from it
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "io_method": "sync",  # no helper processes for reads that the page cache answers
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",  # statements and keys hold phone numbers; they stay out of the log
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}

_LEFTOVERS = ("already exists", "still in use")
"""What a start complains of while a killed server's processes are still on their way out."""

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger("xyper.postgres")


class Server:
    """The server of one data folder. Its methods block: call them in a thread."""

    def __init__(self, data_dir: Path, elsewhere: Path = ELSEWHERE) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self._data_dir = data_dir
        self._elsewhere = elsewhere
        self._place: Place | None = None
        self._users = os.open(data_dir / "postgres.users", os.O_RDWR | os.O_CREAT, 0o600)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def place(self) -> Place:
        """Where it is; known from `join` on."""
        if self._place is None:
            raise RuntimeError("join first")
        return self._place

    @property
    def url(self) -> str:
        return f"postgresql://xyper@/xyper?host={quote(str(self.place.sockets), safe='')}"

    @property
    def pid(self) -> int | None:
        """The process in charge, as it wrote it down; it may be gone."""
        written = self._written()
        return int(written[0]) if written else None

    def join(self) -> None:
        """Make sure it runs, and say that we use it."""
        with self._gate():
            fcntl.flock(self._users, fcntl.LOCK_SH)
            self._place = place(self._data_dir, self._elsewhere)
            if not (self.place.data / "PG_VERSION").exists():
                self._create()
            self._ensure()

    def mend(self) -> None:
        """Start it again if it is gone. Cheap when it is not."""
        pid = self.pid
        gone = pid is None or not _exists(pid) or (self._process is not None and self._process.poll() is not None)
        if gone:
            with self._gate():
                self._ensure()

    def leave(self) -> None:
        """Stop it unless someone else uses it."""
        try:
            with self._gate(), suppress(BlockingIOError):
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._stop()
        finally:
            os.close(self._users)
        if self._process is not None and self._process.poll() is None:
            self._process.returncode = 0  # it outlives us for the others' sake, and is not ours to wait for

    def _create(self) -> None:
        """A new cluster, under another name until it is whole: a kill in between leaves nothing half made."""
        data = self.place.data
        draft = data.with_name(f"{data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        self.place.own(draft)
        self._initdb(draft)
        (draft / "pg_hba.conf").write_text("local all all peer map=xyper\n")
        (draft / "pg_ident.conf").write_text("".join(f'xyper "{name}" xyper\n' for name in _admitted()))
        draft.rename(data)
        link = self._data_dir / "postgres"
        if link != data:
            link.symlink_to(data)
            _log.warning("postgres cannot reach the data folder: its files are elsewhere", link=str(link), to=str(data))

    def _initdb(self, folder: Path) -> None:
        options = ["-U", "xyper", "-A", "peer", "-E", "UTF8", "--no-locale", "--no-instructions"]
        process = self._run(["initdb", "-D", str(folder), *options], output=subprocess.PIPE)
        said, _ = process.communicate()
        if process.returncode:
            last = (said.decode(errors="replace").strip().splitlines() or ["it does not say why"])[-1]
            raise SettingsError(f'[database] url: "embedded:" cannot make a database in {folder.parent}: {last}')

    def _ensure(self) -> None:
        deadline = time.monotonic() + PATIENCE
        if self._listens():
            self._await_ready(None, deadline)
            return
        self.place.own(self.place.sockets)
        self._forget_foreign()
        self._process = self._spawn()
        while not self._await_ready(self._process, deadline):
            # The sessions of a killed server take a moment to notice, and to let go of its memory.
            time.sleep(0.1)
            self._process = self._spawn()
        _log.info("embedded postgres runs", data=str(self.place.data))

    def _forget_foreign(self) -> None:
        """After a crash its process id may be another program's by now: PostgreSQL would take that for itself."""
        data = self.place.data
        with suppress(OSError, IndexError):  # no such process, or no /proc: PostgreSQL sees to that
            if str(data).encode() not in Path(f"/proc/{self._written()[0]}/cmdline").read_bytes():
                (data / "postmaster.pid").unlink()

    def _spawn(self) -> subprocess.Popen[bytes]:
        settings = {**_SETTINGS, "unix_socket_directories": f'"{self.place.sockets}"'}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self._data_dir / "postgres.log").open("wb") as log:
            return self._run(["postgres", "-D", str(self.place.data), *options], output=log)

    def _run(self, command: list[str], *, output: int | IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603  our own programs and paths
            [str(self.place.programs / command[0]), *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for the engine, which stops this one last
            user=self.place.user,
            group=self.place.group,
            extra_groups=None if self.place.user is None else [],
        )

    def _await_ready(self, process: subprocess.Popen[bytes] | None, deadline: float) -> bool:
        """False where `process` ended because of what a killed server left. Raises `Unavailable` for other ends."""
        while not (self._listens() and self._written()[7:8] == ["ready"]):
            ended = process is not None and process.poll() is not None
            words = self._last_words() if ended else "it takes too long"
            if ended and any(sign in words for sign in _LEFTOVERS) and time.monotonic() < deadline:
                return False
            if ended or time.monotonic() > deadline:
                raise Unavailable(f"[database] url: the PostgreSQL in {self.place.data} did not start: {words}")
            time.sleep(0.01)
        return True

    def _listens(self) -> bool:
        """The one sure sign of life: process ids are given again, files stay behind."""
        with suppress(OSError), socket.socket(socket.AF_UNIX) as trial:
            trial.connect(str(self.place.sockets / ".s.PGSQL.5432"))
            return True
        return False

    def _written(self) -> list[str]:
        """The lines of `postmaster.pid`: 1 process, 8 state."""
        with suppress(FileNotFoundError):
            return [line.strip() for line in (self.place.data / "postmaster.pid").read_text().splitlines()]
        return []

    def _last_words(self) -> str:
        lines = (self._data_dir / "postgres.log").read_text(errors="replace").strip().splitlines()
        return next((line for line in reversed(lines) if "FATAL" in line or "PANIC" in line), "see postgres.log")

    def _stop(self) -> None:
        if self._place is None:
            return
        pid = self.pid
        if pid is not None and self._listens():
            os.kill(pid, signal.SIGINT)  # "fast": sessions end, everything is written
            deadline = time.monotonic() + PATIENCE
            while self._written() and time.monotonic() < deadline:
                time.sleep(0.01)
        if self._process is not None:
            self._process.wait(PATIENCE)
        if self._place.sockets != self._place.data:
            shutil.rmtree(self._place.sockets, ignore_errors=True)

    @contextmanager
    def _gate(self) -> Iterator[None]:
        """One process at a time starts or stops it."""
        gate = os.open(self._data_dir / "postgres.gate", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield
        finally:
            os.close(gate)


@asynccontextmanager
async def running(data_dir: Path) -> AsyncIterator[Server]:
    """The running server, with its database; started again within a second if it is killed meanwhile."""
    server = Server(data_dir)
    try:
        await _whole(server.join)
        await _database(server.url)
        keeper = asyncio.create_task(_keep(server), name="embedded postgres keeper")
        try:
            yield server
        finally:
            await end(keeper)
    finally:
        await _whole(server.leave)


async def _keep(server: Server) -> None:
    while True:
        await asyncio.sleep(0.5)
        try:
            await _whole(server.mend)
        except (Unavailable, SettingsError, OSError) as error:
            _log.error("embedded postgres is down", reason=str(error))


async def _whole(step: Callable[[], None]) -> None:
    """A step in a thread is always waited for: a cancelled start would leave a server that nobody stops."""
    task = asyncio.create_task(asyncio.to_thread(step))
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def _database(url: str) -> None:
    """Made on first use; the maintenance database answers while ours does not exist."""
    maintenance = await asyncpg.connect(url, database="postgres", timeout=PATIENCE)
    try:
        if not await maintenance.fetchval("select exists (select from pg_database where datname = 'xyper')"):
            with suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                await maintenance.execute("create database xyper")
    finally:
        await maintenance.close()


def _admitted() -> list[str]:
    """The operating-system users that may log in: us, and root, who could anyway."""
    return sorted({pwd.getpwuid(os.geteuid()).pw_name, "root"})


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
