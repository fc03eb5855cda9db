"""A Meta app at the simulated Meta: its own token, calls proved with its secret, and where its webhooks lead.

Sources: Meta, "App access tokens", "Securing Graph API requests", "Webhooks: /{app-id}/subscriptions".
"""

import hashlib
import hmac
import secrets
from typing import Any

import aiohttp
from aiohttp import web

from xyper_sim.graph_errors import GraphError
from xyper_sim.graph_objects import token_of
from xyper_sim.graph_state import GraphState
from xyper_sim.settings import App

_OBJECT = "whatsapp_business_account"
_FIELDS = ("messages", "message_template_status_update", "account_update")
_PATIENCE = 10.0  # seconds for a challenge


def app_of(state: GraphState, token: str) -> App | None:
    """The app whose own token `{id}|{secret}` this is."""
    app_id, _, secret = token.partition("|")
    app = state.hooks.apps.get(app_id)
    return app if app is not None and secret in app.secrets else None


def check_proof(state: GraphState, request: web.Request) -> None:
    """`appsecret_proof`, where a call has one, must be the token's HMAC with its app's secret. Raises `GraphError`."""
    given, token = request.query.get("appsecret_proof"), token_of(request)
    if given is None:
        return
    for number in state.numbers.values():
        keys = state.hooks.apps[number.app].secrets if number.takes(token) else ()
        if any(hmac.new(key.encode(), token.encode(), hashlib.sha256).hexdigest() == given for key in keys):
            return
    raise GraphError(100, message="Invalid appsecret_proof provided in the API argument")


class Apps:
    """`/{app_id}/subscriptions`."""

    def __init__(self, state: GraphState) -> None:
        self._state = state
        self._fields: dict[str, tuple[str, ...]] = {}

    async def subscriptions(self, request: web.Request) -> web.Response:
        """`GET`: one entry for WhatsApp, once the app has a webhook."""
        app = self._app(request)
        fields = [{"name": name, "version": request.match_info["version"]} for name in self._of(app)]
        one = {"object": _OBJECT, "callback_url": app.webhook_url, "active": True, "fields": fields}
        return web.json_response({"data": [one] if app.webhook_url else []})

    async def subscribe(self, request: web.Request) -> web.Response:
        """`POST {"object", "callback_url", "fields", "verify_token"}`: the callback must give the challenge back."""
        app, body = self._app(request), await _body(request)
        missing = [name for name in ("object", "callback_url", "fields", "verify_token") if not body.get(name)]
        if missing or body["object"] != _OBJECT:
            raise GraphError(100, message=f"(#100) The parameter {(missing or ['object'])[0]} is required.")
        await challenge(str(body["callback_url"]), str(body["verify_token"]))
        changed = {**app.model_dump(), "webhook_url": body["callback_url"], "verify_token": body["verify_token"]}
        self._state.put_app(App.model_validate(changed))
        self._fields[app.id] = tuple(str(body["fields"]).split(","))
        return web.json_response({"success": True})

    def _of(self, app: App) -> tuple[str, ...]:
        return self._fields.get(app.id, _FIELDS)

    def _app(self, request: web.Request) -> App:
        """The one in the path, asked with its own token. Raises `GraphError` 190 or 100/33."""
        app = app_of(self._state, token_of(request))
        if app is None:
            raise GraphError(190, message="Error validating application. Cannot get application info.")
        if app.id != request.match_info["app"]:
            raise GraphError(100, message="(#100) Object does not exist, or this token may not use it.", subcode=33)
        return app


async def challenge(url: str, verify_token: str) -> None:
    """Meta's GET handshake with a callback. Raises `GraphError` 2200."""
    expected = str(secrets.randbelow(10**10))
    asked = {"hub.mode": "subscribe", "hub.challenge": expected, "hub.verify_token": verify_token}
    limit = aiohttp.ClientTimeout(total=_PATIENCE)
    try:
        async with aiohttp.ClientSession(timeout=limit) as http, http.get(url, params=asked) as answer:
            said = await answer.text()
            if answer.status == 200 and said == expected:
                return
            fault = f"HTTP Status Code = {answer.status}; HTTP Message = {answer.reason}"
    except (aiohttp.ClientError, TimeoutError):
        fault = "Failed to connect"
    raise GraphError(2200, message=f"(#2200) Callback verification failed with the following errors: {fault}")


async def _body(request: web.Request) -> dict[str, Any]:
    """The parameters: as JSON, as a form, or in the query."""
    if request.content_type == "application/json":
        body = await request.json()
        return {**request.query, **(body if isinstance(body, dict) else {})}
    return {**request.query, **await request.post()}
