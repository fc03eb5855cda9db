"""`python -m tests.bench.outage --minutes 10 --rate 200`: RabbitMQ is killed under load, and comes back.

Webhooks of one tenant's 500 customers come at that rate before it and while it lasts. Told are their latency, and how
fast messages are delivered: those that come all at once (normal, before and after), and what the spool holds of the
outage. Nothing may be lost, doubled or out of order.
"""

import argparse
import asyncio
import os
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import mean
from typing import NamedTuple

import uvloop

from tests import servers
from tests.bench.helper import Helper, cpu_seconds, helper, rss_megabytes
from tests.bench.load import wamid
from tests.bench.rounds import HOOK, TENANT
from tests.bench.stage import Engine, pointed
from tests.servers import PostgreSQL, RabbitMQ
from tests.world import APP_SECRET
from xyper_engine.model import new_id

CUSTOMERS = 500
PIECE = 5.0
"""Seconds of one shot: each is made before it is fired."""
FLIES = 2.0
"""Seconds after which the broker is killed: something is under way then."""
SETTLE = 2.0
MANY, TIMES = 30_000, 2
"""Messages that come all at once: so many that what follows at leisure (traces, counts, vacuum) is paid for while they
last, as in the drain. And how often they come before, and after."""
LEAST_DRAIN, MOST_P99 = 0.9, 2.0


Arrivals = dict[str, float]
"""When each message came to the far side."""


class Rate(NamedTuple):
    messages: float
    """A second."""
    cpu_us: float
    """Of the engine, for each: what tells more where others work on the machine."""


@dataclass
class Load:
    """What was sent, and how it was answered."""

    names: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    bad: int = 0

    @property
    def p99_ms(self) -> float:
        return 1000 * sorted(self.latencies)[int(len(self.latencies) * 0.99)]


@dataclass
class Found:
    sent: int
    lost: int
    doubled: int
    reordered: int
    refused: int
    before: list[Rate]
    after: list[Rate]
    """What the engine carries when nothing fails."""
    drained: Rate
    normal_p99_ms: float
    outage_p99_ms: float
    rss_mb: float
    loads: tuple[float, float]
    """Of the machine, by the minute before it began and ended."""

    @property
    def normal(self) -> Rate:
        return _mean([*self.before, *self.after])

    @property
    def drain(self) -> float:
        return self.drained.messages / self.normal.messages

    @property
    def cpu(self) -> float:
        return self.normal.cpu_us / self.drained.cpu_us

    @property
    def p99(self) -> float:
        return self.outage_p99_ms / self.normal_p99_ms

    @property
    def good(self) -> bool:
        clean = not (self.lost or self.doubled or self.reordered or self.refused)
        return clean and self.drain >= LEAST_DRAIN and self.p99 <= MOST_P99

    def lines(self) -> Iterator[str]:
        yield f"{self.sent:,} sent: {self.lost} lost, {self.doubled} doubled, {self.reordered} out of order"
        yield f"webhooks not answered 200: {self.refused}"
        before, after = _mean(self.before), _mean(self.after)
        yield f"normal throughput {before.messages:.0f}/s before, {after.messages:.0f}/s after"
        yield f"drained at {self.drained.messages:.0f}/s: {self.drain:.2f} x"
        yield f"CPU of the engine for a message: {before.cpu_us:.0f} us before, {after.cpu_us:.0f} us after"
        yield f"CPU of the engine for a drained message: {self.drained.cpu_us:.0f} us: {self.cpu:.2f} x as cheap"
        yield f"webhooks, p99: normal {self.normal_p99_ms:.1f} ms, away {self.outage_p99_ms:.1f} ms: {self.p99:.2f} x"
        yield f"memory of the engine {self.rss_mb:.0f} MB; load of the machine {self.loads[0]:.1f}, {self.loads[1]:.1f}"


