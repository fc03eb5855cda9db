"""The HTTP servers: one for the world, one for the inside (health, metrics)."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog
from aiohttp import web

from xyper_engine.edge import api, sign_in_pages
from xyper_engine.edge.door import Doors
from xyper_engine.edge.farewell import SECONDS, stop_hearing
from xyper_engine.edge.files import FileLinks
from xyper_engine.edge.gateway import Gateway
from xyper_engine.edge.health import Health
from xyper_engine.edge.hooks import Hooks
from xyper_engine.edge.problems import problems
from xyper_engine.edge.reports import ReportLinks
from xyper_engine.edge.site import Site
from xyper_engine.edge.widget.assets import Assets
from xyper_engine.edge.widget.live import Live
from xyper_engine.errors import SettingsError
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime

HOOKS = web.AppKey("hooks", Hooks)


def public_app(rt: Runtime, registry: Registry) -> web.Application:
    """Webhooks, links to files, the JSON API, and each plugin's routes under `/x/<plugin>/`."""
    app = web.Application(middlewares=[problems], client_max_size=rt.settings.server.body_limit)
    app[HOOKS] = Hooks(rt, registry)
    app.add_routes(app[HOOKS].routes())
    app.add_routes(FileLinks(rt).routes())
    app.add_routes(ReportLinks(rt).routes())
    app.add_routes([web.static("/static/sign-in", sign_in_pages.FILES)])
    assets = Assets(fresh=rt.settings.widget.development)
    app.add_routes(assets.routes())
    gateway = Gateway(rt)
    gateway.attach(app, api.routes(rt, registry, assets))
    Live(rt, registry, gateway).attach(app)
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
    app: web.Application,
    sockets: Sequence[socket.socket],
    shutdown: float,
    *,
    limit: int = 0,
    shared: bool = False,
) -> AsyncIterator[None]:
    """Serve on the sockets. On leaving: stop accepting, let running requests finish within `shutdown` seconds.

    An app that has hooks gets their own door, for bodies up to `limit`. `shared`: others listen there, too, and take
    what comes from then on.
    """
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=shutdown)
    await runner.setup()
    assert runner.server is not None  # noqa: S101  `setup` made it
    loop = asyncio.get_running_loop()
    options: dict[str, Any] = {"access_log": None}  # typed as if there were always one
    site = partial(Site, runner.server, loop=loop, **options)
    doors = Doors(app[HOOKS].take, site, limit) if HOOKS in app else None
    listeners = [await loop.create_server(doors or site, sock=sock, backlog=1024) for sock in sockets]
    try:
        yield
    finally:
        if shared:
            await _say_goodbye(sockets, doors)
        for listener in listeners:
            listener.close()
        if doors:
            await doors.close(shutdown)
        await runner.cleanup()


async def _say_goodbye(sockets: Sequence[socket.socket], doors: Doors | None) -> None:
    """No new connections, and those that are open end with their next answer."""
    if doors:
        doors.leaving = True
    try:
        stop_hearing(sockets)
    except OSError as error:
        structlog.get_logger("xyper.edge").warning("not left quietly", reason=os.strerror(error.errno or 0))
    await asyncio.sleep(SECONDS)


def bind(address: str, setting: str, *, shared: bool = False) -> list[socket.socket]:
    """Listening sockets for `host:port`; port 0 takes a free one. Raises `SettingsError` that names the setting.

    `shared`: others may listen there at the same time, if they say so, too. Such a one does not listen yet:
    what it would be given before anybody accepts would have to wait.
    """
    host, _, port = address.rpartition(":")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        place = host.strip("[]"), int(port)
        return [_bound(place, family) if shared else socket.create_server(place, family=family, backlog=1024)]
    except OSError as error:
        raise SettingsError(
            f"[server] {setting}: cannot listen on {address}: {os.strerror(error.errno or 0).lower()}."
        ) from None


def _bound(place: tuple[str, int], family: socket.AddressFamily) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(place)
    except OSError:
        sock.close()
        raise
    return sock


def address_of(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
