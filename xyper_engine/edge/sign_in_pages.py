"""What a browser's own window shows at the end of a sign-in: that it went well, or in words why not.

A window gets pages; whoever does not ask for pages is told of what went wrong as everywhere else.

No `Cross-Origin-Opener-Policy` here: it would cut the way back to the page that opened the window.
"""

from collections.abc import Awaitable, Callable
from html import escape

import structlog

from xyper_engine.edge.route import Answer, Call
from xyper_engine.errors import SendError, Unavailable, XyperError
from xyper_engine.settings import root

FILES = root() / "widget_static" / "sign-in"
HTML = ("text/html",)
"""What routes say of themselves that show one of these pages."""

Handler = Callable[[Call], Awaitable[Answer]]

_log = structlog.get_logger("xyper.edge")

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
_REFUSED = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Sign-in</title>
<link rel="stylesheet" href="/static/sign-in/done.css">
<main><h1 role="alert">You are not signed in</h1><p>{words}</p></main>
</html>
"""


def done() -> Answer:
    """The page that hands the proof on."""
    return _page(200, (FILES / "done.html").read_bytes())


def in_window(handler: Handler) -> Handler:
    """The handler, with a page for what it raises."""

    async def handle(call: Call) -> Answer:
        try:
            return await handler(call)
        except XyperError as error:
            if "text/html" not in call.request.headers.get("Accept", ""):
                raise
            return _refused(error, call.caller.request_id)

    return handle


def _refused(error: XyperError, correlation: str) -> Answer:
    status = 503 if isinstance(error, Unavailable | SendError) else 403
    _log.info("refused", part="sign-in", status=status, detail=str(error), correlation_id=correlation)
    return _page(status, _REFUSED.format(words=escape(str(error))).encode())


def _page(status: int, html: bytes) -> Answer:
    return Answer(status=status, body=html, content_type="text/html", headers=_HEADERS)
