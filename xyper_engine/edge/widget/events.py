"""What happened meanwhile, for pages that cannot hear it live: to be asked every few seconds."""

from datetime import datetime
from typing import Any

from pydantic import Field

from xyper_engine.access.roles import Action
from xyper_engine.edge.route import Call, Route, Told
from xyper_engine.edge.widget.happenings import MOST, Event, Happenings, is_id, plain
from xyper_engine.edge.widget.opening import BASE, opened
from xyper_engine.edge.widget.reading import Id, InLanguage
from xyper_engine.model import now
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime


class Asked(InLanguage):
    after: str | None = Id
    """The id of the newest message that is there, or the last `cursor`."""
    watching: str = Field("", max_length=8000)
    """Ids of messages that may still change their status, up to 200, with commas between them."""


class EventTold(Told):
    id: str | None
    """Where to go on after it."""
    kind: str
    """`message`, `changed`, `reactions`, `status`, `send`, `window`, `conversation`; `resync`: load all anew."""
    data: Any


class Events(Told):
    events: tuple[EventTold, ...]
    now: datetime
    cursor: str | None
    """`after` of the next time."""


class EventsApi:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._happenings = Happenings(rt, registry)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", f"{BASE}/events", Action.widget_read, self.events, "What happened since.", query=Asked,
                  answer=Events),
        )  # fmt: skip

    async def events(self, call: Call) -> Events:
        """Live they are told by `/live`, a WebSocket beside the conversations; this is for when that cannot be had."""
        asked: Asked = call.query
        one = await opened(self._rt, call)
        cursor = await self._happenings.cursor(one)  # before the rest: what comes meanwhile is told twice, not never
        after = asked.after if is_id(asked.after) else None
        watching = [id_ for id_ in asked.watching.split(",") if is_id(id_)][:MOST]
        missed = await self._happenings.since(one, after, watching, asked.language)
        found = [*missed.events, *await self._happenings.conversation(one)]
        if not missed.whole:
            found = [Event("resync", None)]
        told = tuple(EventTold(id=each.id or cursor, kind=each.kind, data=plain(each.data)) for each in found)
        return Events(events=told, now=now(), cursor=cursor or asked.after)
