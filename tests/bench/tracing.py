"""`python -m tests.bench.tracing [--messages N] [--rounds N]`: what it costs to tell what happened to each message.

The whole way (`rounds.py`, d) of one engine that tells nothing, of one that keeps traces (`[trace] enabled`), and of
one that exports spans (`[otel] endpoint`), in interleaved rounds. Each round is compared with the silent one of the
same round, so that a machine that slows down slows both.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from statistics import median
from typing import Any

import uvloop

from tests import servers
from tests.bench.helper import helper
from tests.bench.loaded import Ways
from tests.bench.rounds import TENANT
from tests.bench.stage import Engine, pointed
from tests.servers import PostgreSQL

SILENT = "nothing"
FLUSHED = 1.2
"""Seconds after the last message in which what was noted is written or exported, before CPU time is read."""


@asynccontextmanager
async def opened(postgres: PostgreSQL) -> AsyncIterator[Ways]:
    async with AsyncExitStack() as stack:
        gun, _ = await stack.enter_async_context(helper("tests.bench.load"))
        far, at = await stack.enter_async_context(helper("tests.bench.far"))
        _, collector = await stack.enter_async_context(helper("tests.bench.far"))  # it takes any POST
        spans = {"endpoint": f"http://127.0.0.1:{collector['port']}"}
        told: Mapping[str, Mapping[str, Any]] = {
            SILENT: {"trace": {"enabled": False}},
            "traces": {"trace": {"enabled": True}},
            "spans": {"trace": {"enabled": False}, "otel": spans},
        }
        engines = {}
        for name, given in told.items():
            url = await postgres.database()
            engine = Engine({"database": {"url": url}, "routing": {"concurrency": 64}, **pointed(at["port"]), **given})
            await engine.furnish([TENANT])
            await engine.turn(TENANT, "suspended")
            engines[name] = await stack.enter_async_context(engine)
        yield Ways(gun, far, postgres, engines)


async def figures(postgres: PostgreSQL, messages: int, rounds: int) -> Mapping[str, float]:
    """Medians, and those of the ratios to the silent engine of the same round."""
    found: dict[str, list[float]] = {}
    async with opened(postgres) as ways:
        for name in ways.engines:
            await ways.whole(name, max(messages // 4, 1))  # its caches are warm from here on
        for n in range(rounds):
            told = {}
            for name in sorted(ways.engines, reverse=bool(n % 2)):
                told[name] = await ways.whole(name, messages, FLUSHED)
            for name, (cpu, rate) in told.items():
                found.setdefault(f"{name}, CPU us", []).append(cpu)
                found.setdefault(f"{name}, messages/s", []).append(rate)
                if name != SILENT:
                    found.setdefault(f"{name}, CPU ratio", []).append(cpu / told[SILENT][0])
                    found.setdefault(f"{name}, throughput ratio", []).append(rate / told[SILENT][1])
    return {name: median(values) for name, values in sorted(found.items())}


async def main(messages: int, rounds: int) -> None:
    with servers.postgresql() as postgres:
        for name, value in (await figures(postgres, messages, rounds)).items():
            print(f"{name}: {value:.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.tracing", description="What tracing costs.")
    parser.add_argument("--messages", type=int, default=6000)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(given.messages, given.rounds))
