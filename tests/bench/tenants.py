"""`python -m tests.bench.tenants`: what a page of the tenants' list takes with many tenants, to what it takes with few.

Both lists stand in one database after the other, and are asked for over the API, through the gateway, in interleaved
rounds; each tenant has two accounts and a link.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import uvloop
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests import servers
from xyper_engine import logs
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Action
from xyper_engine.cli.parts import NoBroker
from xyper_engine.edge.server import public_app
from xyper_engine.plugins import load
from xyper_engine.runtime import open_runtime
from xyper_engine.settings import Settings

PAGE = 50


@dataclass(frozen=True)
class Ground:
    """An API before a database with so many tenants."""

    http: TestClient[web.Request, web.Application]
    key: str

    async def page(self, cursor: str = "") -> float:
        """Seconds for one page."""
        began = time.perf_counter()
        address = f"/api/v1/tenants?limit={PAGE}&cursor={cursor}"
        async with self.http.get(address, headers={"Authorization": f"Bearer {self.key}"}) as answer:
            assert answer.status == 200, await answer.text()
            await answer.read()
        return time.perf_counter() - began


async def figures(few_url: str, many_url: str, many: int = 1000, rounds: int = 200) -> Mapping[str, float]:
    """Milliseconds for the first page with 10 and with `many` tenants, and the second to the first."""
    async with ground(few_url, 10) as small, ground(many_url, many) as large:
        times: dict[str, list[float]] = {"few": [], "many": []}
        for _ in range(rounds):
            times["few"].append(await small.page())
            times["many"].append(await large.page())
    few_ms, many_ms = (1000 * median(times[name]) for name in ("few", "many"))
    return {"few_ms": few_ms, "many_ms": many_ms, "ratio": many_ms / few_ms}


@asynccontextmanager
async def ground(url: str, tenants: int) -> AsyncIterator[Ground]:
    with tempfile.TemporaryDirectory(prefix="xyper-bench-") as folder:
        settings = Settings.model_validate(
            {"data_dir": Path(folder), "database": {"url": url}, "limits": {"address": "", "key": ""}}
        )
        async with open_runtime(settings, given=NoBroker()) as rt:
            for sql in _FILL:
                await rt.db.execute(sql, tenants)
            await rt.db.execute("analyze")
            _, key = await rt.keys.add(Caller.host(), "bench", [Action.tenants_list])
            async with TestClient(TestServer(public_app(rt, load(settings)))) as http:
                yield Ground(http, key)


_FILL = (
    "insert into tenants (id, name) select 't' || lpad(n::text, 6, '0'), 'Tenant ' || n from generate_series(1, $1) n",
    """insert into accounts (tenant, adapter, account) select t.id, a.name, t.id from tenants t,
       (values ('whatsapp'), ('genesys')) a(name) where $1 > 0""",
    "insert into links select id, id, 'whatsapp', id, 'genesys', id from tenants where $1 > 0",
)


async def main(many: int, rounds: int) -> None:
    logs.configure("warning", "console")
    with servers.postgresql() as server:
        told = await figures(await server.database(), await server.database(), many, rounds)
    print(f"a page of {PAGE}: {told['few_ms']:.2f} ms with 10 tenants, {told['many_ms']:.2f} ms with {many:,}")
    print(f"ratio {told['ratio']:.2f} (must stay below 2)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.tenants", description="Lists of many tenants.")
    parser.add_argument("--many", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=200)
    given = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(given.many, given.rounds))
