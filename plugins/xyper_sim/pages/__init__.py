"""The simulator's pages: plain files, no build, strict CSP, relative addresses only."""

from importlib import resources

from aiohttp import web

from xyper_sim.live import Live

_TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
_PAGES = {"/": "index.html", "/phone": "phone.html", "/desk": "desk.html"}
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; media-src 'self'; "
    "frame-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def routes(live: Live) -> list[web.RouteDef]:
    """The pages, and their files under `/pages/`."""
    shown = [web.get(path, _show(name)) for path, name in _PAGES.items()]
    return [*shown, web.get("/pages/{name}", _file), web.get("/live", live.handle)]


def _show(name: str):  # type: ignore[no-untyped-def]
    async def handle(_: web.Request) -> web.Response:
        return _answer(name)

    return handle


async def _file(request: web.Request) -> web.Response:
    return _answer(request.match_info["name"])


def _answer(name: str) -> web.Response:
    """One of the files beside this module, by its bare name; 404 for anything else."""
    known = {entry.name for entry in resources.files(__name__).iterdir()}
    kind = _TYPES.get(name.rpartition(".")[2])
    if kind is None or name not in known:
        raise web.HTTPNotFound(text=f"There is no page {name!r} here.")
    body = resources.files(__name__).joinpath(name).read_bytes()
    return web.Response(body=body, content_type=kind, charset="utf-8", headers=_HEADERS)
