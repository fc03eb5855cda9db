"""Health for machines: `/live` (the loop turns), `/ready` (events can be stored and handled), `/metrics`."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from xyper_engine.broker import topology
from xyper_engine.errors import Unavailable
from xyper_engine.runtime import Runtime


class Health:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/live", self.live), web.get("/ready", self.ready), web.get("/metrics", self.metrics)]

    async def live(self, _request: web.Request) -> web.Response:
        return web.Response(text="live\n")

    async def ready(self, _request: web.Request) -> web.Response:
        """503 while a part is away that events need; the body names each part."""
        parts = await self.parts()
        return web.json_response(parts, status=200 if all(value == "ok" for value in parts.values()) else 503)

    async def metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=self._rt.metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4"})

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


async def _answer(check: Callable[[], Awaitable[object]]) -> str:
    try:
        async with asyncio.timeout(5):
            await check()
    except TimeoutError:
        return "no answer within 5 seconds"
    except Unavailable as error:
        return str(error)
    return "ok"
