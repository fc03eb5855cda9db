"""The HTTP servers: one for the world, one for the inside (health, metrics)."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from xyper_engine.edge.api import Api
from xyper_engine.edge.door import Doors
from xyper_engine.edge.files import FileLinks
from xyper_engine.edge.health import Health
from xyper_engine.edge.hooks import Hooks
from xyper_engine.edge.problems import problems
from xyper_engine.errors import SettingsError
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime

HOOKS = web.AppKey("hooks", Hooks)


def public_app(rt: Runtime, registry: Registry) -> web.Application:
    """Webhooks, links to files, the operator's API, and each plugin's routes under `/x/<plugin>/`."""
    app = web.Application(middlewares=[problems], client_max_size=rt.settings.server.body_limit)
    app[HOOKS] = Hooks(rt, registry)
    app.add_routes(app[HOOKS].routes())
    app.add_routes(FileLinks(rt).routes())
    app.add_routes(Api(rt, registry).routes())
    for plugin, routes in registry.routes(rt):
        if routes:
            part = web.Application(client_max_size=rt.settings.server.body_limit)
            part.add_routes(routes)
            app.add_subapp(f"/x/{plugin}/", part)
    return app


def internal_app(health: Health) -> web.Application:
    """`/live`, `/ready`, `/metrics`. Never to be exposed."""
    app = web.Application(middlewares=[problems])
    app.add_routes(health.routes())
    return app


@asynccontextmanager
async def serving(
    app: web.Application, sockets: Sequence[socket.socket], shutdown: float, *, limit: int = 0
) -> AsyncIterator[None]:
    """Serve on the sockets. On leaving: stop accepting, let running requests finish within `shutdown` seconds.

    An app that has hooks gets their own door, for bodies up to `limit`.
    """
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=shutdown)
    await runner.setup()
    assert runner.server is not None  # noqa: S101  `setup` made it
    doors = Doors(app[HOOKS].take, runner.server, limit) if HOOKS in app else None
    loop = asyncio.get_running_loop()
    listeners = [await loop.create_server(doors or runner.server, sock=sock, backlog=1024) for sock in sockets]
    try:
        yield
    finally:
        for listener in listeners:
            listener.close()
        if doors:
            await doors.close(shutdown)
        await runner.cleanup()


def bind(address: str, setting: str) -> list[socket.socket]:
    """Listening sockets for `host:port`; port 0 takes a free one. Raises `SettingsError` that names the setting."""
    host, _, port = address.rpartition(":")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return [socket.create_server((host.strip("[]"), int(port)), family=family, backlog=1024)]
    except OSError as error:
        raise SettingsError(
            f"[server] {setting}: cannot listen on {address}: {os.strerror(error.errno or 0).lower()}."
        ) from None


def address_of(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
