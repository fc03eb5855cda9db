"""The cookie of a browser's sign-in: it says that two requests come from one window, and nothing else.

One cookie for each sign-in, so that several in one browser do not disturb each other. On https its name makes the
browser take it from this very host only (`__Host-`).
"""

from http.cookies import SimpleCookie

from aiohttp import web

from xyper_engine.edge.route import Answer


def with_cookie(public_url: str, sid: str, value: str, seconds: int, *, to: str) -> Answer:
    """Send the browser to `to`, with the cookie."""
    name = _name(public_url, sid)
    jar = SimpleCookie({name: value})
    # Lax, not Strict: the way back begins on the login's page.
    for key, said in {"path": "/", "httponly": True, "samesite": "Lax", "max-age": seconds}.items():
        jar[name][key] = said
    jar[name]["secure"] = public_url.startswith("https://")
    return Answer(status=303, headers={"Location": to, "Set-Cookie": jar[name].OutputString()})


def cookie_of(request: web.Request, public_url: str, sid: str) -> str:
    """Its value; "" where the browser has none."""
    return request.cookies.get(_name(public_url, sid), "")


def _name(public_url: str, sid: str) -> str:
    return f"__Host-xyper-{sid}" if public_url.startswith("https://") else f"xyper-{sid}"
