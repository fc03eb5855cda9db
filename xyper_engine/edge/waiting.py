"""What an engine answers that waits for its database: it lives, is not ready, and takes nothing yet.

Without the database nobody knows who may send what, so a webhook is answered 503 at once: its sender repeats it. The
sockets stay open for the engine that is to come.
"""

import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import structlog
from aiohttp import web

from xyper_engine.backoff import Backoff
from xyper_engine.edge.problems import problem
from xyper_engine.errors import Unavailable
from xyper_engine.metrics import Metrics
from xyper_engine.model import new_id
from xyper_engine.settings import Settings
from xyper_engine.store.address import is_embedded
from xyper_engine.store.db import Database, open_database

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger("xyper")


class Waiting:
    """The doors of an engine that cannot start yet. `inside` are those of `[server] internal`."""

    def __init__(self, public: Sequence[socket.socket], inside: Sequence[socket.socket]) -> None:
        self._public = public
        self._inside = inside
        self._why = Unavailable("")

    @asynccontextmanager
    async def database(self, settings: Settings, metrics: Metrics) -> AsyncIterator[Database]:
        """As `open_database`, but a server that is away is waited for. The embedded one is ours to start: it raises."""
        async with AsyncExitStack() as stack:
            try:
                db = await stack.enter_async_context(open_database(settings, metrics))
            except Unavailable as error:
                if is_embedded(settings):
                    raise
                db = await self._until_there(stack, settings, metrics, error)
            yield db

    async def _until_there(
        self, stack: AsyncExitStack, settings: Settings, metrics: Metrics, error: Unavailable
    ) -> Database:
        self._why, backoff = error, Backoff()
        _log.warning("waiting for the database", task="engine", reason=str(error))
        async with self._answering():
            while True:
                await backoff.pause()
                with suppress(Unavailable):
                    db = await stack.enter_async_context(open_database(settings, metrics))
                    _log.info("the database is there", task="engine")
                    return db

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for sockets, answer in ((self._public, self._refuse), (self._inside, self._tell)):
                runner = web.ServerRunner(web.Server(answer, access_log=None), handle_signals=False, shutdown_timeout=1)
                await runner.setup()
                stack.push_async_callback(runner.cleanup)
                for sock in sockets:
                    await web.SockSite(runner, sock.dup()).start()
            yield

    async def _refuse(self, _request: web.BaseRequest) -> web.StreamResponse:
        """No line in the log: whoever repeats its webhooks would make it one line each."""
        answer = problem(503, "A part is away now", str(self._why), new_id())
        answer.force_close()  # the next request is the engine's
        return answer

    async def _tell(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/live":
            return web.Response(text="live\n")
        if request.path == "/ready":
            return web.json_response({"engine": "waiting", "database": str(self._why)}, status=503)
        return await self._refuse(request)
