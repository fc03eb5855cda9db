"""Malware scan by clamd, over TCP or its unix socket (`[media] clamd`; off by default).

The protocol is small enough to be spoken here (clamd(8), INSTREAM): `zINSTREAM\\0`, then chunks, each behind its length
in four bytes, then a length of zero; the answer is one line. The file is streamed, never held.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from xyper_engine.errors import SettingsError, Unavailable
from xyper_engine.settings import Settings

CONNECT = 5.0
"""Seconds until a connection must stand."""
SILENCE = 120.0
"""Seconds that clamd may take for its verdict: it unpacks archives meanwhile."""
CHUNK = 256 * 1024
"""Bytes of one chunk at most; clamd's own limit is its StreamMaxLength for the whole."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Infection:
    name: str
    """The malware's, as clamd calls it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where clamd listens: `path`, or else `host` and `port`."""

    host: str = ""
    port: int = 0
    path: Path | None = None

    def __str__(self) -> str:
        return str(self.path) if self.path else f"{self.host}:{self.port}"


class Scanner:
    """`silence` is how long clamd may take to answer, in seconds. One connection per file, as clamd wants it."""

    def __init__(self, place: Place, *, silence: float = SILENCE) -> None:
        self._place = place
        self._silence = silence

    async def scan(self, chunks: AsyncIterator[bytes]) -> Infection | None:
        """What infects a file, None where nothing does. Raises `Unavailable` where there is no verdict."""
        async with self._asking() as (reader, writer):
            writer.write(b"zINSTREAM\0")
            answering = asyncio.ensure_future(reader.readuntil(b"\0"))
            try:
                await self._send(writer, chunks, answering)
                async with asyncio.timeout(self._silence):
                    return self._verdict(await answering)
            finally:
                answering.cancel()
                await asyncio.gather(answering, return_exceptions=True)

    async def ping(self) -> None:
        """Raises `Unavailable`."""
        async with self._asking() as (reader, writer), asyncio.timeout(CONNECT):
            writer.write(b"zPING\0")
            answer = await reader.readuntil(b"\0")
        if answer != b"PONG\0":
            raise Unavailable(f"What listens at {self._place} is no clamd: see [media] clamd.")

    async def _send(
        self, writer: asyncio.StreamWriter, chunks: AsyncIterator[bytes], answering: asyncio.Future[bytes]
    ) -> None:
        """All of the file, or as much of it as clamd wants: it answers, or hangs up, at what is too large for it."""
        async for chunk in chunks:
            for start in range(0, len(chunk), CHUNK):
                if answering.done():
                    return
                piece = chunk[start : start + CHUNK]
                await self._write(writer, len(piece).to_bytes(4, "big") + piece)
        await self._write(writer, bytes(4))

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        try:
            writer.write(data)
            async with asyncio.timeout(self._silence):
                await writer.drain()
        except ConnectionError as error:
            raise Unavailable(
                f"clamd at {self._place} broke off within a file: is the file larger than its StreamMaxLength?"
            ) from error

    def _verdict(self, answer: bytes) -> Infection | None:
        words = answer.decode("utf-8", "replace").rstrip("\0").removeprefix("stream: ")
        if words == "OK":
            return None
        if words.endswith(" FOUND"):
            return Infection(words.removesuffix(" FOUND"))
        if "size limit exceeded" in words:
            raise Unavailable(f"clamd at {self._place} takes no file of this size: raise its StreamMaxLength.")
        raise Unavailable(f"clamd at {self._place} could not scan a file: {words}")

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[Streams]:
        """A connection whose troubles are told in words; errors of the file's own source pass through."""
        reader, writer = await self._connected()
        try:
            yield reader, writer
        except TimeoutError:
            raise Unavailable(f"clamd at {self._place} did not answer in time.") from None
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise Unavailable(f"clamd at {self._place} broke off ({type(error).__name__}).") from error
        finally:
            writer.transport.abort()

    async def _connected(self) -> Streams:
        try:
            async with asyncio.timeout(CONNECT):
                if self._place.path:
                    return await asyncio.open_unix_connection(self._place.path)
                return await asyncio.open_connection(self._place.host, self._place.port)
        except OSError as error:
            raise Unavailable(f"clamd at {self._place} cannot be reached: is it running? See [media] clamd.") from error


def open_scanner(settings: Settings) -> Scanner | None:
    """The scanner that `[media] clamd` names, None where it is "". Raises `SettingsError`; asks nothing yet."""
    url = settings.media.clamd
    return Scanner(_place(url)) if url else None


def _place(url: str) -> Place:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme == "unix" and parts.path.startswith("/"):
        return Place(path=Path(parts.path))
    if parts.scheme == "tcp" and host:
        return Place(host, port or 3310)
    raise SettingsError('[media] clamd: write "tcp://host:3310", "unix:/run/clamav/clamd.ctl", or "" for no scan.')
