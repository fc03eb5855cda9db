"""Errors as a client sees them: RFC 9457 problem bodies with a correlation id, never a traceback."""

from collections.abc import Awaitable, Callable, Mapping
from math import ceil

import orjson
import structlog
from aiohttp import web

from xyper_engine.errors import (
    BrokerUnavailable,
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    Outdated,
    Refused,
    Rejected,
    SendError,
    SettingsError,
    Throttled,
    TooMany,
    Unauthenticated,
    Unavailable,
    Unconditional,
    Unsupported,
    XyperError,
)
from xyper_engine.model import new_id

_log = structlog.get_logger("xyper.edge")

_STATUS: tuple[tuple[type[XyperError], int, str], ...] = (
    (Unauthenticated, 401, "Nobody is signed in"),
    (Forbidden, 403, "That is not allowed"),
    (Invalid, 422, "Something in the request is wrong"),
    (Malformed, 400, "The request cannot be read"),
    (NotFound, 404, "There is no such thing"),
    (Conflict, 409, "That conflicts with what is there"),
    (Outdated, 412, "It was changed meanwhile"),
    (Unconditional, 428, "Which version is to be changed?"),
    (TooMany, 429, "Too many requests"),
    (BrokerUnavailable, 503, "Nothing can be stored now"),
    (Unavailable, 503, "A part is away now"),
    (SettingsError, 503, "A setting is wrong"),
    (Unsupported, 422, "That is not possible"),
    (Rejected, 422, "The vendor refuses"),
    (Throttled, 429, "The vendor asks to wait"),
    (SendError, 502, "The vendor did not do it"),
)

REQUEST_ID = web.RequestKey("request_id", str)
"""Under this key of a request stands its id, where it already has one."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


_HEADERS: Mapping[int, Mapping[str, str]] = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "5"}}


def problem(
    status: int, title: str, detail: str, correlation: str, more: Mapping[str, object] | None = None
) -> web.Response:
    """`application/problem+json`; the correlation id stands in the log line of the same request."""
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": f"urn:uuid:{correlation}",
        **(more or {}),
    }
    headers = {"X-Correlation-Id": correlation, **_HEADERS.get(status, {})}
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/problem+json", headers=headers
    )


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into one answer and one log line."""
    try:
        return await handler(request)
    except XyperError as error:
        status, title = _known(error)
        answer = _told(request, status, title, str(error), _more(error))
        if isinstance(error, TooMany):
            answer.headers["Retry-After"] = str(ceil(error.after))
        return answer
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _told(request, error.status, error.reason, error.text or error.reason)
    except Exception:  # noqa: BLE001  the last line of defence; the traceback goes to the log
        correlation = _id(request)
        _log.exception("bug", correlation_id=correlation, part=request.match_info.route.name)
        return problem(500, "That should not have happened", "Tell us this correlation id.", correlation)


def _known(error: XyperError) -> tuple[int, str]:
    if isinstance(error, Refused):
        return error.status, "The request is not proved genuine"
    return next(((status, title) for kind, status, title in _STATUS if isinstance(error, kind)), (500, "Failed"))


def _more(error: XyperError) -> Mapping[str, object]:
    """What a program can use besides the words."""
    return {"errors": dict(error.fields)} if isinstance(error, Invalid) else {}


def _told(
    request: web.Request, status: int, title: str, detail: str, more: Mapping[str, object] | None = None
) -> web.Response:
    correlation = _id(request)
    log = _log.warning if status >= 500 else _log.info
    log("refused", status=status, reason=title, detail=detail, correlation_id=correlation, part=_part(request))
    return problem(status, title, detail, correlation, more)


def _id(request: web.Request) -> str:
    return request.get(REQUEST_ID) or new_id()


def _part(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"
