"""Webhooks: verify the raw bytes, split them into events, store all of them durably, then answer. Nothing else.

`GET|POST /hooks/{adapter}/{hook}`. 200 means stored; 401/403 not proved genuine; 404 no such hook; 413 too large;
503 nothing could be stored, send it again.
"""

import time
from collections.abc import Callable, Sequence

from aiohttp import web

from xyper_engine.boundary import crossed
from xyper_engine.broker.port import Outgoing
from xyper_engine.contract import Adapter, RawRequest
from xyper_engine.errors import NotFound, Refused, Unavailable
from xyper_engine.model import Hook, now
from xyper_engine.plugins import Registry
from xyper_engine.routing.intake import take_in
from xyper_engine.runtime import Runtime
from xyper_engine.state.challenges import Challenges
from xyper_engine.state.traces import request_of
from xyper_engine.tracing import Arrival

PATH = "/hooks/{adapter}/{hook}"


class Hooks:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._registry = registry
        self._declared: set[str] = set()
        self._counted: dict[tuple[str, int], Callable[[], None]] = {}

    def routes(self) -> list[web.RouteDef]:
        return [web.get(PATH, self.challenge, allow_head=False), web.post(PATH, self.receive)]

    async def challenge(self, request: web.Request) -> web.Response:
        """The vendor's handshake."""
        adapter, hook = await self._find(request.match_info["adapter"], request.match_info["hook"])
        raw = await _raw(request)
        answer = adapter.challenge(raw, hook)
        if answer is None:
            raise Refused("The verify token is wrong, or this channel has no handshake.")
        await self._note(hook)
        for number, token in enumerate(hook.verify_tokens):
            if adapter.challenge(raw, hook.model_copy(update={"verify_tokens": (token,)})) is not None:
                self._rt.uses.shook_hands(hook, number)
        return web.Response(text=answer)

    async def _note(self, hook: Hook) -> None:
        """An onboarding wants to know that the vendor has reached us; the handshake itself does not depend on it."""
        try:
            await Challenges(self._rt.db).seen(hook)
        except Unavailable as error:
            self._rt.log.warning("a handshake was not noted", task="edge", reason=str(error))

    async def receive(self, request: web.Request) -> web.Response:
        """A POST that did not come through `edge/door.py`."""
        await self.take(request.match_info["adapter"], request.match_info["hook"], await _raw(request))
        return web.Response()

    async def take(self, name: str, id: str, raw: RawRequest) -> None:  # noqa: A002  the model's word
        """One POST of a vendor to the hook `id` of the adapter `name`: all in it is durable when this returns."""
        adapter, hook = await self._find(name, id)
        try:
            self._rt.uses.proved(hook, adapter.verify(raw, hook), raw.received_at)
        except Refused as error:
            self._count(adapter, error.status)
            raise
        batch = await take_in(adapter, raw, hook, self._rt, self._registry)
        crossed("verified")
        if batch:
            verified = time.time()
            await self._declare({item.queue for item in batch})
            await self._rt.broker.publish(batch)
            crossed("stored")
            self._rt.traces.stored(batch, raw.headers.get("X-Request-Id"))
            if self._rt.spans.on:
                self._tell(batch, adapter, raw, verified)
        self._count(adapter, 200)

    def _tell(self, batch: Sequence[Outgoing], adapter: Adapter, raw: RawRequest, verified: float) -> None:
        request, parent = request_of(raw.headers.get("X-Request-Id")), raw.headers.get("traceparent")
        arrival = Arrival(adapter.name, raw.received_at.timestamp(), verified, time.time(), request, parent)
        for item in batch:
            self._rt.spans.stored(item.id, item.queue, arrival)

    async def _declare(self, queues: set[str]) -> None:
        if not queues <= self._declared:
            await self._rt.broker.declare(sorted(queues))
            self._declared |= queues

    async def _find(self, name: str, id: str) -> tuple[Adapter, Hook]:  # noqa: A002
        adapter = self._registry.adapter(name)
        hook = await self._rt.directory.hook(adapter.name, id) if adapter else None
        if adapter is None or hook is None:
            raise NotFound("There is no such webhook address: copy it again from `xyper tenants show`.")
        return adapter, hook

    def _count(self, adapter: Adapter, status: int) -> None:
        inc = self._counted.get((adapter.name, status))
        if inc is None:  # to look a counter up by its labels costs more than to count
            inc = self._counted[adapter.name, status] = self._rt.metrics.webhooks.labels(adapter.name, status).inc
        inc()


async def _raw(request: web.Request) -> RawRequest:
    query = request.query if request.query_string else {}  # to parse none costs as much as to parse one
    return RawRequest(request.method, query, request.headers, await request.read(), now())
