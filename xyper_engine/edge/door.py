"""The webhooks' own door: a vendor's plain POST is answered here, all else goes on to aiohttp.

Every connection begins here. While plain webhooks come (`plain.py`) they never meet the routes and middlewares of the
other pages, which would cost more than to verify and store them. Whatever is anything else goes to aiohttp together
with the connection, from this request on: nothing here needs an opinion on it, and `hooks.py` takes webhooks there too.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from weakref import WeakSet

from aiohttp import web

from xyper_engine.boundary import crossed
from xyper_engine.contract import RawRequest
from xyper_engine.edge.plain import Head, NotPlainError, head_of
from xyper_engine.edge.problems import answer_to
from xyper_engine.edge.site import Site
from xyper_engine.model import now

AHEAD = 65_536
"""Bytes that a sender may send ahead while a request of its own is at work."""
IDLE, UNFINISHED, SWEEP = 3600.0, 60.0, 15.0
"""Seconds until a silent connection is closed, and one that does not finish its request; how often that is looked at.
A proxy keeps idle connections for a while and must be the one to close them, so the first is long, as aiohttp's is."""


Take = Callable[[str, str, RawRequest], Awaitable[None]]
"""A webhook to the adapter and hook of these names: `Hooks.take`."""


class Door(asyncio.Protocol):
    """One connection, until it is handed over. Its task takes one request after another."""

    def __init__(self, doors: "Doors") -> None:
        self._doors = doors
        self._transport: asyncio.Transport | None = None
        self._came: list[bytes] = []
        self._size, self._wanted = 0, 1
        self._since = 0.0
        self._next: asyncio.Future[tuple[Head, bytes]] = doors.loop.create_future()
        self.task = doors.loop.create_task(self._run(), name="webhooks")
        self.busy = False
        """Whether a request is at work."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # uvloop's transports are no subclass
        self._since = time.monotonic()
        self._doors.open.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        """What is at work goes on: it is stored, and filtered when the vendor sends it again."""
        self._transport = None
        self._leave()

    def data_received(self, data: bytes) -> None:
        if not self._came:
            self._since = time.monotonic()
        self._came.append(data)
        self._size += len(data)
        if not self.busy:
            if self._size >= self._wanted:
                self._look()
        elif self._size > AHEAD and self._transport is not None:
            self._transport.pause_reading()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def is_late(self, moment: float) -> bool:
        return not self.busy and moment - self._since > (UNFINISHED if self._came else IDLE)

    def _look(self) -> None:
        """Begin with the request if all of it is there, or let aiohttp have it."""
        came = self._came[0] if len(self._came) == 1 else b"".join(self._came)
        try:
            head = head_of(came)
            if head is not None and head.end - head.start > self._doors.limit:
                raise NotPlainError
        except NotPlainError:
            self._hand_over(came)
            return
        if head is None or self._size < head.end:
            self._keep(came, head.end if head else self._size + 1)
            return
        self._keep(came[head.end :], 1)
        self.busy = True
        self._next.set_result((head, came[head.start : head.end]))

    def _keep(self, came: bytes, wanted: int) -> None:
        """Wait until there are `wanted` bytes."""
        self._came = [came] if came else []
        self._size, self._wanted = len(came), wanted

    async def _run(self) -> None:
        while not self._doors.closing:
            head, body = await self._next
            self._next = self._doors.loop.create_future()
            answer = await self._doors.answer(head, body)
            last = self._doors.leaving and not self._came
            self._answer(_with_close(answer) if last else answer)
            crossed("answered")
            if last:
                break
        self.close()

    def _answer(self, answer: bytes) -> None:
        self.busy = False
        self._since = time.monotonic()
        if self._transport is None:
            self._leave()
            return
        self._transport.write(answer)
        if self._came:
            self._transport.resume_reading()
            self._look()

    def _hand_over(self, came: bytes) -> None:
        """The connection is aiohttp's from here on."""
        transport, self._transport = self._transport, None
        self._leave()
        if transport is not None:
            site = self._doors.site()
            self._doors.sites.add(site)
            transport.set_protocol(site)
            site.connection_made(transport)
            site.data_received(came)

    def _leave(self) -> None:
        if not self.busy:
            self._doors.open.discard(self)
            self._next.cancel()


class Doors:
    """All connections that are not handed over. `site` makes aiohttp's end of one; bodies have up to `limit` bytes."""

    def __init__(self, take: Take, site: Callable[[], Site], limit: int) -> None:
        self._take = take
        self.site = site
        self.limit = limit
        self.open: set[Door] = set()
        self.sites: WeakSet[Site] = WeakSet()
        self.leaving = False
        """Each connection ends with its next answer."""
        self.closing = False
        self.loop = asyncio.get_running_loop()
        self._second, self._stored = 0, b""
        self._sweeping = self.loop.call_later(SWEEP, self.sweep)

    def __call__(self) -> Door:
        return Door(self)

    async def answer(self, head: Head, body: bytes) -> bytes:
        try:
            await self._take(head.adapter, head.hook, RawRequest("POST", {}, head.headers, body, now()))
        except Exception as error:  # noqa: BLE001  it becomes an answer and a line of the log
            return _wire(answer_to(error, "a webhook"))
        return self._ok()

    async def close(self, seconds: float) -> None:
        """Close what is idle at once; what is at work may finish within this time."""
        self.closing = True
        self._sweeping.cancel()
        for door in [door for door in self.open if not door.busy]:
            door.close()
        if busy := [door.task for door in self.open if door.busy]:
            await asyncio.wait(busy, timeout=seconds)
        for door in list(self.open):
            door.close()

    def sweep(self) -> None:
        """Close what is late, now and every so often."""
        self._sweeping.cancel()
        self._sweeping = self.loop.call_later(SWEEP, self.sweep)
        moment = time.monotonic()
        for door in [door for door in self.open if door.is_late(moment)]:
            door.close()
        for site in [site for site in self.sites if site.is_late(moment)]:
            site.end()

    def _ok(self) -> bytes:
        """200, with a date that is made once a second."""
        second = int(time.time())
        if second != self._second:
            self._second, self._stored = second, _wire(web.Response())
        return self._stored


def _with_close(answer: bytes) -> bytes:
    status, _, rest = answer.partition(b"\r\n")
    return b"\r\n".join((status, b"Connection: close", rest))


def _wire(answer: web.Response) -> bytes:
    body = answer.body if isinstance(answer.body, bytes) else b""
    headers = {**answer.headers, "Content-Length": str(len(body)), "Date": formatdate(usegmt=True)}
    lines = (f"HTTP/1.1 {answer.status} {answer.reason}", *(f"{name}: {value}" for name, value in headers.items()))
    return "\r\n".join((*lines, "", "")).encode() + body