@dataclass
class Bench:
    gun: Helper
    far: Helper
    engine: Engine
    rabbitmq: RabbitMQ
    rate: float

    async def shoot(self, load: Load, count: int, rate: float) -> None:
        series = new_id()[-12:]
        plan = [[TENANT.number, str(16505550000 + n % CUSTOMERS)] for n in range(count)]
        shot = await self.gun.ask(port=self.engine.port, path=HOOK, secret=APP_SECRET, series=series, plan=plan,
                                  rate=rate, connections=64)  # fmt: skip
        load.names += [wamid(series, n) for n in range(count)]
        load.latencies += shot["latencies"]
        load.bad += shot["bad"]

    async def load(self, seconds: float) -> Load:
        """At the rate, for so long."""
        load, ends = Load(), time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0.1:
            await self.shoot(load, max(int(min(left, PIECE) * self.rate), 1), self.rate)
        return load

    async def drained(self, waiting: Load) -> tuple[Rate, Arrivals]:
        """How fast what waits arrives from now on, and when each message did."""
        return await self._arrived(waiting, time.monotonic(), cpu_seconds(self.engine.pid))

    async def carried(self, messages: int) -> Rate:
        """How fast webhooks that come all at once are carried, through the door and RabbitMQ to the far side."""
        await self.far.ask(begin=True)
        began, busy, load = time.monotonic(), cpu_seconds(self.engine.pid), Load()
        await self.shoot(load, messages, 0)
        return (await self._arrived(load, began, busy))[0]

    async def _arrived(self, load: Load, began: float, busy: float) -> tuple[Rate, Arrivals]:
        at = Arrivals((await self.far.ask(names=load.names, timeout=1800.0))["at"])
        moments = sorted(moment for moment in at.values() if moment > began)
        cpu = (cpu_seconds(self.engine.pid) - busy) / len(moments)
        return Rate((len(moments) - 1) / (moments[-1] - moments[0]), 1e6 * cpu), at

    async def outage(self, seconds: float) -> Load:
        """What was sent while RabbitMQ was away; it is back."""
        await self.far.ask(begin=True)
        under_way = asyncio.create_task(self.load(seconds))
        await asyncio.sleep(FLIES)
        await self.rabbitmq.kill()
        away = await under_way
        await self.rabbitmq.start()
        return away

    async def doubled(self) -> int:
        seen = await self.far.ask(wanted=0, timeout=0.0)
        return int(seen["count"] - seen["different"])


@asynccontextmanager
async def opened(rabbitmq: RabbitMQ, postgres: PostgreSQL, rate: float) -> AsyncIterator[Bench]:
    async with helper("tests.bench.load") as (gun, _), helper("tests.bench.far") as (far, at):
        broker = {"url": rabbitmq.url, "prefix": f"{new_id()}."}
        engine = Engine({"broker": broker, "database": {"url": await postgres.database()}, **pointed(at["port"])})
        await engine.furnish([TENANT])
        async with engine:
            yield Bench(gun, far, engine, rabbitmq, rate)


async def found(rabbitmq: RabbitMQ, postgres: PostgreSQL, minutes: float, rate: float) -> Found:
    seconds, began = 60 * minutes, os.getloadavg()[0]
    some = int(min(seconds * rate, MANY))
    async with opened(rabbitmq, postgres, rate) as bench:
        await bench.carried(some // 4)  # warms up
        before = [await bench.carried(some) for _ in range(TIMES)]
        normal = await bench.load(min(seconds, 60.0))
        await asyncio.sleep(SETTLE)
        away = await bench.outage(seconds)
        drain, at = await bench.drained(away)
        doubled, memory = await bench.doubled(), rss_megabytes(bench.engine.pid)
        after = [await bench.carried(some) for _ in range(TIMES)]
    return Found(
        sent=len(away.names), lost=len(set(away.names) - set(at)), doubled=doubled,
        reordered=_reordered(away.names, at), refused=away.bad, before=before, after=after, drained=drain,
        normal_p99_ms=normal.p99_ms, outage_p99_ms=away.p99_ms,
        rss_mb=memory, loads=(began, os.getloadavg()[0]),
    )  # fmt: skip


def _mean(rates: list[Rate]) -> Rate:
    return Rate(*map(mean, zip(*rates, strict=True)))


def _reordered(names: list[str], at: Arrivals) -> int:
    """Messages that arrived before an earlier one of the same customer."""
    newest: defaultdict[int, float] = defaultdict(float)
    wrong = 0
    for name in names:
        customer, moment = int(name[-8:]) % CUSTOMERS, at.get(name, float("inf"))
        wrong += moment < newest[customer]
        newest[customer] = max(newest[customer], moment)
    return wrong


async def main(minutes: float, rate: float) -> int:
    with servers.rabbitmq() as rabbitmq, servers.postgresql() as postgres:
        told = await found(rabbitmq, postgres, minutes, rate)
    print(f"RabbitMQ away for {minutes:g} minutes at {rate:g} webhooks a second")
    for line in told.lines():
        print(line)
    return 0 if told.good else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.outage", description="RabbitMQ away under load.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=200)
    given = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.exit(runner.run(main(given.minutes, given.rate)))
