"""What every call of the simulated Genesys Cloud passes through, in the order of the real one.

Token (401), knobs, rate limit (429), permission (403), body (400), the work itself; and `ININ-Correlation-Id` and the
`inin-ratelimit-*` headers on every answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
from aiohttp import web

from xyper_sim import cloud_check, cloud_errors
from xyper_sim.cloud_access import Denied
from xyper_sim.cloud_errors import CloudError
from xyper_sim.cloud_settings import Client, Integration, Person
from xyper_sim.cloud_state import CloudState
from xyper_sim.knobs import Fault, lose

Json = dict[str, Any]
Handler = Callable[[web.Request], Any]
_PAGING = (("pageSize", 25), ("pageNumber", 1))


@dataclass(frozen=True, slots=True)
class Call:
    """One admitted call."""

    cloud: CloudState
    request: web.Request
    client: Client
    person: Person | None
    """Whose token it is; None for a client's own."""
    body: Any
    """The parsed JSON of a POST, PUT or PATCH; else None."""

    @property
    def integration(self) -> Integration:
        """The one in the path. Raises `CloudError` (404, 403)."""
        return self.cloud.integration(self.request.match_info["integration"], self.client)

    @property
    def id(self) -> str:
        return self.request.match_info["id"]

    def flag(self, name: str) -> bool:
        """A query parameter that is `true`."""
        return self.request.query.get(name, "").lower() == "true"

    def page(self, entities: list[Json]) -> Json:
        """What `pageSize` and `pageNumber` ask for of a whole list."""
        try:
            size, number = (int(self.request.query.get(name, default)) for name, default in _PAGING)
        except ValueError:
            raise cloud_errors.invalid(["pageSize and pageNumber must be numbers"]) from None
        shown, pages = entities[(number - 1) * size : number * size], -(-len(entities) // size)
        return {"entities": shown, "pageSize": size, "pageNumber": number, "total": len(entities), "pageCount": pages}


Row = tuple[str, str, Callable[[Call], Any], str | None]
"""A call of the API: method, path, work, the permission it needs."""


def checked(call: Call, model: str) -> Json:
    """The body, which is what the SDK's `model` says. Raises `CloudError` (400) with every fault."""
    faults = list(cloud_check.required(model, call.body))
    if not faults and call.cloud.config.check and cloud_check.installed():
        faults = list(cloud_check.faults(model, call.body))
    if faults or not isinstance(call.body, dict):
        raise cloud_errors.invalid(faults or ["the body must be an object"])
    return call.body


class _Lost(Exception):
    """No answer at all: what the knobs ask for."""

    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self.fault = fault


class Door:
    """Makes aiohttp handlers of the calls' work."""

    def __init__(self, cloud: CloudState) -> None:
        self.cloud = cloud

    def opens(self, work: Callable[[Call], Any], permission: str | None, *, loses: bool = False) -> Handler:
        """A handler that admits a call and answers with what `work` returns (JSON) or raises (`CloudError`).

        `loses`: the answer may get lost after the work is done, where the knobs `accept_then_…` say so.
        """

        async def handle(request: web.Request) -> web.StreamResponse:
            headers = {"ININ-Correlation-Id": str(uuid4())}
            try:
                answer = work(await self._admit(request, permission, headers))
                if loses:
                    await self.cloud.gate.linger()
                    _raise(self.cloud.gate.leave())
            except CloudError as error:
                return _json(error.body(headers["ININ-Correlation-Id"]), error.status, {**headers, **error.headers})
            except _Lost as lost:
                return await lose(request, lost.fault)
            return _json(answer, 200, headers) if answer is not None else web.Response(status=204, headers=headers)

        return handle

    async def token(self, request: web.Request) -> web.StreamResponse:
        """`POST /login/oauth/token`."""
        headers = {"ININ-Correlation-Id": str(uuid4())}
        try:
            _raise(await self.cloud.gate.enter("oauth"))
            form = {name: str(value) for name, value in (await request.post()).items()}
            access = self._granted(request.headers.get("Authorization", ""), form)
        except Denied as denied:
            return _json(denied.body, denied.status, headers)
        except CloudError as error:
            return _json(error.body(headers["ININ-Correlation-Id"]), error.status, {**headers, **error.headers})
        except _Lost as lost:
            return await lose(request, lost.fault)
        return _json(access, 200, headers)

    def _granted(self, authorization: str, form: Mapping[str, str]) -> dict[str, str | int]:
        """A client's own token, or one of whoever signed in."""
        if form.get("grant_type") == "authorization_code":
            return self.cloud.login.redeem(form)
        return self.cloud.access.grant(authorization, form.get("grant_type"))

    async def _admit(self, request: web.Request, permission: str | None, headers: dict[str, str]) -> Call:
        client, person = self.cloud.access.admit(request)
        _raise(await self.cloud.gate.enter(self._account(request, client)))
        headers.update(self.cloud.access.count(client))
        if permission is not None and permission not in client.permissions:
            raise cloud_errors.missing(permission)
        body = await _body(request) if request.method in ("POST", "PUT", "PATCH") else None
        return Call(self.cloud, request, client, person, body)

    def _account(self, request: web.Request, client: Client) -> str:
        """Whom the knob `down_accounts` may mean: the integration in the path, else the client."""
        integration: str | None = request.match_info.get("integration")
        downed = self.cloud.gate.knobs.down_accounts
        return integration if integration is not None and integration in downed else client.client_id


async def _body(request: web.Request) -> Any:
    if request.content_type != "application/json":
        raise CloudError(415, "unsupported.media.type", "Unsupported Media Type - the Content-Type must be JSON.")
    try:
        return orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise cloud_errors.bad_request() from None


def _raise(fault: Fault | None) -> None:
    if fault is None:
        return
    if fault.lost is not None:
        raise _Lost(fault)
    raise cloud_errors.on_demand(fault.status, str(fault.code), fault.message, dict(fault.headers or {}))


def _json(body: Any, status: int, headers: dict[str, str]) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, headers=headers, content_type="application/json")
