"""A running engine, attacked through its door: it lives, its memory is bounded, and neighbours are served meanwhile."""

import asyncio
import gzip
import json
import random
import zlib
from collections.abc import AsyncIterator, Mapping
from functools import cache

import aiohttp
import pytest
import pytest_asyncio

from tests.flows import wire
from tests.fuzz.bodies import known, spoiled
from tests.fuzz.stage import SIGNED, Target, good, request, target, whatsapp
from tests.world import OPERATOR

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEED, BODIES = 8, 150
HOOK = f"/hooks/whatsapp/{OPERATOR}"
SLOW = 300
"""Connections that dribble at the same time."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def it() -> AsyncIterator[Target]:
    async with target() as made:
        yield made


@pytest.mark.parametrize("name", ["whatsapp", "genesys"])
async def test_bodies_that_break_programs(it: Target, name: str) -> None:
    """Signed: as by a tenant who brings an app of its own, and is no friend of the others."""
    for what, body in known(name).items():
        assert await it.status(SIGNED[name](body)) in (200, 400), what
    await it.unharmed()


@pytest.mark.parametrize("name", ["whatsapp", "genesys"])
async def test_spoiled_webhooks(it: Target, name: str) -> None:
    dice = random.Random(SEED)
    for _ in range(BODIES):
        assert await it.status(SIGNED[name](spoiled(name, dice))) in (200, 400)
    await it.unharmed()


@cache
def _bomb(kind: str, megabytes: int) -> bytes:
    """Zeros, packed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31 if kind == "gzip" else 15)
    zeros = bytes(1 << 20)
    return b"".join(packer.compress(zeros) for _ in range(megabytes)) + packer.flush()


@pytest.mark.parametrize("kind", ["gzip", "deflate"])
@pytest.mark.parametrize("path", [HOOK, "/api/v1/auth/login"])
async def test_zip_bombs(it: Target, kind: str, path: str) -> None:
    bomb = _bomb(kind, 256)
    signature = f"X-Hub-Signature-256: {wire.signature(bomb)}"
    told = await it.status(request(path, bomb, f"Content-Encoding: {kind}", signature), 20.0)
    assert told in (None, 400, 401, 403, 413, 415, 422)
    await it.unharmed()


async def test_a_packed_webhook_is_not_proved_by_its_content(it: Target) -> None:
    """A vendor signs the bytes that it sends, and sends none packed."""
    body = good("wamid.packed")
    for headers in (("Content-Encoding: gzip",), ("Content-Encoding: gzip", "Content-Encoding: gzip")):
        assert await it.status(request(HOOK, gzip.compress(body), *headers)) in (400, 401, 403)


SHAPES: Mapping[str, bytes] = {
    "no length": request(HOOK, b"{}", length=""),
    "two lengths": request(HOOK, b"{}", "Content-Length: 1"),
    "a list of lengths": request(HOOK, b"{}", length="Content-Length: 2, 2"),
    "a negative length": request(HOOK, b"{}", length="Content-Length: -1"),
    "a length with a sign": request(HOOK, b"{}", length="Content-Length: +2"),
    "a length in hex": request(HOOK, b"{}", length="Content-Length: 0x2"),
    "an endless length": request(HOOK, b"{}", length="Content-Length: " + "9" * 400),
    "a length of 20 digits": request(HOOK, b"{}", length="Content-Length: 18446744073709551618"),
    "length and chunks": request(HOOK, b"0\r\n\r\n", "Transfer-Encoding: chunked"),
    "chunks by another name": request(HOOK, b"0\r\n\r\n", "Transfer-Encoding: xchunked", length=""),
    "chunks twice": request(HOOK, b"0\r\n\r\n", "Transfer-Encoding: chunked, identity", length=""),
    "a chunk of a negative size": request(HOOK, b"-1\r\nx\r\n0\r\n\r\n", "Transfer-Encoding: chunked", length=""),
    "a chunk that is enormous": request(HOOK, b"f" * 17 + b"\r\n", "Transfer-Encoding: chunked", length=""),
    "a chunk's endless extension": request(
        HOOK, b"1;" + b"a" * 1_000_000 + b"\r\nx\r\n0\r\n\r\n", "Transfer-Encoding: chunked", length=""
    ),
    "a million tiny chunks": request(
        HOOK, b"1\r\nx\r\n" * 1_000_000 + b"0\r\n\r\n", "Transfer-Encoding: chunked", length=""
    ),
    "a space before the colon": request(HOOK, b"{}", length="Content-Length : 2"),
    "a header over two lines": request(HOOK, b"{}", "X-A: b\r\n Transfer-Encoding: chunked"),
    "a NUL in a header": request(HOOK, b"{}", "X-A: \x00"),
    "a bare line feed": request(HOOK, b"{}", "X-A: b\nTransfer-Encoding: chunked"),
    "a header of 1 MB": request(HOOK, b"{}", "X-A: " + "a" * 1_000_000),
    "100,000 headers": request(HOOK, b"{}", *(f"X-{n}: 1" for n in range(100_000))),
    "a request line of 1 MB": b"POST /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(100),
    "HTTP/9": b"POST /hooks/whatsapp/x HTTP/9.9\r\n\r\n",
    "5 MB": request(HOOK, bytes(5 << 20)),
    "a path full of dots": request("/hooks/../../../../etc/passwd", b"{}"),
    "a path in percents": request("/hooks/whatsapp/%00%0d%0aX-A:%20b", b"{}"),
}  # fmt: skip


