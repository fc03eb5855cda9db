"""The pulse: every few seconds an engine looks at itself and at the broker, and tells the others.

What is told means something to a person: not that a process is up, but how long the oldest message has been waiting.
"""

import asyncio
import platform
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any

from xyper_engine import __version__
from xyper_engine.broker import topology
from xyper_engine.broker.port import Depth
from xyper_engine.certificate import Certificate
from xyper_engine.ending import end
from xyper_engine.errors import NotFound, Unavailable
from xyper_engine.model import new_id, now
from xyper_engine.rounds import Round
from xyper_engine.routing.crew import Crew
from xyper_engine.routing.troubles import troubles
from xyper_engine.runtime import Runtime
from xyper_engine.saying import Saying, said, sayings
from xyper_engine.state.pulses import (
    MOST,
    BreakerView,
    CanaryView,
    Kind,
    Pulses,
    PulseView,
    QueueView,
    SpoolView,
    TokenView,
)

BEAT = 10.0
AT_ONCE = 300
"""Queues that the broker is asked about in one beat; where there are more, they take turns."""
PATIENCE = 5.0
_PARTS = ("broker", "cache", "database", "media")
_SERVERS = {
    "amqp": "RabbitMQ", "amqps": "RabbitMQ", "redis": "Redis", "rediss": "Redis", "postgresql": "PostgreSQL",
    "postgres": "PostgreSQL", "s3": "S3",
}  # fmt: skip
"""What a URL's scheme stands for; else it is embedded, and its scheme says how."""
_KINDS: dict[str, Kind] = {"in": "inbound", "out": "outbound", "signals": "signals"}


