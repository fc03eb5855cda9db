"""Who calls from the dashboard's page: known by the cookie, and believed where the page itself asks.

What another site makes a browser ask carries no `SameSite=Strict` cookie to begin with; it does not know the session's
CSRF value; and the browser says whose page asks. Each of the three suffices; all of them are looked at.
"""

from aiohttp import web
from yarl import URL

from xyper_engine.access.page_sessions import PageSession
from xyper_engine.edge.admin.cookies import ACCESS, Cookies
from xyper_engine.errors import Forbidden, Unauthenticated
from xyper_engine.runtime import Runtime

CSRF = "X-Xyper-CSRF"
API = "/api/v1/"
"""Below which the cookie counts: never for the widget, nor for webhooks."""


class PageCaller:
    def __init__(self, rt: Runtime) -> None:
        self._pages = rt.access.pages
        self._origin = str(URL(rt.settings.public_url).origin())
        self.cookies = Cookies(rt.settings.public_url)

    def shows(self, request: web.Request) -> bool:
        """Whether a request brings the cookie to where it counts."""
        return request.path.startswith(API) and bool(self.cookies.read(request, ACCESS))

    async def known(self, request: web.Request) -> PageSession:
        """Whose browser it is. Raises `Unauthenticated`."""
        token = self.cookies.read(request, ACCESS)
        if not token:
            raise Unauthenticated("Nobody is signed in at this page: sign in.")
        return await self._pages.prove(token)

    async def proved(self, request: web.Request) -> PageSession:
        """Whose browser it is, and that our page asks. Raises `Unauthenticated` or `Forbidden`."""
        found = await self.known(request)
        self.check_ours(request)
        if not _is_download(request):
            found.check(request.headers.get(CSRF, ""))
        return found

    def check_ours(self, request: web.Request) -> None:
        """Raises `Forbidden` where another site's page asks, as far as the browser says; for a change it must."""
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
        ours = site in (None, "same-origin") and origin in (None, self._origin)
        if not ours or (site is origin is None and request.method != "GET"):
            raise Forbidden(f"This comes from another page: open the dashboard at {self._origin}/admin/.", "origin")


def _is_download(request: web.Request) -> bool:
    """A link of our own page was followed: no script can add a header to that, and none of another site's is."""
    said = request.headers
    return (
        request.method == "GET"
        and said.get("Sec-Fetch-Site") == "same-origin"
        and said.get("Sec-Fetch-Mode") == "navigate"
    )
