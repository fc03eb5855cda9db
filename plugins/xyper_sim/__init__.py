"""Xyper's far sides, simulated: a WhatsApp Cloud API and a Genesys Cloud to develop, demonstrate and test against.

As a plugin (`[plugins.sim] enabled = true`) its routes are mounted under `/x/sim/`; stand-alone it is
`python -m xyper_sim`. A reader begins in `server.py`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from xyper_engine import hookimpl
from xyper_sim.loop import Loop, loops
from xyper_sim.server import Simulator, routes
from xyper_sim.settings import SimSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from aiohttp.web import RouteDef

    from xyper_engine.runtime import Runtime


@hookimpl
def xyper_settings() -> type[SimSettings]:
    return SimSettings


@hookimpl
def xyper_adapters(settings: SimSettings) -> Sequence[Loop]:
    return loops() if settings.canary else ()


@hookimpl
def xyper_routes(rt: Runtime) -> list[RouteDef]:
    sim = _simulator(rt)
    return [] if sim is None else routes(sim)


@hookimpl
@asynccontextmanager
async def xyper_lifespan(rt: Runtime) -> AsyncIterator[None]:
    sim = _simulator(rt)
    if sim is None:
        yield
        return
    sim.traffic.begin()
    try:
        yield
    finally:
        await sim.close()


def _simulator(rt: Runtime) -> Simulator | None:
    """This engine's one simulator, made by whichever hook comes first; None where it is switched off."""
    settings = SimSettings.model_validate(rt.settings.plugins.get("sim", {}))
    if not settings.enabled:
        return None
    made = rt.shared.get("sim")
    if not isinstance(made, Simulator):
        made = rt.shared["sim"] = Simulator(settings)
    return made
