"""Live news: a WebSocket beside the API, `GET /widget/api/v1/tenants/<tenant>/live`, guarded as strictly as that is.

A WebSocket's request can carry no token, and anybody's page may open one: so the first message is `hello` with the
token, soon, and the page's origin must be one of ours. What the token may see is asked again and again while the line
stands, so that it ends with its session. `line.py` is one such line.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import structlog
from aiohttp import WSCloseCode, WSMsgType, web
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from xyper_engine.access.caller import Caller
from xyper_engine.edge.gateway import Gateway
from xyper_engine.edge.gateway.client import Client, counted
from xyper_engine.edge.widget.acting import Actors
from xyper_engine.edge.widget.happenings import MOST, Happenings
from xyper_engine.edge.widget.line import Closed, Line
from xyper_engine.edge.widget.opening import Opened, seen
from xyper_engine.edge.widget.page import LOCAL
from xyper_engine.edge.widget.typist import Typist
from xyper_engine.errors import Forbidden, NotFound, TooMany, Unauthenticated, Unavailable
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime

PATH = "/widget/api/v1/tenants/{tenant}/live"
HELLO = 5.0
"""Seconds for the first message."""
STRANGERS = 50
"""Lines from one address that have not said hello yet."""
EACH = 30
"""Lines of one session: Genesys keeps ten widgets alive in one tab."""
MESSAGE = 32_768
"""Bytes of one message of a client's."""
BEAT = 25.0
"""Seconds between two pings."""

_log = structlog.get_logger("xyper.live")


class Hello(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    type: str = Field(pattern="^hello$")
    token: SecretStr = Field(max_length=8000)
    thread: str = Field(min_length=1, max_length=300)
    after: str | None = Field(None, max_length=300)
    watching: tuple[str, ...] = Field((), max_length=MOST)
    language: str | None = Field(None, max_length=20)


def origin_of(url: str) -> str:
    """Of a page at this address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class Live:
    def __init__(self, rt: Runtime, registry: Registry, gateway: Gateway) -> None:
        self._rt = rt
        self._gateway = gateway
        self._happenings = Happenings(rt, registry)
        self._actors = Actors(rt, registry)
        self._origins = frozenset({origin_of(rt.settings.public_url), *rt.settings.widget.origins})
        self._strangers: Counter[str] = Counter()
        self._sessions: Counter[str] = Counter()
        self._open: set[web.WebSocketResponse] = set()

    def attach(self, app: web.Application) -> None:
        app.add_routes([web.get(PATH, self.serve)])
        app.on_shutdown.append(self._leave)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        client = await self._gateway.knocked(request)
        self._check(request, client)
        socket = web.WebSocketResponse(heartbeat=BEAT, max_msg_size=MESSAGE, timeout=2.0)
        async with self._counted(socket):
            await socket.prepare(request)
            try:
                await self._talk(socket, request.match_info["tenant"], client)
            except Closed as closed:
                await socket.close(code=closed.code, message=closed.why)
            except Exception:  # noqa: BLE001  a page's line is nobody else's trouble
                _log.exception("bug", part="live", correlation_id=client.request_id)
                await socket.close(code=WSCloseCode.INTERNAL_ERROR)
        return socket

    def _check(self, request: web.Request, client: Client) -> None:
        """Raises `Forbidden`, `TooMany` or `Unavailable`, before there is a socket."""
        origin = request.headers.get("Origin", "")
        developing = self._rt.settings.widget.development and LOCAL.fullmatch(origin)
        if origin not in self._origins and not developing:
            raise Forbidden(
                "This page may not hear live news: its origin is neither [server] public_url nor in [widget] origins."
            )
        if len(self._open) >= self._rt.settings.widget.connections:
            raise Unavailable("There are as many live connections as there may be ([widget] connections).")
        if self._strangers[counted(client.address)] >= STRANGERS:
            raise TooMany("Too many connections that have not said hello.", HELLO)

    async def _talk(self, socket: web.WebSocketResponse, tenant: str, client: Client) -> None:
        hello, caller, one = await self._greeted(socket, tenant, client)
        async with self._of_session(caller):
            typist = Typist(self._rt, self._actors)
            line = Line(self._rt, self._happenings, socket, one, hello.token.get_secret_value(), hello.language, typist)
            try:
                await line.run(hello.after, hello.watching)
            finally:
                await typist.stop()

    async def _greeted(
        self, socket: web.WebSocketResponse, tenant: str, client: Client
    ) -> tuple[Hello, Caller, Opened]:
        async with self._stranger(client):
            hello = await self._hello(socket)
            try:
                caller = await self._rt.access.prove(hello.token.get_secret_value())
                caller = caller.at(client.address, client.request_id)
                return hello, caller, await seen(self._rt, tenant, hello.thread, caller)
            except Unauthenticated:
                await self._gateway.guessed(client)
                raise Closed(4401, "token") from None
            except Forbidden:
                raise Closed(4403, "not allowed") from None
            except NotFound:
                raise Closed(4404, "unknown") from None
            except (Unavailable, TooMany):
                raise Closed(WSCloseCode.TRY_AGAIN_LATER, "away") from None

    async def _hello(self, socket: web.WebSocketResponse) -> Hello:
        try:
            async with asyncio.timeout(HELLO):
                message = await socket.receive()
        except TimeoutError:
            raise Closed(4408, "no hello") from None
        if message.type is not WSMsgType.TEXT:
            raise Closed(4408, "no hello")
        try:
            return Hello.model_validate_json(message.data)
        except ValidationError:
            raise Closed(4408, "no hello") from None

    @asynccontextmanager
    async def _counted(self, socket: web.WebSocketResponse) -> AsyncIterator[None]:
        self._open.add(socket)
        self._rt.metrics.live.set(len(self._open))
        try:
            yield
        finally:
            self._open.discard(socket)
            self._rt.metrics.live.set(len(self._open))

    @asynccontextmanager
    async def _stranger(self, client: Client) -> AsyncIterator[None]:
        address = counted(client.address)
        self._strangers[address] += 1
        try:
            yield
        finally:
            self._strangers[address] -= 1
            self._strangers += Counter()  # which drops those at zero

    @asynccontextmanager
    async def _of_session(self, caller: Caller) -> AsyncIterator[None]:
        whose = caller.session or caller.id
        if self._sessions[whose] >= EACH:
            raise Closed(WSCloseCode.TRY_AGAIN_LATER, "too many")
        self._sessions[whose] += 1
        try:
            yield
        finally:
            self._sessions[whose] -= 1
            self._sessions += Counter()

    async def _leave(self, _app: web.Application) -> None:
        """The engine stops: they may go to another one."""
        closing = [socket.close(code=WSCloseCode.GOING_AWAY, message=b"stopping") for socket in set(self._open)]
        await asyncio.gather(*closing, return_exceptions=True)
