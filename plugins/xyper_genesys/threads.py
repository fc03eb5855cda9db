"""What became of a conversation in Genesys, and ending it for the customer. Genesys tells neither on its webhook.

Vendor source: `MessageConversation` of the official SDK (PureCloudPlatformClientV2 269). A conversation goes on while
one of its customers is connected; agents come and go.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import aiohttp

from xyper_engine.abilities import Fate
from xyper_engine.model import now
from xyper_engine.participant import Participant
from xyper_genesys.api import CONVERSATIONS, Api, learned, path, trouble
from xyper_genesys.reading import items, moment, obj, string
from xyper_genesys.tokens import Credentials

_GONE = ("disconnected", "terminated")


async def fate(api: Api, http: aiohttp.ClientSession, credentials: Credentials, thread: str) -> Fate:
    """Raises a `SendError`. A conversation that Genesys no longer has is over."""
    answer = await api.call(http, credentials, "GET", f"{CONVERSATIONS}/{path(thread)}")
    told = learned(answer, credentials.bucket)
    if answer.status == 404:
        return Fate(now(), learned=told)
    if not answer.ok:
        raise trouble(answer, "conversation", credentials.bucket)
    found = list(items(answer.body, "participants")) if isinstance(answer.body, dict) else []
    return Fate(_ended_at(found), tuple(_participant(one) for one in found), told)


async def end(api: Api, http: aiohttp.ClientSession, credentials: Credentials, thread: str) -> None:
    """Raises a `SendError`; one that is gone already has ended."""
    body = {"state": "disconnected"}
    answer = await api.call(http, credentials, "PATCH", f"{CONVERSATIONS}/{path(thread)}", body=body)
    if not answer.ok and answer.status != 404:
        raise trouble(answer, "conversation's end", credentials.bucket)


def _ended_at(participants: Sequence[Mapping[str, Any]]) -> datetime | None:
    """When the last customer left; None also where Genesys names none, for then it says nothing of an end."""
    customers = [one for one in participants if string(one, "purpose") == "customer"]
    if not customers or any(string(one, "state") not in _GONE for one in customers):
        return None
    return max((moment(string(one, "endTime")) or now() for one in customers), default=None)


def _participant(one: Mapping[str, Any]) -> Participant:
    return Participant(
        id=string(one, "id"),
        purpose=string(one, "purpose"),
        user=string(obj(one, "user"), "id") or None,
        began_at=moment(string(one, "connectedTime")),
        ended_at=moment(string(one, "endTime")),
    )
