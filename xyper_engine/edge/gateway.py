"""The gateway: the one way into the JSON API.

    name the request → who is it → may they → is this their tenant → is what they sent valid → handler → answer

A handler is only ever called by somebody who may call it, with what the route's models allow. Webhooks do not pass
here: they prove themselves by signature, and a limit on them would be a loss.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson
from aiohttp import web
from pydantic import BaseModel, ValidationError

from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Role
from xyper_engine.edge.problems import REQUEST_ID
from xyper_engine.edge.route import Answer, Call, Route
from xyper_engine.errors import Forbidden, Invalid, Malformed, NotFound, Unauthenticated
from xyper_engine.model import new_id
from xyper_engine.runtime import Runtime

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

NOBODY = Caller("person", "", Role.agent, "", frozenset())
"""Who calls a route that is open to all."""


class Gateway:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt

    def mount(self, routes: Sequence[Route]) -> list[web.RouteDef]:
        """The routes, guarded, for an aiohttp application."""
        return [web.route(route.method, route.path, self.guarded(route), name=None) for route in routes]

    def guarded(self, route: Route) -> Handler:
        """aiohttp's handler of a route."""

        async def handle(request: web.Request) -> web.StreamResponse:
            request[REQUEST_ID] = new_id()
            caller = (await self._caller(request, route)).at(request.remote or "", request[REQUEST_ID])
            call = Call(request, caller, await _body(request, route), _query(request, route))
            return _written(request, route, await route.handler(call))

        return handle

    async def _caller(self, request: web.Request, route: Route) -> Caller:
        if route.action is None:
            return NOBODY
        caller = await self._proved(request)
        tenant = request.match_info.get("tenant")
        if tenant is not None and not caller.sees(tenant):
            raise NotFound(f"There is no tenant {tenant}.")  # in the words of one that is not there
        if not caller.may(route.action):
            raise Forbidden(f"You may not do this: it needs {route.action}.")
        return caller

    async def _proved(self, request: web.Request) -> Caller:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not given:
            raise Unauthenticated("Send `Authorization: Bearer` with an API key or an access token.")
        return await self._rt.access.prove(given.strip())


async def _body(request: web.Request, route: Route) -> BaseModel | None:
    if route.body is None:
        return None
    try:
        value = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise Malformed("The body is not JSON.") from None
    if not isinstance(value, dict):
        raise Malformed("The body is JSON, but not an object.")
    return _valid(route.body, value)


def _query(request: web.Request, route: Route) -> BaseModel | None:
    return None if route.query is None else _valid(route.query, dict(request.query))


def _valid(model: type[BaseModel], value: dict[str, Any]) -> BaseModel:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Invalid.of(error) from None


def _written(request: web.Request, route: Route, given: BaseModel | Answer | None) -> web.Response:
    answer = given if isinstance(given, Answer) else Answer(given)
    headers = {"X-Correlation-Id": request[REQUEST_ID], "Cache-Control": "no-store", **answer.headers}
    if answer.etag is not None:
        headers |= {"ETag": f'"{answer.etag}"', "Cache-Control": "private, no-cache"}
        if request.method == "GET" and f'"{answer.etag}"' in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
    status = answer.status or route.code
    if answer.value is None:
        return web.Response(status=status, headers=headers)
    body = answer.value.__pydantic_serializer__.to_json(answer.value)
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)
