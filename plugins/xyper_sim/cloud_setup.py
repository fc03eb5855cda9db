"""How the simulated Genesys Cloud is set up by API: Open Messaging integrations, their profiles, flows and permissions.

Creation is asynchronous, as the real one: `createStatus` is `Initiated` until `[plugins.sim.cloud] create_after`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from pydantic import SecretStr

from xyper_sim import cloud_check, cloud_errors, cloud_settings, cloud_wire
from xyper_sim.cloud_door import Call, Row, checked
from xyper_sim.cloud_model import stamp
from xyper_sim.cloud_profiles import Kind
from xyper_sim.cloud_settings import Client, Integration

Json = dict[str, Any]
_MESSAGING = "conversations/messaging"
_OPEN = f"{_MESSAGING}/integrations/open"
_SECRET = 15
"""Characters that a signature secret must have more of."""
_FIELDS = {
    "name": "name",
    "outboundNotificationWebhookUrl": "webhook_url",
    "webhookHeaders": "webhook_headers",
}


def _integration(call: Call) -> Json:
    return cloud_wire.integration_view(call.integration, call.cloud.profiles)


def _integrations(call: Call) -> Json:
    """One page of those that the client may use."""
    mine = [one for one in call.cloud.integrations.values() if not one.clients or call.client.client_id in one.clients]
    for name, held in (("supportedContent.id", "supported_content"), ("messagingSetting.id", "messaging_setting")):
        wanted = call.request.query.get(name)
        mine = [one for one in mine if wanted in (None, getattr(one, held))]
    return call.page([cloud_wire.integration_view(one, call.cloud.profiles) for one in mine])


def _create(call: Call) -> Json:
    """A new integration, which is there a moment later. Raises `CloudError` (400)."""
    body = checked(call, cloud_check.OPEN_INTEGRATION)
    name = str(uuid4())
    made = Integration(
        id=name, recipient=str(uuid4()), clients={call.client.client_id}, create_status="Initiated",
        supported_content=cloud_settings.STANDARD, messaging_setting=cloud_settings.STANDARD,
        flow=call.cloud.config.create_flow,
    )  # fmt: skip
    call.cloud.put_integration(_with(call, made, body))
    call.cloud.kit.tasks.later(call.cloud.kit.scaled(call.cloud.config.create_after), _complete, call, name)
    return cloud_wire.integration_view(call.cloud.integrations[name], call.cloud.profiles)


def _complete(call: Call, name: str) -> None:
    error = call.cloud.config.create_error
    done: Json = {"create_status": "Error" if error else "Completed", "create_error": error}
    if (found := call.cloud.integrations.get(name)) is not None:
        call.cloud.put_integration(found.model_copy(update=done))


def _change(call: Call) -> Json:
    """What the body names is changed. Raises `CloudError` (400)."""
    body, held = checked(call, cloud_check.OPEN_INTEGRATION_UPDATE), call.integration
    call.cloud.put_integration(_with(call, held, body))
    return cloud_wire.integration_view(call.cloud.integrations[held.id], call.cloud.profiles)


def _remove(call: Call) -> None:
    del call.cloud.integrations[call.integration.id]


def _with(call: Call, integration: Integration, body: Json) -> Integration:
    """The integration with what the body says. Raises `CloudError` (400, 404)."""
    changes: Json = {ours: body[theirs] for theirs, ours in _FIELDS.items() if body.get(theirs) is not None}
    if (secret := body.get("outboundNotificationWebhookSignatureSecretToken")) is not None:
        changes["webhook_secret"] = SecretStr(secret)
    kinds: tuple[tuple[str, Kind, str], ...] = (
        ("supportedContent", "supportedcontent", "supported_content"),
        ("messagingSetting", "settings", "messaging_setting"),
    )
    for theirs, kind, ours in kinds:
        if body.get(theirs):
            changes[ours] = call.cloud.profiles.get(kind, str(body[theirs].get("id")))["id"]
    if faults := list(_faults(changes)):
        raise cloud_errors.invalid(faults)
    return integration.model_copy(update=changes)


def _faults(changes: Json) -> Iterable[str]:
    url = urlsplit(changes.get("webhook_url", "https://x"))
    local = url.hostname in ("127.0.0.1", "localhost")
    if not local and (url.scheme != "https" or url.port not in (None, 443)):
        yield "outboundNotificationWebhookUrl must be https on port 443"
    secret = changes.get("webhook_secret")
    if secret is not None and len(secret.get_secret_value()) <= _SECRET:
        yield f"outboundNotificationWebhookSignatureSecretToken must be longer than {_SECRET} characters"


def _profiles(kind: Kind) -> Callable[[Call], Json]:
    return lambda call: call.page(list(call.cloud.profiles.kept[kind].values()))


def _profile(kind: Kind) -> Callable[[Call], Json]:
    return lambda call: call.cloud.profiles.get(kind, call.id)


def _default(kind: Kind) -> Callable[[Call], Json]:
    return lambda call: call.cloud.profiles.get(kind, cloud_settings.STANDARD)


def _add_profile(kind: Kind, model: str) -> Callable[[Call], Json]:
    return lambda call: call.cloud.profiles.add(kind, checked(call, model))


def _change_profile(kind: Kind, model: str) -> Callable[[Call], Json]:
    return lambda call: call.cloud.profiles.change(kind, call.id, checked(call, model))


def _delete_profile(kind: Kind) -> Callable[[Call], None]:
    return lambda call: call.cloud.profiles.delete(kind, call.id)


def _timeline(call: Call) -> Json:
    return call.cloud.profiles.timeline


def _put_timeline(call: Call) -> Json:
    """All of it: a messenger type that is left out has the platform's default again."""
    body = checked(call, cloud_check.TIMELINE)
    given = [one.get("timeoutInMinutes") for one in body.get("settings") or ()]
    if not all(isinstance(minutes, int) and 0 <= minutes <= 4320 for minutes in given):
        raise cloud_errors.invalid(["settings[].timeoutInMinutes must lie between 0 and 4320"])
    call.cloud.profiles.timeline = {"defaultTimeoutMinutes": 4320, **body}
    return call.cloud.profiles.timeline


