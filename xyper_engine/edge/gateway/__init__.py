"""The gateway: the one way into the JSON API.

    who asks, from where → not too often → may they → is this their tenant → is what they sent valid → handler → answer

A handler is only ever called by somebody who may call it, with what the route's models allow. It is one function around
each handler and no chain of middlewares: a call that may pass costs little more than the handler. Webhooks do not pass
here: they prove themselves by signature, and a limit on them would be a loss.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from xyper_engine.access.caller import Caller
from xyper_engine.access.page_sessions import PageSession
from xyper_engine.access.roles import Role
from xyper_engine.edge.admin.caller import PageCaller
from xyper_engine.edge.gateway.access_log import AccessLog
from xyper_engine.edge.gateway.client import Client, Proxies, counted
from xyper_engine.edge.gateway.limiter import Allowance, Limiter, Rule
from xyper_engine.edge.gateway.patience import Patience
from xyper_engine.edge.gateway.reading import body_of, bytes_of, query_of
from xyper_engine.edge.gateway.replays import Replays
from xyper_engine.edge.gateway.writing import Headers, Writer, written
from xyper_engine.edge.problems import answer_to
from xyper_engine.edge.route import Call, Route
from xyper_engine.errors import Forbidden, NotFound, Unauthenticated
from xyper_engine.runtime import Runtime
from xyper_engine.saying import said
from xyper_engine.settings import Settings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

NOBODY = Caller("person", "", Role.agent, "", frozenset())
"""Who calls a route that is open to all."""


@dataclass(slots=True)
class Visit:
    """One request on its way through."""

    request: web.Request
    route: Route
    client: Client
    caller: Caller = NOBODY
    allowance: Allowance | None = None
    """Of the limit that ends first."""
    page: PageSession | None = None
    """Of who calls from the dashboard's page."""


