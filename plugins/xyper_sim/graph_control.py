"""The control API of the simulated WhatsApp, `/api/graph/…`: what a customer does, who there is, what was sent."""

from collections import Counter
from typing import Any

import aiohttp
from aiohttp import web

from xyper_sim import files
from xyper_sim.files import TooBig
from xyper_sim.graph_hooks import template_quality
from xyper_sim.graph_media import MOST
from xyper_sim.graph_model import Message
from xyper_sim.graph_state import GraphState
from xyper_sim.settings import App, Customer, Number


def routes(state: GraphState) -> list[web.RouteDef]:
    control = GraphControl(state)
    at = "/api/graph"
    return [
        web.get(at, control.show),
        web.put(at + "/apps/{id}", control.put_app),
        web.put(at + "/numbers/{id}", control.put_number),
        web.put(at + "/customers/{wa_id}", control.put_customer),
        web.post(at + "/customers/{wa_id}/messages", control.write),
        web.post(at + "/customers/{wa_id}/window", control.window),
        web.post(at + "/numbers/{id}/media", control.upload),
        web.get(at + "/media/{id}", control.media),
        web.post(at + "/messages/{id}/played", control.played),
        web.get(at + "/templates", control.templates),
        web.post(at + "/templates/{id}", control.put_template),
        web.get(at + "/sent", control.sent),
        web.get(at + "/received", control.received),
        web.post(at + "/webhook", control.webhook),
        web.post(at + "/verify", control.verify),
    ]