@pytest.mark.parametrize("what", SHAPES)
async def test_requests_that_are_none(it: Target, what: str) -> None:
    try:
        told = await it.status(SHAPES[what], 5.0)
    except TimeoutError:
        told = 0  # it waits for what was promised
    assert told is None or told == 0 or 400 <= told < 500, told
    await it.unharmed()


async def test_a_smuggled_request_is_not_heard(it: Target) -> None:
    """Behind a body whose end can be read in two ways: only the first is answered, and the connection ends."""
    inner = b"GET /api/docs HTTP/1.1\r\nHost: x\r\n\r\n"
    shapes = (
        request(HOOK, b"0\r\n\r\n" + inner, "Transfer-Encoding: chunked"),
        request(HOOK, inner, "Content-Length: 0"),
        request(HOOK, b"0\r\n\r\n" + inner, "Transfer-Encoding:\x0bchunked"),
        request(HOOK, b"0\r\n\r\n" + inner, "Transfer-Encoding: chunked", "Transfer-Encoding: identity", length=""),
    )
    for shape in shapes:
        async with it.connection() as (reader, writer), asyncio.timeout(10):
            writer.write(shape)
            answers = (await reader.read(65536)).count(b"HTTP/1.1 ")
            assert answers <= 1
    await it.unharmed()


@pytest.mark.parametrize("start", [b"POST /hooks/whatsapp/operator HTTP/1.1\r\nHost: x\r\nX-A: ", b"GET /api/v1/ten"])
async def test_many_who_dribble_a_head_hold_nobody_up(it: Target, start: bytes) -> None:
    await _dribbled(it, start, b"a")


async def test_many_who_dribble_a_body_hold_nobody_up(it: Target) -> None:
    body = good("wamid.slow")
    await _dribbled(it, whatsapp(body)[: -len(body)], body[:1])


async def _dribbled(it: Target, start: bytes, more: bytes) -> None:
    """All of them at once; a neighbour is served before, between and after."""
    writers = [(await asyncio.open_connection("127.0.0.1", it.engine.port))[1] for _ in range(SLOW)]
    try:
        for piece in (start, more, more):
            for writer in writers:
                writer.write(piece)
            await it.unharmed()
    finally:
        for writer in writers:
            writer.transport.abort()
    await it.unharmed()


LIVE = "/widget/api/v1/tenants/tenant-1/live"


async def test_websockets_that_are_abused(it: Target) -> None:
    """Before they have said who they are: too much at once, and what unpacks to too much."""
    origin = {"Origin": it.engine.url}
    for said in (b"x" * (5 << 20), b"[" * 100_000, json.dumps({"token": "\x00" * 1000}).encode(), b"\xed\xa0\x80"):
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(it.engine.url + LIVE, headers=origin, compress=15) as socket,
        ):
            await socket.send_frame(said, aiohttp.WSMsgType.TEXT)
            answer = await socket.receive(10)
            assert answer.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    await it.unharmed()
