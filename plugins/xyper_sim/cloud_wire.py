"""How the simulated Genesys Cloud's answers and webhooks look: pure functions from its state to JSON.

Shapes: the official SDK's models, and for the webhook's envelope Genesys' schema `OpenOutboundNormalizedMessage`.
"""

from collections.abc import Collection
from typing import Any
from uuid import uuid4

from xyper_sim.cloud_model import Conversation, Message, stamp
from xyper_sim.cloud_profiles import Profiles
from xyper_sim.cloud_settings import Client, Integration, Org, Person

Json = dict[str, Any]


def channel(integration: Integration, message_id: str, customer: Json, *, inbound: bool, at: str) -> Json:
    """The `channel` of everything that Genesys itself writes."""
    ours = {"nickname": integration.name, "id": integration.id, "idType": "Opaque"}
    sender, recipient = (customer, ours) if inbound else (ours, customer)
    common = {"id": integration.id, "platform": "Open", "type": "Private", "messageId": message_id}
    return {**common, "to": recipient, "from": sender, "time": at}


def customer(conversation: Conversation) -> Json:
    """The customer as Genesys names one back: opaque, whatever the middleware said it was."""
    return {"id": conversation.address, "idType": "Opaque"}


def accepted(message: Message, integration: Integration, body: Json, *, prefetch: bool) -> Json:
    """The answer to an inbound message (`OpenMessageNormalizedMessage`)."""
    posted = body["channel"]
    thread = {"conversationId": message.conversation.id} if prefetch else {}
    return {
        "id": message.id,
        "channel": channel(integration, message.provider_id, posted["from"], inbound=True, at=posted["time"]),
        "type": "Text",
        "text": message.text,
        "content": message.content,
        "metadata": message.metadata,
        **thread,
    }


def noticed(integration: Integration, body: Json) -> Json:
    """The answer to an inbound event (`OpenEventNormalizedMessage`)."""
    posted, event = body["channel"], uuid4().hex
    where = channel(integration, event, posted["from"], inbound=True, at=posted["time"])
    return {"id": event, "channel": where, "type": "Event", "events": body["events"]}


def receipted(integration: Integration, body: Json, reasons: list[Json]) -> Json:
    """The answer to a receipt (`OpenReceiptNormalizedMessage`); `reasons`: why it was of no use."""
    posted = body["channel"]
    return {
        "id": body["id"],
        "channel": channel(integration, body["id"], posted["to"], inbound=False, at=posted["time"]),
        "type": "Receipt",
        "status": "Failed" if reasons else body["status"],
        "reasons": reasons or body.get("reasons") or [],
        "isFinalReceipt": bool(body.get("isFinalReceipt")),
        "direction": "Outbound",
    }


def said(message: Message, integration: Integration) -> Json:
    """The webhook for an agent's message."""
    return {
        **_envelope(message.id, message.conversation, integration, at=stamp(message.at)),
        "type": message.type,
        **({"text": message.text} if message.text or not message.content else {}),
        "content": message.content,
        "originatingEntity": message.entity,
    }


def answered(message: Message, integration: Integration, body: Json) -> Json:
    """The answer to a structured response (`OpenStructuredResponseNormalizedMessage`)."""
    posted = body["channel"]
    where = channel(integration, message.provider_id, posted["from"], inbound=True, at=posted["time"])
    return {
        "id": message.id,
        "channel": where,
        "type": "Structured",
        "direction": "Inbound",
        "content": message.content,
    }


def typing(conversation: Conversation, integration: Integration, duration_ms: int) -> Json:
    """The webhook for an agent who types; there is none for one who stopped."""
    event = {"eventType": "Typing", "typing": {"type": "On", "duration": duration_ms}}
    return {
        **_envelope(uuid4().hex, conversation, integration, at=stamp()),
        "type": "Event",
        "events": [event],
        "originatingEntity": "Human",
    }


def receipt(message: Message, integration: Integration, status: str, reasons: list[Json]) -> Json:
    """The webhook that tells what became of a customer's message."""
    where = channel(integration, message.provider_id, customer(message.conversation), inbound=True, at=stamp())
    return {
        "id": message.id,
        "channel": where,
        "type": "Receipt",
        "status": status,
        "reasons": reasons,
        "isFinalReceipt": True,
        "direction": "Inbound",
        "conversationId": message.conversation.id,
    }


