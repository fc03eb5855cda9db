"""The simulator's pages: plain files, no build, strict CSP, relative addresses only.

What agents have installed beside their chats is another's page, of another origin: those, and no more, may be framed.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from typing import Any

from aiohttp import web
from yarl import URL

from xyper_sim.live import Live

_TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
_PAGES = {"/": "index.html", "/phone": "phone.html", "/desk": "desk.html", "/host": "host.html"}
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; media-src 'self'; "
    "frame-src {framed}; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache"}

Panels = Callable[[], Sequence[Mapping[str, Any]]]


def routes(live: Live, panels: Panels) -> list[web.RouteDef]:
    """The pages, and their files under `/pages/`."""
    pages = Pages(panels)
    shown = [web.get(path, pages.show(name)) for path, name in _PAGES.items()]
    return [*shown, web.get("/pages/{name}", pages.file), web.get("/live", live.handle)]


class Pages:
    def __init__(self, panels: Panels) -> None:
        self._panels = panels

    def show(self, name: str):  # type: ignore[no-untyped-def]
        async def handle(_: web.Request) -> web.Response:
            return self._answer(name)

        return handle

    async def file(self, request: web.Request) -> web.Response:
        return self._answer(request.match_info["name"])

    def _answer(self, name: str) -> web.Response:
        """One of the files beside this module, by its bare name; 404 for anything else."""
        known = {entry.name for entry in resources.files(__name__).iterdir()}
        kind = _TYPES.get(name.rpartition(".")[2])
        if kind is None or name not in known:
            raise web.HTTPNotFound(text=f"There is no page {name!r} here.")
        body = resources.files(__name__).joinpath(name).read_bytes()
        headers = {**_HEADERS, "Content-Security-Policy": _CSP.format(framed=self._framed())}
        return web.Response(body=body, content_type=kind, charset="utf-8", headers=headers)

    def _framed(self) -> str:
        """Our own pages, and those of the panels that are installed now."""
        origins = {str(URL(one["url"].partition("?")[0]).origin()) for one in self._panels()}
        return " ".join(["'self'", *sorted(origins)])
