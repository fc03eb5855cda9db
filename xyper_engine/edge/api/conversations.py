"""Conversations: with whom, by which number, where the agents are at it, and what is known of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, RootModel

from xyper_engine.access.roles import Action
from xyper_engine.conversation import Conversation
from xyper_engine.edge.capabilities import capabilities
from xyper_engine.edge.hiding import hidden
from xyper_engine.edge.paging import Page, cursor
from xyper_engine.edge.route import Answer, Call, Given, Route, Told
from xyper_engine.errors import NotFound
from xyper_engine.model import now
from xyper_engine.participant import Participant
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.state.contexts import Context
from xyper_engine.state.conversations import Wanted
from xyper_engine.state.threads import Thread
from xyper_engine.tenants.spec import End

_ALL = "/api/v1/tenants/{tenant}/conversations"
_ONE = f"{_ALL}/{{id}}"


class Filter(Page):
    state: Literal["open", "closed"] | None = None
    """`open`: the agent side is at it."""
    number: End | None = None
    """The account that customers write to: `<adapter>/<account>`."""
    contact: str | None = Field(None, max_length=300, examples=["tel:+16505551234"])
    """The customer's whole address."""
    thread: str | None = Field(None, max_length=300)
    """The agent side's id of it (Genesys: `conversationId`), also an earlier one."""


class ConversationTold(Told):
    id: str
    customer: str
    """The account that the customer writes to: `<adapter>/<account>`."""
    agent: str
    """The account that agents work in."""
    contact: str
    """The customer's address; of a telephone number its beginning and its end."""
    name: str | None
    thread: str | None
    """The agent side's id of the newest conversation there."""
    state: Literal["open", "closed"]
    ended_at: datetime | None
    last_inbound_at: datetime | None
    """When the customer last wrote."""
    window_until: datetime | None
    """When the channel's service window closes."""
    context_version: int


class ConversationPage(Told):
    conversations: tuple[ConversationTold, ...]
    """Newest first."""
    next: str | None
    """Where the next page begins; null at the end."""


class ParticipantTold(Told, Participant):
    """As the agent side last told."""


class ThreadTold(Told):
    thread: str
    """The agent side's id."""
    began_at: datetime
    reopened: bool
    """Whether the agent side went on with one that had ended, as its threading timeline allows."""
    ended_at: datetime | None
    ended_by: Literal["agent", "policy", "next"] | None
    """The agent side; the tenant's `end_after`; or another one took its place."""
    participants: tuple[ParticipantTold, ...]
    seen_at: datetime | None
    """When the agent side was last asked."""


class ThreadPage(Told):
    threads: tuple[ThreadTold, ...]
    """Newest first."""
    next: str | None


class ParticipantList(Told):
    participants: tuple[ParticipantTold, ...]
    seen_at: datetime | None


class ContextTold(Told):
    version: int
    """Also the `ETag`."""
    values: Mapping[str, Any]
    changed_at: datetime | None
    expires_at: AwareDatetime | None


class Changes(RootModel[dict[str, Any]]):
    """A JSON merge patch (RFC 7396): an object is merged, null removes, all else replaces."""

    model_config = ConfigDict(frozen=True)


class Ended(Given):
    thread: str = Field(min_length=1, max_length=300)
    """The agent side's id of the conversation."""


class Capabilities(Told):
    """The capability document; `capabilities.py` explains it."""

    version: str
    text: int
    caption: int
    parts: tuple[str, ...]
    media: Mapping[str, Any]
    choices: Mapping[str, Any] | None
    typing: bool
    window: Mapping[str, Any] | None


