"""Errors as a client sees them: RFC 9457 problem bodies with a correlation id, never a traceback."""

from collections.abc import Awaitable, Callable

import orjson
import structlog
from aiohttp import web

from xyper_engine.errors import (
    BrokerUnavailable,
    Conflict,
    Malformed,
    NotFound,
    Refused,
    Rejected,
    SendError,
    SettingsError,
    Throttled,
    Unavailable,
    Unsupported,
    XyperError,
)
from xyper_engine.model import new_id

_log = structlog.get_logger("xyper.edge")

_STATUS: tuple[tuple[type[XyperError], int, str], ...] = (
    (Malformed, 400, "The request cannot be read"),
    (NotFound, 404, "There is no such thing"),
    (Conflict, 409, "That conflicts with what is there"),
    (BrokerUnavailable, 503, "Nothing can be stored now"),
    (Unavailable, 503, "A part is away now"),
    (SettingsError, 503, "A setting is wrong"),
    (Unsupported, 422, "That is not possible"),
    (Rejected, 422, "The vendor refuses"),
    (Throttled, 429, "The vendor asks to wait"),
    (SendError, 502, "The vendor did not do it"),
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def problem(status: int, title: str, detail: str, correlation: str) -> web.Response:
    """`application/problem+json`; the correlation id stands in the log line of the same request."""
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": f"urn:uuid:{correlation}",
    }
    headers = {"X-Correlation-Id": correlation, **({"Retry-After": "5"} if status == 503 else {})}
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/problem+json", headers=headers
    )


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into one answer and one log line."""
    try:
        return await handler(request)
    except Exception as error:
        if isinstance(error, web.HTTPException) and error.status < 400:
            raise
        return answer_to(error, _part(request))


def answer_to(error: Exception, part: str) -> web.Response:
    """What the client hears of it; `part` is the page it happened at, as the log names it."""
    if isinstance(error, XyperError):
        return _told(part, *_known(error), str(error))
    if isinstance(error, web.HTTPException):
        return _told(part, error.status, error.reason, error.text or error.reason)
    correlation = new_id()  # the last line of defence; the traceback goes to the log
    _log.error("bug", correlation_id=correlation, part=part, exc_info=error)
    return problem(500, "That should not have happened", "Tell us this correlation id.", correlation)


def _known(error: XyperError) -> tuple[int, str]:
    if isinstance(error, Refused):
        return error.status, "The request is not proved genuine"
    return next(((status, title) for kind, status, title in _STATUS if isinstance(error, kind)), (500, "Failed"))


def _told(part: str, status: int, title: str, detail: str) -> web.Response:
    correlation = new_id()
    log = _log.warning if status >= 500 else _log.info
    log("refused", status=status, reason=title, detail=detail, correlation_id=correlation, part=part)
    return problem(status, title, detail, correlation)


def _part(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"
