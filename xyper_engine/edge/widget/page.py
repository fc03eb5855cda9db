"""The widget's page, `GET /widget/<tenant>/`: shown in a frame of the tenant's vendor, and of nobody else's page.

What the vendor fills into the address (`gcConversationId`, …) is the page's to read; only where it says to be held
is looked at here, since the page will talk to whoever that is.
"""

import re
from html import escape
from typing import Annotated
from urllib.parse import urlsplit

import structlog
from pydantic import BeforeValidator, ConfigDict, Field

from xyper_engine.agents import HoldsPages
from xyper_engine.edge.route import Answer, Call, Given, Route
from xyper_engine.edge.sign_in_pages import HTML
from xyper_engine.edge.widget.assets import Assets
from xyper_engine.errors import Forbidden, NotFound, XyperError
from xyper_engine.model import Endpoint
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime

PATH = "/widget/{tenant}/"
INDEX = "widget/index.html"

_log = structlog.get_logger("xyper.edge")
LOCAL = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self' {live}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors {hosts}; require-trusted-types-for 'script'; trusted-types lit-html"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), clipboard-write=(self), fullscreen=(self), geolocation=(), microphone=(self)",
    "Referrer-Policy": "no-referrer",
}
_REFUSED = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>WhatsApp</title>
<link rel="stylesheet" href="/static/sign-in/done.css">
<main><h1 role="alert">The page cannot be shown</h1><p>{words}</p></main>
</html>
"""


def _filled(value: object) -> object:
    """A gap that the vendor did not fill is absent."""
    return "" if isinstance(value, str) and "{{" in value else value


class FromHost(Given):
    """What the vendor fills in, and whatever else stands in the address."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    gcHostOrigin: Annotated[str, BeforeValidator(_filled), Field(max_length=300)] = ""  # noqa: N815  Genesys' name
    """The page that holds this one, as an origin."""


class Page:
    def __init__(self, rt: Runtime, registry: Registry, assets: Assets) -> None:
        self._rt = rt
        self._registry = registry
        self._settings = rt.settings.widget
        self._assets = assets

    def routes(self) -> tuple[Route, ...]:
        return (Route("GET", PATH, None, self.show, "The widget's page.", query=FromHost, content=HTML),)

    async def show(self, call: Call) -> Answer:
        hosts: tuple[str, ...] = ()
        try:
            hosts = await self._hosts(call.tenant)
            self._check(call.query.gcHostOrigin, hosts)
        except XyperError as error:
            if "text/html" not in call.request.headers.get("Accept", ""):
                raise
            status = 404 if isinstance(error, NotFound) else 403
            correlation = call.caller.request_id
            _log.info("refused", part="widget", status=status, detail=str(error), correlation_id=correlation)
            return self._page(call, status, _REFUSED.format(words=escape(str(error))), hosts)
        return self._page(call, 200, self._assets.page(INDEX), hosts)

    def _page(self, call: Call, status: int, html: str, hosts: tuple[str, ...]) -> Answer:
        policy = _POLICY.format(live=_live(self._rt.settings.public_url, call.request.host), hosts=_listed(hosts))
        headers = {**_HEADERS, "Content-Security-Policy": policy}
        return Answer(status=status, body=html.encode(), content_type="text/html", headers=headers)

    async def _hosts(self, tenant: str) -> tuple[str, ...]:
        """Of which pages it may be a frame. Raises `NotFound` where there is no such tenant."""
        async with self._rt.db.tenant(tenant) as connection:
            rows = await connection.fetch("select adapter, account from accounts order by created_at, 1, 2")
        if not rows:
            raise NotFound(f"There is no tenant {tenant}: check the address.")
        found: list[str] = []
        for row in rows:
            adapter: object = self._registry.adapter(row["adapter"])
            account = await self._rt.directory.account(Endpoint(adapter=row["adapter"], account=row["account"]))
            if isinstance(adapter, HoldsPages) and account:
                found += adapter.holders(account)
        return tuple(dict.fromkeys([*found, *self._settings.hosts]))

    def _check(self, origin: str, hosts: tuple[str, ...]) -> None:
        """Raises `Forbidden` where the page is to talk to somebody who may not hold it."""
        local = LOCAL.fullmatch(origin) is not None
        if not origin or (local and self._settings.development) or (origin in hosts and not local):
            return
        raise Forbidden(
            "The address names a host (gcHostOrigin) that is not this tenant's: open the widget in Genesys Cloud."
        )


def _listed(hosts: tuple[str, ...]) -> str:
    return " ".join(hosts) or "'none'"


def _live(public_url: str, host: str) -> str:
    """Where live news come from: older browsers do not take 'self' for a WebSocket's address."""
    parts = urlsplit(public_url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    known = re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", host) is not None
    return " ".join(dict.fromkeys(f"{scheme}://{one}" for one in (parts.netloc, host if known else parts.netloc)))
