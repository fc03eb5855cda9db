"""The composition root: a reader begins here.

    open the parts → load the plugins → enter their lifespans → put the crew to work → open the doors

and, when there is a reason to stop, the same in the mirror order, within `[server] shutdown` seconds. The sockets and
the reason to stop are arguments, so that tests, the demo and the command line all start the same thing.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog

from xyper_engine import plugins
from xyper_engine.alerting.watch import alerting
from xyper_engine.canary import flying
from xyper_engine.edge.health import Health
from xyper_engine.edge.server import address_of, bind, internal_app, public_app, serving
from xyper_engine.edge.waiting import Waiting
from xyper_engine.gauges import gauge
from xyper_engine.onboarding.keeper import keeping as onboarding
from xyper_engine.plugins import Registry
from xyper_engine.routing.convoy import in_convoy
from xyper_engine.routing.crew import working
from xyper_engine.routing.eraser import erasing
from xyper_engine.routing.herald import heralding
from xyper_engine.routing.housekeeper import keeping_house
from xyper_engine.routing.locksmith import tending
from xyper_engine.routing.pace import Pace
from xyper_engine.routing.pulse import Pulse, pulsing
from xyper_engine.routing.reconciler import attending, reconciling
from xyper_engine.routing.rescanner import rescanning
from xyper_engine.routing.watchman import watching
from xyper_engine.runtime import Runtime, open_runtime
from xyper_engine.settings import Settings
from xyper_engine.watchdog import guarding


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine."""

    rt: Runtime
    registry: Registry
    address: str
    """`host:port` where the world is served."""
    internal: str | None


async def serve(
    settings: Settings,
    stop: asyncio.Event,
    *,
    sockets: Sequence[socket.socket] | None = None,
    extra: Mapping[str, object] | None = None,
    started: Callable[[Engine], None] = lambda _engine: None,
) -> None:
    """Run until `stop` is set, then stop in order. Raises `SettingsError` or `Unavailable` where it cannot start."""
    async with AsyncExitStack() as stack:
        watchdog = stack.enter_context(guarding(settings.watchdog.loop))
        running = opened(settings, sockets=sockets, extra=extra, bite=watchdog.bite)
        started(await stack.enter_async_context(running))
        await stop.wait()
        try:
            async with asyncio.timeout(settings.server.shutdown):
                await stack.aclose()
        except TimeoutError:
            structlog.get_logger("xyper").warning("stopped late", seconds=settings.server.shutdown)


@asynccontextmanager
async def opened(
    settings: Settings,
    *,
    sockets: Sequence[socket.socket] | None = None,
    extra: Mapping[str, object] | None = None,
    bite: Callable[[str], None] | None = None,
) -> AsyncIterator[Engine]:
    """A running engine for as long as the block lasts. `extra`: plugin modules by name, beside those installed; `bite`
    ends the process where a consumer is stuck.
    """
    registry = plugins.load(settings, extra)
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        at, shared = settings.server, settings.server.reuse_port
        public = list(sockets) if sockets else _bound(stack, at.listen, "listen", shared=shared)
        internal = _bound(stack, at.internal, "internal")
        settings = settings.listening_on(address_of(public[0]))
        waiting = Waiting([] if shared else public, internal)  # at a shared address others answer meanwhile
        rt = await enter(open_runtime(settings, database=waiting.database))
        gauge(rt)
        for lifespan in registry.lifespans(rt):
            await enter(lifespan)
        pulse = Pulse(rt)
        pulse.bite = bite or pulse.bite
        if internal:
            await enter(serving(internal_app(Health(rt, pulse)), internal, 1.0))
        await _staff(stack, rt, registry, pulse)
        app, limit = public_app(rt, registry), settings.server.body_limit
        await enter(serving(app, public, settings.server.shutdown / 10, limit=limit, shared=shared))
        await enter(attending(rt, registry))
        address = address_of(public[0])
        await enter(flying(rt, registry, pulse, address))
        pulse.state = "ok"
        rt.log.info("ready", listen=address, task="engine")
        yield Engine(rt, registry, address, address_of(internal[0]) if internal else None)
        pulse.state = "stopping"
        rt.log.info("stopping", task="engine")


async def _staff(stack: AsyncExitStack, rt: Runtime, registry: Registry, pulse: Pulse) -> None:
    """Whoever works in an engine, each until the stack closes. What was missed is ordered before the doors open."""
    enter, pace = stack.enter_async_context, Pace(rt.metrics)
    await enter(in_convoy(rt))
    await enter(erasing(rt))
    crew = await enter(working(rt, registry, pace))
    await enter(pulsing(rt, pulse, crew))
    await enter(heralding(rt, registry, pace))
    await enter(watching(rt, registry, pace))
    await enter(reconciling(rt, registry))
    await enter(keeping_house(rt))
    await enter(tending(rt))
    await enter(rescanning(rt))
    await enter(onboarding(rt, registry))
    await enter(alerting(rt))


def _bound(stack: AsyncExitStack, address: str, setting: str, *, shared: bool = False) -> list[socket.socket]:
    """Sockets for a `[server]` address, closed with the stack; none for ""."""
    found = bind(address, setting, shared=shared) if address else []
    for sock in found:
        stack.callback(sock.close)
    return found