class Gateway:
    def __init__(self, rt: Runtime) -> None:
        settings = rt.settings
        self._rt = rt
        self._proxies = Proxies(settings.server.proxies, settings.server.proxy_header)
        self._limiter = Limiter(_shared(settings))
        self._rules = {name: Rule.of(name, written) for name, written in settings.limits.model_dump().items()}
        self._replays = Replays(rt.db, rt.keyring)
        self._writer = Writer(settings)
        self._patience = Patience()
        self._log = AccessLog()
        self._page = PageCaller(rt)

    def attach(self, app: web.Application, routes: Sequence[Route]) -> None:
        """Serve the routes, guarded."""
        app.add_routes([web.route(route.method, route.path, self.guarded(route)) for route in routes])
        if self._writer.shares:
            app.router.add_options("/api/{rest:.*}", self._preflight)
        app.on_cleanup.append(self._close)

    def guarded(self, route: Route) -> Handler:
        """aiohttp's handler of a route."""

        async def handle(request: web.Request) -> web.StreamResponse:
            began = time.perf_counter()
            visit = Visit(request, route, self._proxies.client(request))
            try:
                with self._patience.limit(route.timeout):
                    response = await self._answered(visit)
            except Exception as error:  # noqa: BLE001  each becomes an answer; a bug's traceback is logged there
                response = self._dressed(visit, answer_to(error, route.path, visit.client.request_id))
            self._note(visit, response, time.perf_counter() - began)
            return response

        return handle

    async def _answered(self, visit: Visit) -> web.Response:
        request, route = visit.request, visit.route
        visit.caller = await self._admitted(visit)
        raw = await bytes_of(request, route)
        call = Call(request, visit.caller, body_of(request, route, raw), query_of(request, route))
        if route.replayed and "Idempotency-Key" in request.headers:
            return self._dressed(visit, await self._replays.once(call, raw, lambda: self._handled(visit, call)))
        return await self._handled(visit, call)

    async def _handled(self, visit: Visit, call: Call) -> web.Response:
        return written(visit.request, visit.route, await visit.route.handler(call), self._headers(visit))

    async def _admitted(self, visit: Visit) -> Caller:
        """Whoever calls: known, not too eager, allowed to do this, and to this tenant."""
        client, route = visit.client, visit.route
        address = counted(client.address)
        await self._spend(visit, ("address", address))
        if route.action is None:
            if route.method != "GET":
                await self._spend(visit, ("sign_in", address))
            return NOBODY.at(client.address, client.request_id)
        visit.caller = caller = (await self._proved(visit, address)).at(client.address, client.request_id)
        tenant = visit.request.match_info.get("tenant")
        own = tenant is None or caller.sees(tenant)
        scope = tenant if tenant is not None and own else caller.tenant
        await self._spend(visit, (caller.kind, caller.id), ("tenant", scope))
        if not own:
            raise NotFound(f"There is no tenant {tenant}.")  # in the words of one that is not there
        if not caller.may(route.action):
            raise Forbidden(said("problem.needs", "You may not do this: it needs {action}.", action=route.action))
        if route.careful and visit.page is not None:
            visit.page.check_fresh()
        return caller

    async def _proved(self, visit: Visit, address: str) -> Caller:
        """Who it is. Whoever guesses keys or tokens is soon not even listened to."""
        if guesses := self._rules["refused"]:
            self._limiter.check(guesses, address)
        scheme, _, given = visit.request.headers.get("Authorization", "").partition(" ")
        try:
            if not scheme and self._page.shows(visit.request):
                visit.page = await self._page.proved(visit.request)
                return visit.page.caller
            if scheme.lower() != "bearer" or not given:
                raise Unauthenticated("Send `Authorization: Bearer` with an API key or an access token.")
            return await self._rt.access.prove(given.strip())
        except Unauthenticated:
            await self._spend(visit, ("refused", address))
            raise

    async def knocked(self, request: web.Request) -> Client:
        """Who comes by a way beside the routes, counted as all who come. Raises `TooMany`."""
        client = self._proxies.client(request)
        address = counted(client.address)
        if rule := self._rules["address"]:
            await self._limiter.take(rule, address)
        if guesses := self._rules["refused"]:
            self._limiter.check(guesses, address)
        return client

    async def guessed(self, client: Client) -> None:
        """They showed what holds nothing. Raises `TooMany`."""
        if rule := self._rules["refused"]:
            await self._limiter.take(rule, counted(client.address))

    async def _spend(self, visit: Visit, *limits: tuple[str, str | None]) -> None:
        """One call of each of these, counted for whom; there may be nobody to count it for. Raises `TooMany`."""
        for limit, who in limits:
            if who is None or (rule := self._rules.get(limit)) is None:
                continue
            allowance = self._limiter.taken(rule, who) or await self._limiter.take(rule, who)
            if visit.allowance is None or allowance.remaining < visit.allowance.remaining:
                visit.allowance = allowance

    def _headers(self, visit: Visit) -> Headers:
        return self._writer.headers(visit.request, visit.client.request_id, visit.allowance, self._limiter.now())

    def _dressed(self, visit: Visit, response: web.Response) -> web.Response:
        """With the headers that every answer carries; what it has already stays."""
        for name, value in self._headers(visit).items():
            response.headers.setdefault(name, value)
        return response

    def _note(self, visit: Visit, response: web.StreamResponse, seconds: float) -> None:
        request, caller = visit.request, visit.caller
        tenant = request.match_info.get("tenant", caller.tenant) or None
        what = visit.route, request.method, response.status, seconds, caller, tenant, visit.client.request_id
        self._log.note(what)

    async def _preflight(self, request: web.Request) -> web.Response:
        client = self._proxies.client(request)
        response = await self._writer.preflight(request)
        response.headers.update(self._writer.headers(request, client.request_id, None, 0.0))
        return response

    async def _close(self, _app: web.Application) -> None:
        self._log.write()
        await self._limiter.close()


def _shared(settings: Settings) -> str | None:
    url = settings.cache.url.get_secret_value()
    return None if url == "memory:" else url
