"""The API's description, OpenAPI 3.1: made from the routes and their models, so that it cannot say anything else.

What a reader needs beside that stands where the thing itself stands: a route's summary and its handler's docstring, a
model's docstring and those of its attributes.
"""

import inspect
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from xyper_engine import __version__
from xyper_engine.access.roles import MAY
from xyper_engine.edge.route import Route, Told
from xyper_engine.saying import Saying

Json = dict[str, Any]

REF = "#/components/schemas/{model}"
_NAME = re.compile(r"\{(\w+)(?::[^{}]+)?\}")


class Problem(Told):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    """The same words for the same kind of trouble."""
    status: int
    detail: str
    """What is wrong here, and what to do."""
    instance: str | None = None
    """This request's id, as in `X-Correlation-Id` and in the log."""
    errors: Mapping[str, str] | None = None
    """What is wrong, by the path of each field."""
    code: str | None = None
    """The same in a word, for programs."""
    field: str | None = None
    """Where in the body, as a JSON pointer."""
    vendor_code: str | None = None
    """The vendor's own, where it was the vendor who refused."""
    vendor_correlation_id: str | None = None
    """By which the vendor's support finds the call."""
    said: Mapping[str, Saying] | None = None
    """Title and detail for other languages, where they have words for them."""


_TROUBLES = {
    400: "The request cannot be read, or is not what is documented",
    401: "No key or token, or one that does not hold",
    403: "You may not do this",
    404: "There is no such thing, or it is not yours",
    409: "It conflicts with what is there",
    412: "It was changed meanwhile: read it again",
    413: "The body is too large",
    415: "The body is not `application/json`",
    422: "Fields are wrong, or the vendor refuses",
    428: "`If-Match` is missing: which version do you mean to change?",
    429: "Too many calls: wait for `Retry-After` seconds",
    500: "A fault of Xyper's",
    502: "The vendor did not do it",
    503: "A part is away: try again after `Retry-After` seconds",
    504: "It took too long",
}
_ALWAYS = (400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504)
_WITH_BODY = (413, 415)
_CONDITIONAL = (412, 428)
_KEY_HEADER: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Your own name for this call, a UUID for example. Sent again within 24 hours, it is not made twice: "
    "you get the same answer, with `Idempotency-Replayed: true`.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}
_KEYED: Json = {
    "required": True,
    "description": "Your own name for this, a UUID for example. Sent again, it is not done twice: you are told how far "
    "it came.",
}
_BYTES: Json = {"required": True, "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
_MATCH_HEADER: Json = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The `ETag` of what you have read; `*` for whatever there is.",
    "schema": {"type": "string", "pattern": r'^(\*|"[0-9]{1,18}")$'},
}
_INFO = """
Every call but those for signing in carries `Authorization: Bearer` with an API key or an access token. Errors are
`application/problem+json` (RFC 9457) and name what to do next. Lists are paged: give `next` back as `cursor`. Each
answer has an `X-Correlation-Id`, which stands in the log, too, and `RateLimit-Limit`, `-Remaining` and `-Reset` (the
seconds until more is allowed) of the limit that ends first. Bodies are I-JSON (RFC 7493): no name twice, no number
beyond 2^53.
"""


def document(routes: Sequence[Route], url: str) -> Json:
    """The whole description of an API that is served at `url`."""
    schemas, refs = _schemas(routes)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Xyper", "version": __version__, "description": " ".join(_INFO.split())},
        "servers": [{"url": url}],
        "tags": list(_tags(routes)),
        "paths": _paths(routes, refs),
        "components": {
            "schemas": schemas,
            "responses": {str(status): _trouble(words) for status, words in _TROUBLES.items()},
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key (`xyk_…`) or an access token.",
                }
            },
        },
    }


def path_of(route: Route) -> str:
    """As OpenAPI writes it: without the patterns of its parameters."""
    return _NAME.sub(r"{\1}", route.path)


