"""The crew: one set of lanes per queue, for every active tenant, started as tenants come."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

from xyper_engine.broker import topology
from xyper_engine.broker.port import Subscription
from xyper_engine.ending import end
from xyper_engine.model import now
from xyper_engine.plugins import Registry
from xyper_engine.routing.breaker import Breakers
from xyper_engine.routing.consumer import Lanes
from xyper_engine.routing.pace import Pace
from xyper_engine.routing.replayer import Replayer
from xyper_engine.routing.router import Router
from xyper_engine.routing.undertaker import Undertaker, persistently
from xyper_engine.runtime import Runtime

_SIGNALS = 5
"""Signals get a wider window: receipts that wait for a far side must not keep others from being noted."""


class Crew:
    def __init__(self, rt: Runtime, registry: Registry, pace: Pace) -> None:
        self._rt = rt
        self._registry = registry
        self._router = Router(rt, registry, pace)
        self._undertaker = Undertaker(rt)
        self._replayer = Replayer(rt, registry)
        self._posts: dict[str, tuple[Lanes, Subscription]] = {}
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Consume the shared queues and those of every active tenant; then watch for new tenants."""
        await self._undertaker.start()
        for kind in ("in", "out", "signals"):
            self._rt.metrics.age.labels(kind).set_function(partial(self._age, kind))
        await self._catch_up()
        self._replayer.start()
        self._watch = asyncio.create_task(self._follow(), name="watch tenants")

    async def stop(self, patience: float) -> None:
        """Take nothing new; let work in hand finish within `patience` seconds, then drop it: the broker keeps it."""
        if self._watch:
            await end(self._watch)
        await self._replayer.stop()
        await self._undertaker.stop()
        await self._close(list(self._posts), patience)

    def _age(self, kind: str) -> float:
        """Seconds since the oldest event of these queues came; 0 where none waits."""
        found = [lanes.oldest for queue, (lanes, _) in self._posts.items() if queue.startswith(f"{kind}.")]
        oldest = min(filter(None, found), default=None)
        return (now() - oldest).total_seconds() if oldest else 0.0

    def ages(self) -> Mapping[str, float]:
        """By queue, of those that this engine consumes: seconds since the oldest event at hand came; 0 for none."""
        moment = now()
        return {
            queue: (moment - lanes.oldest).total_seconds() if lanes.oldest else 0.0
            for queue, (lanes, _) in self._posts.items()
        }

    def stuck(self) -> Mapping[str, float]:
        """By queue: seconds for which a try has been under way while nothing of it was settled."""
        return {queue: lanes.stuck for queue, (lanes, _) in self._posts.items()}

    @property
    def breakers(self) -> Breakers:
        return self._router.breakers

    async def _follow(self) -> None:
        async for _ in self._rt.directory.changes():
            await persistently(self._rt, self._catch_up)

    async def _catch_up(self) -> None:
        wanted = {queue for tenant in await self._rt.directory.tenants() for queue in topology.of_tenant(tenant)}
        await self._close([queue for queue in self._posts if queue not in wanted], 5.0)
        for queue in sorted(wanted - set(self._posts)):
            await self._open(queue)

    async def _open(self, queue: str) -> None:
        lanes = Lanes(queue, self._rt, self._router, self._registry)
        window = self._rt.settings.routing.prefetch * (_SIGNALS if queue.startswith("signals.") else 1)
        self._posts[queue] = lanes, await self._rt.broker.consume(queue, lanes, min(window, 65535))

    async def _close(self, queues: list[str], patience: float) -> None:
        posts = [self._posts.pop(queue) for queue in queues]
        try:
            async with asyncio.timeout(patience):
                await asyncio.gather(*(lanes.drain() for lanes, _ in posts))
        except TimeoutError:
            for lanes, _ in posts:
                await lanes.abandon()
        await asyncio.gather(*(subscription.close() for _, subscription in posts))


@asynccontextmanager
async def working(rt: Runtime, registry: Registry, pace: Pace) -> AsyncIterator[Crew]:
    """The crew at work; half of the time for stopping is its to finish what it has in hand."""
    crew = Crew(rt, registry, pace)
    await crew.start()
    try:
        yield crew
    finally:
        await crew.stop(rt.settings.server.shutdown / 2)