class ConversationsApi:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._registry = registry

    def routes(self) -> tuple[Route, ...]:
        read = Action.conversations_read
        return (
            Route("GET", _ALL, read, self.list, "List conversations.", query=Filter, answer=ConversationPage),
            Route("POST", f"{_ALL}/ended", Action.conversations_end, self.ended,
                  "Tell that the agents' conversation may have ended.", body=Ended),
            Route("GET", _ONE, read, self.one, "Read one conversation.", answer=ConversationTold),
            Route("GET", f"{_ONE}/threads", read, self.threads,
                  "List the agent side's conversations that it was, one after another.", query=Page,
                  answer=ThreadPage),
            Route("GET", f"{_ONE}/participants", read, self.participants,
                  "List who takes part at the agent side, as last seen.", answer=ParticipantList),
            Route("GET", f"{_ONE}/context", read, self.context, "Read what is known of a conversation.",
                  answer=ContextTold),
            Route("PATCH", f"{_ONE}/context", Action.conversations_change, self.change,
                  "Change what is known of a conversation.", body=Changes, answer=ContextTold, conditional=True),
            Route("GET", f"{_ONE}/capabilities", read, self.capabilities,
                  "What may be said in a conversation just now; `ETag` is its version.", answer=Capabilities),
        )  # fmt: skip

    async def list(self, call: Call) -> ConversationPage:
        query: Filter = call.query
        after = query.after(str)
        wanted = Wanted(query.state, query.number, query.contact, call.caller.conversation or query.thread)
        before = str(after[0]) if after else None
        found = await self._rt.conversations.page(call.tenant, wanted, before, query.limit + 1)
        shown = found[: query.limit]
        return ConversationPage(
            conversations=tuple(map(_told, shown)), next=cursor(shown[-1].id) if len(found) > query.limit else None
        )

    async def ended(self, call: Call) -> None:
        """For a trigger or an event bus of the agent side. It is a hint: the agent side itself is asked within
        seconds, so it does no harm where only one of several agents left, or the conversation is none of ours."""
        await self._rt.threads.soon(call.tenant, call.body.thread)

    async def one(self, call: Call) -> ConversationTold:
        return _told(await self._found(call))

    async def threads(self, call: Call) -> ThreadPage:
        page: Page = call.query
        found = await self._threads(call, page.limit + 1, page.after_moment())
        told, last = found[: page.limit], found[page.limit - 1] if len(found) > page.limit else None
        following = cursor(last.began_at.isoformat(), last.thread) if last else None
        return ThreadPage(threads=tuple(map(_thread, told)), next=following)

    async def participants(self, call: Call) -> ParticipantList:
        """Ids of the agent side; a conversation that is under way is asked about once it falls silent."""
        threads = await self._threads(call, 1)
        newest = _thread(threads[0]) if threads else None
        return ParticipantList(
            participants=newest.participants if newest else (), seen_at=newest.seen_at if newest else None
        )

    async def context(self, call: Call) -> Answer:
        return _context(await self._rt.contexts.of(await self._found(call)))

    async def change(self, call: Call) -> Answer:
        conversation = await self._found(call)
        changed = await self._rt.contexts.patch(conversation, call.body.root, call.version, by=call.caller)
        return _context(changed)

    async def capabilities(self, call: Call) -> Answer:
        conversation = await self._found(call)
        adapter = self._registry.adapter(conversation.customer.adapter)
        if adapter is None:
            raise _missing(call)
        policy = await self._rt.directory.policy(call.tenant)
        document = capabilities(adapter.limits, conversation, policy, now())
        return Answer(Capabilities.model_validate(document), etag=document["version"])

    async def _threads(self, call: Call, limit: int, before: tuple[datetime, str] | None = None) -> Sequence[Thread]:
        if call.caller.conversation is not None:
            await self._found(call)
        elif await self._rt.mapping.one(call.tenant, call.path("id")) is None:
            raise _missing(call)
        return await self._rt.threads.of(call.tenant, call.path("id"), limit, before)

    async def _found(self, call: Call) -> Conversation:
        """The one in the path. Whoever is bound to one conversation sees no other. Raises `NotFound`."""
        conversation = await self._rt.conversations.get(call.tenant, call.path("id"))
        if conversation is None or call.caller.conversation not in (None, conversation.thread):
            raise _missing(call)
        return conversation


def _missing(call: Call) -> NotFound:
    return NotFound(f"Tenant {call.tenant} has no conversation {call.path('id')}.")


def _told(one: Conversation) -> ConversationTold:
    return ConversationTold(
        id=one.id,
        customer=str(one.customer),
        agent=str(one.agent),
        contact=hidden(one.contact.address),
        name=one.contact.name,
        thread=one.thread,
        state="open" if one.thread and not one.ended_at else "closed",
        ended_at=one.ended_at,
        last_inbound_at=one.last_inbound_at,
        window_until=one.window_until,
        context_version=one.context_version,
    )


def _thread(one: Thread) -> ThreadTold:
    return ThreadTold(
        thread=one.thread,
        began_at=one.began_at,
        reopened=one.reopened,
        ended_at=one.ended_at,
        ended_by=one.ended_by,
        participants=tuple(ParticipantTold.model_validate(each.model_dump()) for each in one.participants),
        seen_at=one.seen_at,
    )


def _context(one: Context) -> Answer:
    told = ContextTold(version=one.version, values=one.values, changed_at=one.changed_at, expires_at=one.expires_at)
    return Answer(told, etag=str(one.version))
