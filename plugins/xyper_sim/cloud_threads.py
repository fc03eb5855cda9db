"""The two ways in which Genesys Cloud shows a conversation: pure functions from the simulator's state to JSON."""

from xyper_sim.cloud_model import Conversation, Message, stamp
from xyper_sim.cloud_settings import Integration
from xyper_sim.cloud_wire import Json

_SIDES = ("customer", "agent")


def message_conversation(conversation: Conversation, integration: Integration) -> Json:
    """`MessageConversation`: `participants[].messages[]` are the details of each one's own messages."""
    return {
        "id": conversation.id,
        "participants": [_media_participant(conversation, integration, purpose) for purpose in _SIDES],
        "otherMediaUris": [],
        "selfUri": f"/api/v2/conversations/messages/{conversation.id}",
    }


def full_conversation(conversation: Conversation, integration: Integration) -> Json:
    """`Conversation`: `participants[].messages[]` are communications, and the details are their `messages[]`."""
    return {
        "id": conversation.id,
        "startTime": stamp(conversation.started),
        **_ended(conversation),
        "participants": [_participant(conversation, integration, purpose) for purpose in _SIDES],
        "selfUri": f"/api/v2/conversations/{conversation.id}",
    }


def _media_participant(conversation: Conversation, integration: Integration, purpose: str) -> Json:
    user = {"user": {"id": conversation.person}} if purpose == "agent" and conversation.person else {}
    return {
        **_person(conversation, purpose),
        **user,
        **_communication(conversation, integration, purpose),
        **_ended(conversation),
    }


def _participant(conversation: Conversation, integration: Integration, purpose: str) -> Json:
    person = _person(conversation, purpose)
    leg = conversation.communication if purpose == "agent" else conversation.customer
    communication = {"id": leg, **_communication(conversation, integration, purpose)}
    user = {"userId": conversation.person} if purpose == "agent" and conversation.person else {}
    return {**person, **user, **_ended(conversation), "messages": [communication]}


def _person(conversation: Conversation, purpose: str) -> Json:
    customer = purpose == "customer"
    return {
        "id": conversation.customer if customer else conversation.agent,
        "name": conversation.name if customer else "Agent",
        "purpose": purpose,
        "connectedTime": stamp(conversation.started),
        "attributes": conversation.attributes if customer else {},
    }


def _communication(conversation: Conversation, integration: Integration, purpose: str) -> Json:
    customer = purpose == "customer"
    who, ours = _address(conversation.address, conversation.name), _address(integration.id, integration.name)
    return {
        "state": "connected" if conversation.connected else "disconnected",
        "direction": "inbound",
        "type": "open",
        **({} if conversation.connected else {"disconnectType": "client"}),
        "fromAddress": who if customer else ours,
        "toAddress": ours if customer else who,
        "messages": [_details(message) for message in conversation.messages if message.inbound is customer],
    }


def _ended(conversation: Conversation) -> Json:
    return {} if conversation.ended is None else {"endTime": stamp(conversation.ended)}


def _address(value: str, name: str) -> Json:
    return {"name": name, "addressNormalized": value, "addressRaw": value, "addressDisplayable": value}


def _details(message: Message) -> Json:
    where = f"/api/v2/conversations/messages/{message.conversation.id}/messages/{message.id}"
    error = {"errorInfo": {"message": message.reason, "code": "GeneralError"}} if message.reason else {}
    return {
        "messageId": message.id,
        "messageURI": where,
        "messageStatus": message.status,
        "messageTime": stamp(message.at),
        **error,
    }
