"""Speaking as an agent: a line in a conversation, with the agent's own token, as if typed in Genesys itself.

Vendor sources: `postConversationsMessageCommunicationMessages` of the official SDK (PureCloudPlatformClientV2 269) and
Genesys' own translator blueprint, which takes an agent's newest connected communication of the whole conversation.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from xyper_engine.agents import Speaker
from xyper_engine.errors import Ambiguous, AuthRefused, Rejected
from xyper_engine.runtime import Runtime
from xyper_genesys.api import CONVERSATIONS, Api, path, trouble
from xyper_genesys.exchange import Answer
from xyper_genesys.reading import Json, items, obj, string
from xyper_genesys.settings import GenesysSettings
from xyper_genesys.to_wire import TEXT_LIMIT
from xyper_genesys.tokens import Credentials

_TYPING = {"typing": {"type": "On", "duration": 5000}}


class Speaking:
    """Satisfies `Voice`; the adapter hands it out."""

    longest = TEXT_LIMIT

    def __init__(self, api: Api, settings: GenesysSettings) -> None:
        self._api = api
        self._regions = settings.regions

    async def place(self, speaker: Speaker, rt: Runtime) -> str | None:
        credentials = Credentials.of(speaker.account, self._regions)
        route = f"/api/v2/conversations/{path(speaker.thread)}"
        answer = await self._api.as_person(rt.http, credentials, speaker.token, "GET", route)
        if answer.status == 403:  # agents need not have the permission to read it whole; the account's client has
            answer = await self._api.call(rt.http, credentials, "GET", route)
        if answer.status == 404:
            return None
        found = _good(answer, credentials, "conversation")
        return next(_places(found, speaker.person), None)

    async def say(self, line: str, place: str, speaker: Speaker, rt: Runtime) -> str:
        found = await self._post(f"{place}/messages", {"textBody": line}, speaker, rt)
        if not (id_ := string(found, "id")):
            raise Ambiguous("Genesys took the message and did not say under which id.")
        return id_

    async def typing(self, place: str, speaker: Speaker, rt: Runtime) -> None:
        await self._post(f"{place}/typing", _TYPING, speaker, rt)

    async def _post(self, what: str, body: Mapping[str, Any], speaker: Speaker, rt: Runtime) -> Json:
        credentials = Credentials.of(speaker.account, self._regions)
        place, _, act = what.rpartition("/")
        route = f"{CONVERSATIONS}/{path(speaker.thread)}/communications/{path(place)}/{act}"
        answer = await self._api.as_person(rt.http, credentials, speaker.token, "POST", route, body=body)
        return _good(answer, credentials, "agent's message")


def _places(conversation: Json, person: str) -> Iterator[str]:
    """The communications by which a person is connected, the newest first: who comes back gets another one."""
    for one in reversed(list(items(conversation, "participants"))):
        if string(one, "purpose") in ("agent", "user") and _user(one) == person:
            for communication in reversed(list(items(one, "messages"))):
                if string(communication, "state") == "connected":
                    yield string(communication, "id")


def _user(participant: Json) -> str:
    return string(participant, "userId") or string(obj(participant, "user"), "id")


def _good(answer: Answer, credentials: Credentials, action: str) -> Json:
    """The answer's body. Raises the `SendError` of a refusal, in words for the person."""
    if answer.ok:
        return answer.body if isinstance(answer.body, dict) else {}
    code, correlation = answer.field("code") or str(answer.status), answer.correlation
    if answer.status == 401:
        raise AuthRefused("Genesys no longer knows you: sign in again.", code=code, correlation=correlation)
    if answer.status in (400, 403, 404, 409):
        raise Rejected(
            f"Genesys does not let you write in this conversation (HTTP {answer.status}): take part in it, and have an "
            "administrator check that you have the permission conversation:message:create.",
            code=code,
            correlation=correlation,
        )
    raise trouble(answer, action, credentials.bucket)