def _recipients(call: Call) -> Json:
    return call.page([_recipient_view(one) for one in call.cloud.integrations.values()])


def _recipient(call: Call) -> Json:
    return _recipient_view(_owner(call))


def _put_recipient(call: Call) -> Json:
    """Puts an Architect flow on an integration's recipient."""
    found, body = _owner(call), checked(call, cloud_check.RECIPIENT)
    flow = (body.get("flow") or {}).get("id")
    if not flow:
        raise cloud_errors.invalid(["flow.id is required"])
    call.cloud.put_integration(found.model_copy(update={"flow": str(flow)}))
    return _recipient(call)


def _owner(call: Call) -> Integration:
    for one in call.cloud.integrations.values():
        if one.recipient_id == call.id:
            return call.cloud.integration(one.id, call.client)
    raise cloud_errors.not_found(f"The recipient {call.id} was not found.")


def _recipient_view(integration: Integration) -> Json:
    name = integration.recipient_id
    shown: Json = {"flow": {"id": integration.flow}} if integration.flow else {}
    where = f"/api/v2/routing/message/recipients/{name}"
    return {"id": name, "name": integration.name, "messengerType": "open", **shown, "selfUri": where}


def _subject(call: Call) -> Json:
    """What the client may do, as the grants of its roles (`AuthzSubject`)."""
    client: Client = call.client
    if not client.reads_itself:
        raise cloud_errors.bad_request("This request requires a user context. Client credentials cannot be used.")
    policies: dict[tuple[str, str], list[str]] = defaultdict(list)
    for permission in sorted(client.permissions):
        domain, entity, action = permission.split(":")
        policies[domain, entity].append(action)
    role = {
        "id": f"role-of-{client.client_id}", "name": client.name,
        "policies": [
            {"domain": domain, "entityName": entity, "actions": actions}
            for (domain, entity), actions in policies.items()
        ],
    }  # fmt: skip
    home = {"id": call.cloud.org(client).id, "name": "Home"}
    grant = {"subjectId": client.client_id, "division": home, "role": role, "grantMadeAt": stamp(0)}
    return {"id": client.client_id, "name": client.name, "grants": [grant], "version": 1}


_CONTENT, _SETTINGS = f"{_MESSAGING}/supportedcontent", f"{_MESSAGING}/settings"
_S = cloud_settings

CALLS: tuple[Row, ...] = (
    ("GET", _OPEN, _integrations, _S.INTEGRATIONS),
    ("POST", _OPEN, _create, _S.INTEGRATION_ADD),
    ("GET", f"{_OPEN}/{{integration}}", _integration, _S.INTEGRATIONS),
    ("PATCH", f"{_OPEN}/{{integration}}", _change, _S.INTEGRATION_EDIT),
    ("DELETE", f"{_OPEN}/{{integration}}", _remove, _S.INTEGRATION_DELETE),
    ("GET", _CONTENT, _profiles("supportedcontent"), _S.CONTENT_VIEW),
    ("POST", _CONTENT, _add_profile("supportedcontent", cloud_check.SUPPORTED_CONTENT), _S.CONTENT_ADD),
    ("GET", f"{_CONTENT}/default", _default("supportedcontent"), _S.CONTENT_VIEW),
    ("GET", f"{_CONTENT}/{{id}}", _profile("supportedcontent"), _S.CONTENT_VIEW),
    ("PATCH", f"{_CONTENT}/{{id}}", _change_profile("supportedcontent", cloud_check.SUPPORTED_CONTENT),
     _S.CONTENT_EDIT),
    ("DELETE", f"{_CONTENT}/{{id}}", _delete_profile("supportedcontent"), _S.CONTENT_DELETE),
    ("GET", _SETTINGS, _profiles("settings"), _S.SETTING_VIEW),
    ("POST", _SETTINGS, _add_profile("settings", cloud_check.SETTING), _S.SETTING_ADD),
    ("GET", f"{_SETTINGS}/default", _default("settings"), _S.SETTING_VIEW),
    ("GET", f"{_SETTINGS}/{{id}}", _profile("settings"), _S.SETTING_VIEW),
    ("PATCH", f"{_SETTINGS}/{{id}}", _change_profile("settings", cloud_check.SETTING_UPDATE), _S.SETTING_EDIT),
    ("DELETE", f"{_SETTINGS}/{{id}}", _delete_profile("settings"), _S.SETTING_DELETE),
    ("GET", f"{_MESSAGING}/threadingtimeline", _timeline, _S.TIMELINE_VIEW),
    ("PUT", f"{_MESSAGING}/threadingtimeline", _put_timeline, _S.TIMELINE_EDIT),
    ("GET", "routing/message/recipients", _recipients, _S.ROUTE),
    ("GET", "routing/message/recipients/{id}", _recipient, _S.ROUTE),
    ("PUT", "routing/message/recipients/{id}", _put_recipient, _S.ROUTE),
    ("GET", "authorization/subjects/me", _subject, None),
)  # fmt: skip
"""Method, path, work, permission; the permissions are those of the official SDK's endpoint texts."""
