"""The simulated Genesys Cloud's HTTP API: `/login/oauth/token` and `/cloud/api/v2/…`."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from xyper_sim import cloud_apps, cloud_check, cloud_control, cloud_errors, cloud_setup, cloud_threads, cloud_wire
from xyper_sim.cloud_door import Call, Door, Row, checked
from xyper_sim.cloud_files import FileDoor
from xyper_sim.cloud_model import Conversation
from xyper_sim.cloud_settings import DISCONNECT, RECEIVE, SEND, VIEW, WATCH
from xyper_sim.cloud_state import CloudState

Json = dict[str, Any]
_MESSAGES = "conversations/messages"


def routes(cloud: CloudState) -> list[web.RouteDef]:
    """`/login/…`, `/cloud/…` and the control API `/api/cloud/…`."""
    door = Door(cloud)
    calls = [
        web.route(method, f"/cloud/api/v2/{path}", door.opens(work, permission, loses=_loses(method, work)))
        for method, path, work, permission in _CALLS
    ]
    return [
        web.post("/login/oauth/token", door.token),
        *cloud.login.routes(),
        *calls,
        *cloud_control.routes(cloud),
        *FileDoor(cloud.files).routes(),
    ]


def _loses(method: str, work: Callable[[Call], Any]) -> bool:
    """Whether the knobs `accept_then_…` mean it: what is done there and should not be done twice without a look."""
    return method == "PATCH" or work in (_message, _response, _say)


def _message(call: Call) -> Json:
    """A customer's message."""
    integration = call.integration
    checked(call, cloud_check.MESSAGE)
    message = call.cloud.hear(integration, call.body)
    return cloud_wire.accepted(message, integration, call.body, prefetch=call.flag("prefetchConversationId"))


def _response(call: Call) -> Json:
    """A customer chose something that a structured message of this conversation had offered."""
    integration = call.integration
    checked(call, cloud_check.RESPONSE)
    return cloud_wire.answered(call.cloud.answer(integration, call.body), integration, call.body)


def _event(call: Call) -> Json:
    """A customer types."""
    integration = call.integration
    checked(call, cloud_check.EVENT)
    call.cloud.notice(integration, call.body)
    return cloud_wire.noticed(integration, call.body)


def _receipt(call: Call) -> Json:
    """What became of an agent's message: `Delivered` or `Failed`, nothing else is supported here."""
    integration = call.integration
    checked(call, cloud_check.RECEIPT)
    if call.body["status"].lower() not in ("delivered", "failed"):
        call.cloud.journal.blame("unsupported_status", call.body["id"], f"{call.body['status']} cannot be told here")
        raise cloud_errors.invalid([f"status: {call.body['status']} is not one of Delivered, Failed"])
    return cloud_wire.receipted(integration, call.body, call.cloud.settle(integration, call.body))


def _conversation(call: Call) -> Json:
    found = call.cloud.conversation(call.id)
    if call.person is None:
        return cloud_threads.message_conversation(found, call.cloud.integration(found.integration, call.client))
    if call.person.id != found.person and WATCH not in call.person.permissions:
        raise cloud_errors.not_yours()
    return cloud_threads.message_conversation(found, call.cloud.integration(found.integration))


def _whole_conversation(call: Call) -> Json:
    found = call.cloud.conversation(call.id)
    if call.person is not None:
        return cloud_threads.full_conversation(found, call.cloud.integration(found.integration))
    return cloud_threads.full_conversation(found, call.cloud.integration(found.integration, call.client))


def _disconnect(call: Call) -> Json:
    """Ends the conversation, or one participant's part, which here is the same."""
    found = call.cloud.conversation(call.id)
    participant = call.request.match_info.get("participant")
    if participant is not None and participant not in (found.customer, found.agent):
        raise cloud_errors.not_found(f"The participant {participant} was not found.")
    if not isinstance(call.body, dict) or call.body.get("state") != "disconnected":
        raise cloud_errors.invalid(["state: only disconnected is supported here"])
    call.cloud.disconnect(found)
    return _conversation(call)


