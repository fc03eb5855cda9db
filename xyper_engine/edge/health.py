"""Health for machines: `/live` (the loop turns), `/ready` (events can be stored and handled), `/health` (how things
are, for all engines), `/metrics`."""

from aiohttp import web

from xyper_engine.errors import Unavailable
from xyper_engine.routing.pulse import Pulse
from xyper_engine.runtime import Runtime
from xyper_engine.state.pulses import Pulses


class Health:
    def __init__(self, rt: Runtime, pulse: Pulse) -> None:
        self._rt = rt
        self._pulse = pulse
        self._pulses = Pulses(rt.db)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/live", self.live),
            web.get("/ready", self.ready),
            web.get("/health", self.health),
            web.get("/metrics", self.metrics),
        ]

    async def live(self, _request: web.Request) -> web.Response:
        return web.Response(text="live\n")

    async def ready(self, _request: web.Request) -> web.Response:
        """503 while a part is away that events need, and before and after the engine takes any; the body names each."""
        parts = {"engine": self._pulse.state, **await self._pulse.parts()}
        return web.json_response(parts, status=200 if all(value == "ok" for value in parts.values()) else 503)

    async def health(self, _request: web.Request) -> web.Response:
        """This engine as it is now, and the others as they told last. 200 in any case: `troubles` say what is wrong."""
        own = await self._pulse.look()
        try:
            others = [one for one in await self._pulses.engines() if one.engine != own.engine]
        except Unavailable:
            others = []
        told = {**own.model_dump(mode="json"), "others": [one.model_dump(mode="json") for one in others]}
        return web.json_response(told, headers={"Cache-Control": "no-store"})

    async def metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=self._rt.metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4"})
