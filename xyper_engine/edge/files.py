"""Stored files for whoever has a signed link: `GET|HEAD /files/{token}/{name}`, whole or one range (RFC 9110).

404: forged or expired, decided without the database; 410: infected, or deleted by retention. Nothing a browser would
run is shown in it: that, and whatever is unknown, is only ever saved.
"""

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from urllib.parse import quote

import structlog
from aiohttp import web

from xyper_engine.edge.problems import problem
from xyper_engine.errors import NotFound, Unavailable
from xyper_engine.media.types import essence, is_active
from xyper_engine.model import new_id
from xyper_engine.runtime import Runtime
from xyper_engine.state.files import StoredFile

_RANGE = re.compile(r"bytes=\s*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))\s*", re.ASCII | re.IGNORECASE)
_SHOWN = re.compile(r"(?:image|video|audio)/.+|application/pdf")
_ALWAYS = {
    "Accept-Ranges": "bytes",
    "Cache-Control": "private",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_STRICT = "sandbox; default-src 'none'"
# Opened by itself, a film or sound is loaded by a page that the browser makes around it: Chromium's shows nothing under
# the strict policy. Scripts stay forbidden, so "same origin" gives nothing away.
_PLAYED = "sandbox allow-same-origin; default-src 'none'; media-src 'self'; style-src 'unsafe-inline'"
_log = structlog.get_logger("xyper.edge")


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes from `start`, `length` of them, of a file of `size`."""

    start: int
    length: int
    size: int
    asked: bool = True
    """False for the whole file, because nobody asked for less."""

    @property
    def headers(self) -> Mapping[str, str]:
        length = {"Content-Length": str(self.length)}
        last = self.start + self.length - 1
        return {**length, "Content-Range": f"bytes {self.start}-{last}/{self.size}"} if self.asked else length


class FileLinks:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/files/{token}/{name}", self.fetch)]

    async def fetch(self, request: web.Request) -> web.StreamResponse:
        file = await self._file(request.match_info["token"])
        headers = {**_ALWAYS, **_described(file)}
        if f'"{file.sha256}"' in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers={name: headers[name] for name in (*_ALWAYS, "ETag")})
        span = _span(request.headers, file)
        if span is None:
            return _unsatisfiable(file)
        response = web.StreamResponse(status=206 if span.asked else 200, headers={**headers, **span.headers})
        if request.method == "HEAD":
            await response.prepare(request)
            return response
        async with aclosing(self._rt.files.open(file.id, start=span.start, length=span.length)) as chunks:
            return await _streamed(request, response, chunks)

    async def _file(self, token: str) -> StoredFile:
        file = await self._rt.files.get(self._rt.files.linked(token))
        if file.state != "stored":
            why = "was found infected" if file.state == "infected" else "has been deleted"
            raise web.HTTPGone(text=f"The file {why}.")
        return file


async def _streamed(
    request: web.Request, response: web.StreamResponse, chunks: AsyncGenerator[bytes, None]
) -> web.StreamResponse:
    """`write` waits for a slow reader, so no more than a chunk or two is ever held."""
    chunk = await anext(chunks, b"")  # before the status: until here a failure can still be told
    await response.prepare(request)
    try:
        while chunk:
            await response.write(chunk)
            chunk = await anext(chunks, b"")
        await response.write_eof()
    except ConnectionError:  # the reader has what it wanted, or left
        return response
    except (NotFound, Unavailable) as error:
        _log.warning("a file broke off", reason=str(error), part="files")
        if request.transport:
            request.transport.abort()  # the length was promised: only so does the reader notice
    return response


def _described(file: StoredFile) -> Mapping[str, str]:
    shown = _SHOWN.fullmatch(essence(file.mime)) and not is_active(file.mime)
    played = shown and essence(file.mime) != "application/pdf"
    return {
        "Content-Disposition": _disposition("inline" if shown else "attachment", file.name),
        "Content-Security-Policy": _PLAYED if played else _STRICT,
        "Content-Type": file.mime,
        "ETag": f'"{file.sha256}"',
    }


def _disposition(how: str, name: str) -> str:
    """RFC 6266: a name in ASCII for those who know no better, and the true one (RFC 5987)."""
    plain = re.sub(r'[^ -~]|["\\%]', "_", name)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _span(headers: Mapping[str, str], file: StoredFile) -> Span | None:
    """What is asked for; None where the file has nothing of it. What is no single range is answered with the whole."""
    whole = Span(0, file.size, file.size, asked=False)
    asked = _RANGE.fullmatch(headers.get("Range", ""))
    if asked is None or headers.get("If-Range", f'"{file.sha256}"') != f'"{file.sha256}"':
        return whole
    first, last, suffix = asked.groups()
    if suffix is not None:
        length = min(int(suffix), file.size)
        return Span(file.size - length, length, file.size) if length else None
    start, end = int(first), min(int(last) if last else file.size, file.size - 1)
    if last and int(last) < start:
        return whole
    return Span(start, end - start + 1, file.size) if start < file.size else None


def _unsatisfiable(file: StoredFile) -> web.Response:
    answer = problem(416, "There are no such bytes", f"The file has {file.size} bytes.", new_id())
    answer.headers["Content-Range"] = f"bytes */{file.size}"
    return answer
