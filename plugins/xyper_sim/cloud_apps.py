"""Integrations in the wider sense, `/api/v2/integrations`: here client applications, which agents see beside a chat."""

from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from xyper_sim import cloud_check, cloud_errors
from xyper_sim.cloud_door import Call, Row, checked
from xyper_sim.cloud_errors import CloudError
from xyper_sim.cloud_model import APP_STATES, PANEL, App
from xyper_sim.cloud_settings import APP_ADD, APP_DELETE, APP_EDIT, APP_VIEW

Json = dict[str, Any]
_TYPES = (PANEL, "embedded-client-app")
_FILTER = frozenset({
    "call", "callback", "chat", "email", "facebook", "instagram", "line", "open", "sms", "twitter", "webmessaging",
    "whatsapp",
})  # fmt: skip
"""What `communicationTypeFilter` takes; `message` is refused."""


def _list(call: Call) -> Json:
    org = call.cloud.org(call.client).id
    return call.page([one.view() for one in call.cloud.apps.values() if one.org == org])


def _create(call: Call) -> Json:
    body = checked(call, cloud_check.APP)
    kind = (body.get("integrationType") or {}).get("id")
    if kind not in _TYPES:
        raise cloud_errors.invalid([f"integrationType.id: {kind} is not known here"])
    made = App(str(uuid4()), kind, body.get("name") or "Interaction Widget", call.cloud.org(call.client).id)
    call.cloud.apps[made.id] = made
    return made.view()


def _show(call: Call) -> Json:
    return _found(call).view()


def _change(call: Call) -> Json:
    """`{"intendedState": "ENABLED"}`. One that has no address cannot be switched on."""
    found, body = _found(call), checked(call, cloud_check.APP_UPDATE)
    state = str(body.get("intendedState") or found.state).upper()
    if state not in APP_STATES:
        raise cloud_errors.invalid([f"intendedState: {state} is not supported here"])
    if state == "ENABLED" and not found.config.get("properties", {}).get("url"):
        raise cloud_errors.bad_request("The integration is not configured completely.")
    found.state, found.name = state, body.get("name") or found.name
    call.cloud.kit.live.renew("panels")
    return found.view()


def _remove(call: Call) -> Json:
    found = _found(call)
    del call.cloud.apps[found.id]
    call.cloud.kit.live.renew("panels")
    return found.view()


def _config(call: Call) -> Json:
    return _found(call).config_view()


def _put_config(call: Call) -> Json:
    """All of it, with the version that was read. Raises `CloudError` (400, 409)."""
    found, body = _found(call), checked(call, cloud_check.APP_CONFIG)
    if body.get("version") != found.version:
        raise CloudError(409, "conflict", f"The current version is {found.version}.")
    if faults := _faults(body.get("properties") or {}):
        raise cloud_errors.bad_request(f"Input validation error: {'; '.join(faults)}")
    found.config = {key: body[key] for key in ("properties", "advanced", "notes", "credentials") if key in body}
    found.name, found.version = body.get("name") or found.name, found.version + 1
    call.cloud.kit.live.renew("panels")
    return found.config_view()


def _faults(properties: Json) -> list[str]:
    url = urlsplit(str(properties.get("url", "")))
    named = set(filter(None, str(properties.get("communicationTypeFilter", "")).split(",")))
    found = [f"communicationTypeFilter: {one} is not known" for one in sorted(named - _FILTER)]
    if url.scheme != "https" and url.hostname not in ("127.0.0.1", "localhost"):
        found.append("url must be https")
    return found


def _found(call: Call) -> App:
    found: App | None = call.cloud.apps.get(call.id)
    if found is None or found.org != call.cloud.org(call.client).id:
        raise cloud_errors.not_found(f"The integration {call.id} was not found.")
    return found


CALLS: tuple[Row, ...] = (
    ("GET", "integrations", _list, APP_VIEW),
    ("POST", "integrations", _create, APP_ADD),
    ("GET", "integrations/{id}", _show, APP_VIEW),
    ("PATCH", "integrations/{id}", _change, APP_EDIT),
    ("DELETE", "integrations/{id}", _remove, APP_DELETE),
    ("GET", "integrations/{id}/config/current", _config, APP_VIEW),
    ("PUT", "integrations/{id}/config/current", _put_config, APP_EDIT),
)
