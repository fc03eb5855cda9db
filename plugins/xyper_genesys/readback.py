"""Was it taken? Asks Genesys about a payload whose call had no clear answer, before anything is posted again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import aiohttp

from xyper_engine.contract import Posted
from xyper_engine.errors import NotYetKnown, SendError
from xyper_genesys.api import CONVERSATIONS, Api, path, trouble
from xyper_genesys.exchange import Answer
from xyper_genesys.tokens import Credentials

NEWEST = 100
"""Messages of the conversation to look through; Genesys allows 1,000 and asks to take no more than needed."""


async def find_message(
    api: Api, http: aiohttp.ClientSession, credentials: Credentials, wanted: str, thread: str | None
) -> Posted | None:
    """The message whose `channel.messageId` is `wanted`, in the conversation `thread`. Raises a `SendError`.

    `NotYetKnown` without a conversation, and where it has ended: then the message may have opened another one.
    """
    if thread is None:
        raise NotYetKnown("Genesys has not named a conversation of this customer yet.")
    conversation = await _get(api, http, credentials, f"{CONVERSATIONS}/{path(thread)}")
    ids = _newest(conversation)
    if ids:
        listing = await _bulk(api, http, credentials, thread, ids)
        for entity in _objects(listing.get("entities")):
            if wanted in _names(entity):
                return Posted(id=str(entity.get("id", "")), thread=thread)
    if not _is_open(conversation):
        raise NotYetKnown("The conversation has ended: the message may have opened a new one.")
    return None


async def find_receipt(
    api: Api, http: aiohttp.ClientSession, credentials: Credentials, about: str, status: str
) -> Posted | None:
    """The receipt of `status` on the message `about`; None if it has none. Raises a `SendError`."""
    details = await _get(api, http, credentials, f"{CONVERSATIONS}/{path(about)}/details")
    seen = (str(receipt.get("status", "")).lower() for receipt in _objects(details.get("normalizedReceipts")))
    return Posted(id=about) if status.lower() in seen else None


async def _get(api: Api, http: aiohttp.ClientSession, credentials: Credentials, route: str) -> Mapping[str, Any]:
    return _body(await api.call(http, credentials, "GET", route), credentials)


async def _bulk(
    api: Api, http: aiohttp.ClientSession, credentials: Credentials, thread: str, ids: list[str]
) -> Mapping[str, Any]:
    route, query = f"{CONVERSATIONS}/{path(thread)}/messages/bulk", {"useNormalizedMessage": "true"}
    return _body(await api.call(http, credentials, "POST", route, query=query, body=ids), credentials)


def _body(answer: Answer, credentials: Credentials) -> Mapping[str, Any]:
    if not answer.ok:
        error = trouble(answer, "read back", credentials.bucket)
        raise error if error.retryable else _unknown(error)
    if not isinstance(answer.body, dict):
        raise NotYetKnown("Genesys' answer to the question for an earlier message is unreadable.")
    return answer.body


def _unknown(error: SendError) -> NotYetKnown:
    # That Genesys refuses the question says nothing of the message asked about.
    return NotYetKnown(str(error), code=error.code, correlation=error.correlation)


def _newest(conversation: Mapping[str, Any]) -> list[str]:
    """Ids of the conversation's messages, newest first; several participants may list one message."""
    times: dict[str, float] = {}
    for participant in _objects(conversation.get("participants")):
        for message in _objects(participant.get("messages")):
            found = message.get("messageId")
            if isinstance(found, str):
                times[found] = _moment(message.get("messageTime"))
    return sorted(times, key=lambda found: times[found], reverse=True)[:NEWEST]


def _moment(time: object) -> float:
    """Seconds since 1970; a message without a readable time counts as the newest, so that it is looked at."""
    try:
        return datetime.fromisoformat(str(time)).timestamp()
    except (ValueError, OverflowError):
        return float("inf")


def _is_open(conversation: Mapping[str, Any]) -> bool:
    customers = [one for one in _objects(conversation.get("participants")) if one.get("purpose") == "customer"]
    return any(one.get("state") not in ("disconnected", "terminated") for one in customers)


def _names(entity: Mapping[str, Any]) -> tuple[object, ...]:
    """Where our `channel.messageId` comes back."""
    normalized = entity.get("normalizedMessage")
    channel = normalized.get("channel") if isinstance(normalized, dict) else None
    echoed = channel.get("messageId") if isinstance(channel, dict) else None
    return echoed, entity.get("providerMessageId")


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
