"""A panel of another origin than the desk's: a page of a few lines with the widget's own way to Genesys in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer

STATIC = Path(__file__).parents[3] / "widget_static"
SANDBOX = "allow-scripts,allow-same-origin,allow-forms,allow-modals,allow-popups,allow-presentation,allow-downloads"
PERMISSIONS = "clipboard-write,microphone,fullscreen"
VARIABLES = "&".join(
    f"{name}={{{{{name}}}}}" for name in ("gcConversationId", "gcHostOrigin", "gcTargetEnv", "gcLangTag", "gcUnknown")
)
_POLICY = "default-src 'none'; script-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
_PAGE = """<!doctype html><html lang="en"><title>panel</title>
<script type="module" src="panel.js"></script><main><h1>A panel</h1></main></html>"""
_SCRIPT = """import { readContext } from "./static/widget/host/context.js";
import { makeHost } from "./static/widget/host/genesys.js";
window.context = readContext();
window.host = makeHost(window.context);
window.hooks = [];
for (const hook of ["bootstrap", "focus", "blur", "stop"]) window.host.on(hook, () => { window.hooks.push(hook); });
"""


@asynccontextmanager
async def panel_server() -> AsyncIterator[str]:
    """The panel's address, on `localhost`, with Genesys' variables."""

    async def page(_: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": _POLICY}
        return web.Response(text=_PAGE, content_type="text/html", headers=headers)

    async def script(_: web.Request) -> web.Response:
        return web.Response(text=_SCRIPT, content_type="text/javascript")

    app = web.Application()
    app.add_routes([web.get("/", page), web.get("/panel.js", script), web.static("/static", STATIC)])
    async with TestServer(app) as server:
        yield f"http://localhost:{server.port}/?{VARIABLES}"


def installed(url: str) -> list[dict[str, str]]:
    """Of `[plugins.sim.cloud] panels`."""
    return [{"id": "panel-1", "name": "Xyper", "url": url, "sandbox": SANDBOX, "permissions": PERMISSIONS}]
