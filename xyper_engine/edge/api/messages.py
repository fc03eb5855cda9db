"""Messages: what became of each, found by any id, by conversation, by what it says.

Telephone numbers are hidden until somebody asks for one, which the audit notes; what a message says is told to those
who may read it.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from xyper_engine.access import audit
from xyper_engine.access.roles import Action
from xyper_engine.edge.hiding import hidden, hidden_id
from xyper_engine.edge.paging import Page, cursor
from xyper_engine.edge.route import Call, Moment, Route, Told
from xyper_engine.errors import NotFound
from xyper_engine.model import Reason
from xyper_engine.price import Price
from xyper_engine.runtime import Runtime
from xyper_engine.state.tracking import Payload, Tracked, Tracking, Wanted

_ALL = "/api/v1/tenants/{tenant}/messages"
_ONE = f"{_ALL}/{{id}}"
_OF_CONVERSATION = "/api/v1/tenants/{tenant}/conversations/{id}/messages"

State = Literal[
    "routed", "filtered", "dead", "sending", "unknown", "posted",
    "published", "sent", "failed", "delivered", "read", "played",
]  # fmt: skip


class Messages(Page):
    since: Moment | None = None
    """When they came to us, at the earliest."""
    until: Moment | None = None
    direction: Literal["inbound", "outbound"] | None = None
    kind: str | None = Field(None, max_length=50, examples=["text", "image"])
    status: State | None = None
    words: str | None = Field(None, max_length=500)
    """Whole words that it must hold, all of them, in any order: of a word's beginning nothing is found."""

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.since, self.until, self.direction, self.kind, self.status, self.words)


class PayloadTold(Told):
    n: int
    to: str
    far_id: str | None
    """The far side's id of it."""
    state: str
    sending_at: datetime
    sent_at: datetime | None
    status: str | None
    status_at: dict[str, datetime]
    """All that were heard of, whatever order they came in."""
    reason: Reason | None
    """Why it failed."""
    price: Price | None
    window_open: bool | None
    """Whether the channel's service window was open when it was sent."""


class MessageTold(Told):
    id: str
    conversation: str | None
    direction: Literal["inbound", "outbound"]
    record: str
    """`live`, or how else we came to know of it."""
    kinds: tuple[str, ...]
    origin: str
    """The account it came from, as `<adapter>/<account>`."""
    external_id: str
    """The far side's id of it."""
    to: str | None
    thread: str | None
    """The conversation's id at the side that it came from."""
    contact: str
    status: State
    occurred_at: datetime
    received_at: datetime
    routed_at: datetime | None
    ended_at: datetime | None
    payloads: tuple[PayloadTold, ...]
    parts: tuple[dict[str, Any], ...] | None
    """What it says; null for those who may not read it, and where its key was destroyed."""


class MessagePage(Told):
    messages: tuple[MessageTold, ...]
    """Newest first."""
    next: str | None


class Revealed(Told):
    contact: str
    external_id: str
    far_ids: tuple[str, ...]


class MessagesApi:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._tracking = Tracking(rt.db, rt.keyring)

    def routes(self) -> tuple[Route, ...]:
        read = Action.messages_read
        return (
            Route("GET", _ALL, read, self.list, "Search a tenant's messages.", query=Messages, answer=MessagePage),
            Route("GET", _ONE, read, self.one, "Read a message, by our id or either vendor's.", answer=MessageTold),
            Route("POST", f"{_ONE}/revelation", Action.numbers_reveal, self.reveal,
                  "Tell a message's contact and ids in full.", answer=Revealed),
            Route("GET", _OF_CONVERSATION, Action.conversations_read, self.of_conversation,
                  "List a conversation's messages.", query=Page, answer=MessagePage),
        )  # fmt: skip

    async def list(self, call: Call) -> MessagePage:
        """Of a search by words only those are found that are not older than the version that introduced it, until the
        engines have read the older ones again."""
        query: Messages = call.query
        return await self._page(call, query.wanted, reads=call.caller.may(Action.bodies_read))

    async def one(self, call: Call) -> MessageTold:
        found = await self._tracking.one(call.tenant, call.path("id"))
        return await self._told(found, reads=call.caller.may(Action.bodies_read))

    async def of_conversation(self, call: Call) -> MessagePage:
        """What was said is told to those who may read bodies, and within a session for this conversation."""
        id_, own = call.path("id"), call.caller.conversation
        conversation = await self._rt.conversations.get(call.tenant, id_)
        if conversation is None or own not in (None, conversation.thread):
            raise NotFound(f"Tenant {call.tenant} has no conversation {id_}.")
        reads = own is not None or call.caller.may(Action.bodies_read)
        return await self._page(call, Wanted(conversation=conversation), reads=reads)

    async def reveal(self, call: Call) -> Revealed:
        """The audit notes who asked."""
        found = await self._tracking.one(call.tenant, call.path("id"))
        async with self._rt.db.tenant(call.tenant) as connection:
            await audit.write(connection, call.caller, "message.reveal", f"message/{found.id}", call.tenant)
        far_ids = tuple(payload.far_id for payload in found.payloads if payload.far_id)
        return Revealed(contact=found.contact, external_id=found.external_id, far_ids=far_ids)

    async def _page(self, call: Call, wanted: Wanted, *, reads: bool) -> MessagePage:
        query: Page = call.query
        key: Any = query.after(str)
        found = await self._tracking.page(call.tenant, wanted, key and key[0], query.limit + 1)
        page = found[: query.limit]
        told = tuple([await self._told(one, reads=reads) for one in page])
        return MessagePage(messages=told, next=cursor(page[-1].id) if len(found) > query.limit else None)

    async def _told(self, one: Tracked, *, reads: bool) -> MessageTold:
        return message_told(one, await self._parts(one) if reads else None)

    async def _parts(self, one: Tracked) -> tuple[dict[str, Any], ...] | None:
        try:
            message = await self._tracking.body(one)
        except NotFound:  # its key was destroyed
            return None
        return tuple(part.model_dump(mode="json", exclude={"source"}) for part in message.parts) if message else None


def message_told(one: Tracked, parts: tuple[dict[str, Any], ...] | None) -> MessageTold:
    return MessageTold(
        id=one.id,
        conversation=one.conversation,
        direction=one.direction.value,
        record=one.record,
        kinds=tuple(one.kinds),
        origin=str(one.origin),
        external_id=hidden_id(one.external_id),
        to=str(one.to) if one.to else None,
        thread=one.thread,
        contact=hidden(one.contact),
        status=one.status,
        occurred_at=one.occurred_at,
        received_at=one.received_at,
        routed_at=one.routed_at,
        ended_at=one.ended_at,
        payloads=tuple(map(_payload, one.payloads)),
        parts=parts,
    )


def _payload(one: Payload) -> PayloadTold:
    return PayloadTold(
        n=one.n,
        to=str(one.to),
        far_id=hidden_id(one.far_id) if one.far_id else None,
        state=one.state,
        sending_at=one.sending_at,
        sent_at=one.sent_at,
        status=one.status.value if one.status else None,
        status_at=dict(one.status_at),
        reason=one.reason,
        price=one.price,
        window_open=one.window_open,
    )
