"""The rounds: every variant once, then every variant again, so that a machine that slows down slows all of them.

a: a bare handler. b: our edge. c: a bare pipeline. d: our whole way. What b stored is what d then delivers.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from tests.bench.helper import Helper, cpu_seconds, helper, rss_megabytes
from tests.bench.load import wamid
from tests.bench.stage import Engine, pointed
from tests.servers import PostgreSQL, RabbitMQ
from tests.world import APP_SECRET, OPERATOR, Tenant
from xyper_engine.broker.port import Outgoing
from xyper_engine.broker.rabbitmq import RabbitMQ as Publisher
from xyper_engine.model import new_id

HOOK = f"/hooks/whatsapp/{OPERATOR}"
TENANT = Tenant(1)
BARE_QUEUE = "bare"
SETTLE = 0.3
"""Seconds after the last delivery in which a process books its last acks, before its CPU time is read."""


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    rounds: int = 5
    messages: int = 6000
    customers: int = 500
    connections: int = 64
    rate: int = 1000
    """Webhooks a second where latency is measured."""
    rated: int = 3000
    """How many of those."""


@dataclass
class Bench:
    """Everything that runs, and what was measured so far: a list per variant and measure."""

    plan: Plan
    load: Helper
    far: Helper
    bare_edge: tuple[Helper, int]
    bare_pipe: Helper
    publisher: Publisher
    postgres: PostgreSQL
    engines: Mapping[str, Engine]
    """By broker: `rabbitmq`, `journal`."""
    samples: dict[str, dict[str, list[float]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    async def round(self) -> None:
        for broker, engine in self.engines.items():
            await self._edge("a bare handler", self.bare_edge[1], self.bare_edge[0].pid)
            stored = await self._edge(f"b edge, {broker}", engine.port, engine.pid)
            await self._pipe()
            await self._whole(f"d whole way, {broker}", engine, stored)

    async def _edge(self, variant: str, port: int, pid: int) -> int:
        """Saturation, then a fixed rate; returns how many webhooks that were."""
        before = cpu_seconds(pid)
        full = await self._fire(port, self.plan.messages, 0)
        spent = cpu_seconds(pid) - before
        self._note(variant, rate=self.plan.messages / full["seconds"], cpu_us=spent / self.plan.messages * 1e6)
        calm = await self._fire(port, self.plan.rated, self.plan.rate)
        self._note(variant, p50_ms=_percentile(calm, 50), p99_ms=_percentile(calm, 99), rss_mb=rss_megabytes(pid))
        return self.plan.messages + self.plan.rated

    async def _fire(self, port: int, count: int, rate: int) -> dict[str, Any]:
        customers = [[TENANT.number, str(16505550000 + n % self.plan.customers)] for n in range(count)]
        shot = await self.load.ask(
            port=port, path=HOOK, secret=APP_SECRET, series=new_id()[-12:], plan=customers, rate=rate,
            connections=self.plan.connections,
        )  # fmt: skip
        if shot["bad"]:
            raise RuntimeError(f"{shot['bad']} webhooks were not answered with 200.")
        return shot

    async def _pipe(self) -> None:
        body = b'{"messageId":"%b","text":"%b"}'
        messages = [
            Outgoing(BARE_QUEUE, new_id(), body % (wamid("bare", n).encode(), b"x" * 1400))
            for n in range(self.plan.messages)
        ]
        await self.publisher.declare([BARE_QUEUE])
        await self.publisher.publish(messages)
        await self.far.ask(begin=True)
        before = cpu_seconds(self.bare_pipe.pid)
        await self.bare_pipe.ask(count=len(messages))
        await self._arrived("c bare pipeline", len(messages))
        self._note("c bare pipeline", cpu_us=(cpu_seconds(self.bare_pipe.pid) - before) / len(messages) * 1e6)

    async def _whole(self, variant: str, engine: Engine, stored: int) -> None:
        await self.far.ask(begin=True)
        before, base = cpu_seconds(engine.pid), cpu_seconds(self.postgres.pid, tree=True)
        await engine.turn(TENANT, "active")
        await self._arrived(variant, stored)
        await asyncio.sleep(SETTLE)
        self._note(
            variant,
            cpu_us=(cpu_seconds(engine.pid) - before) / stored * 1e6,
            postgresql_cpu_us=(cpu_seconds(self.postgres.pid, tree=True) - base) / stored * 1e6,
            rss_mb=rss_megabytes(engine.pid),
        )
        await engine.turn(TENANT, "suspended")

    async def _arrived(self, variant: str, wanted: int) -> None:
        seen = await self.far.ask(wanted=wanted, timeout=120)
        if not seen["count"] == seen["different"] == wanted:
            raise RuntimeError(f"{variant}: {seen['count']} arrived ({seen['different']} different) of {wanted}.")
        self._note(variant, rate=(wanted - 1) / (seen["last"] - seen["first"]))

    def _note(self, variant: str, **values: float) -> None:
        for measure, value in values.items():
            self.samples[variant][measure].append(value)

    def medians(self) -> dict[str, dict[str, float]]:
        return {
            variant: {measure: median(values) for measure, values in measures.items()}
            for variant, measures in sorted(self.samples.items())
        }


def _percentile(shot: Mapping[str, Any], percent: int) -> float:
    latencies: Sequence[float] = shot["latencies"]
    return latencies[min(len(latencies) * percent // 100, len(latencies) - 1)] * 1000


@asynccontextmanager
async def opened(plan: Plan, rabbitmq: RabbitMQ, postgres: PostgreSQL) -> AsyncIterator[Bench]:
    """All variants at rest, ready to be measured."""
    async with AsyncExitStack() as stack:
        load, _ = await stack.enter_async_context(helper("tests.bench.load"))
        far, at = await stack.enter_async_context(helper("tests.bench.far"))
        publisher = await Publisher.open(rabbitmq.url, prefix="", timeout=30.0)
        stack.push_async_callback(publisher.close)
        await publisher.declare([BARE_QUEUE])
        edge, its = await stack.enter_async_context(helper("tests.bench.bare", "edge", APP_SECRET))
        url = f"http://127.0.0.1:{at['port']}/api/v2/conversations/messages/x/inbound/open/message"
        pipe, _ = await stack.enter_async_context(helper("tests.bench.bare", "pipe", rabbitmq.url, BARE_QUEUE, url))
        engines = {
            broker: await stack.enter_async_context(await _engine(given, at["port"], postgres))
            for broker, given in (("rabbitmq", {"url": rabbitmq.url, "prefix": f"{new_id()}."}), ("journal", {}))
        }
        yield Bench(plan, load, far, (edge, its["port"]), pipe, publisher, postgres, engines)


async def _engine(broker: Mapping[str, str], far: int, postgres: PostgreSQL) -> Engine:
    routing = {"concurrency": 128}  # as many calls at once as the bare pipeline has
    given = {"broker": broker, "database": {"url": await postgres.database()}, "routing": routing}
    engine = Engine({**given, **pointed(far)})
    await engine.furnish([TENANT])
    await engine.turn(TENANT, "suspended")
    return engine
