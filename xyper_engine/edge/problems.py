"""Errors as a client sees them: RFC 9457 problem bodies with a correlation id, never a traceback."""

import re
from collections.abc import Awaitable, Callable, Mapping
from math import ceil

import orjson
import structlog
from aiohttp import web

from xyper_engine.errors import (
    BrokerUnavailable,
    Conflict,
    Faulty,
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
    Unsendable,
    Unsupported,
    XyperError,
)
from xyper_engine.model import new_id
from xyper_engine.saying import said, sayings

_log = structlog.get_logger("xyper.edge")

_STATUS: tuple[tuple[type[XyperError], int, str], ...] = (
    (Unauthenticated, 401, said("problem.signed_out", "Nobody is signed in")),
    (Forbidden, 403, said("problem.forbidden", "That is not allowed")),
    (Invalid, 422, said("problem.invalid", "Something in the request is wrong")),
    (Malformed, 400, said("problem.malformed", "The request cannot be read")),
    (NotFound, 404, said("problem.missing", "There is no such thing")),
    (Conflict, 409, said("problem.conflict", "That conflicts with what is there")),
    (Outdated, 412, said("problem.outdated", "It was changed meanwhile")),
    (Unconditional, 428, said("problem.unconditional", "Which version is to be changed?")),
    (TooMany, 429, said("problem.too_many", "Too many requests")),
    (BrokerUnavailable, 503, said("problem.unstored", "Nothing can be stored now")),
    (Unavailable, 503, said("problem.away", "A part is away now")),
    (SettingsError, 503, said("problem.setting", "A setting is wrong")),
    (Unsupported, 422, said("problem.unsupported", "That is not possible")),
    (Unsendable, 422, said("problem.unsendable", "That cannot be sent")),
    (Rejected, 422, said("problem.refused", "The vendor refuses")),
    (Throttled, 429, said("problem.throttled", "The vendor asks to wait")),
    (SendError, 502, said("problem.vendor", "The vendor did not do it")),
)

_UNSENDABLE: Mapping[str, tuple[int, str]] = {
    "not_yours": (403, said("problem.not_yours", "This conversation is somebody else's")),
    "ended": (409, said("problem.ended", "This conversation has ended")),
    "sign_in": (409, said("problem.sign_in", "Sign in again")),
    "window_closed": (409, said("problem.window_closed", "The customer's window is closed")),
}
"""Where the fault is not in what was sent."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


_ALWAYS = {"Server": "xyper", "X-Content-Type-Options": "nosniff"}
_HEADERS: Mapping[int, Mapping[str, str]] = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "5"}}


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def problem(
    status: int, title: str, detail: str, correlation: str, more: Mapping[str, object] | None = None
) -> web.Response:
    """`application/problem+json`; the correlation id stands in the log line of the same request."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **(more or {})}
    faults = (more or {}).get("errors")
    fields = {f"errors.{path}": words for path, words in faults.items()} if isinstance(faults, dict) else {}
    if others := sayings(title=title, detail=detail, **fields):
        body["said"] = others
    if _UUID.fullmatch(correlation):  # another's id, from a proxy, need not be one
        body["instance"] = f"urn:uuid:{correlation}"
    headers = {**_ALWAYS, "X-Correlation-Id": correlation, **_HEADERS.get(status, {})}
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


def answer_to(error: Exception, part: str, correlation: str = "") -> web.Response:
    """What the client hears of it; `part` is the page it happened at, as the log names it."""
    correlation = correlation or new_id()
    if isinstance(error, XyperError):
        answer = _told(part, correlation, *_known(error), str(error), _more(error))
        if isinstance(error, TooMany):
            answer.headers["Retry-After"] = str(ceil(error.after))
        return answer
    if isinstance(error, TimeoutError):
        detail = said("problem.late.detail", "It may have been done all the same: look before you try again.")
        return _told(part, correlation, 504, said("problem.late", "It took too long"), detail)
    if isinstance(error, web.HTTPException):
        return _passed_on(part, correlation, error)
    _log.error("bug", correlation_id=correlation, part=part, exc_info=error)  # the last line of defence
    title = said("problem.bug", "That should not have happened")
    return problem(500, title, said("problem.bug.detail", "Tell us this correlation id."), correlation)


def unreadable(status: int, error: BaseException | None) -> web.Response:
    """What is answered to bytes that are no HTTP request, or where the server itself fails; the connection ends."""
    correlation = new_id()
    kind = type(error).__name__ if error else "unknown"  # the error's words would quote the request
    _log.info("unreadable", status=status, kind=kind, correlation_id=correlation)
    title = said("problem.malformed", "The request cannot be read")
    answer = problem(status, title, "This is not HTTP as it should be.", correlation)
    answer.force_close()
    return answer


def _passed_on(part: str, correlation: str, error: web.HTTPException) -> web.Response:
    """aiohttp's own words, and what it says by headers, e.g. `Allow`; a redirection is no trouble."""
    if error.status < 400:
        return web.Response(status=error.status, headers={"Location": error.headers.get("Location", "/")})
    answer = _told(part, correlation, error.status, error.reason, error.text or error.reason)
    answer.headers.update({name: error.headers[name] for name in ("Allow", "Retry-After") if name in error.headers})
    return answer


def _known(error: XyperError) -> tuple[int, str]:
    if isinstance(error, Refused):
        return error.status, said("problem.unproved", "The request is not proved genuine")
    if isinstance(error, Unsendable) and error.code in _UNSENDABLE:
        return _UNSENDABLE[error.code]
    return next(
        ((status, title) for kind, status, title in _STATUS if isinstance(error, kind)),
        (500, said("problem.failed", "Failed")),
    )


def _more(error: XyperError) -> Mapping[str, object]:
    """What a program can use besides the words."""
    if isinstance(error, Unsendable):
        return {"code": error.code, **({"field": error.field} if error.field is not None else {})}
    if isinstance(error, SendError):
        return _of_vendor(error)
    if isinstance(error, Faulty):
        first = {_path(pointer): words for pointer, words in reversed(error.faults)}
        return {"field": error.faults[0][0], "errors": first}
    if isinstance(error, Forbidden) and error.code:
        return {"code": error.code}
    return {"errors": dict(error.fields)} if isinstance(error, Invalid) else {}


def _path(pointer: str) -> str:
    """A JSON pointer as the path of a field."""
    return pointer.removeprefix("/").replace("/", ".")


def _of_vendor(error: SendError) -> Mapping[str, object]:
    told = {"field": error.field, "vendor_code": error.code, "vendor_correlation_id": error.correlation}
    return {name: value for name, value in told.items() if value}


def _told(
    part: str, correlation: str, status: int, title: str, detail: str, more: Mapping[str, object] | None = None
) -> web.Response:
    log = _log.warning if status >= 500 else _log.info
    log("refused", status=status, reason=title, detail=detail, correlation_id=correlation, part=part)
    return problem(status, title, detail, correlation, more)


def _part(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"
