"""Real servers, private to the tests: each in a temporary folder, on a free port, gone when the test process is gone.

    async with redis() as server:
        ... server.url ...
        await server.kill()    # SIGKILL, the whole tree
        await server.start()   # again, on the same port and data

Also `with redis() as server:` where no loop runs (session fixtures). Start servers from the main thread only:
the kernel kills them when the *thread* that started them ends (`PR_SET_PDEATHSIG`).
"""

import http.client
import os
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import asyncpg

from tests.server import HOST, Server, binary, free_port


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
        # Nobody else writes to the folder; without its memory of folders rclone blocks itself when many write at once.
        fresh = ("--vfs-cache-mode", "off", "--dir-cache-time", "1h")
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