def _schemas(routes: Sequence[Route]) -> tuple[Json, Mapping[tuple[type[BaseModel], str], Json]]:
    """Of all models, by name; and how each one is referred to."""
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Problem, "serialization"): None}
    for route in routes:
        if route.body:
            wanted[route.body, "validation"] = None
        if route.query:
            wanted[route.query, "validation"] = None
        if route.answer:
            wanted[route.answer, "serialization"] = None
    refs, found = models_json_schema(list(wanted), ref_template=REF)
    return found.get("$defs", {}), {(model, mode): ref for (model, mode), ref in refs.items()}  # type: ignore[misc]


def _paths(routes: Sequence[Route], refs: Mapping[tuple[type[BaseModel], str], Json]) -> Json:
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(path_of(route), {})[route.method.lower()] = _operation(route, refs)
    return paths


def _operation(route: Route, refs: Mapping[tuple[type[BaseModel], str], Json]) -> Json:
    parameters = [*_in_path(route), *_in_query(route)]
    if route.replayed or route.keyed:
        parameters.append({**_KEY_HEADER, **(_KEYED if route.keyed else {})})
    if route.conditional:
        parameters.append(_MATCH_HEADER)
    return {
        "operationId": _slug(route),
        "summary": route.summary,
        "description": _description(route),
        "tags": [_tag(route)],
        "parameters": parameters,
        **({"requestBody": _request(refs[route.body, "validation"])} if route.body else {}),
        **({"requestBody": _BYTES} if route.streamed else {}),
        "responses": {str(route.code): _success(route, refs), **_troubles(route)},
        "security": [{"bearer": []}] if route.action else [],
    }


def _in_path(route: Route) -> Iterator[Json]:
    for name in _NAME.findall(route.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _in_query(route: Route) -> Iterator[Json]:
    if route.query is None:
        return
    schema = route.query.model_json_schema(ref_template=REF)
    for name, field in schema.get("properties", {}).items():
        words = {"description": field.pop("description")} if "description" in field else {}
        required = name in schema.get("required", ())
        yield {"name": name, "in": "query", "required": required, **words, "schema": _without_null(field)}


def _without_null(field: Json) -> Json:
    """A query can leave a name out, but has no word for null."""
    kinds = [kind for kind in field.pop("anyOf", []) if kind != {"type": "null"}]
    if field.get("default", "") is None:
        del field["default"]
    return {**field, **(kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {})}


def _request(ref: Json) -> Json:
    return {"required": True, "content": {"application/json": {"schema": ref}}}


def _success(route: Route, refs: Mapping[tuple[type[BaseModel], str], Json]) -> Json:
    if route.answer:
        content = {"application/json": {"schema": refs[route.answer, "serialization"]}}
        return {"description": route.summary, "content": content}
    if route.content:
        return {"description": route.summary, "content": {kind: {} for kind in route.content}}
    return {"description": "Done; there is nothing to tell"}


def _troubles(route: Route) -> Json:
    more = (*(_WITH_BODY if route.body or route.streamed else ()), *(_CONDITIONAL if route.conditional else ()))
    found = {*_ALWAYS, *more}
    return {str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(found)}


def _trouble(words: str) -> Json:
    schema = {"$ref": REF.format(model="Problem")}
    return {"description": words, "content": {"application/problem+json": {"schema": schema}}}


def _description(route: Route) -> str:
    words = inspect.getdoc(route.handler) or ""
    if route.action is None:
        return words
    roles = ", ".join(f"`{role}`" for role in sorted(MAY[route.action]))
    return f"{words}\n\nNeeds `{route.action}`, which these have: {roles}.".strip()


def _slug(route: Route) -> str:
    path = _NAME.sub(r"by_\1", route.path).removeprefix("/api/v1/")
    return f"{route.method.lower()}_{re.sub(r'[^a-z0-9]+', '_', path.lower()).strip('_')}"


def _tag(route: Route) -> str:
    return route.handler.__module__.rpartition(".")[2]


def _tags(routes: Sequence[Route]) -> Iterator[Json]:
    """A tag for each module of routes, described by its docstring."""
    for module in dict.fromkeys(route.handler.__module__ for route in routes):
        yield {"name": module.rpartition(".")[2], "description": inspect.getdoc(sys.modules[module]) or ""}
