"""Meta's Resumable Upload API: a file is handed to an app, and other calls name it by its handle.

    POST /{app}/uploads ─ a session ─ POST /{session}, from an offset on ─ the handle ─ a template's `header_handle`

Source: Meta, "Resumable Upload API"; code 131009/2494102 as gateways recorded it.
"""

import base64
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from xyper_sim.files import Files, Stored, TooBig
from xyper_sim.graph_errors import GraphError
from xyper_sim.graph_media import MOST
from xyper_sim.graph_objects import token_of
from xyper_sim.graph_state import GraphState

Json = dict[str, Any]
TYPES = frozenset({"application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4"})
_FORMATS = {"IMAGE": "image/", "VIDEO": "video/", "DOCUMENT": "application/"}
_PAGE = "https://scontent.whatsapp.net/v/t61/"
"""Where Meta shows an example that it has taken: who lists the template reads this, never the handle again."""


@dataclass(slots=True)
class Session:
    """A file that is being uploaded."""

    app: str
    mime: str
    size: int
    signature: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    parts: list[Stored] = field(default_factory=list)

    @property
    def offset(self) -> int:
        """Bytes that have come."""
        return sum(part.size for part in self.parts)


class Handles:
    """Sessions by their ids, and the types of finished files by their handles."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self._mimes: dict[str, str] = {}

    def finish(self, session: Session) -> str:
        mime = base64.b64encode(session.mime.encode()).decode()
        mark, end = secrets.token_urlsafe(24), secrets.token_urlsafe(8)
        handle = f"4::{mime}:{mark}:e:{int(time.time()) + 86400}:{session.app}:100089620928913:{end}"
        self._mimes[handle] = session.mime
        return handle

    def fits(self, handle: str, form: str) -> bool:
        """Whether it is a handle, of a file that a header of this format may show."""
        return self._mimes.get(handle, "").startswith(_FORMATS[form])


class Uploads:
    """The two calls, and the question how far an upload has come."""

    def __init__(self, state: GraphState, handles: Handles) -> None:
        self._state = state
        self._handles = handles
        self._files: Files = state.kit.files

    async def begin(self, request: web.Request) -> web.Response:
        """`POST /{app}/uploads?file_name=&file_length=&file_type=` → `{"id": "upload:…?sig=…"}`."""
        app, query = self._app(request, request.match_info["app"]), request.query
        size, mime = query.get("file_length", ""), query.get("file_type", "")
        if not size.isdecimal() or not 0 < int(size) <= MOST:
            raise GraphError(100, message="(#100) Param file_length must be the file's size in bytes, at most 100 MB.")
        if mime not in TYPES:
            raise GraphError(100, message=f"(#100) Param file_type must be one of {', '.join(sorted(TYPES))}.")
        name = base64.b64encode(f"1:attachment:{secrets.token_hex(16)}".encode()).decode()
        session = self._handles.sessions[name] = Session(app, mime, int(size))
        return web.json_response({"id": f"upload:{name}?sig={session.signature}"})

    async def take(self, request: web.Request) -> web.Response:
        """`POST /{session}` with `file_offset` and the bytes from there on → `{"h"}`."""
        session = self._session(request)
        if request.headers.get("file_offset") != str(session.offset):
            raise GraphError(100, message="(#100) The file_offset is not the one that the session has come to.")
        try:
            part = await self._files.keep(request.content.iter_any(), session.size - session.offset)
        except TooBig:
            raise GraphError(100, message="(#100) More bytes came than file_length says.") from None
        session.parts.append(part)
        if session.offset < session.size:
            raise GraphError(100, message="(#100) Fewer bytes came than file_length says: resume the upload.")
        return web.json_response({"h": self._handles.finish(session)})

    async def ask(self, request: web.Request) -> web.Response:
        """`GET /{session}` → how far it has come."""
        session = self._session(request)
        return web.json_response({"id": f"upload:{request.match_info['session']}", "file_offset": session.offset})

    def _session(self, request: web.Request) -> Session:
        session = self._handles.sessions.get(request.match_info["session"])
        if session is None or not secrets.compare_digest(request.query.get("sig", ""), session.signature):
            raise GraphError(100, message="(#100) Upload session not found.", subcode=33)
        self._app(request, session.app)
        return session

    def _app(self, request: web.Request, app: str) -> str:
        """The app, asked with a token that is of it. Raises `GraphError` 190 or 100/33."""
        token = token_of(request)
        owners = {number.app for number in self._state.numbers.values() if number.takes(token)}
        if not owners:
            raise GraphError(190, message="Error validating access token: The access token is invalid.")
        if app not in owners:
            raise GraphError(
                100, message=f"Unsupported post request. Object with ID '{app}' does not exist", subcode=33
            )
        return app


def taken(components: Sequence[Json], handles: Handles) -> list[Json]:
    """The components as Meta keeps them, each example in its own place. Raises `GraphError` for one it refuses."""
    for one in headers_of(components):
        _judge(one, handles)
    return [_kept(one) for one in components]


def headers_of(components: Sequence[Json]) -> Iterator[Json]:
    """The headers that show a file, those of a carousel's cards among them."""
    for one in components:
        if str(one.get("type", "")).upper() == "HEADER" and str(one.get("format", "")).upper() in _FORMATS:
            yield one
        for card in one.get("cards") or ():
            yield from headers_of(card.get("components") or ())


def _judge(header: Json, handles: Handles) -> None:
    given = (header.get("example") or {}).get("header_handle") or ()
    if not given:
        words = "component of type HEADER is missing expected field(s) (example)"
        raise GraphError(100, subcode=2388043, title="Message template is missing expected field(s)", words=words)
    if not handles.fits(str(given[0]), str(header["format"]).upper()):
        words = "The HEADER's uploaded media handle is not valid. Upload the example anew."
        raise GraphError(131009, subcode=2494102, title="Invalid media handle", words=words)


def _kept(component: Json) -> Json:
    if component.get("cards"):
        cards = [{**card, "components": [_kept(one) for one in card["components"]]} for card in component["cards"]]
        return {**component, "cards": cards}
    example: Mapping[str, Any] = component.get("example") or {}
    if "header_handle" not in example:
        return component
    return {**component, "example": {**example, "header_handle": [f"{_PAGE}{secrets.token_hex(12)}"]}}
