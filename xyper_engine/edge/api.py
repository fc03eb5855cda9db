"""The operator's JSON API: a tenant's templates, and what may be said in a conversation just now.

    GET    /api/v1/tenants/{tenant}/templates[?account=…]           → {"templates": […]}
    POST   /api/v1/tenants/{tenant}/templates[?account=…]           a draft → 201 {"id": "…"}
    POST   /api/v1/tenants/{tenant}/templates/sync[?account=…]      → {"count": n}
    POST   /api/v1/tenants/{tenant}/templates/{id}                  what to change → {"id": "…"}
    DELETE /api/v1/tenants/{tenant}/templates?name=…[&id=…&account=…]  → 204
    GET    /api/v1/tenants/{tenant}/conversations/{id}/capabilities    → see `capabilities.py`; `ETag` is its version

Every call carries `Authorization: Bearer <[server] api_key>`. Errors are RFC 9457 problems.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from xyper_engine.edge.capabilities import capabilities
from xyper_engine.errors import Malformed, NotFound, Refused
from xyper_engine.model import now
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.template import ApprovedTemplate
from xyper_engine.template_office import TemplateOffice

Answer = Callable[[web.Request], Awaitable[web.Response]]

_TEMPLATES = "/api/v1/tenants/{tenant}/templates"
_CAPABILITIES = "/api/v1/tenants/{tenant}/conversations/{id}/capabilities"


class Api:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._registry = registry
        self._office = TemplateOffice(rt, registry)
        self._key = rt.settings.server.api_key.get_secret_value()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(_TEMPLATES, self._proved(self.list), allow_head=False),
            web.post(_TEMPLATES, self._proved(self.create)),
            web.delete(_TEMPLATES, self._proved(self.delete)),
            web.post(f"{_TEMPLATES}/sync", self._proved(self.sync)),
            web.post(f"{_TEMPLATES}/{{id}}", self._proved(self.edit)),
            web.get(_CAPABILITIES, self._proved(self.capabilities), allow_head=False),
        ]

    async def list(self, request: web.Request) -> web.Response:
        found = await self._office.list(_tenant(request), request.query.get("account"))
        return _json({"templates": [facts(template) for template in found]})

    async def sync(self, request: web.Request) -> web.Response:
        return _json({"count": await self._office.sync(_tenant(request), request.query.get("account"))})

    async def create(self, request: web.Request) -> web.Response:
        draft = await _object(request)
        id_ = await self._office.create(_tenant(request), draft, request.query.get("account"))
        return _json({"id": id_}, 201)

    async def edit(self, request: web.Request) -> web.Response:
        id_ = request.match_info["id"]
        await self._office.edit(_tenant(request), id_, await _object(request))
        return _json({"id": id_})

    async def delete(self, request: web.Request) -> web.Response:
        name = request.query.get("name")
        if not name:
            raise Malformed("Say which: ?name=… and, for one language only, &id=….")
        await self._office.delete(_tenant(request), name, request.query.get("id"), request.query.get("account"))
        return web.Response(status=204)

    async def capabilities(self, request: web.Request) -> web.Response:
        tenant, id_ = _tenant(request), request.match_info["id"]
        conversation = await self._rt.conversations.get(tenant, id_)
        adapter = self._registry.adapter(conversation.customer.adapter) if conversation else None
        if conversation is None or adapter is None:
            raise NotFound(f"Tenant {tenant} has no conversation {id_}.")
        document = capabilities(adapter.limits, conversation, await self._rt.directory.policy(tenant), now())
        tag = f'"{document["version"]}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        answer = _json(document)
        answer.headers["ETag"] = tag
        return answer

    def _proved(self, answer: Answer) -> Answer:
        """Only with the operator's key; without one in the settings there is no API."""

        async def guarded(request: web.Request) -> web.Response:
            if not self._key:
                raise NotFound("The API is switched off: set [server] api_key.")
            offered = request.headers.get("Authorization")
            if offered is None:
                raise Refused("The request has no Authorization header: send `Bearer` and [server] api_key.", 401)
            # As bytes: compare_digest refuses text beyond ASCII, and a header may hold anything.
            right = f"Bearer {self._key}".encode()
            if not hmac.compare_digest(offered.encode("utf-8", "surrogateescape"), right):
                raise Refused("The Authorization header does not hold [server] api_key.")
            return await answer(request)

        return guarded


def facts(template: ApprovedTemplate) -> dict[str, Any]:
    """A template as programs are told of it."""
    return template.model_dump(mode="json", exclude={"tenant"})


def _tenant(request: web.Request) -> str:
    return request.match_info["tenant"]


async def _object(request: web.Request) -> dict[str, Any]:
    try:
        value = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise Malformed("The body is not JSON.") from None
    if not isinstance(value, dict):
        raise Malformed("The body is JSON, but not an object.")
    return value


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json")
