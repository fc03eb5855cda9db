"""The cookies of the dashboard's page: the tokens of its session, which no script can read.

They go with requests of our own pages alone (`SameSite=Strict`), and on https their names make a browser take them from
this very host only (`__Host-`). They end with the browser; until when they are good the server knows.
"""

from http.cookies import SimpleCookie

from aiohttp import web
from multidict import CIMultiDict

from xyper_engine.access.sessions import Granted

ACCESS, REFRESH = "access", "refresh"


class Cookies:
    def __init__(self, public_url: str) -> None:
        self._secure = public_url.startswith("https://")

    def handed(self, granted: Granted) -> CIMultiDict[str]:
        """The headers that give them to a browser."""
        return self._headers({ACCESS: granted.access_token, REFRESH: granted.refresh_token or ""})

    def taken(self) -> CIMultiDict[str]:
        """The headers that take them away."""
        return self._headers({ACCESS: "", REFRESH: ""})

    def read(self, request: web.Request, which: str) -> str:
        """`ACCESS` or `REFRESH`; "" where the browser has none."""
        return request.cookies.get(self.name(which), "")

    def name(self, which: str) -> str:
        return f"{'__Host-' if self._secure else ''}xyper-{which}"

    def _headers(self, values: dict[str, str]) -> CIMultiDict[str]:
        return CIMultiDict([("Set-Cookie", self._written(which, value)) for which, value in values.items()])

    def _written(self, which: str, value: str) -> str:
        name = self.name(which)
        jar = SimpleCookie({name: value})
        said = {"path": "/", "httponly": True, "samesite": "Strict", "secure": self._secure}
        for key, one in (said if value else {**said, "max-age": 0}).items():
            jar[name][key] = one
        return jar[name].OutputString()
