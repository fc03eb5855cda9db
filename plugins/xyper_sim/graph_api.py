"""The simulated Cloud API over HTTP: `/graph/{version}/…`.

One object in the path may be a phone number, a WABA or a media id, as with Meta; `graph_objects` answers for those.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from xyper_sim.graph_app import Apps, check_proof
from xyper_sim.graph_check import essentials
from xyper_sim.graph_errors import TRACE, GraphError, for_status, new_trace
from xyper_sim.graph_objects import Objects, refusal, token_of
from xyper_sim.graph_outgoing import Outgoing
from xyper_sim.graph_setup import Setup
from xyper_sim.graph_state import GraphState
from xyper_sim.graph_template_api import TemplateApi
from xyper_sim.graph_uploads import Handles, Uploads
from xyper_sim.knobs import Fault, lose
from xyper_sim.settings import Number

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def routes(state: GraphState) -> list[web.RouteDef]:
    """Meta's own routes."""
    handles = Handles()
    api, objects, templates, guard = GraphApi(state), Objects(state), TemplateApi(state, handles), _guard(state)
    setup, apps, uploads = Setup(state), Apps(state), Uploads(state, handles)
    at = "/graph/{version}"
    return [
        web.post(at + "/{number}/messages", guard(api.messages)),
        web.post(at + "/{number}/media", guard(objects.upload)),
        web.get("/graph/media-download/{token}", guard(objects.download)),
        web.get(at + "/debug_token", guard(setup.debug_token)),
        web.get(at + "/{app}/subscriptions", guard(apps.subscriptions)),
        web.post(at + "/{app}/subscriptions", guard(apps.subscribe)),
        web.post(at + "/{app}/uploads", guard(uploads.begin)),
        web.post(at + "/upload:{session}", guard(uploads.take)),
        web.get(at + "/upload:{session}", guard(uploads.ask)),
        web.post(at + "/{number}/register", guard(setup.register)),
        web.get(at + "/{waba}/phone_numbers", guard(setup.numbers)),
        web.get(at + "/{waba}/subscribed_apps", guard(setup.subscribed)),
        web.post(at + "/{waba}/subscribed_apps", guard(setup.subscribe)),
        web.delete(at + "/{waba}/subscribed_apps", guard(setup.unsubscribe)),
        web.get(at + "/{waba}/message_templates", guard(templates.list)),
        web.post(at + "/{waba}/message_templates", guard(templates.create)),
        web.delete(at + "/{waba}/message_templates", guard(templates.delete)),
        web.get(at + "/{id}", guard(objects.show)),
        web.post(at + "/{id}", guard(templates.edit)),
        web.delete(at + "/{id}", guard(objects.delete)),
    ]


def _guard(state: GraphState) -> Callable[[_Handler], _Handler]:
    """Wraps handlers with the knobs and with Meta's error bodies."""

    def wrap(handler: _Handler) -> _Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            gate = state.kit.gates["graph"]
            account = next(iter(list(request.match_info.values())[1:]), "")
            try:
                if fault := await gate.enter(account):
                    return await _fail(request, fault)
                limit = gate.knobs.rate_limit_per_minute
                if limit is not None and gate.minute.hit(account)[0] > limit:
                    raise GraphError(80007)
                check_proof(state, request)
                answer = await handler(request)
                answer.headers[TRACE] = new_trace()
                return answer
            except GraphError as error:
                return error.answer()

        return handle

    return wrap


async def _fail(request: web.Request, fault: Fault) -> web.StreamResponse:
    if fault.lost:
        return await lose(request, fault)
    return for_status(fault.status, fault.code, fault.message).answer(dict(fault.headers or {}))


async def _unclear(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Of a message that was taken: not in Meta's own words, which say of every 500 that nothing was sent."""
    if fault.lost:
        return await lose(request, fault)
    return web.Response(status=fault.status, text=fault.message)


class GraphApi:
    """`POST /{number}/messages`: send, mark as read, typing."""

    def __init__(self, state: GraphState) -> None:
        self._state = state
        self._outgoing = Outgoing(state) if state.config.check else None

    async def messages(self, request: web.Request) -> web.StreamResponse:
        number = self._number(request)
        body = await self._body(request)
        essentials(body)
        template = self._outgoing.vet(number, body) if self._outgoing is not None else None
        if body.get("status") == "read":
            self._state.mark_read(number, str(body["message_id"]), typing="typing_indicator" in body)
            return web.json_response({"success": True})
        message, contact = self._state.accept(number, body, template)
        if fault := self._state.kit.gates["graph"].leave():
            return await _unclear(request, fault)
        return web.json_response(
            {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": message.id}]}
        )

    def _number(self, request: web.Request) -> Number:
        """The number in the path, if the bearer may speak for it. Raises `GraphError` 190 or 100/33."""
        token = token_of(request)
        number = self._state.numbers.get(request.match_info["number"])
        if number is not None and number.takes(token):
            if not number.registered:
                raise GraphError(133010)
            return number
        raise refusal(self._state, request.match_info["number"], token)

    async def _body(self, request: web.Request) -> dict[str, Any]:
        try:
            body = json.loads(await request.read())
        except ValueError:
            raise GraphError(100, message="(#100) Invalid JSON in the request body") from None
        if not isinstance(body, dict):
            raise GraphError(100, message="(#100) The request body must be a JSON object")
        return body
