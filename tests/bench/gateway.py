"""What the gateway costs: the CPU of a call through it, relative to the same handler bare.

The handler is the API's own that reads one tenant from the database, as that tenant. Through the gateway the call is
proved by an API key, counted by three limits, validated, dressed and noted in the log. Both run in one process, on one
database, in turns.

    python -m tests.bench.gateway serve URL      the process that is measured
"""

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
from aiohttp import web

from tests.bench.helper import Helper, helper, obey, run
from xyper_engine import logs
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Action
from xyper_engine.cli.parts import NoBroker
from xyper_engine.cli.serve import spare_collector
from xyper_engine.edge import api
from xyper_engine.edge.gateway import Gateway
from xyper_engine.edge.problems import problems
from xyper_engine.edge.route import Answer, Call
from xyper_engine.edge.server import address_of, bind, serving
from xyper_engine.plugins import load
from xyper_engine.runtime import Runtime, open_runtime
from xyper_engine.settings import load as settings_of

PLENTY = "100000000/minute"
PATH = "/api/v1/tenants/{tenant}"
CALLS, WORKERS = 400, 16


def app_of(rt: Runtime, by: Caller) -> web.Application:
    """The handler twice: bare, as if `by` had called, and behind the gateway."""
    (route,) = [route for route in api.routes(rt, load(rt.settings)) if (route.method, route.path) == ("GET", PATH)]

    async def bare(request: web.Request) -> web.Response:
        answer = await route.handler(Call(request, by))
        assert isinstance(answer, Answer)
        assert answer.value is not None
        body = answer.value.__pydantic_serializer__.to_json(answer.value)
        return web.Response(body=body, content_type="application/json", headers={"ETag": f'"{answer.etag}"'})

    app = web.Application(middlewares=[problems])
    app.router.add_get("/bare/{tenant}", bare)
    Gateway(rt).attach(app, [route])
    return app


async def serve(url: str) -> None:
    logs.configure("info", "json")
    limits = {"address": PLENTY, "key": PLENTY, "tenant": PLENTY}
    settings = settings_of(None, {"database": {"url": url}, "limits": limits, "server": {"internal": ""}})
    sockets = bind("127.0.0.1:0", "listen")
    async with open_runtime(settings, given=NoBroker()) as rt:
        await rt.db.execute("insert into tenants (id, name) values ('acme', 'Acme')")
        _, key = await rt.keys.add(Caller.host(), "bench", [Action.tenants_read], "acme")
        async with serving(app_of(rt, await rt.access.prove(key)), sockets, 1.0):
            spare_collector()
            await obey(_spent, port=int(address_of(sockets[0]).rpartition(":")[2]), key=key)


async def _spent(_command: dict[str, Any]) -> dict[str, Any]:
    """The CPU time of this process so far, much finer than the system's ticks."""
    return {"seconds": time.process_time()}


async def figures(url: str, rounds: int, calls: int = CALLS) -> Mapping[str, float]:
    """CPU microseconds of a call, `bare` and `guarded`, medians of interleaved rounds; `ratio`: of the medians."""
    spent: dict[str, list[float]] = {"bare": [], "guarded": []}
    async with AsyncExitStack() as stack:
        with Path(os.devnull).open("wb") as nowhere:
            served, at = await stack.enter_async_context(helper("tests.bench.gateway", "serve", url, stderr=nowhere))
        http = await stack.enter_async_context(aiohttp.ClientSession(headers={"Authorization": f"Bearer {at['key']}"}))
        paths = {"bare": "/bare/acme", "guarded": PATH.format(tenant="acme")}
        for warm in (True, *[False] * rounds):
            for name, path in paths.items():
                cost = await _round(http, served, f"http://127.0.0.1:{at['port']}{path}", calls)
                if not warm:
                    spent[name].append(cost)
    bare, guarded = median(spent["bare"]), median(spent["guarded"])
    return {"bare": bare, "guarded": guarded, "ratio": guarded / bare}


async def _round(http: aiohttp.ClientSession, served: Helper, url: str, calls: int) -> float:
    async def work(count: int) -> None:
        for _ in range(count):
            async with http.get(url) as answer:
                assert answer.status == 200, await answer.text()

    before = (await served.ask())["seconds"]
    await asyncio.gather(*(work(calls // WORKERS) for _ in range(WORKERS)))
    spent: float = (await served.ask())["seconds"] - before
    return spent / (calls // WORKERS * WORKERS) * 1e6


if __name__ == "__main__":
    run(serve(sys.argv[2]))
