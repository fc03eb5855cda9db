"""Each fault of the proxy is what it is called."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from tests.faults.proxy import BLACK_HOLE, BROKEN_OFF, CUT, HALF_OPEN, LATENCY, RESET, SLICED, SLOW_CLOSE, Fault, Proxy
from tests.server import HOST, free_port


class Echo:
    """Sends back what it hears, and closes when its caller does."""

    def __init__(self) -> None:
        self.heard = b""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            self.heard += data
            writer.write(data)
        writer.close()


@pytest_asyncio.fixture
async def echo() -> AsyncIterator[tuple[Echo, Proxy]]:
    one = Echo()
    server = await asyncio.start_server(one.talk, HOST, 0)
    async with server, Proxy([free_port(), server.sockets[0].getsockname()[1]]) as proxy:
        yield one, proxy


@asynccontextmanager
async def call(proxy: Proxy) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def said(streams: tuple[asyncio.StreamReader, asyncio.StreamWriter], data: bytes, within: float = 5.0) -> bytes:
    """What comes back; b"" where the connection ends first. Raises `TimeoutError` or `ConnectionError`."""
    streams[1].write(data)
    async with asyncio.timeout(within):
        try:
            return await streams[0].readexactly(len(data))
        except asyncio.IncompleteReadError as error:
            return error.partial


async def test_nothing_is_wrong_where_nothing_shall_be(echo: tuple[Echo, Proxy]) -> None:
    """The first port has no server: the second one gets the connection."""
    async with call(echo[1]) as streams:
        assert await said(streams, b"x" * 200_000) == b"x" * 200_000
        streams[1].write_eof()
        assert await streams[0].read() == b""


@pytest.mark.parametrize(("fault", "data", "least"), [(LATENCY, b"late", 0.3), (SLICED, b"x" * 700, 0.04)])
async def test_slow_ones(echo: tuple[Echo, Proxy], fault: Fault, data: bytes, least: float) -> None:
    echo[1].spoil(fault)
    began = time.monotonic()
    async with call(echo[1]) as streams:
        assert await said(streams, data) == data
    assert time.monotonic() - began >= least


@pytest.mark.parametrize(("fault", "heard"), [(BLACK_HOLE, b"before"), (HALF_OPEN, b"beforelost")])
async def test_silent_ones(echo: tuple[Echo, Proxy], fault: Fault, heard: bytes) -> None:
    """What was swallowed never comes; after it has healed the connection is gone, and a new one is good."""
    async with call(echo[1]) as streams:
        assert await said(streams, b"before") == b"before"
        echo[1].spoil(fault)
        with pytest.raises(TimeoutError):
            await said(streams, b"lost", within=0.2)
        echo[1].spoil(None)
        with pytest.raises(ConnectionError):
            await said(streams, b"late")
    assert echo[0].heard == heard
    async with call(echo[1]) as streams:
        assert await said(streams, b"again") == b"again"


@pytest.mark.parametrize("fault", [CUT, RESET])
async def test_ends_what_is_open_and_takes_nothing_new(echo: tuple[Echo, Proxy], fault: Fault) -> None:
    async with call(echo[1]) as streams:
        assert await said(streams, b"before") == b"before"
        echo[1].spoil(fault)
        assert await ended(streams) == ("reset" if fault.reset else "closed")
    async with call(echo[1]) as streams:
        assert await ended(streams) == ("reset" if fault.reset else "closed")


async def ended(streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> str:
    async with asyncio.timeout(5):
        try:
            return "closed" if await streams[0].read() == b"" else "something came"
        except ConnectionResetError:
            return "reset"


async def test_breaks_off_within_an_answer(echo: tuple[Echo, Proxy]) -> None:
    echo[1].spoil(BROKEN_OFF)
    async with call(echo[1]) as streams:
        assert await said(streams, b"short") == b"short"
        with pytest.raises(ConnectionError):
            await said(streams, b"x" * 1000)


async def test_tells_an_end_late(echo: tuple[Echo, Proxy]) -> None:
    echo[1].spoil(Fault("slow close", slow_close=0.3))
    async with call(echo[1]) as streams:
        assert await said(streams, b"well") == b"well"
        began = time.monotonic()
        streams[1].write_eof()
        assert await ended(streams) == "closed"
    assert time.monotonic() - began >= 0.6, SLOW_CLOSE
