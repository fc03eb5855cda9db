"""What a browser's own window shows at the end of a sign-in: that it went well, or in words why not.

No `Cross-Origin-Opener-Policy` here: it would cut the way back to the page that opened the window.
"""

from html import escape

from xyper_engine.edge.route import Answer
from xyper_engine.errors import SendError, Unavailable, XyperError
from xyper_engine.settings import root

FILES = root() / "widget_static" / "sign-in"
HTML = ("text/html",)
"""What routes say of themselves that show one of these pages."""

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


def refused(error: XyperError) -> Answer:
    """Why somebody is not signed in."""
    away = isinstance(error, Unavailable | SendError)
    return _page(503 if away else 403, _REFUSED.format(words=escape(str(error))).encode())


def _page(status: int, html: bytes) -> Answer:
    return Answer(status=status, body=html, content_type="text/html", headers=_HEADERS)
