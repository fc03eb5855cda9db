"""What was said in a conversation, as Genesys remembers it: agents' messages as its webhook would have brought them.

The conversation lists ids and times of its messages (`GET …/messages/{conversation}`), their bodies come in batches
(`POST …/messages/bulk`). Only bodies of the span asked about are read.
"""

from collections.abc import Awaitable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from xyper_engine.abilities import History, Said, Span
from xyper_engine.contract import Unparsed
from xyper_engine.errors import Ambiguous, Rejected
from xyper_engine.model import Message, now
from xyper_genesys import from_wire
from xyper_genesys.api import CONVERSATIONS, learned, path, trouble
from xyper_genesys.exchange import Answer
from xyper_genesys.reading import Json, items, moment, obj, string, word

BATCH = 100
"""Bodies that are asked for at once; Genesys allows 1,000 and asks to take no more than needed."""


class Ask(Protocol):
    def __call__(self, method: str, route: str, **more: Any) -> Awaitable[Answer]: ...


async def read(ask: Ask, bucket: str, thread: str, span: Span) -> History:
    """Raises a `SendError`; `Rejected` where there is no such conversation."""
    route = f"{CONVERSATIONS}/{path(thread)}"
    answer = _good(await ask("GET", route), bucket)
    times = _times(answer.body)
    wanted = [id_ for id_ in times if _within(span, times[id_])]
    wanted.sort(key=lambda id_: times[id_] or span.since)  # stable: of one moment, as listed
    entities: dict[str, Json] = {}
    for first in range(0, len(wanted), BATCH):
        batch, query = wanted[first : first + BATCH], {"useNormalizedMessage": "true"}
        answer = _good(await ask("POST", f"{route}/messages/bulk", query=query, body=batch), bucket)
        entities |= {string(entity, "id"): entity for entity in items(answer.body, "entities")}
    said = list(_said([entities[id_] for id_ in wanted if id_ in entities], thread, times))
    return History(
        said=[one for one in said if isinstance(one, Said)],
        unparsed=[one for one in said if isinstance(one, Unparsed)],
        ids=frozenset(times),
        began=min(filter(None, times.values()), default=None),
        calls=1 + -(-len(wanted) // BATCH),
        learned=learned(answer, bucket),
    )


def _good(answer: Answer, bucket: str) -> Answer:
    if answer.status == 404:
        raise Rejected("Genesys has no such conversation any more.", code="404", correlation=answer.correlation)
    if not answer.ok:
        raise trouble(answer, "read back", bucket)
    if not isinstance(answer.body, dict):
        raise Ambiguous("Genesys' answer to the question for a conversation is unreadable.")
    return answer


def _times(conversation: Json) -> Mapping[str, datetime | None]:
    """When each message was said; several participants may list one."""
    return {
        string(message, "messageId"): moment(string(message, "messageTime"))
        for participant in items(conversation, "participants")
        for message in items(participant, "messages")
        if string(message, "messageId")
    }


def _within(span: Span, at: datetime | None) -> bool:
    """A message without a readable time is looked at as well."""
    return at is None or span.holds(at)


def _said(entities: Sequence[Json], thread: str, times: Mapping[str, datetime | None]) -> Iterator[Said | Unparsed]:
    for entity in entities:
        normalized = obj(entity, "normalizedMessage")
        if "inbound" in (word(entity, "direction"), word(normalized, "direction")):
            continue
        names = [string(normalized, "id"), string(entity, "id"), string(obj(normalized, "channel"), "messageId")]
        item = {**normalized, "id": names[0] or names[1], "direction": "Outbound", "conversationId": thread}
        found = from_wire.read(item, times[string(entity, "id")] or now())
        if isinstance(found, Message):
            yield Said(found.model_copy(update={"received_at": now()}), frozenset(filter(None, names)))
        elif isinstance(found, Unparsed):
            yield found
