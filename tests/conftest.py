"""What every test has at hand: private servers, settings of its own, and no way to the world outside."""

import logging
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr
from io import TextIOBase
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import structlog

from tests import servers
from tests.secrecy import HEARD
from xyper_engine import logs
from xyper_engine.settings import Settings, load

Configure = Callable[..., Settings]
"""`configure({"cache": {"url": …}})`: settings of this test only; see the fixture of that name."""


class EgressError(RuntimeError):
    """A test tried to leave this machine. No OSError on purpose: nothing takes it for an outage."""


@pytest.fixture(scope="session")
def rabbitmq_server() -> Iterator[servers.RabbitMQ]:
    with servers.rabbitmq() as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[servers.Redis]:
    with servers.redis() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[servers.PostgreSQL]:
    with servers.postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def s3_server() -> Iterator[servers.S3]:
    with servers.s3() as server:
        yield server


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Makes settings: defaults on free ports, files in `tmp_path/var`, then what the test names. Variables are gone."""
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o711)  # else `nobody`, as whom root runs PostgreSQL, cannot reach a database in it
    for name in [name for name in os.environ if name.startswith("XYPER_")]:
        monkeypatch.delenv(name)
    file = tmp_path / "xyper.toml"
    file.write_text('[server]\nlisten = "127.0.0.1:0"\ninternal = "127.0.0.1:0"\n', "utf-8")

    def make(overrides: Mapping[str, Any] | None = None) -> Settings:
        return load(file, overrides)

    return make


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """Refuses connections and look-ups that would leave this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name), 1))
        patch.setattr(socket, "getaddrinfo", _guarded(socket.getaddrinfo, 0))
        yield


@pytest.fixture(scope="session", autouse=True)
def nothing_stays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For root, data that PostgreSQL could not reach in a test's own folder lie elsewhere: they go when all is over."""
    yield
    for link in tmp_path_factory.getbasetemp().rglob("postgres"):
        if link.is_symlink():
            shutil.rmtree(link.resolve(), ignore_errors=True)


class Present(TextIOBase):
    """Standard error as it is at each moment: every test has one of its own."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


@pytest.fixture(scope="session", autouse=True)
def nothing_private_is_logged() -> Iterator[None]:
    """Hears every line of the run; fails it, at the end, if one held a secret or what somebody wrote."""
    with redirect_stderr(Present()):
        logs.configure("info", "json")
    structlog.configure(cache_logger_on_first_use=False)  # tests that look at lines replace the processors
    with pytest.MonkeyPatch.context() as patch:
        said, emitted = logs._Lines.msg, logs._Handler.format

        def msg(self: logs._Lines, message: str) -> None:
            HEARD.line(message)
            said(self, message)

        def formatted(self: logs._Handler, record: logging.LogRecord) -> str:
            HEARD.line(emitted(self, record))
            return emitted(self, record)

        for level in ("msg", "debug", "info", "warning", "error", "critical", "exception"):
            patch.setattr(logs._Lines, level, msg)
        patch.setattr(logs._Handler, "format", formatted)
        yield
    assert sorted(set(HEARD.leaks())) == []


def _guarded(call: Callable[..., Any], place: int) -> Callable[..., Any]:
    def guarded(*args: Any, **kwargs: Any) -> Any:
        target = args[place] if len(args) > place else kwargs.get("host")
        host = target[0] if isinstance(target, tuple) else target
        if place and not isinstance(target, tuple):  # a Unix socket has a path
            return call(*args, **kwargs)
        if not _is_loopback(host):
            raise EgressError(f"A test tried to reach {host!r}: tests talk to this machine only.")
        return call(*args, **kwargs)

    return guarded


def _is_loopback(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    return address.is_loopback or address.is_unspecified
