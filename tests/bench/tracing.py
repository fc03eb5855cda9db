"""`python -m tests.bench.tracing [--spans] [--broker rabbitmq] [--messages N] [--rounds N] [--starts N]`: what it
costs to tell what happened to each message.

The whole way (`rounds.py`, d) of one engine that tells nothing, of one that keeps traces (`[trace] enabled`), and with
`--spans` of one that exports them (`[otel] endpoint`). They run at the same time, each with a far side and a database
of its own, and are compared with the silent one of the same round: a shared machine's speed changes from second to
second by more than what is looked for, and so it changes for all of them. They are started anew some times, since two
processes of the same engine differ, too. CPU is the engine's and that of its sessions at the database. A mean stands
with its standard error.
"""

import argparse
import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from statistics import mean, median, stdev
from typing import Any

import uvloop

from tests import servers
from tests.bench.helper import cpu_seconds, helper, sessions_cpu
from tests.bench.loaded import Ways
from tests.bench.rounds import TENANT
from tests.bench.stage import Engine, pointed
from tests.servers import PostgreSQL, RabbitMQ
from xyper_engine.model import new_id

SILENT = "nothing"
FLUSHED = 1.2
"""Seconds after the last message in which what was noted is written or exported, before CPU time is read."""


@dataclass
class Way(Ways):
    """The whole way of one engine, which is not alone at the database."""

    database: str

    def _spent(self, engine: Engine) -> float:
        return cpu_seconds(engine.pid) + sessions_cpu(self.postgres.pid, self.database)


@asynccontextmanager
async def opened(
    postgres: PostgreSQL, rabbitmq: RabbitMQ | None = None, *, spans: bool = False, kind: type[Engine] = Engine
) -> AsyncIterator[Mapping[str, Way]]:
    async with AsyncExitStack() as stack:
        told: dict[str, Mapping[str, Any]] = {
            SILENT: {"trace": {"enabled": False}},
            "traces": {"trace": {"enabled": True}},
        }
        if spans:
            _, collector = await stack.enter_async_context(helper("tests.bench.far"))  # it takes any POST
            endpoint = {"endpoint": f"http://127.0.0.1:{collector['port']}"}
            told["spans"] = {"trace": {"enabled": False}, "otel": endpoint}
        ways = {}
        for name, given in told.items():
            gun, _ = await stack.enter_async_context(helper("tests.bench.load"))
            far, at = await stack.enter_async_context(helper("tests.bench.far"))
            broker = {"broker": {"url": rabbitmq.url, "prefix": f"{new_id()}."}} if rabbitmq else {}
            url = await postgres.database()
            engine = kind({"database": {"url": url}, **broker, **pointed(at["port"]), **given})
            await engine.furnish([TENANT])
            await engine.turn(TENANT, "suspended")
            await stack.enter_async_context(engine)
            ways[name] = Way(gun, far, postgres, {name: engine}, url.rpartition("/")[2])
        yield ways


async def abreast(ways: Mapping[str, Way], messages: int, *, turned: bool = False) -> Mapping[str, tuple[float, float]]:
    """As `Ways.whole`, of all at once; `turned`: the last one begins."""
    order = sorted(ways, reverse=turned)
    return dict(zip(order, await asyncio.gather(*(ways[n].whole(n, messages, FLUSHED) for n in order)), strict=True))


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
            await abreast(ways, max(messages // 4, 1))  # their caches are warm from here on
            for n in range(rounds):
                _note(await abreast(ways, messages, turned=bool(n % 2)), found)
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
