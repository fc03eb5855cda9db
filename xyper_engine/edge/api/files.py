"""Files: whose each is, under which ids both vendors know it, how long it is kept, and where to fetch it."""

from dataclasses import asdict
from datetime import datetime
from typing import Literal

from xyper_engine.access.roles import Action
from xyper_engine.edge.hiding import hidden_id
from xyper_engine.edge.paging import Page, cursor
from xyper_engine.edge.route import Call, Route, Told
from xyper_engine.runtime import Runtime
from xyper_engine.state.files import Scan
from xyper_engine.state.media_map import Mapped, MediaMap
from xyper_engine.state.tracking import Tracking

_ALL = "/api/v1/tenants/{tenant}/files"
_ONE = f"{_ALL}/{{id}}"
_OF_MESSAGE = "/api/v1/tenants/{tenant}/messages/{id}/files"
LINK_HOURS = 1.0


class Files(Page):
    state: Literal["stored", "infected", "gone"] | None = None


class UploadTold(Told):
    account: str
    far_id: str
    """The copy's id there."""
    expires_at: datetime


class FileTold(Told):
    id: str
    n: int
    """Its number within its message; from 1000 on what was made of its files."""
    state: Literal["stored", "infected", "gone"]
    """Whether it is still there, and may be fetched."""
    scan: Scan
    """What the scanner said; `unscanned` where `[media] clamd` names none, or did not when the file came."""
    detail: str
    """With what it is infected."""
    kind: str
    mime: str
    name: str | None
    """Null for those who may not read bodies."""
    size: int
    sha256: str
    created_at: datetime
    expires_at: datetime
    source_id: str | None
    """The file's own id at the side that it came from."""
    source_url: str | None
    """Host and path of its address there."""
    message: str | None
    conversation: str | None
    external_id: str | None
    """The message's id at the side that it came from."""
    far_ids: tuple[str, ...]
    """The message's ids where it went."""
    uploads: tuple[UploadTold, ...]
    """Copies that far sides keep."""
    link: str | None
    """Where anybody may fetch it for an hour; null for those who may not read bodies, and where there is nothing."""


class FilePage(Told):
    files: tuple[FileTold, ...]
    """Newest first."""
    next: str | None


class FilesApi:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._map = MediaMap(rt.db)
        self._tracking = Tracking(rt.db, rt.keyring)

    def routes(self) -> tuple[Route, ...]:
        read = Action.messages_read
        return (
            Route("GET", _ALL, read, self.list, "List a tenant's files.", query=Files, answer=FilePage),
            Route("GET", _ONE, read, self.one, "Read what is known of a file.", answer=FileTold),
            Route("GET", _OF_MESSAGE, read, self.of_message, "List a message's files.", answer=FilePage),
        )

    async def list(self, call: Call) -> FilePage:
        query: Files = call.query
        days = await self._days(call.tenant)
        found = await self._map.page(call.tenant, days, query.state, query.after_moment(), query.limit + 1)
        page = found[: query.limit]
        following = cursor(page[-1].created_at.isoformat(), page[-1].id) if len(found) > query.limit else None
        return FilePage(files=tuple(self._told(call, one) for one in page), next=following)

    async def one(self, call: Call) -> FileTold:
        return self._told(call, await self._map.one(call.tenant, call.path("id"), await self._days(call.tenant)))

    async def of_message(self, call: Call) -> FilePage:
        """With what was made of them."""
        message = await self._tracking.one(call.tenant, call.path("id"))
        key = f"{message.origin}/{message.external_id}"
        found = await self._map.of(call.tenant, key, await self._days(call.tenant))
        return FilePage(files=tuple(self._told(call, one) for one in found), next=None)

    async def _days(self, tenant: str) -> int:
        return (await self._rt.directory.policy(tenant)).media_days

    def _told(self, call: Call, one: Mapped) -> FileTold:
        reads = call.caller.may(Action.bodies_read)
        there = reads and one.state == "stored"
        return FileTold.model_validate(
            {
                **asdict(one),
                "external_id": hidden_id(one.external_id) if one.external_id else None,
                "far_ids": tuple(map(hidden_id, one.far_ids)),
                "name": one.name if reads else None,
                "link": self._rt.files.link(one.id, one.name, hours=LINK_HOURS) if there else None,
            }
        )
