"""The malware scan, asked of a real clamd over both kinds of socket, and of servers that misbehave."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest

from tests.conftest import Configure
from tests.engine.media.clamd import MALWARE, MOST, NAME, Clamd
from tests.server import HOST
from xyper_engine.errors import SettingsError, Unavailable
from xyper_engine.media.scan import Infection, Place, Scanner, open_scanner

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(scope="module")
def clamd() -> Iterator[Clamd]:
    with Clamd() as server:
        yield server


@pytest.fixture(params=["tcp", "unix"])
def scanner(request: pytest.FixtureRequest, clamd: Clamd, configure: Configure) -> Scanner:
    opened = open_scanner(configure({"media": {"clamd": clamd.url if request.param == "tcp" else clamd.socket}}))
    assert opened
    return opened


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def broken() -> AsyncIterator[bytes]:
    yield b"x"
    raise Unavailable("the source broke off")


FILES = {
    "nothing": ([], None),
    "an empty chunk": ([b"a", b"", b"b"], None),
    "harmless": ([b"harmless"], None),
    "malware": ([MALWARE], Infection(NAME)),
    "malware in pieces": ([MALWARE[:7], b"", MALWARE[7:]], Infection(NAME)),
    "as large as it may be": ([b"x" * MOST], None),
}


@pytest.mark.real
@pytest.mark.parametrize(("chunks", "verdict"), FILES.values(), ids=list(FILES))
async def test_a_file_gets_a_verdict(scanner: Scanner, chunks: list[bytes], verdict: Infection | None) -> None:
    assert await scanner.scan(stream(*chunks)) == verdict


@pytest.mark.real
async def test_a_file_beyond_its_limit_has_no_verdict(scanner: Scanner) -> None:
    with pytest.raises(Unavailable, match="StreamMaxLength"):
        await scanner.scan(stream(*[b"x" * 65_536] * (MOST // 65_536 + 64)))


@pytest.mark.real
async def test_a_source_that_breaks_off_is_no_fault_of_the_scanner(scanner: Scanner) -> None:
    with pytest.raises(Unavailable, match="the source broke off"):
        await scanner.scan(broken())
    await scanner.ping()


@pytest.mark.real
async def test_files_are_scanned_side_by_side(scanner: Scanner) -> None:
    verdicts = await asyncio.gather(*(scanner.scan(stream(body)) for body in [MALWARE, b"harmless"] * 8))
    assert verdicts == [Infection(NAME), None] * 8


@asynccontextmanager
async def rude(conversation: Conversation, silence: float = 30.0) -> AsyncIterator[Scanner]:
    """A scanner whose clamd talks like that."""
    gone = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await conversation(reader, writer)
        finally:
            writer.close()
            gone.set()

    async with await asyncio.start_server(talk, HOST, 0) as server:
        yield Scanner(Place(HOST, server.sockets[0].getsockname()[1]), silence=silence)
        async with asyncio.timeout(10):
            await gone.wait()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\0")


async def speaks_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\0")
    writer.write(b"HTTP/1.1 400 Bad Request\0")
    await writer.drain()


async def talks_too_much(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\0")
    writer.write(b"x" * 200_000 + b"\0")
    await writer.drain()


async def refuses_its_size(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\0")
    writer.write(b"INSTREAM size limit exceeded. ERROR\0")
    await writer.drain()
    await reader.read()


TROUBLES = {
    "silent": (silent, "did not answer in time"),
    "hangs up": (hangs_up, "broke off"),
    "is another server": (speaks_http, "could not scan a file: HTTP/1.1 400"),
    "refuses its size": (refuses_its_size, "takes no file of this size"),
    "talks too much": (talks_too_much, "broke off"),
}


@pytest.mark.parametrize(("conversation", "words"), TROUBLES.values(), ids=list(TROUBLES))
async def test_a_clamd_in_trouble_is_told_in_words(conversation: Conversation, words: str) -> None:
    async with rude(conversation, silence=0.2) as scanner:
        with pytest.raises(Unavailable, match=f"^clamd at {HOST}:.*{re.escape(words)}"):
            await scanner.scan(stream(b"x" * 1000))


async def test_another_server_does_not_pass_for_clamd() -> None:
    async with rude(speaks_http) as scanner:
        with pytest.raises(Unavailable, match="is no clamd"):
            await scanner.ping()


@pytest.mark.parametrize("url", [f"tcp://{HOST}:1", "unix:/nonexistent/clamd.ctl"])
async def test_no_clamd_at_all_is_told_in_words(configure: Configure, url: str) -> None:
    scanner = open_scanner(configure({"media": {"clamd": url}}))
    assert scanner
    with pytest.raises(Unavailable, match="cannot be reached"):
        await scanner.scan(stream(b"x"))
    with pytest.raises(Unavailable, match="cannot be reached"):
        await scanner.ping()


def test_it_is_off_by_default(configure: Configure) -> None:
    assert open_scanner(configure()) is None


@pytest.mark.parametrize("url", ["http://x", "localhost:3310", "tcp://", "unix:relative", "tcp://h:port", "tcp://[x"])
def test_a_wrong_address_is_one_sentence(configure: Configure, url: str) -> None:
    with pytest.raises(SettingsError, match=r"^\[media\] clamd: "):
        open_scanner(configure({"media": {"clamd": url}}))
