"""The control API that belongs to neither vendor: knobs and the log of webhooks. For tests, benches and the pages."""

from typing import Any

from aiohttp import web

from xyper_sim.kit import Kit
from xyper_sim.knobs import SIDES, Knobs


def routes(kit: Kit) -> list[web.RouteDef]:
    control = Control(kit)
    return [
        web.get("/api/knobs", control.knobs),
        web.post("/api/knobs", control.turn),
        web.delete("/api/knobs", control.reset),
        web.get("/api/webhooks", control.webhooks),
        web.get("/api/webhooks/finished", control.finished),
        web.get("/api/webhooks/totals", control.totals),
        web.post("/api/webhooks/settled", control.settled),
    ]


class Control:
    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        kit.live.offer("knobs", self._all)

    async def knobs(self, _: web.Request) -> web.Response:
        """`GET /api/knobs` → `{"graph": {…}, "cloud": {…}}`."""
        return web.json_response(self._all())

    async def turn(self, request: web.Request) -> web.Response:
        """`POST /api/knobs {"side": "graph", "latency_ms": 50, …}`: the named ones; the others stay."""
        values = dict(await request.json())
        self.kit.gates[values.pop("side")].turn(values)
        return self._changed()

    async def reset(self, _: web.Request) -> web.Response:
        """`DELETE /api/knobs`: all of them, on both sides."""
        for gate in self.kit.gates.values():
            gate.knobs = Knobs()
        return self._changed()

    async def webhooks(self, request: web.Request) -> web.Response:
        """`GET /api/webhooks?side=`: the deliveries with every attempt and body, oldest first."""
        return web.json_response(self.kit.webhooks.views(request.query.get("side")))

    async def finished(self, request: web.Request) -> web.Response:
        """`GET /api/webhooks/finished?after=0` → `{"total", "deliveries"}`: in the order in which they finished."""
        total, found = self.kit.webhooks.since(int(request.query.get("after", "0")))
        return web.json_response({"total": total, "deliveries": [one.view() for one in found]})

    async def totals(self, _: web.Request) -> web.Response:
        """`GET /api/webhooks/totals` → `{"delivered", "lost", "attempts", "waiting"}`."""
        hooks = self.kit.webhooks
        return web.json_response({**hooks.totals, "waiting": len(hooks.waiting)})

    async def settled(self, request: web.Request) -> web.Response:
        """`POST /api/webhooks/settled?timeout=10`: answers when no webhook is under way; 504 when time is up."""
        try:
            await self.kit.webhooks.settled(float(request.query.get("timeout", "10")))
        except TimeoutError:
            return web.json_response({"title": "Webhooks are still under way", "status": 504}, status=504)
        return await self.totals(request)

    def _all(self) -> dict[str, Any]:
        return {side: self.kit.gates[side].knobs.model_dump(mode="json") for side in SIDES}

    def _changed(self) -> web.Response:
        self.kit.live.publish("knobs", self._all())
        return web.json_response(self._all())
