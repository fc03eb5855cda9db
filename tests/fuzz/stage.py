"""An engine to attack, over bare sockets, while a good neighbour goes on writing."""

import asyncio
import hashlib
import hmac
import re
import time
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import orjson

from tests.bench.stage import Engine
from tests.flows import wire
from tests.server import HOST
from tests.world import OPERATOR, Tenant, far_sides, simulated, world_of

TENANT = Tenant(1)
NUMBER = TENANT.number
ROOM = 256
"""Megabytes by which memory may grow under attack."""
PATIENCE = 10.0
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


class Target:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._series = 0
        self.rested = self.peak

    @property
    def peak(self) -> int:
        """Megabytes of memory that it ever had."""
        found = _PEAK.search(Path(f"/proc/{self.engine.pid}/status").read_text("ascii"))
        assert found
        return int(found[1]) // 1024

    async def status(self, data: bytes, timeout: float = PATIENCE) -> int | None:
        """Of the answer to these bytes; None where the connection ends without one. Raises `TimeoutError`."""
        async with self.connection() as (reader, writer), asyncio.timeout(timeout):
            with suppress(ConnectionError):
                writer.write(data)
                await writer.drain()
                line = await reader.readline()
                return int(line.split()[1]) if line.startswith(b"HTTP/") else None
        return None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection(HOST, self.engine.port)
        try:
            yield reader, writer
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def unharmed(self) -> None:
        """It lives, a neighbour's webhook is taken, memory is bounded, and nothing in the log is called a bug."""
        self._series += 1
        name, began = f"wamid.neighbour{self._series}", time.monotonic()
        assert await self.status(whatsapp(good(name))) == 200
        assert time.monotonic() - began < PATIENCE
        assert self.peak - self.rested < ROOM
        lines = (self.engine.folder / "log").read_bytes().splitlines()
        assert [line for line in lines if line.startswith(b"{") and orjson.loads(line)["event"] == "bug"] == []


def good(wamid: str) -> bytes:
    message = {**wire.text(wamid, "hello"), "timestamp": str(int(time.time()))}
    return wire.body(wire.entry(TENANT, wire.change(TENANT.number, [message])))


def whatsapp(body: bytes, *more: str) -> bytes:
    """As Meta would send it; `more` headers."""
    return request(f"/hooks/whatsapp/{OPERATOR}", body, f"X-Hub-Signature-256: {wire.signature(body)}", *more)


def genesys(body: bytes, *more: str) -> bytes:
    """As Genesys would."""
    digest = hmac.digest(TENANT.webhook_secret.encode(), body, hashlib.sha256)
    signature = f"X-Hub-Signature-256: sha256={b64encode(digest).decode()}"
    return request(f"/hooks/genesys/{TENANT.hook}", body, signature, *more)


SIGNED = {"whatsapp": whatsapp, "genesys": genesys}


def request(path: str, body: bytes, *headers: str, length: str | None = None) -> bytes:
    told = f"Content-Length: {len(body)}" if length is None else length
    lines = (f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/json", *filter(None, (*headers, told)))
    return "\r\n".join((*lines, "", "")).encode() + body


@asynccontextmanager
async def target() -> AsyncIterator[Target]:
    """`xyper serve` on embedded parts, between both simulated vendors."""
    async with world_of(simulated([TENANT], graph={"limits": False}, cloud={"rate": 0})) as world:
        engine = Engine({"plugins": far_sides(world.url)})
        await engine.furnish([TENANT])
        async with engine:
            it = Target(engine)
            await it.unharmed()
            it.rested = it.peak
            yield it
