"""A thousand tenants: `python -m tests.bench.many [--tenants N] [--rounds N]`, compared with ten.

Start: from the process's beginning until it answers, and until it has nothing left to begin: each queue has its
consumer. Memory: resident, then. The queues exist already, as after every start but the very first.
"""

import argparse
import asyncio
import time
from collections.abc import Mapping
from statistics import median
from typing import Any

import aiohttp
import psutil
import uvloop
from rich.console import Console

from tests import servers
from tests.bench.helper import rss_megabytes
from tests.bench.stage import Engine, pointed
from tests.servers import PostgreSQL, RabbitMQ
from tests.world import Tenant
from xyper_engine.model import new_id

FEW = 10
CALM = 2.0
"""Seconds in which an engine uses next to no CPU: it has nothing left to begin."""


async def started(engine: Engine, http: aiohttp.ClientSession) -> dict[str, float]:
    """One start: seconds until it answers and until it rests, and the memory then."""
    began = time.monotonic()
    await engine.start()
    async with http.get(f"{engine.url}/hooks/whatsapp/nobody") as answer:
        assert answer.status == 404
    answers = time.monotonic() - began
    await _rested(psutil.Process(engine.pid))
    figures = {"answers_s": answers, "rests_s": time.monotonic() - began - CALM, "rss_mb": rss_megabytes(engine.pid)}
    await engine.stop()
    return figures


async def _rested(process: psutil.Process) -> None:
    """Wait until the process has been calm for a while."""
    calm_since, spent = time.monotonic(), _spent(process)
    while time.monotonic() - calm_since < CALM:
        await asyncio.sleep(0.1)
        now = _spent(process)
        if now - spent > 0.01:
            calm_since = time.monotonic()
        spent = now


def _spent(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def figures(count: int, rounds: int, broker: Mapping[str, str], postgres: PostgreSQL) -> dict[str, float]:
    """Medians of several starts with `count` tenants."""
    given: dict[str, Any] = {"broker": dict(broker), "database": {"url": await postgres.database()}}
    engine = Engine({**given, **pointed(1)})
    await engine.furnish([Tenant(n) for n in range(1, count + 1)])
    async with aiohttp.ClientSession() as http:
        await started(engine, http)  # the very first start makes the queues
        samples = [await started(engine, http) for _ in range(rounds)]
    return {name: median(sample[name] for sample in samples) for name in samples[0]}


async def compared(tenants: int, rounds: int, rabbitmq: RabbitMQ, postgres: PostgreSQL) -> dict[str, Any]:
    """By broker: with few, with many."""
    brokers: dict[str, dict[str, str]] = {"journal": {}, "rabbitmq": {"url": rabbitmq.url}}
    found: dict[str, Any] = {}
    for name, broker in brokers.items():
        for count in (FEW, tenants):
            given = broker | ({"prefix": f"{new_id()}."} if broker else {})
            found[f"{name}, {count} tenants"] = await figures(count, rounds, given, postgres)
    return found


async def main(tenants: int, rounds: int) -> None:
    with servers.rabbitmq() as rabbitmq, servers.postgresql() as postgres:
        Console().print(await compared(tenants, rounds, rabbitmq, postgres))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.many", description="What many tenants cost at rest.")
    parser.add_argument("--tenants", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(given.tenants, given.rounds))
