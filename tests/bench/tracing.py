"""`python -m tests.bench.tracing [--spans] [--broker rabbitmq] [--messages N] [--rounds N] [--starts N]`: what it
costs to tell what happened to each message.

The whole way (`rounds.py`, d) of one engine that tells nothing, of one that keeps traces (`[trace] enabled`), and with
`--spans` of one that exports them (`[otel] endpoint`), in interleaved rounds. Each round is compared with the silent
one of the same round, so that a machine that slows down slows both; and all are started anew some times, since two
processes of the same engine differ by more than what is looked for. A mean stands with its standard error.
"""

import argparse
import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from statistics import mean, median, stdev
from typing import Any

import uvloop

from tests import servers
from tests.bench.helper import helper
from tests.bench.loaded import Ways
from tests.bench.rounds import TENANT
from tests.bench.stage import Engine, pointed
from tests.servers import PostgreSQL, RabbitMQ
from xyper_engine.model import new_id

SILENT = "nothing"
FLUSHED = 1.2
"""Seconds after the last message in which what was noted is written or exported, before CPU time is read."""


@asynccontextmanager
async def opened(
    postgres: PostgreSQL, rabbitmq: RabbitMQ | None = None, *, spans: bool = False, kind: type[Engine] = Engine
) -> AsyncIterator[Ways]:
    async with AsyncExitStack() as stack:
        gun, _ = await stack.enter_async_context(helper("tests.bench.load"))
        far, at = await stack.enter_async_context(helper("tests.bench.far"))
        told: dict[str, Mapping[str, Any]] = {
            SILENT: {"trace": {"enabled": False}},
            "traces": {"trace": {"enabled": True}},
        }
        if spans:
            _, collector = await stack.enter_async_context(helper("tests.bench.far"))  # it takes any POST
            endpoint = {"endpoint": f"http://127.0.0.1:{collector['port']}"}
            told["spans"] = {"trace": {"enabled": False}, "otel": endpoint}
        engines = {}
        for name, given in told.items():
            broker = {"broker": {"url": rabbitmq.url, "prefix": f"{new_id()}."}} if rabbitmq else {}
            url = await postgres.database()
            engine = kind({"database": {"url": url}, **broker, **pointed(at["port"]), **given})
            await engine.furnish([TENANT])
            await engine.turn(TENANT, "suspended")
            engines[name] = await stack.enter_async_context(engine)
        yield Ways(gun, far, postgres, engines)


async def figures(
    postgres: PostgreSQL,
    messages: int,
    rounds: int,
    starts: int = 1,
    rabbitmq: RabbitMQ | None = None,
    *,
    spans: bool = True,
) -> Mapping[str, Sequence[float]]:
    """What each round gave, and its ratios to the silent engine of the same round."""
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(starts):
        async with opened(postgres, rabbitmq, spans=spans) as ways:
            for name in ways.engines:
                await ways.whole(name, max(messages // 4, 1))  # its caches are warm from here on
            for n in range(rounds):
                order = sorted(ways.engines, reverse=bool(n % 2))
                _note({name: await ways.whole(name, messages, FLUSHED) for name in order}, found)
    return found


def _note(told: Mapping[str, tuple[float, float]], found: dict[str, list[float]]) -> None:
    for name, (cpu, rate) in told.items():
        found[f"{name}, CPU us"].append(cpu)
        found[f"{name}, messages/s"].append(rate)
        if name != SILENT:
            found[f"{name}, CPU ratio"].append(cpu / told[SILENT][0])
            found[f"{name}, throughput ratio"].append(rate / told[SILENT][1])


async def main(told: argparse.Namespace) -> None:
    with ExitStack() as stack:
        postgres = stack.enter_context(servers.postgresql())
        rabbitmq = stack.enter_context(servers.rabbitmq()) if told.broker == "rabbitmq" else None
        found = await figures(postgres, told.messages, told.rounds, told.starts, rabbitmq, spans=told.spans)
        for name, values in sorted(found.items()):
            error = stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0
            print(f"{name}: median {median(values):.3f}, mean {mean(values):.3f} +- {error:.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.tracing", description="What tracing costs.")
    parser.add_argument("--broker", choices=("journal", "rabbitmq"), default="journal")
    parser.add_argument("--spans", action="store_true", help="what it costs to export spans, too")
    parser.add_argument("--messages", type=int, default=6000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--starts", type=int, default=5)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(parser.parse_args()))
