"""Files for the customer, from the widget: streamed into the media store, looked at, and kept until they are sent."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from xyper_engine.access.roles import Action
from xyper_engine.contract import MediaLimit
from xyper_engine.edge.route import Call, Given, Route, Told
from xyper_engine.edge.widget.acting import Actor, Actors
from xyper_engine.edge.widget.opening import BASE
from xyper_engine.edge.widget.talk import LINK_HOURS
from xyper_engine.errors import Unsendable
from xyper_engine.intake import bounded, checked, too_big
from xyper_engine.model import new_id
from xyper_engine.parts import MediaKind
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.state.bubble import File
from xyper_engine.state.files import Owner, StoredFile

LOOK = 3.0
"""Seconds to find out what a page needs to know of it."""
MINUTES = 15.0
"""For one file: 100 MB over a slow line."""


class Named(Given):
    name: str = Field(min_length=1, max_length=300)
    kind: MediaKind


class UploadTold(Told):
    file: str
    """What a part names it by."""
    kind: MediaKind
    mime: str
    """As its bytes say."""
    size: int
    name: str
    url: str
    """Where it can be fetched for a while."""
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    peaks: tuple[int, ...] | None = None
    pages: int | None = None


class UploadsApi:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._actors = Actors(rt, registry)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("POST", f"{BASE}/files", Action.widget_act, self.take, "Hand in a file to be sent: its bytes alone.",
                  query=Named, answer=UploadTold, status=201, streamed=True, timeout=MINUTES * 60),
        )  # fmt: skip

    async def take(self, call: Call) -> UploadTold:
        """What is not sent within a day is deleted."""
        asked: Named = call.query
        actor = await self._actors.of(call)
        limit = self._limit(actor, asked.kind)
        if (call.request.content_length or 0) > limit.size:
            raise too_big(limit)
        key = f"upload/{actor.conversation.id}/{new_id()}"
        owner = Owner(actor.tenant, key, 0, actor.conversation.contact.address, asked.kind)
        chunks = bounded(call.request.content.iter_any(), limit)
        file = await self._rt.files.keep(owner, chunks, mime=call.request.content_type, name=asked.name)
        file = checked(file, limit)
        looked = File(file.id, file.state, file.name, file.mime, file.size, file.kind, None)
        known = await self._rt.details.of([looked], patience=LOOK)
        return self._told(file, asked.kind, known.get(file.id, {}))

    def _limit(self, actor: Actor, kind: MediaKind) -> MediaLimit:
        limit = self._actors.limits(actor.conversation).media.get(kind)
        if limit is None:
            raise Unsendable("The customer's channel takes no files of this kind: send it as a document.", "not_taken")
        return limit

    def _told(self, file: StoredFile, kind: MediaKind, details: Mapping[str, Any]) -> UploadTold:
        url = self._rt.files.link(file.id, file.name, hours=LINK_HOURS)
        return UploadTold(
            file=file.id, kind=kind, mime=file.mime, size=file.size, name=file.name,
            url=url.removeprefix(self._rt.settings.public_url), **details,
        )  # fmt: skip
