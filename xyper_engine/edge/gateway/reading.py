"""What a client sent, read strictly: small enough, JSON, and nothing in it that two readers could read differently.

The body must be I-JSON (RFC 7493): UTF-8, no name twice in one object, no number that a double cannot hold. NUL and
nesting without end are refused here too, once, instead of wherever they would hurt.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

import orjson
from aiohttp import web
from pydantic import BaseModel, ValidationError

from xyper_engine.edge.route import Route
from xyper_engine.errors import Invalid, Malformed

DEEPEST = 32
LARGEST = 2**53 - 1
"""RFC 7493: beyond it readers disagree about whole numbers."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


async def bytes_of(request: web.Request, route: Route) -> bytes:
    """The body, up to the route's limit. Raises 413."""
    if route.streamed:
        return b""
    if (request.content_length or 0) > route.body_limit:
        raise _too_large(route)
    if not request.can_read_body:
        return b""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > route.body_limit:
            raise _too_large(route)
    return bytes(body)


def body_of(request: web.Request, route: Route, body: bytes) -> BaseModel | None:
    """Valid by the route's model. Raises `Malformed`, `Invalid`, or 415."""
    if route.body is None:
        return None
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send the body as `Content-Type: application/json`.")
    value = _json(body)
    if not isinstance(value, dict):
        raise Malformed("The body is JSON, but not an object.")
    return _valid(route.body, value)


def query_of(request: web.Request, route: Route) -> BaseModel | None:
    """Valid by the route's model; a name that stands twice is refused, as in a body."""
    if "%" in request.raw_path and _CONTROL.search(request.path):
        raise Malformed("The path holds a control character.")
    if route.query is None:
        return None
    given = request.query
    if len(given) != len(set(given)):
        raise Malformed("A name stands twice in the query.")
    if any(map(_CONTROL.search, given.values())):
        raise Malformed("The query holds a control character.")
    return _valid(route.query, dict(given))


def _json(body: bytes) -> Any:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Malformed("The body is not JSON.") from None
    try:
        json.loads(body, object_pairs_hook=_once, parse_constant=_refused)
    except RecursionError:
        raise _too_deep() from None
    _sound(value, DEEPEST)
    return value


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) != len({name for name, _ in pairs}):
        raise Malformed("A name stands twice in an object of the body.")


def _refused(constant: str) -> NoReturn:
    raise Malformed(f"The body holds {constant}, which is no number.")


def _sound(value: object, depth: int) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise Malformed("The body holds a NUL character.")
    elif isinstance(value, int | float):
        if not -LARGEST <= value <= LARGEST:
            raise Malformed("The body holds a number that is too large.")
    elif isinstance(value, dict | list):
        if not depth:
            raise _too_deep()
        for item in (*value, *value.values()) if isinstance(value, dict) else value:
            _sound(item, depth - 1)


def _too_deep() -> Malformed:
    return Malformed(f"The body is nested deeper than {DEEPEST} levels.")


def _too_large(route: Route) -> web.HTTPException:
    return web.HTTPRequestEntityTooLarge(
        max_size=route.body_limit, text=f"The body is larger than {route.body_limit} bytes."
    )


def _valid(model: type[BaseModel], value: Mapping[str, Any]) -> BaseModel:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Invalid.of(error) from None
