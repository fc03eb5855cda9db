"""How an account is set up at the simulated Meta: tokens, a WABA's numbers and subscriptions, a number's registration.

Sources: Meta, "Access tokens", "Override webhooks", "Registering phone numbers"; code 2200 as gateways recorded it.
"""

import re
import secrets
import time
from typing import Any

from aiohttp import web

from xyper_sim.graph_app import app_of, challenge
from xyper_sim.graph_errors import GraphError
from xyper_sim.graph_objects import number_view, refusal, token_of
from xyper_sim.graph_state import GraphState
from xyper_sim.settings import App, Number

_OVERRIDE = 200  # characters
_SPAN, _TRIES = 72 * 3600.0, 10  # registrations of a number
_PAGE = "id,display_phone_number,verified_name,quality_rating,code_verification_status"


class Setup:
    def __init__(self, state: GraphState) -> None:
        self._state = state
        self._registrations: dict[str, list[float]] = {}

    async def debug_token(self, request: web.Request) -> web.Response:
        """`GET /debug_token?input_token=` asked with an app's `{id}|{secret}` or with any known token."""
        self._asked_by_app(token_of(request))
        asked = request.query.get("input_token", "")
        mine = [n for n in self._state.numbers.values() if n.takes(asked)]
        if not mine:
            error = {"code": 190, "message": "Invalid OAuth access token."}
            return web.json_response({"data": {"is_valid": False, "error": error, "scopes": []}})
        return web.json_response({"data": _token(mine)})

    async def numbers(self, request: web.Request) -> web.Response:
        """`GET /{waba}/phone_numbers?fields=`."""
        waba, _ = self._waba(request)
        wanted = request.query.get("fields", _PAGE).split(",")
        mine = [number for number in self._state.numbers.values() if number.waba_id == waba]
        return web.json_response({"data": [number_view(self._state, number, wanted) for number in mine]})

    async def register(self, request: web.Request) -> web.Response:
        """`POST /{phone_number_id}/register {"messaging_product", "pin"}`."""
        number, token = self._state.numbers.get(request.match_info["number"]), token_of(request)
        if number is None or not number.takes(token):
            raise refusal(self._state, request.match_info["number"], token)
        pin = _pin(await _body(request))
        self._count(number.phone_number_id)
        if not number.verified:
            raise GraphError(133006, "Phone number needs to be verified before registering.")
        held = number.pin.get_secret_value()
        if held and not secrets.compare_digest(held.encode(), pin.encode()):
            raise GraphError(133005, "The two-step verification PIN does not match.")
        self._state.put_number(Number.model_validate({**number.model_dump(), "pin": pin, "registered": True}))
        return web.json_response({"success": True})

    async def subscribed(self, request: web.Request) -> web.Response:
        """`GET /{waba}/subscribed_apps`."""
        waba, _ = self._waba(request)
        return web.json_response({"data": [_shown(app, url) for app, url in self._subscriptions(waba).items()]})

    async def subscribe(self, request: web.Request) -> web.Response:
        """`POST /{waba}/subscribed_apps`, with `override_callback_uri` or, to take it away, without.

        The override is called with the verify token, and taken only where it gives the challenge back.
        """
        waba, app = self._waba(request)
        body = await _body(request)
        override = str(body.get("override_callback_uri") or "")
        if override:
            verify_token = str(body.get("verify_token") or "")
            if not verify_token or len(override) > _OVERRIDE:
                words = "(#100) override_callback_uri needs a verify_token and at most 200 characters."
                raise GraphError(100, message=words)
            await challenge(override, verify_token)
        self._subscriptions(waba)[app.id] = override
        return web.json_response({"success": True})

    async def unsubscribe(self, request: web.Request) -> web.Response:
        """`DELETE /{waba}/subscribed_apps`: the app that the token belongs to hears no more."""
        waba, app = self._waba(request)
        self._subscriptions(waba).pop(app.id, None)
        return web.json_response({"success": True})

    def _subscriptions(self, waba: str) -> dict[str, str]:
        return self._state.hooks.subscribed.setdefault(waba, {})

    def _waba(self, request: web.Request) -> tuple[str, App]:
        """The WABA in the path and the app whose token asks. Raises `GraphError` 100/33, 190, or 200."""
        waba, token = request.match_info["waba"], token_of(request)
        for number in self._state.numbers.values():
            if number.waba_id == waba and number.takes(token):
                if "whatsapp_business_management" not in number.scopes:
                    raise GraphError(200, message="(#200) You do not have permission to access this WhatsApp account.")
                return waba, self._state.hooks.apps[number.app]
        raise refusal(self._state, waba, token)

    def _asked_by_app(self, token: str) -> None:
        known = any(number.takes(token) for number in self._state.numbers.values())
        if not known and app_of(self._state, token) is None:
            raise GraphError(190, message="Invalid OAuth access token.")

    def _count(self, number: str) -> None:
        """One more registration. Raises `GraphError` 133016."""
        recent = [at for at in self._registrations.get(number, ()) if time.monotonic() - at < _SPAN]
        if len(recent) >= _TRIES:
            raise GraphError(133016, "Registration and deregistration of this number is blocked for some time.")
        self._registrations[number] = [*recent, time.monotonic()]


def _token(numbers: list[Number]) -> dict[str, Any]:
    """What `debug_token` says of the token that these numbers share."""
    first = numbers[0]
    expired = 0 < first.token_expires <= time.time()
    own = sorted({number.waba_id for number in numbers})
    targets = list(first.token_wabas) if first.token_wabas is not None else own
    data: dict[str, Any] = {"app_id": first.app, "type": "SYSTEM_USER", "is_valid": not expired}
    if expired:
        data["error"] = {"code": 190, "subcode": 463, "message": "Error validating access token: Session has expired."}
    granular = [{"scope": scope, "target_ids": targets} for scope in first.scopes]
    times = {"expires_at": first.token_expires, "data_access_expires_at": 0}
    return {**data, **times, "scopes": list(first.scopes), "granular_scopes": granular}


def _shown(app: str, override: str) -> dict[str, Any]:
    data: dict[str, Any] = {"whatsapp_business_api_data": {"id": app, "name": app, "link": "https://example.com"}}
    return {**data, "override_callback_uri": override} if override else data


def _pin(body: dict[str, Any]) -> str:
    if body.get("messaging_product") != "whatsapp":
        raise GraphError(100, message="(#100) The parameter messaging_product is required.")
    pin = str(body.get("pin", ""))
    if not re.fullmatch(r"[0-9]{6}", pin):
        raise GraphError(100, message="(#100) Param pin must be a string of 6 digits.")
    return pin


async def _body(request: web.Request) -> dict[str, Any]:
    """The parameters: as JSON, or, as with every call of the Graph API, in the query."""
    body = await request.json() if request.can_read_body else {}
    return {**request.query, **(body if isinstance(body, dict) else {})}