class GraphControl:
    def __init__(self, state: GraphState) -> None:
        self._state = state

    async def show(self, _: web.Request) -> web.Response:
        """`GET /api/graph`: numbers, customers and the newest messages of every chat."""
        return web.json_response(self._state.view())

    async def put_app(self, request: web.Request) -> web.Response:
        """`PUT /api/graph/apps/{id} {"webhook_url", "secret", "verify_token"}`: new, or the named fields changed."""
        known = self._state.hooks.apps.get(request.match_info["id"])
        app = App.model_validate({**_values(known), **await request.json(), "id": request.match_info["id"]})
        self._state.put_app(app)
        return web.json_response({"id": app.id, "webhook_url": app.webhook_url})

    async def put_number(self, request: web.Request) -> web.Response:
        """`PUT /api/graph/numbers/{id} {"waba_id", "display", "access_token", "app", …}`."""
        known = self._state.numbers.get(request.match_info["id"])
        values = {**_values(known), **await request.json(), "phone_number_id": request.match_info["id"]}
        number = Number.model_validate(values)
        self._state.put_number(number)
        return web.json_response({"phone_number_id": number.phone_number_id})

    async def put_customer(self, request: web.Request) -> web.Response:
        """`PUT /api/graph/customers/{wa_id} {"name", "hidden", "phone_open", "online", …}`."""
        customer = self._customer(request.match_info["wa_id"], await request.json())
        return web.json_response(self._state.put_customer(customer).model_dump(mode="json"))

    async def write(self, request: web.Request) -> web.Response:
        """`POST /api/graph/customers/{wa_id}/messages {"phone_number_id", "type", <type>: {…}}` → `{"id"}`.

        `"text": "words"` will do for a text. Also `reply_to`, `forwarded` (true, "often"), `referral`,
        `referred_product`. The kinds and what each needs: `graph_customer`. A customer that nobody configured appears.
        """
        body = await request.json()
        wa_id, number = request.match_info["wa_id"], str(body["phone_number_id"])
        if number not in self._state.numbers:
            raise ValueError(f"there is no number {number}")
        known = self._state.customers.get(wa_id) or self._state.put_customer(self._customer(wa_id, {}))
        return web.json_response({"id": self._state.write(number, known, body).id})

    async def upload(self, request: web.Request) -> web.Response:
        """`POST /api/graph/numbers/{id}/media?filename=`, the file as the body, its MIME type as Content-Type."""
        number = self._state.numbers[request.match_info["id"]]
        mime = request.headers.get("Content-Type", "application/octet-stream")
        try:
            stored = await self._state.media.files.keep(request.content.iter_chunked(64 * 1024), MOST)
        except TooBig as error:
            raise ValueError(f"the file is too big: {error}") from None
        name = request.query.get("filename", "file")
        blob = self._state.media.put(number.phone_number_id, mime, name, stored)
        return web.json_response({"id": blob.id, "mime_type": blob.mime, "file_size": stored.size})

    async def media(self, request: web.Request) -> web.StreamResponse:
        """`GET /api/graph/media/{id}`: the file, for the phone page."""
        blob = self._state.media.get(request.match_info["id"])
        if blob is None:
            raise web.HTTPNotFound(text="There is no such file.")
        return files.answer(blob.stored.path, blob.mime, blob.filename)

    async def played(self, request: web.Request) -> web.Response:
        """`POST /api/graph/messages/{id}/played`: the customer listens to a voice message."""
        self._state.play(self._state.messages[request.match_info["id"]])
        return web.json_response({})

    async def templates(self, request: web.Request) -> web.Response:
        """`GET /api/graph/templates?waba=`."""
        return web.json_response([one.view() for one in self._state.templates.of(request.query["waba"])])

    async def put_template(self, request: web.Request) -> web.Response:
        """`POST /api/graph/templates/{id} {"status"?, "reason"?, "quality"?}`: Meta's decision; the webhook tells."""
        body = await request.json()
        found = self._state.templates.get(request.match_info["id"])
        if found is None:
            raise ValueError("there is no such template")
        if "status" in body:
            found.status, found.rejected_reason = str(body["status"]), str(body.get("reason", "NONE"))
            self._state.tell_template(found, found.status, found.rejected_reason)
        if "quality" in body:
            before, found.quality = found.quality, str(body["quality"])
            value = template_quality(found, before)
            self._state.tell_update(found.waba, "message_template_quality_update", value)
        return web.json_response(found.view())

    async def window(self, request: web.Request) -> web.Response:
        """`POST /api/graph/customers/{wa_id}/window {"phone_number_id", "open": false}`: the 24 hours, at will."""
        body = await request.json()
        chat = self._state.chat(str(body["phone_number_id"]), request.match_info["wa_id"])
        self._state.open_window(chat, is_open=bool(body["open"]))
        return web.json_response({"open": chat.in_window})

    async def sent(self, request: web.Request) -> web.Response:
        """`GET /api/graph/sent?phone_number_id=&customer=&since=`: accepted sends in order of arrival, doubles too.

        `seq` counts all sends (`since` is one of those), `order` those of one customer and number.
        """
        query, sent = request.query, self._state.sent
        since, places = int(query.get("since", "0")), Counter[tuple[str, str]]()
        wanted = []
        for seq, message in enumerate(sent):
            pair = (message.number, message.customer)
            if seq >= since:
                wanted.append(_row(seq, places[pair], message))
            places[pair] += 1
        for key in ("phone_number_id", "customer"):
            wanted = [row for row in wanted if query.get(key) in (None, row[key])]
        return web.json_response({"sent": wanted, "total": len(sent)})

    async def received(self, request: web.Request) -> web.Response:
        """`GET /api/graph/received`: what customers wrote, with how far it came."""
        wrote = [m.view() for m in self._state.messages.values() if m.by == "customer"]
        customer = request.query.get("customer")
        return web.json_response({"received": [view for view in wrote if customer in (None, view["customer"])]})

    async def webhook(self, request: web.Request) -> web.Response:
        """`POST /api/graph/webhook?app=<id>&url=`: this very body, signed as the app's, whatever it is."""
        app = self._state.hooks.apps.get(request.query["app"])
        url = request.query.get("url") or (app.webhook_url if app else "")
        if app is None or not url:
            raise ValueError(f"app {request.query['app']} is not configured, or has no webhook_url")
        delivery = self._state.hooks.post(app.id, url, await request.read(), lane=None, label="raw")
        return web.json_response({"delivery": delivery.id})

    async def verify(self, request: web.Request) -> web.Response:
        """`POST /api/graph/verify {"app"}`: Meta's GET handshake with the app's webhook → `{"ok", "status"}`."""
        app = self._state.hooks.apps[(await request.json())["app"]]
        challenge = "1158201444"
        asked = {"hub.mode": "subscribe", "hub.challenge": challenge}
        asked["hub.verify_token"] = app.verify_token.get_secret_value()
        limit = aiohttp.ClientTimeout(total=10)
        try:
            async with aiohttp.ClientSession(timeout=limit) as http, http.get(app.webhook_url, params=asked) as answer:
                ok = answer.status == 200 and await answer.text() == challenge
                return web.json_response({"ok": ok, "status": answer.status})
        except (aiohttp.ClientError, TimeoutError) as error:
            return web.json_response({"ok": False, "status": None, "error": type(error).__name__})

    def _customer(self, wa_id: str, values: dict[str, Any]) -> Customer:
        return Customer.model_validate({**_values(self._state.customers.get(wa_id)), **values, "wa_id": wa_id})


def _values(known: App | Number | Customer | None) -> dict[str, Any]:
    return {} if known is None else known.model_dump()


def _row(seq: int, order: int, message: Message) -> dict[str, Any]:
    return {
        "seq": seq,
        "order": order,
        "wamid": message.id,
        "phone_number_id": message.number,
        "customer": message.customer,
        "text": message.text,
        "callback": message.callback,
        "at": message.at,
        "status": message.status,
        "error": message.error,
        "history": message.history,
        "body": message.body,
    }