class Pulse:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._crew: Crew | None = None
        self._pulses = Pulses(rt.db)
        self._engine = new_id()
        self._started = now()
        self._depths: dict[str, Depth | None] = {}
        self._turn = 0
        self._tokens: Sequence[TokenView] = ()
        self._dead = 0
        self._troubled: frozenset[str] = frozenset()
        self._versions = {"python": platform.python_version()}
        self._certificate = Certificate(rt.settings.public_url)
        self.state = "starting"
        """`ok` while webhooks are taken; then `stopping`."""
        self._unattended: dict[str, float] = {}
        self.bite: Callable[[str], None] = lambda _why: None
        """What ends the process where a consumer is stuck."""
        self.canary: Callable[[], CanaryView | None] = lambda: None

    def feel(self, crew: Crew) -> None:
        """From now on there are queues to look at."""
        self._crew = crew

    async def parts(self) -> dict[str, str]:
        """Each outside part as `ok` or a sentence of what is wrong."""
        rt = self._rt
        checks: dict[str, Callable[[], Awaitable[object]]] = {
            "broker": lambda: rt.broker.depth(topology.UNPARSED),
            "cache": rt.cache.ping,
            "database": rt.db.ping,
            "media": rt.media.ping,
        }
        answers = await asyncio.gather(*(_answer(check) for check in checks.values()))
        return dict(zip(checks, answers, strict=True))

    async def look(self) -> PulseView:
        """How things are now. Never raises for what is away: that is what is told."""
        parts = await self.parts()
        if parts["database"] == "ok":
            await self._ask_database()
        if parts["broker"] == "ok":
            await self._ask_broker()
        told = PulseView(
            engine=self._engine, version=__version__, versions=self._versions, started_at=self._started, at=now(),
            parts=parts, kinds=self._kinds(), queues=tuple(self._queues()), breakers=tuple(await self._breakers()),
            spool=self._spool(), clocks=dict(self._rt.clocks.skews), tokens=tuple(self._tokens),
            dead_letters=self._dead, canary=self.canary(), certificate=self._certificate.view,
            lags=dict(self._rt.lags.of), said=sayings(**{f"parts.{name}": state for name, state in parts.items()}),
        )  # fmt: skip
        found = troubles(told)
        others = sayings(**{f"troubles.{kind}": words for kind, words in found.items()})
        return told.model_copy(update={"troubles": dict(found), "said": {**told.said, **_views(others)}})

    async def beat(self) -> None:
        """Look, set the gauges, tell the others. Raises `Unavailable`."""
        await self._certificate.look()
        told = await self.look()
        self._gauge(told)
        self._log(told)
        self._guard(told)
        await self._pulses.write(told)

    def _guard(self, told: PulseView) -> None:
        """A consumer that is stuck does not come back by itself: the process has to."""
        most = self._rt.settings.watchdog.consumer
        if not most or self._crew is None:
            return
        paused = {one.tenant for one in told.breakers}
        for queue, seconds in self._crew.stuck().items():
            if seconds > most and queue.partition(".")[2] not in paused:
                self.bite(f"Nothing of {queue} was settled for {seconds:.0f} seconds, though a try is under way.")
        moment = time.monotonic()
        empty = {queue for queue, depth in self._depths.items() if depth is not None and depth.consumers == 0}
        self._unattended = {queue: self._unattended.get(queue, moment) for queue in empty}
        for queue, since in self._unattended.items():
            if moment - since > most:
                self.bite(f"The broker has seen no consumer of {queue} for {moment - since:.0f} seconds.")

    def _log(self, told: PulseView) -> None:
        """Once when it begins, and once when it is over."""
        for kind in told.troubles.keys() - self._troubled:
            self._rt.log.warning("trouble", task="pulse", kind=kind, detail=told.troubles[kind])
        for kind in self._troubled - told.troubles.keys():
            self._rt.log.info("trouble over", task="pulse", kind=kind)
        self._troubled = frozenset(told.troubles)

    async def end(self) -> None:
        await self._pulses.end(self._engine)

    async def _ask_database(self) -> None:
        try:
            self._tokens, self._dead = await self._pulses.tokens(), await self._pulses.dead_letters()
            if "postgresql" not in self._versions:
                self._versions["postgresql"] = await self._pulses.version()
        except Unavailable:
            return  # the next beat asks again

    async def _ask_broker(self) -> None:
        known = list(self._crew.ages()) if self._crew else []
        self._depths = {queue: self._depths.get(queue) for queue in known}
        self._turn = self._turn % max(len(known), 1)
        for queue in islice([*known[self._turn :], *known[: self._turn]], AT_ONCE):
            self._turn += 1
            try:
                async with asyncio.timeout(PATIENCE):
                    self._depths[queue] = await self._rt.broker.depth(queue)
            except (Unavailable, NotFound, TimeoutError):
                self._depths[queue] = None

    def _queues(self) -> Sequence[QueueView]:
        """Those that are not at rest, the oldest first."""
        found = []
        for queue, age in (self._crew.ages() if self._crew else {}).items():
            kind, _, tenant = queue.partition(".")
            depth = self._depths.get(queue)
            one = QueueView(
                tenant=tenant, queue=_KINDS[kind], age=age, waiting=depth.ready if depth else 0,
                consumers=depth.consumers if depth else None,
            )  # fmt: skip
            if one.age or one.waiting or one.consumers == 0:
                found.append(one)
        return sorted(found, key=lambda one: -one.age)[:MOST]

    async def _breakers(self) -> Sequence[BreakerView]:
        found = []
        for one in (self._crew.breakers.open if self._crew else ())[:MOST]:
            try:
                account = await self._rt.directory.account(one.endpoint)
            except Unavailable:
                account = None
            tenant = account.tenant if account else None
            found.append(
                BreakerView(tenant=tenant, account=str(one.endpoint), seconds=one.seconds, failures=one.failures,
                            reason=one.reason)
            )  # fmt: skip
        return found

    def _kinds(self) -> dict[str, str]:
        schemes = {part: getattr(self._rt.settings, part).url.get_secret_value().partition(":")[0] for part in _PARTS}
        return {part: _SERVERS.get(scheme, scheme) for part, scheme in schemes.items()}

    def _spool(self) -> SpoolView:
        spool = self._rt.broker.spool
        return SpoolView(messages=spool.messages, used=spool.used, limit=spool.limit, age=spool.age)

    def _gauge(self, told: PulseView) -> None:
        metrics, depths = self._rt.metrics, list(self._depths.values())
        metrics.unattended.set(sum(depth is not None and depth.consumers == 0 for depth in depths))
        metrics.waiting_dead.set(told.dead_letters)
        expiry = (told.tokens[0].expires_at - now()).total_seconds() if told.tokens else float("inf")
        metrics.expiry.set(expiry)
        for host, skew in told.clocks.items():
            metrics.skew.labels(host).set(skew)
        metrics.tenant_age.clear()
        for one in reversed(told.queues):  # of those without a label of their own the oldest is shown
            metrics.tenant_age.labels(metrics.tenant(one.tenant), one.queue).set(one.age)


def _views(found: Mapping[str, Any]) -> dict[str, Saying]:
    return {name: Saying.model_validate(one) for name, one in found.items()}


@asynccontextmanager
async def pulsing(rt: Runtime, pulse: Pulse, crew: Crew) -> AsyncIterator[None]:
    """Beat after beat, until the engine stops: then it tells nothing more."""
    pulse.feel(crew)
    task = asyncio.create_task(_beats(rt, pulse), name="pulse")
    try:
        yield
    finally:
        await end(task)
        with Round(rt, "pulse"):
            await pulse.end()


async def _beats(rt: Runtime, pulse: Pulse) -> None:
    while True:
        with Round(rt, "pulse"):
            await pulse.beat()
        await asyncio.sleep(BEAT)


async def _answer(check: Callable[[], Awaitable[object]]) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            await check()
    except TimeoutError:
        return said("part.silent", "no answer within {seconds} seconds", seconds=round(PATIENCE))
    except Unavailable as error:
        return str(error)
    return "ok"
