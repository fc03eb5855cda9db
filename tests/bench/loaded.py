"""`python -m tests.bench.loaded [--messages N] [--tenants N]`: Xyper before a full database, to an empty one.

N messages lie in the months before, of ten tenants (`filling.py`), with their traces. Then the whole way (`rounds.py`,
d) is measured before both databases, in interleaved rounds; and what the API reads is timed in one tenant's share
(`reading.py`). Each figure stands beside what it must not exceed, with the lines of the plan that name an index.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from statistics import median

import uvloop

from tests import servers
from tests.bench.filling import fill, sizes
from tests.bench.helper import Helper, cpu_seconds, helper
from tests.bench.reading import WHOSE, Figure, figures
from tests.bench.rounds import HOOK, SETTLE, TENANT
from tests.bench.stage import Engine, pointed
from tests.bench.statistics import filled
from tests.servers import PostgreSQL
from tests.world import APP_SECRET
from xyper_engine.model import new_id

NEIGHBOUR = "load1"
"""Has as many statistics as the tenant whose are read."""


@dataclass
class Ways:
    """The whole way, before each database."""

    gun: Helper
    far: Helper
    postgres: PostgreSQL
    engines: Mapping[str, Engine]

    async def cpu(self, name: str, messages: int) -> float:
        """Microseconds of CPU for a message, the engine's and PostgreSQL's."""
        return (await self.whole(name, messages))[0]

    async def whole(self, name: str, messages: int, settle: float = SETTLE) -> tuple[float, float]:
        """That, and how many messages a second, until nine of ten have arrived: the others go on alone."""
        engine = self.engines[name]
        plan = [[TENANT.number, str(16505550000 + n % 500)] for n in range(messages)]
        shot = await self.gun.ask(port=engine.port, path=HOOK, secret=APP_SECRET, series=new_id()[-12:], plan=plan,
                                  rate=0, connections=64)  # fmt: skip
        assert not shot["bad"]
        await self.far.ask(begin=True)
        before = self._spent(engine)
        await engine.turn(TENANT, "active")
        seen = await self.far.ask(wanted=messages, timeout=240)
        assert seen["count"] == messages, f"{name}: {seen} of {messages}"
        await asyncio.sleep(settle)
        spent = self._spent(engine) - before
        await engine.turn(TENANT, "suspended")
        return 1e6 * spent / messages, 0.9 * messages / (seen["most"] - seen["first"])

    def _spent(self, engine: Engine) -> float:
        return cpu_seconds(engine.pid) + cpu_seconds(self.postgres.pid, tree=True)


@asynccontextmanager
async def opened(postgres: PostgreSQL, messages: int, tenants: int) -> AsyncIterator[tuple[Ways, float]]:
    async with AsyncExitStack() as stack:
        gun, _ = await stack.enter_async_context(helper("tests.bench.load"))
        far, at = await stack.enter_async_context(helper("tests.bench.far"))
        engines, seconds = {}, 0.0
        for name in ("empty", "loaded"):
            url = await postgres.database()
            engine = Engine({"database": {"url": url}, "routing": {"concurrency": 64}, **pointed(at["port"])})
            await engine.furnish([TENANT])
            await engine.turn(TENANT, "suspended")
            if name == "loaded":
                seconds = await fill(engine.settings, url, messages, tenants)
            engines[name] = await stack.enter_async_context(engine)
        yield Ways(gun, far, postgres, engines), seconds


@dataclass(frozen=True)
class Told:
    loading: float
    """Seconds."""
    cpu: Mapping[str, float]
    """Microseconds for a message, by engine."""
    sizes: Mapping[str, float]
    """Bytes a message."""
    figures: Sequence[Figure]

    def lines(self) -> Iterator[str]:
        yield f"loading: {self.loading:.1f} s"
        yield from (f"CPU a message, {name}: {us:.0f} us" for name, us in self.cpu.items())
        yield from (f"bytes a message, {name}: {size:.0f}" for name, size in self.sizes.items())
        yield from map(str, self.figures)


async def told(postgres: PostgreSQL, messages: int, rounds: int, shot: int, tenants: int = 10, days: int = 90) -> Told:
    async with opened(postgres, messages, tenants) as (ways, seconds):
        url = ways.engines["loaded"].settings.database.url.get_secret_value()
        size = await sizes(url, messages)
        found: dict[str, list[float]] = {name: [] for name in ways.engines}
        for _ in range(rounds):
            for name in ways.engines:
                found[name].append(await ways.cpu(name, shot))
        cpu = {name: median(taken) for name, taken in found.items()}
        await filled(url, days, [WHOSE, NEIGHBOUR])
        path = Figure("hot path", "CPU a message, loaded to empty", cpu["loaded"] / cpu["empty"])
        return Told(seconds, cpu, size, [path, *await figures(ways.engines["loaded"].settings, 10 * rounds, days)])


async def main(messages: int, tenants: int, rounds: int) -> None:
    with servers.postgresql() as postgres:
        print(f"{messages:,} messages of {tenants} tenants")
        for line in (await told(postgres, messages, rounds, 6000, tenants)).lines():
            print(line)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.loaded", description="What a full database costs.")
    parser.add_argument("--messages", type=int, default=10_000_000)
    parser.add_argument("--tenants", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(given.messages, given.tenants, given.rounds))