def _envelope(event: str, conversation: Conversation, integration: Integration, *, at: str) -> Json:
    where = channel(integration, event, customer(conversation), inbound=False, at=at)
    return {"id": event, "channel": where, "direction": "Outbound", "conversationId": conversation.id}


def message_data(message: Message, integration: Integration, *, normalized: bool = True) -> Json:
    """`MessageData`, as of `…/details` and `…/messages/bulk`."""
    conversation = message.conversation
    ends = (conversation.address, integration.id) if message.inbound else (integration.id, conversation.address)
    return {
        "id": message.id,
        "providerMessageId": message.provider_id,
        "timestamp": stamp(message.at),
        "fromAddress": ends[0],
        "toAddress": ends[1],
        "direction": "inbound" if message.inbound else "outbound",
        "messengerType": "open",
        "status": message.status,
        **({"normalizedMessage": _normalized(message, integration)} if normalized else {}),
        "normalizedReceipts": [_normalized_receipt(message, integration, one) for one in message.receipts],
        "conversationId": conversation.id,
        "selfUri": f"/api/v2/conversations/messages/{message.id}/details",
    }


def posted(message: Message, integration: Integration) -> Json:
    """The answer to what an agent said by the API (`MessageData`)."""
    by = {"id": message.by, "selfUri": f"/api/v2/users/{message.by}"}
    return {**message_data(message, integration), "createdBy": by}


def _normalized(message: Message, integration: Integration) -> Json:
    who = customer(message.conversation)
    where = channel(integration, message.provider_id, who, inbound=message.inbound, at=stamp(message.at))
    return {
        "id": message.id,
        "channel": where,
        "type": message.type,
        "text": message.text,
        "content": message.content,
        "metadata": message.metadata,
        "originatingEntity": message.entity,
        "direction": "Inbound" if message.inbound else "Outbound",
    }


def _normalized_receipt(message: Message, integration: Integration, body: Json) -> Json:
    told = receipted(integration, body, [])
    return {**told, "channel": {**told["channel"], "to": customer(message.conversation)}}


def integration_view(integration: Integration, profiles: Profiles) -> Json:
    """`OpenIntegration`; the webhook's secret is returned in clear, as Genesys does."""
    error = {"createError": {"message": integration.create_error, "status": 400, "code": "bad.request"}}
    content = profiles.get("supportedcontent", integration.supported_content)
    setting = profiles.get("settings", integration.messaging_setting)
    return {
        "id": integration.id,
        "name": integration.name,
        "outboundNotificationWebhookUrl": integration.webhook_url,
        "outboundNotificationWebhookSignatureSecretToken": integration.webhook_secret.get_secret_value(),
        "webhookHeaders": integration.webhook_headers,
        "supportedContent": {key: content[key] for key in ("id", "name", "selfUri")},
        "messagingSetting": {key: setting[key] for key in ("id", "name", "selfUri")},
        "status": "Active" if integration.create_status == "Completed" else "Inactive",
        "recipient": {
            "id": integration.recipient_id,
            "selfUri": f"/api/v2/routing/message/recipients/{integration.recipient_id}",
        },
        "createStatus": integration.create_status,
        **(error if integration.create_error else {}),
        "selfUri": f"/api/v2/conversations/messaging/integrations/open/{integration.id}",
    }


def organization(org: Org) -> Json:
    """`Organization`."""
    return {
        "id": org.id,
        "name": org.name,
        "thirdPartyOrgName": org.name.lower().replace(" ", "-"),
        "domain": org.name.lower().replace(" ", "-"),
        "defaultLanguage": "en-us",
        "defaultCountryCode": "US",
        "state": "active",
        "selfUri": f"/api/v2/organizations/{org.id}",
    }


def token_info(client: Client, org: Org) -> Json:
    """`TokenInfo`."""
    named = {"id": org.id, "name": org.name}
    oauth = {"id": client.client_id, "name": client.name, "organization": named}
    return {"organization": named, "homeOrganization": named, "authorizedScope": [], "OAuthClient": oauth}


def user_me(person: Person, org: Org, token: Json, expand: Collection[str]) -> Json:
    """`UserMe`, with those of its parts that were asked for."""
    roles = [{"id": name, "name": name} for name in person.roles]
    parts = {
        "organization": organization(org),
        "authorization": {"roles": roles, "permissions": sorted(person.permissions), "permissionPolicies": []},
        "token": token,
    }
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "username": person.email,
        "state": person.state,
        "version": 1,
        **{name: part for name, part in parts.items() if name in expand},
        "selfUri": f"/api/v2/users/{person.id}",
    }
