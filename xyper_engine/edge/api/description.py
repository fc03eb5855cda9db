"""This description of the API, for programs and for people."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import orjson

from xyper_engine.edge.openapi import document
from xyper_engine.edge.route import Answer, Call, Route
from xyper_engine.runtime import Runtime
from xyper_engine.settings import root

# The viewer styles itself by style elements; it loads nothing from elsewhere and evaluates no text.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_FILES = {
    "viewer.js": ("docs/viewer.js", "text/javascript"),
    "viewer.css": ("docs/viewer.css", "text/css"),
    "rapidoc-min.js": ("shared/vendor/rapidoc-min.js", "text/javascript"),
}


class DescriptionApi:
    """`others`: the routes to describe, besides its own."""

    def __init__(self, rt: Runtime, others: Sequence[Route]) -> None:
        self._others = others
        self._url = rt.settings.public_url
        self._folder = root() / "widget_static"

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", "/api/v1/openapi.json", None, self.describe, "Read this description.",
                  content=("application/json",)),
            Route("GET", "/api/docs", None, self.page, "Read it as a page.", content=("text/html",)),
            *(Route("GET", f"/api/docs/{name}", None, self.file, "A part of that page.", content=(kind,))
              for name, (_, kind) in _FILES.items()),
        )  # fmt: skip

    async def describe(self, _call: Call) -> Answer:
        return Answer(body=self._document, content_type="application/json", headers={"Cache-Control": "no-cache"})

    async def page(self, _call: Call) -> Answer:
        return self._served("docs/index.html", "text/html", {"Content-Security-Policy": _POLICY})

    async def file(self, call: Call) -> Answer:
        return self._served(*_FILES[Path(call.request.path).name])

    def _served(self, file: str, kind: str, headers: dict[str, str] | None = None) -> Answer:
        body = (self._folder / file).read_bytes()
        return Answer(body=body, content_type=kind, headers={"Cache-Control": "no-cache", **(headers or {})})

    @cached_property
    def _document(self) -> bytes:
        """Made when somebody asks: a start has more urgent work."""
        return orjson.dumps(document((*self._others, *self.routes()), self._url))
