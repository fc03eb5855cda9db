"""What the gateway costs: the CPU of a call through it, relative to the same handler bare.

The handlers are the API's own: reading one tenant (the cheapest call there is), a page of tenants, and a change that is
audited. Through the gateway a call is proved by an API key, counted by three limits, validated, dressed and noted in
the log. Both ways run in one process, on one database, in turns. What a call costs is the engine's CPU and the
database's, which works for the handler alone; the ratio of the engine's part stands beside that of the whole.

    python -m tests.bench.gateway serve URL      the process that is measured
"""

import asyncio
import os
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
from aiohttp import web

from tests.bench.helper import Helper, cpu_seconds, helper, obey, run
from tests.servers import PostgreSQL
from xyper_engine import logs
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Action, Role, actions_of
from xyper_engine.cli.parts import NoBroker
from xyper_engine.cli.serve import spare_collector
from xyper_engine.edge import api
from xyper_engine.edge.gateway import Gateway
from xyper_engine.edge.problems import problems
from xyper_engine.edge.route import Answer, Call, Route
from xyper_engine.edge.server import address_of, bind, serving
from xyper_engine.edge.widget.assets import Assets
from xyper_engine.model import new_id
from xyper_engine.plugins import load
from xyper_engine.runtime import Runtime, open_runtime
from xyper_engine.settings import load as settings_of

PLENTY = "100000000/minute"
CALLS, WORKERS = 400, 16

Shape = tuple[str, str, str, Any]
"""Method, the route's path, the path that is asked for, what is sent."""
SHAPES: Mapping[str, Shape] = {
    "reading one tenant": ("GET", "/api/v1/tenants/{tenant}", "/api/v1/tenants/t1", None),
    "a page of 50 tenants": ("GET", "/api/v1/tenants", "/api/v1/tenants?limit=50", None),
    "adding an API key": (
        "POST", "/api/v1/tenants/{tenant}/keys", "/api/v1/tenants/t1/keys",
        {"name": "b", "actions": [Action.tenants_read]},
    ),
}  # fmt: skip


def bare(route: Route, by: Caller) -> Any:
    """aiohttp's handler that does only what the route's handler needs, as if `by` had called."""

    async def handle(request: web.Request) -> web.Response:
        body = route.body.model_validate_json(await request.read()) if route.body else None
        query = route.query.model_validate(dict(request.query)) if route.query else None
        given = await route.handler(Call(request, by, body, query))
        answer = given if isinstance(given, Answer) else Answer(given)
        assert answer.value is not None
        told = answer.value.__pydantic_serializer__.to_json(answer.value)
        headers = {"ETag": f'"{answer.etag}"'} if answer.etag else None
        return web.Response(status=route.code, body=told, content_type="application/json", headers=headers)

    return handle


def app_of(rt: Runtime, by: Caller) -> web.Application:
    """Each route twice: behind the gateway, and bare under `/bare`."""
    wanted = {(method, path) for method, path, _, _ in SHAPES.values()}
    routes = [route for route in api.routes(rt, load(rt.settings), Assets()) if (route.method, route.path) in wanted]
    assert len(routes) == len(wanted)
    app = web.Application(middlewares=[problems])
    app.add_routes([web.route(route.method, f"/bare{route.path}", bare(route, by)) for route in routes])
    Gateway(rt).attach(app, routes)
    return app


async def serve(url: str) -> None:
    logs.configure("info", "json")
    limits = {"address": PLENTY, "key": PLENTY, "tenant": PLENTY}
    settings = settings_of(None, {"database": {"url": url}, "limits": limits, "server": {"internal": ""}})
    sockets = bind("127.0.0.1:0", "listen")
    async with open_runtime(settings, given=NoBroker()) as rt:
        await rt.db.execute("insert into tenants (id, name) select 't' || n, 'T' from generate_series(1, 60) n")
        _, key = await rt.keys.add(Caller.host(), "bench", [*actions_of(Role.xyper_admin)])
        by = (await rt.access.prove(key)).at("127.0.0.1", new_id())
        async with serving(app_of(rt, by), sockets, 1.0):
            spare_collector()
            await obey(_spent, port=int(address_of(sockets[0]).rpartition(":")[2]), key=key)


async def _spent(_command: dict[str, Any]) -> dict[str, Any]:
    """The CPU time of this process so far, much finer than the system's ticks."""
    return {"seconds": time.process_time()}


async def figures(postgres: PostgreSQL, rounds: int, calls: int = CALLS) -> Mapping[str, Mapping[str, float]]:
    """Of each call CPU microseconds of the engine, `bare` and `guarded`, medians of interleaved rounds, and of the
    `database`, the mean; `engine`: the ratio of the first two, `whole`: the same with the database's in both."""
    async with AsyncExitStack() as stack:
        with Path(os.devnull).open("wb") as nowhere:
            started = helper("tests.bench.gateway", "serve", await postgres.database(), stderr=nowhere)
            served, at = await stack.enter_async_context(started)
        headers = {"Authorization": f"Bearer {at['key']}"}
        base = f"http://127.0.0.1:{at['port']}"
        http = await stack.enter_async_context(aiohttp.ClientSession(headers=headers))
        return {name: await _measured(http, served, postgres, base, name, rounds, calls) for name in SHAPES}


async def _measured(
    http: aiohttp.ClientSession, served: Helper, postgres: PostgreSQL, base: str, name: str, rounds: int, calls: int
) -> Mapping[str, float]:
    method, _, path, body = SHAPES[name]
    spent: dict[str, list[float]] = defaultdict(list)
    for way in ("/bare", ""):
        await _round(http, served, method, f"{base}{way}{path}", body, calls)
    before = cpu_seconds(postgres.pid, tree=True)
    for _ in range(rounds):
        for way in ("/bare", ""):
            spent[way].append(await _round(http, served, method, f"{base}{way}{path}", body, calls))
    database = (cpu_seconds(postgres.pid, tree=True) - before) / (2 * rounds * calls) * 1e6
    alone, guarded = median(spent["/bare"]), median(spent[""])
    whole = (guarded + database) / (alone + database)
    return {"bare": alone, "guarded": guarded, "database": database, "engine": guarded / alone, "whole": whole}


async def _round(http: aiohttp.ClientSession, served: Helper, method: str, url: str, body: Any, calls: int) -> float:
    async def work(count: int) -> None:
        for _ in range(count):
            async with http.request(method, url, json=body) as answer:
                assert answer.status < 300, await answer.text()

    before = (await served.ask())["seconds"]
    await asyncio.gather(*(work(calls // WORKERS) for _ in range(WORKERS)))
    spent: float = (await served.ask())["seconds"] - before
    return spent / (calls // WORKERS * WORKERS) * 1e6


if __name__ == "__main__":
    run(serve(sys.argv[2]))