def _say(call: Call) -> Json:
    """An agent says something by the API: only as themselves, and only from where they take part."""
    found = _own(call)
    text = call.body.get("textBody") if isinstance(call.body, dict) else None
    if not isinstance(text, str) or not text.strip() or len(text) > 4000 or set(call.body) != {"textBody"}:
        raise cloud_errors.invalid(["textBody: must be the only field, with 1 to 4000 characters"])
    message = call.cloud.say(found, text, by=call.person.id if call.person else "")
    call.cloud.journal.take("said", found.integration, found.address, call.body, id=message.id, conversation=found.id)
    return cloud_wire.posted(message, call.cloud.integration(found.integration))


def _types(call: Call) -> None:
    """An agent types, as a client of the API says."""
    found = _own(call)
    call.cloud.types(found, int(call.body["typing"].get("duration", 5000)))
    call.cloud.journal.take("typed", found.integration, found.address, call.body, conversation=found.id)


def _own(call: Call) -> Conversation:
    """The conversation in which the person of the token speaks from the communication in the path."""
    found = call.cloud.conversation(call.id)
    if call.person is None:
        raise cloud_errors.bad_request("This request requires a user context. Client credentials cannot be used.")
    if call.person.id != found.person or call.request.match_info["communication"] != found.communication:
        raise cloud_errors.not_yours()
    if not found.connected:
        raise cloud_errors.bad_request("The communication is not connected.")
    return found


def _bulk(call: Call) -> Json:
    """Up to 1,000 messages of one conversation by their ids; unknown ids are left out."""
    found: Conversation = call.cloud.conversation(call.id)
    integration = call.cloud.integration(found.integration, call.client)
    if not isinstance(call.body, list) or len(call.body) > 1000:
        raise cloud_errors.invalid(["the body must be a list of at most 1000 message ids"])
    wanted = [call.cloud.messages[name] for name in call.body if name in call.cloud.messages]
    normalized = call.flag("useNormalizedMessage")
    mine = (one for one in wanted if one.conversation is found)
    return {"entities": [cloud_wire.message_data(one, integration, normalized=normalized) for one in mine]}


def _details(call: Call) -> Json:
    """One message by its id."""
    found = call.cloud.message(call.id)
    integration = call.cloud.integration(found.conversation.integration, call.client)
    return cloud_wire.message_data(found, integration)


def _organization(call: Call) -> Json:
    return cloud_wire.organization(call.cloud.org(call.person or call.client))


def _token(call: Call) -> Json:
    return cloud_wire.token_info(call.client, call.cloud.org(call.person or call.client))


def _user(call: Call) -> Json:
    if call.person is None:
        raise cloud_errors.bad_request("This request requires a user context. Client credentials cannot be used.")
    expand = call.request.query.get("expand", "").split(",")
    return cloud_wire.user_me(call.person, call.cloud.org(call.person), _token(call), expand)


_CALLS: tuple[Row, ...] = (
    ("POST", f"{_MESSAGES}/{{integration}}/inbound/open/message", _message, RECEIVE),
    ("POST", f"{_MESSAGES}/{{integration}}/inbound/open/structured/response", _response, RECEIVE),
    ("POST", f"{_MESSAGES}/{{integration}}/inbound/open/event", _event, RECEIVE),
    ("POST", f"{_MESSAGES}/{{integration}}/inbound/open/receipt", _receipt, RECEIVE),
    ("GET", f"{_MESSAGES}/{{id}}/details", _details, VIEW),
    ("POST", f"{_MESSAGES}/{{id}}/messages/bulk", _bulk, VIEW),
    ("POST", f"{_MESSAGES}/{{id}}/communications/{{communication}}/messages", _say, SEND),
    ("POST", f"{_MESSAGES}/{{id}}/communications/{{communication}}/typing", _types, SEND),
    ("GET", f"{_MESSAGES}/{{id}}", _conversation, None),
    ("PATCH", f"{_MESSAGES}/{{id}}", _disconnect, DISCONNECT),
    ("PATCH", f"{_MESSAGES}/{{id}}/participants/{{participant}}", _disconnect, DISCONNECT),
    ("GET", "conversations/{id}", _whole_conversation, WATCH),
    ("GET", "organizations/me", _organization, None),
    ("GET", "tokens/me", _token, None),
    ("GET", "users/me", _user, None),
    *cloud_setup.CALLS,
    *cloud_apps.CALLS,
)
"""Method, path, work, permission; the permissions are those of the official SDK's endpoint texts."""
