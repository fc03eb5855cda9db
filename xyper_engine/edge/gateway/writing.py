"""What a client is answered: the value as JSON, and the headers that every answer carries."""

from collections.abc import Mapping
from math import ceil

from aiohttp import hdrs, web
from multidict import CIMultiDict, istr
from pydantic import BaseModel

from xyper_engine.edge.gateway.limiter import Allowance
from xyper_engine.edge.route import Answer, Route
from xyper_engine.settings import Settings

Headers = CIMultiDict[str]

_ALWAYS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Server": "xyper",
    "X-Content-Type-Options": "nosniff",
}
_HSTS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
_CORRELATION, _LIMIT = istr("X-Correlation-Id"), istr("RateLimit-Limit")
_REMAINING, _RESET = istr("RateLimit-Remaining"), istr("RateLimit-Reset")
_ASKED = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match"
_SHOWN = "ETag, Idempotency-Replayed, Location, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": _ASKED,
    "Access-Control-Max-Age": "600",
}


class Writer:
    """Dresses answers. Pages of other origins (`[server] cors_origins`) may read them; cookies never count there."""

    def __init__(self, settings: Settings) -> None:
        self._always = CIMultiDict({**_ALWAYS, **(_HSTS if settings.public_url.startswith("https://") else {})})
        self._origins = frozenset(settings.server.cors_origins)

    @property
    def shares(self) -> bool:
        """Whether pages of any other origin may call."""
        return bool(self._origins)

    def headers(self, request: web.Request, correlation: str, allowance: Allowance | None, at: float) -> Headers:
        """What every answer carries, whatever it says; `at`: the moment for the limit that ends first."""
        headers = self._always.copy()  # and no `dict`: aiohttp would make one of these of it
        headers[_CORRELATION] = correlation
        if allowance is not None:  # as draft-ietf-httpapi-ratelimit-headers-06 has them
            headers[_LIMIT] = str(allowance.limit)
            headers[_REMAINING] = str(allowance.remaining)
            headers[_RESET] = str(max(0, ceil(allowance.resets - at)))
        if self._origins:
            self._share(request, headers)
        return headers

    async def preflight(self, _request: web.Request) -> web.Response:
        """May a page of another origin call? `headers` say whether it may read the answer."""
        return web.Response(status=204, headers=_PREFLIGHT)

    def _share(self, request: web.Request, headers: Headers) -> None:
        headers["Vary"] = "Origin"
        if (origin := request.headers.get("Origin")) in self._origins:
            headers["Access-Control-Allow-Origin"] = str(origin)
            headers["Access-Control-Expose-Headers"] = f"{_SHOWN}X-Correlation-Id"


def written(request: web.Request, route: Route, given: BaseModel | Answer | None, headers: Headers) -> web.Response:
    """What a handler gave back, as an answer with these `headers` and its own."""
    answer = given if isinstance(given, Answer) else Answer(given)
    if answer.headers:
        headers.update(answer.headers)
    if answer.etag is not None:
        headers[hdrs.ETAG], headers[hdrs.CACHE_CONTROL] = f'"{answer.etag}"', "private, no-cache"
        if request.method == "GET" and f'"{answer.etag}"' in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
    status = answer.status or route.code
    if answer.body is not None:
        return web.Response(status=status, body=answer.body, content_type=answer.content_type, headers=headers)
    if answer.value is None:
        return web.Response(status=status, headers=headers)
    body = answer.value.__pydantic_serializer__.to_json(answer.value)
    headers[hdrs.CONTENT_TYPE] = "application/json"
    return web.Response(status=status, body=body, headers=headers)


def names_of(headers: Mapping[str, str]) -> dict[str, str]:
    """Those of an answer that are worth keeping for who asks again."""
    return {name: headers[name] for name in ("ETag", "Location") if name in headers}
