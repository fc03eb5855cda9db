"""The tests' own ground: servers that never outlive them, and no way out of this machine."""

import asyncio
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import psutil
import pytest

from tests import server, servers
from tests.conftest import EgressError

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("host", ["example.com", "192.0.2.1", "2001:db8::1", "10.0.0.1"])
async def test_nothing_leaves_this_machine(host: str) -> None:
    address = f"[{host}]" if ":" in host else host
    with pytest.raises(EgressError, match=host):
        async with aiohttp.ClientSession() as session, session.get(f"http://{address}/"):
            pass
    with socket.socket() as plain, pytest.raises(EgressError, match=host):
        plain.connect((host, 80))


@pytest.mark.real
def test_a_server_dies_with_the_tests_even_by_kill_9() -> None:
    code = "from tests.servers import redis\nwith redis() as s: print(s.pid, s.folder, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as tests:
        assert tests.stdout
        pid, folder = tests.stdout.readline().split()
        redis = psutil.Process(int(pid))
        tests.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while server.lives(redis):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    shutil.rmtree(folder)


def test_a_missing_server_says_what_to_do() -> None:
    with pytest.raises(FileNotFoundError, match="make test"):
        server.binary("no-such-server")


class Misled(servers.Redis):
    def command(self) -> Sequence[str]:
        return (*super().command(), "--no-such-option", "1")


@pytest.mark.real
async def test_a_server_that_cannot_start_shows_its_log() -> None:
    misled = Misled()
    with pytest.raises(RuntimeError, match=r"(?s)Misled does not answer.*no-such-option"):
        async with misled:
            pass
    assert not misled.folder.exists()


@pytest.mark.real
async def test_another_server_on_the_port_is_not_taken_for_ours() -> None:
    second = servers.redis()
    async with servers.redis() as first:
        second.port = first.port
        with pytest.raises(RuntimeError, match="taken"):
            async with second:
                pass


@pytest.mark.real
async def test_a_paused_server_is_there_and_silent() -> None:
    async with servers.redis() as redis:
        await redis.pause()
        reader, writer = await asyncio.open_connection(server.HOST, redis.port)
        writer.write(b"PING\r\n")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readexactly(5), 0.2)
        await redis.resume()
        assert await asyncio.wait_for(reader.readexactly(5), 5) == b"+PONG"
        writer.close()
        await writer.wait_closed()
