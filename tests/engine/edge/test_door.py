"""The webhooks' own door, over real sockets: what it answers, what it hands over, how it closes."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import pytest
from aiohttp import web

from xyper_engine.contract import RawRequest
from xyper_engine.edge import door
from xyper_engine.edge.door import Doors
from xyper_engine.edge.problems import problems
from xyper_engine.edge.site import Site as Connection
from xyper_engine.errors import BrokerUnavailable, Refused

LIMIT = 200_000


def post(body: bytes, *more: bytes, hook: bytes = b"one") -> bytes:
    head = (b"POST /hooks/whatsapp/%b HTTP/1.1" % hook, b"Host: x", b"Content-Length: %d" % len(body), *more)
    return b"\r\n".join((*head, b"", body))


@dataclass
class Site:
    """A door before an aiohttp site; what webhooks it took, and how the next one ends."""

    taken: list[tuple[str, str, bytes]] = field(default_factory=list)
    by_aiohttp: list[bytes] = field(default_factory=list)
    fails: Exception | None = None
    go: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    doors: Doors | None = None

    async def take(self, adapter: str, hook: str, raw: RawRequest) -> None:
        self.taken.append((adapter, hook, raw.body))
        await self.go.wait()
        if self.fails:
            raise self.fails

    async def page(self, request: web.Request) -> web.Response:
        self.by_aiohttp.append(await request.read())
        return web.Response(text="page")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    site.go.set()
    app = web.Application(middlewares=[problems], client_max_size=LIMIT)
    app.router.add_route("*", "/{path:.*}", site.page)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    assert runner.server is not None
    loop = asyncio.get_running_loop()
    site.doors = Doors(site.take, partial(Connection, runner.server, loop=loop), LIMIT)
    server = await loop.create_server(site.doors, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    yield site
    server.close()
    await site.doors.close(1)
    await runner.cleanup()


class Line:
    """A client's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def ask(self, *pieces: bytes) -> tuple[int, bytes]:
        for piece in pieces:
            self.writer.write(piece)
            await asyncio.sleep(0)
        return await self.answer()

    async def answer(self) -> tuple[int, bytes]:
        async with asyncio.timeout(5):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            assert headers["date"].endswith("GMT")
            return int(head[0].split()[1]), await self._reader.readexactly(int(headers["content-length"]))

    async def ended(self) -> bool:
        async with asyncio.timeout(5):
            return await self._reader.read() == b""


@asynccontextmanager
async def line(site: Site) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    try:
        yield Line(reader, writer)
    finally:
        writer.close()


async def test_webhooks_one_after_another_on_one_connection(site: Site) -> None:
    async with line(site) as client:
        assert await client.ask(post(b"{}")) == (200, b"")
        assert await client.ask(post(b"[1]", b"Connection: keep-alive")) == (200, b"")
    assert site.taken == [("whatsapp", "one", b"{}"), ("whatsapp", "one", b"[1]")]
    assert site.by_aiohttp == []


async def test_a_body_in_pieces(site: Site) -> None:
    body = b"x" * LIMIT
    raw = post(body)
    async with line(site) as client:
        assert await client.ask(raw[:9], raw[9:40], raw[40:70_000], raw[70_000:]) == (200, b"")
    assert site.taken == [("whatsapp", "one", body)]


async def test_what_is_sent_ahead_waits_for_its_turn(site: Site) -> None:
    bodies = [b"%d" % n * 60_000 for n in range(3)]
    site.go.clear()
    async with line(site) as client:
        client.writer.write(b"".join(map(post, bodies)))
        await _until(lambda: len(site.taken) == 1)
        site.go.set()
        assert [await client.answer() for _ in bodies] == [(200, b"")] * 3
    assert [body for _, _, body in site.taken] == bodies


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        (post(b"ahead", hook=b"one?a=b"), 200),
        (post(b"ahead", b"Connection: close"), 200),
        (post(b"x" * (LIMIT + 1)), 413),
        (b"nonsense\r\n\r\n", 400),
    ],
)
@pytest.mark.parametrize("before", [0, 1])
async def test_anything_else_is_aiohttps_with_the_connection(site: Site, raw: bytes, status: int, before: int) -> None:
    async with line(site) as client:
        for _ in range(before):
            assert await client.ask(post(b"{}")) == (200, b"")
        assert (await client.ask(raw[:3], raw[3:]))[0] == status
        if status == 200 and b"close" not in raw:
            assert await client.ask(post(b"later")) == (200, b"page")
            assert site.by_aiohttp[-1] == b"later"
    assert len(site.taken) == before


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (Refused("No signature.", 401), 401, b"No signature."),
        (BrokerUnavailable("The disk is full."), 503, b"The disk is full."),
        (ZeroDivisionError("secret"), 500, b"Tell us this correlation id."),
    ],
)
async def test_a_refusal_is_a_problem_and_the_connection_goes_on(
    site: Site, error: Exception, status: int, words: bytes
) -> None:
    site.fails = error
    async with line(site) as client:
        answered, body = await client.ask(post(b"{}"))
        assert (answered, words in body, b"secret" in body) == (status, True, False)
        site.fails = None
        assert await client.ask(post(b"{}")) == (200, b"")


async def test_on_leaving_what_is_at_work_is_answered_and_what_is_idle_is_closed(site: Site) -> None:
    assert site.doors is not None
    site.go.clear()
    async with line(site) as idle, line(site) as busy:
        busy.writer.write(post(b"{}"))
        idle.writer.write(post(b"{}")[:-1])
        await _until(lambda: len(site.taken) == 1)
        closing = asyncio.create_task(site.doors.close(5))
        assert await idle.ended()
        site.go.set()
        assert await busy.answer() == (200, b"")
        assert await busy.ended()
        await closing


async def test_a_client_that_leaves_early_does_not_undo_what_it_sent(site: Site) -> None:
    assert site.doors is not None
    site.go.clear()
    async with line(site) as client:
        client.writer.write(post(b"{}"))
        await _until(lambda: len(site.taken) == 1)
    site.go.set()
    await _until(lambda: not site.doors or not site.doors.open)
    async with line(site) as client:
        assert await client.ask(post(b"{}")) == (200, b"")


@pytest.mark.parametrize("begun", [b"", b"POST /hooks/"])
async def test_silence_has_an_end(site: Site, begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IDLE", "UNFINISHED", "SWEEP"):
        monkeypatch.setattr(door, name, 0.01)
    assert site.doors is not None
    async with line(site) as client:
        client.writer.write(begun)
        await _until(lambda: bool(site.doors and site.doors.open))
        site.doors.sweep()
        assert await client.ended()


@pytest.mark.parametrize("begun", [b"GET /wid", b"POST /other HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"])
async def test_a_request_that_dribbles_has_an_end(site: Site, begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """At aiohttp's, too: in its head, or in the body that a page waits for."""
    monkeypatch.setattr("xyper_engine.edge.site.UNFINISHED", 0.01)
    assert site.doors is not None
    async with line(site) as client:
        client.writer.write(begun)
        await _until(lambda: bool(site.doors and any(one.is_late(time.monotonic()) for one in site.doors.sites)))
        site.doors.sweep()
        assert await client.ended()


async def _until(there: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not there():  # noqa: ASYNC110  what it waits for happens behind a socket
            await asyncio.sleep(0.001)
