"""A TCP proxy that misbehaves: between the engine and a server, a vendor, or whoever calls it.

    async with Proxy([port]) as proxy:
        proxy.spoil(Fault(latency=0.2))     # what is under way goes on like this
        proxy.spoil(RESET)                  # … or ends
        proxy.spoil(None)                   # all is well again: what stood still stays broken, new connections are good

The faults are toxiproxy's. Several `ports`: the first that takes a connection gets it; with `turns`, each connection
begins with another one.
"""

import asyncio
import socket
import struct
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from tests.server import HOST, free_port

CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Fault:
    """All that may be wrong with a connection; several things at once may be."""

    name: str = ""
    latency: float = 0.0
    """Seconds that each piece of data is late, in each direction."""
    slice: int = 0
    """Data come in pieces of so many bytes, a millisecond apart."""
    black_hole: bool = False
    """What is sent, in either direction, never arrives; nobody hangs up."""
    half_open: bool = False
    """Likewise, but only what comes back from the server: it is heard, and not heard of."""
    slow_close: float = 0.0
    """Seconds by which the end of a connection is told late."""
    cut: bool = False
    """Connections end at once, and none is taken."""
    reset: bool = False
    """Likewise, without the courtesy of a FIN."""
    most: int = 0
    """After so many bytes of an answer the connection is reset."""


LATENCY, SLICED, SLOW_CLOSE = (
    Fault("latency", latency=0.15),
    Fault("sliced", slice=7),
    Fault("slow close", slow_close=2),
)
BLACK_HOLE, HALF_OPEN = Fault("black hole", black_hole=True), Fault("half open", half_open=True)
CUT, RESET, BROKEN_OFF = Fault("cut", cut=True), Fault("reset", reset=True), Fault("broken off", most=300)
FAULTS = (LATENCY, SLICED, SLOW_CLOSE, BLACK_HOLE, HALF_OPEN, CUT, RESET, BROKEN_OFF)


class Proxy:
    """One way between two. `port` stays the same for its whole life, and so does the listening socket."""

    def __init__(self, ports: Sequence[int], *, turns: bool = False) -> None:
        self.ports = tuple(ports)
        self.turns = turns
        self.port = free_port()
        self.fault: Fault | None = None
        self.taken = 0
        """Connections so far."""
        self._ways: set[_Way] = set()
        self._server: asyncio.Server | None = None

    def spoil(self, fault: Fault | None) -> None:
        """From now on, for those that are open as well."""
        healed, self.fault = self.fault, fault
        for way in list(self._ways):
            if fault and (fault.cut or fault.reset):
                way.end(reset=fault.reset)
            elif healed and (healed.black_hole or healed.half_open):
                way.end(reset=True)  # what was swallowed is missing for good

    def turn_back(self) -> None:
        """The first port has somebody again: what leads elsewhere ends, and comes again."""
        if self.turns:
            return
        for way in list(self._ways):
            if way.port not in (0, self.ports[0]):
                way.end(reset=False)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._take, HOST, self.port, backlog=512)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: object) -> None:
        if self._server is not None:
            self._server.close()
        for way in list(self._ways):
            way.end(reset=True)
        await asyncio.gather(*(way.ended.wait() for way in list(self._ways)))

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.taken += 1
        way = _Way(self, writer)
        self._ways.add(way)
        try:
            if self.fault and (self.fault.cut or self.fault.reset):
                way.end(reset=self.fault.reset)
                return
            upstream = await self._upstream(way)
            if upstream is None:
                way.end(reset=True)
                return
            await way.run(reader, *upstream)
        finally:
            way.end(reset=False)
            way.ended.set()
            self._ways.discard(way)

    async def _upstream(self, way: "_Way") -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        turn = self.taken % len(self.ports) if self.turns else 0
        for port in (*self.ports[turn:], *self.ports[:turn]):
            with suppress(OSError):
                streams = await asyncio.open_connection(HOST, port)
                way.port = port
                return streams
        return None


class _Way:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, client: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._ends = [client]
        self._pumps: list[asyncio.Task[None]] = []
        self._answered = 0
        self.port = 0
        """Where it leads; 0: nowhere yet."""
        self.ended = asyncio.Event()

    async def run(
        self, asks: asyncio.StreamReader, answers: asyncio.StreamReader, server: asyncio.StreamWriter
    ) -> None:
        client = self._ends[0]
        self._ends.append(server)
        self._pumps = [
            asyncio.create_task(self._pump(asks, server, back=False), name="proxy: there"),
            asyncio.create_task(self._pump(answers, client, back=True), name="proxy: back"),
        ]
        await asyncio.wait(self._pumps)

    def end(self, *, reset: bool) -> None:
        """Now, for both."""
        for pump in self._pumps:
            pump.cancel()
        for end in self._ends:
            _close(end, reset=reset)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, back: bool) -> None:
        try:
            while data := await reader.read(CHUNK):
                await self._pass(data, writer, back=back)
            if self._proxy.fault and self._proxy.fault.slow_close:
                await asyncio.sleep(self._proxy.fault.slow_close)
            if not self._swallows(back=back):
                writer.write_eof()
        except OSError:
            self.end(reset=True)

    async def _pass(self, data: bytes, writer: asyncio.StreamWriter, *, back: bool) -> None:
        fault = self._proxy.fault
        if fault and fault.latency:
            await asyncio.sleep(fault.latency)
        if self._swallows(back=back):
            return
        if fault and fault.most and back:
            self._answered += len(data)
            if self._answered > fault.most:
                self.end(reset=True)
                return
        for piece in _pieces(data, fault.slice if fault else 0):
            writer.write(piece)
            await writer.drain()
            if fault and fault.slice:
                await asyncio.sleep(0.001)

    def _swallows(self, *, back: bool) -> bool:
        fault = self._proxy.fault
        return fault is not None and (fault.black_hole or (fault.half_open and back))


def _pieces(data: bytes, size: int) -> Sequence[bytes]:
    """The first few only: a file of a megabyte would take minutes."""
    cut = min(len(data), 40 * size) if size else 0
    return [*(data[at : at + size] for at in range(0, cut, size or 1)), *([data[cut:]] if cut < len(data) else [])]


def _close(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    if reset:
        sock = writer.get_extra_info("socket")
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
    else:
        writer.close()
