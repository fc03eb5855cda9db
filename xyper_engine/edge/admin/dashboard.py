"""The dashboard's page, `GET /admin/` and every address below it: which part is shown, the page finds by itself."""

from html import escape

from xyper_engine.edge.route import Answer, Call, Route
from xyper_engine.edge.sign_in_pages import HTML
from xyper_engine.edge.widget.assets import Assets

PATH = "/admin/"
INDEX = "admin/index.html"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types lit-html"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    # What a page of ours opens cannot reach it, nor can what opened it: signing on hands over by a channel of our own.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), clipboard-write=(self), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
}


class Page:
    def __init__(self, environment: str, assets: Assets) -> None:
        self._environment = escape(environment)
        self._assets = assets

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", PATH[:-1], None, self.show, "The dashboard's page.", content=HTML),
            Route("GET", f"{PATH}{{place:.*}}", None, self.show, "The dashboard's page, at whichever of its parts.",
                  content=HTML),
        )  # fmt: skip

    async def show(self, _: Call) -> Answer:
        html = self._assets.page(INDEX).replace("{{environment}}", self._environment)
        return Answer(body=html.encode(), content_type="text/html", headers=HEADERS)
