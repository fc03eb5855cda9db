"""What happens in a conversation, as events: for whoever hears them live, and for whoever asks every few seconds.

Nothing is stored for it: an event is made from what the database says when it is told, so it may come twice and does
no harm then.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from xyper_engine.edge.widget.opening import Opened
from xyper_engine.edge.widget.reading import ReadingApi
from xyper_engine.edge.widget.talk import Talk
from xyper_engine.edge.widget.telling import BubbleTold
from xyper_engine.errors import NotFound
from xyper_engine.parts import Reaction
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.state.bubble import Bubble
from xyper_engine.state.send import Send
from xyper_engine.state.watchers import News

MOST = 200
"""Messages that are caught up with one by one; beyond it all is to be loaded anew."""
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Event:
    kind: str
    data: Any
    id: str | None = None
    """The message's, where it is a new one."""


@dataclass(frozen=True, slots=True)
class Missed:
    """What somebody missed."""

    events: Sequence[Event]
    whole: bool = True
    """False: there is too much of it, all is to be loaded anew."""


def is_id(text: object) -> bool:
    """Whether it is written as our ids are."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


class Happenings:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._talk = Talk(rt)
        self._reading = ReadingApi(rt, registry)

    async def since(
        self, one: Opened, after: str | None, watching: Sequence[str], language: str | None = None
    ) -> Missed:
        """What somebody who has all up to `after` missed, and where the messages `watching` stand now."""
        new: Sequence[str] = ()
        if after is not None:
            new = await self._talk.bubbles.missed(one.conversation, after, MOST + 1)
        if len(new) > MOST:
            return Missed((), whole=False)
        events = [*await self.said(one, new, language), *await self.states(one, set(watching) - set(new), language)]
        return Missed(events)

    async def of(self, one: Opened, news: Iterable[News], language: str | None) -> Sequence[Event]:
        """What the news are about, as it is now."""
        by: dict[str, list[str]] = {}
        for each in dict.fromkeys(news):
            by.setdefault(each.what, []).append(each.id)
        events = await self.said(one, by.get("message", ()), language)
        events += [Event("changed", told) for told in await self._told(one, by.get("changed", ()), language)]
        events += await self.states(one, by.get("status", ()), language)
        for id_ in by.get("send", ()):
            events += await self._sent(one, id_, language)
        return events

    async def said(self, one: Opened, ids: Sequence[str], language: str | None) -> list[Event]:
        """New messages, and those that these are about."""
        if not ids:
            return []
        found = await self._talk.bubbles.these(one.conversation, ids)
        told = await self._talk.told(one.conversation, found, language)
        return [_event(bubble, each, set(ids)) for bubble, each in zip(found.bubbles, told, strict=True)]

    async def states(self, one: Opened, ids: Iterable[str], language: str | None) -> list[Event]:
        """How far these came; of what an agent sends from here, and is no message yet, all there is."""
        asked = [id_ for id_ in dict.fromkeys(ids) if is_id(id_)]
        told = {each.id: each for each in await self._told(one, asked, language)} if asked else {}
        events = [Event("status", _state(each)) for each in told.values() if each.status is not None]
        for id_ in asked:
            if id_ not in told:
                events += await self._sent(one, id_, language)
        return events

    async def conversation(self, one: Opened) -> Sequence[Event]:
        """Itself: who it is with, and whether they can be written to."""
        told = await self._reading.told(one)
        return (Event("window", told.window), Event("conversation", told.conversation))

    async def cursor(self, one: Opened) -> str | None:
        return await self._talk.bubbles.newest(one.conversation)

    async def _told(self, one: Opened, ids: Sequence[str], language: str | None) -> Sequence[BubbleTold]:
        return await self._talk.these(one.conversation, ids, language) if ids else ()

    async def _sent(self, one: Opened, id_: str, language: str | None) -> list[Event]:
        try:
            send = await self._rt.sends.get(one.tenant, id_)
        except NotFound:
            return []
        if send.conversation != one.conversation.id:
            return []
        if send.message:
            return await self.said(one, [send.message], language)
        if send.state == "withdrawn":
            return [Event("send", {"key": send.key, "state": "refused", "words": ""})]
        told = await self._talk.sent(one.conversation, [send], language) if send.shown else ()
        return [*(Event("message", each) for each in told), *_fate(send)]


def _event(bubble: Bubble, told: BubbleTold, new: set[str]) -> Event:
    if told.id in new:
        return Event("message", told, told.id)
    later = [said.message for said in bubble.later if said.id in new and said.message]
    if later and all(isinstance(part, Reaction) for message in later for part in message.parts):
        return Event("reactions", {"id": told.id, "reactions": plain(told)["reactions"]})
    return Event("changed", told)


def _fate(send: Send) -> Iterator[Event]:
    state = {"posted": "sent", "refused": "refused", "unknown": "refused"}.get(send.state)
    if state:
        yield Event("send", {"key": send.key, "state": state, "words": send.words})


def _state(told: BubbleTold) -> dict[str, Any]:
    found = plain(told)
    return {name: found[name] for name in ("id", "status", "status_at", "failure")}


def plain(value: Any) -> Any:
    """As JSON."""
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value
