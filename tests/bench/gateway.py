"""What the gateway costs: the CPU of a call through it, relative to the same handler bare.

The handler reads one tenant from the database, as that tenant, and tells of it: what most calls do. Through the gateway
it is proved by an API key, counted by three limits, validated, dressed and noted in the log. Both run in one process,
on one database, in turns.

    python -m tests.bench.gateway serve URL      the process that is measured
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
from aiohttp import web

from tests.bench.helper import Helper, cpu_seconds, helper, obey, run
from xyper_engine import logs
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Action
from xyper_engine.cli.parts import NoBroker
from xyper_engine.cli.serve import spare_collector
from xyper_engine.edge.gateway import Gateway
from xyper_engine.edge.problems import problems
from xyper_engine.edge.route import Call, Route, Told
from xyper_engine.edge.server import address_of, bind, serving
from xyper_engine.runtime import Runtime, open_runtime
from xyper_engine.settings import load

PLENTY = "100000000/minute"
PATH = "/api/v1/tenants/{tenant}/bench"
CALLS, WORKERS = 2000, 16


class Tenant(Told):
    id: str
    name: str
    state: str


async def read(rt: Runtime, tenant: str) -> Tenant:
    async with rt.db.tenant(tenant) as connection:
        row = await connection.fetchrow("select id, name, state from tenants where id = $1", tenant)
    assert row is not None
    return Tenant(id=row["id"], name=row["name"], state=row["state"])


def app_of(rt: Runtime) -> web.Application:
    """The handler twice: bare, and behind the gateway."""

    async def bare(request: web.Request) -> web.Response:
        found = await read(rt, request.match_info["tenant"])
        return web.Response(body=found.__pydantic_serializer__.to_json(found), content_type="application/json")

    async def guarded(call: Call) -> Tenant:
        return await read(rt, call.tenant)

    app = web.Application(middlewares=[problems])
    app.router.add_get("/bare/{tenant}", bare)
    Gateway(rt).attach(app, [Route("GET", PATH, Action.tenants_read, guarded, "Read.", answer=Tenant)])
    return app


async def serve(url: str) -> None:
    logs.configure("info", "json")
    limits = {"address": PLENTY, "key": PLENTY, "tenant": PLENTY}
    settings = load(None, {"database": {"url": url}, "limits": limits, "server": {"internal": ""}})
    sockets = bind("127.0.0.1:0", "listen")
    async with open_runtime(settings, given=NoBroker()) as rt:
        await rt.db.execute("insert into tenants (id, name) values ('acme', 'Acme')")
        _, key = await rt.keys.add(Caller.host(), "bench", [Action.tenants_read], "acme")
        async with serving(app_of(rt), sockets, 1.0):
            spare_collector()
            await obey(_nothing, port=int(address_of(sockets[0]).rpartition(":")[2]), key=key)


async def _nothing(command: dict[str, Any]) -> dict[str, Any]:
    return command


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

    before = cpu_seconds(served.pid)
    await asyncio.gather(*(work(calls // WORKERS) for _ in range(WORKERS)))
    return (cpu_seconds(served.pid) - before) / (calls // WORKERS * WORKERS) * 1e6


if __name__ == "__main__":
    run(serve(sys.argv[2]))
