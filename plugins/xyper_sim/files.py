"""Files of both simulated vendors: on disk, never whole in memory, gone when the simulator closes.

Also the tiny samples that the pages offer (`data/samples/`, see the README there).
"""

import hashlib
import secrets
from collections.abc import AsyncIterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from aiohttp import web

_SHOWN = ("image/jpeg", "image/png", "image/webp", "image/gif", "audio/", "video/", "application/pdf")
_SAMPLES = {
    "photo.jpg": "image/jpeg",
    "film.mp4": "video/mp4",
    "answer.mp3": "audio/mpeg",
    "voice.ogg": "audio/ogg; codecs=opus",
    "invoice.pdf": "application/pdf",
    "sticker.webp": "image/webp",
}


class TooBig(Exception):
    """More bytes came than were allowed."""


@dataclass(frozen=True, slots=True)
class Stored:
    path: Path
    size: int
    digest: bytes
    """SHA-256."""

    def head(self, count: int = 64) -> bytes:
        """The first bytes."""
        with self.path.open("rb") as file:
            return file.read(count)


class Files:
    """A folder of its own, made with the first file."""

    def __init__(self) -> None:
        self._folder: TemporaryDirectory[str] | None = None

    async def keep(self, chunks: AsyncIterable[bytes], most: int) -> Stored:
        """Write what comes. Raises `TooBig` for more than `most` bytes, and keeps nothing of it."""
        path, digest, size = self._fresh(), hashlib.sha256(), 0
        try:
            with path.open("wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > most:
                        raise TooBig(f"more than {most} bytes")
                    digest.update(chunk)
                    file.write(chunk)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Stored(path, size, digest.digest())

    def close(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _fresh(self) -> Path:
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="xyper-sim-")
        return Path(self._folder.name) / secrets.token_hex(12)


def answer(path: Path, mime: str, name: str = "") -> web.FileResponse:
    """A file for a page or a program: in ranges, never sniffed, never active; harmless kinds are shown inline."""
    how = "inline" if mime.startswith(_SHOWN) else "attachment"
    named = f"; filename*=UTF-8''{quote(name, safe='')}" if name else ""
    headers = {
        "Content-Type": mime or "application/octet-stream",
        "Content-Disposition": how + named,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
    }
    if mime != "application/pdf":  # browsers show a PDF with scripts of their own
        headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return web.FileResponse(path, headers=headers)


def routes() -> list[web.RouteDef]:
    """`GET /api/samples/{name}`."""
    return [web.get("/api/samples/{name}", _sample)]


async def _sample(request: web.Request) -> web.StreamResponse:
    """One of the samples: they are what the pages' menus upload."""
    name = request.match_info["name"]
    if name not in _SAMPLES:
        raise web.HTTPNotFound(text=f"There is no sample {name!r}.")
    with resources.as_file(resources.files("xyper_sim") / "data" / "samples" / name) as path:
        body = path.read_bytes()
    return web.Response(body=body, headers={"Content-Type": _SAMPLES[name], "X-Content-Type-Options": "nosniff"})


def mount(request: web.Request) -> str:
    """The address, without a last `/`, under which the simulator is reached by this very request."""
    path = request.path
    for area in ("/api/", "/graph/", "/cloud/", "/login/"):
        before, found, _ = path.partition(area)
        if found:
            return str(request.url.origin()) + before
    return str(request.url.origin())
