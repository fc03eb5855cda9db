"""The simulator as a whole: both vendors, the control API, the pages; stand-alone or mounted by the engine.

    async with Simulator(SimSettings(...)) as sim:          # a server of its own, on a free port
        await http.get(f"{sim.url}/api/knobs")

`routes(sim)` is the same thing for another server to mount, under any prefix.
"""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from pydantic import ValidationError

from xyper_sim import cloud_api, control, files, graph_api, graph_control, pages, traffic
from xyper_sim.cloud_state import CloudState
from xyper_sim.graph_state import GraphState
from xyper_sim.kit import make_kit
from xyper_sim.settings import SimSettings
from xyper_sim.traffic import Traffic

_BODY_LIMIT = 128 * 1024 * 1024  # Meta takes documents of 100 MB


class Simulator:
    """A WhatsApp Cloud API and a Genesys Cloud. State lives as long as the object, in memory."""

    def __init__(self, settings: SimSettings | None = None) -> None:
        self.settings = settings or SimSettings()
        self.kit = make_kit(self.settings)
        self.graph = GraphState(self.kit, self.settings.graph)
        self.cloud = CloudState(self.kit, self.settings.cloud)
        self.traffic = Traffic(self.kit, self.graph, self.cloud, self.settings.traffic)
        self.url = ""
        """`http://127.0.0.1:<port>` once `start` has run."""
        self._runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Serve stand-alone; port 0 takes a free one. The address."""
        self._runner = web.AppRunner(
            application(self), access_log=None, shutdown_timeout=0.2, handler_cancellation=True
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, backlog=1024).start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"
        self.traffic.begin()
        return self.url

    async def hush(self) -> None:
        """Both vendors fall silent: nothing that they have begun goes on. They still answer."""
        await self.kit.tasks.close()

    async def close(self) -> None:
        await self.kit.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def application(sim: Simulator) -> web.Application:
    """A server's worth of it."""
    app = web.Application(client_max_size=_BODY_LIMIT)
    app.add_routes(routes(sim))
    return app


def routes(sim: Simulator) -> list[web.RouteDef]:
    """`/graph/…`, `/cloud/…`, `/login/…`, `/api/…`, `/live` and the pages `/`, `/phone`, `/desk`, `/host`."""
    parts: Sequence[Sequence[web.RouteDef]] = (
        graph_control.routes(sim.graph),
        graph_api.routes(sim.graph),
        cloud_api.routes(sim.cloud),
        control.routes(sim.kit),
        traffic.routes(sim.traffic),
        files.routes(),
        pages.routes(sim.kit.live, sim.cloud.panels),
    )
    return [_told(route) for part in parts for route in part]


def _told(route: web.RouteDef) -> web.RouteDef:
    """The route with faults of a control request told as one sentence: a plugin's routes have no middleware."""
    if not route.path.startswith("/api/"):
        return route

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            answer: web.StreamResponse = await route.handler(request)
        except ValidationError as error:
            faults: list[Any] = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
            return web.json_response({"title": "; ".join(faults), "status": 400}, status=400)
        except (KeyError, ValueError) as error:
            return web.json_response({"title": f"Not understood: {error}", "status": 400}, status=400)
        return answer

    return web.RouteDef(route.method, route.path, handle, route.kwargs)
