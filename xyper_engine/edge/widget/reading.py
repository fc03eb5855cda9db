"""What the widget reads: the conversation it is beside, and the talk with its customer."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from xyper_engine.access.roles import Action
from xyper_engine.agents import SpeaksAsAgent
from xyper_engine.contract import Limits
from xyper_engine.conversation import Conversation
from xyper_engine.edge.capabilities import capabilities
from xyper_engine.edge.hiding import hidden
from xyper_engine.edge.route import Call, Given, Route, Told
from xyper_engine.edge.widget.opening import BASE, Opened, WhyNot, missing, opened, why_not
from xyper_engine.edge.widget.talk import Talk
from xyper_engine.edge.widget.telling import BubbleTold, StretchTold
from xyper_engine.errors import Malformed
from xyper_engine.model import Endpoint, now
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime

Id = Field(None, max_length=100, pattern=r"^[0-9a-f-]+$")


class InLanguage(Given):
    language: str | None = Field(None, max_length=20, examples=["pt-BR"])
    """Of the words that Xyper adds; left out: the conversation's, else the tenant's."""


class Stretch(InLanguage):
    """At most one of `before`, `after` and `around`; none: the newest."""

    before: str | None = Id
    """`older` of the messages that are there."""
    after: str | None = Id
    """`newer` of those, or the id of a message."""
    around: str | None = Id
    """The id of a message."""
    limit: int = Field(50, ge=1, le=200)


class Me(Told):
    id: str
    name: str
    role: str
    may_act: bool
    """Whether you may write here."""
    why_not: WhyNot | None


class Number(Told):
    name: str
    number: str
    """The vendor's id of it."""


class ConversationTold(Told):
    id: str
    thread: str
    """The agent side's id, as in the path."""
    state: Literal["open", "closed"]
    name: str | None
    contact: str
    """The customer's address; of a telephone number its beginning and its end."""
    username: str | None
    language: str | None
    account: Number
    first_seen: datetime | None
    last_seen: datetime | None


class WindowTold(Told):
    open: bool
    until: datetime | None


class ThreadTold(Told):
    thread: str
    began_at: datetime
    ended_at: datetime | None


class OpenedTold(Told):
    now: datetime
    """The server's clock."""
    me: Me
    conversation: ConversationTold
    window: WindowTold | None
    """Null where the channel has none."""
    capabilities: Mapping[str, Any]
    """The capability document: what may be said just now."""
    threads: tuple[ThreadTold, ...]
    """The agent side's conversations that it was, newest first."""


class ReadingApi:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._registry = registry
        self._talk = Talk(rt)

    def routes(self) -> tuple[Route, ...]:
        read = Action.widget_read
        return (
            Route("GET", BASE, read, self.open, "The conversation beside which the widget is open.",
                  answer=OpenedTold),
            Route("GET", f"{BASE}/messages", read, self.messages, "What was said, a piece at a time.",
                  query=Stretch, answer=StretchTold),
            Route("GET", f"{BASE}/messages/{{id}}", read, self.message, "One message.", query=InLanguage,
                  answer=BubbleTold),
        )  # fmt: skip

    async def open(self, call: Call) -> OpenedTold:
        return await self.told(await opened(self._rt, call))

    async def told(self, one: Opened) -> OpenedTold:
        """All that is known of it, save what was said."""
        rt, conversation = self._rt, one.conversation
        adapter = self._registry.adapter(conversation.customer.adapter)
        if adapter is None:
            raise missing(one.tenant, one.thread)
        at, policy = now(), await rt.directory.policy(one.tenant)
        threads = await rt.threads.of(one.tenant, conversation.id)
        until = conversation.window_until
        return OpenedTold(
            now=at,
            me=self._me(one, await why_not(rt, one)),
            conversation=await self.conversation(one),
            window=WindowTold(open=until is not None and until > at, until=until) if adapter.limits.window else None,
            capabilities=capabilities(self._limits(adapter.limits, conversation), conversation, policy, at),
            threads=tuple(
                ThreadTold(thread=each.thread, began_at=each.began_at, ended_at=each.ended_at) for each in threads
            ),
        )

    def _limits(self, limits: Limits, conversation: Conversation) -> Limits:
        """Of what is written here: a text is a line of the agent side's too, and no longer than both take."""
        agents: object = self._registry.adapter(conversation.agent.adapter)
        longest = agents.voice.longest if isinstance(agents, SpeaksAsAgent) else limits.text
        return replace(limits, text=min(limits.text, longest))

    async def conversation(self, one: Opened) -> ConversationTold:
        found = one.conversation
        return ConversationTold(
            id=found.id,
            thread=one.thread,
            state="closed" if one.ended else "open",
            name=found.contact.name,
            contact=hidden(found.contact.address),
            username=found.contact.username,
            language=await self._talk.language(found),
            account=await self._number(found.customer),
            first_seen=found.began_at,
            last_seen=found.last_inbound_at,
        )

    async def messages(self, call: Call) -> StretchTold:
        asked: Stretch = call.query
        if sum(bool(each) for each in (asked.before, asked.after, asked.around)) > 1:
            raise Malformed("Ask for one of `before`, `after` and `around`.")
        one, bubbles = await opened(self._rt, call), self._talk.bubbles
        if asked.around:
            found = await bubbles.around(one.conversation, asked.around, asked.limit)
        elif asked.after:
            found = await bubbles.after(one.conversation, asked.after, asked.limit)
        else:
            found = await bubbles.before(one.conversation, asked.before, asked.limit)
        told = await self._talk.whole(one.conversation, found, asked.language)
        return StretchTold(messages=told, older=found.older, newer=found.newer)

    async def message(self, call: Call) -> BubbleTold:
        one = await opened(self._rt, call)
        return await self._talk.one(one.conversation, call.path("id"), call.query.language)

    async def _number(self, endpoint: Endpoint) -> Number:
        account = await self._rt.directory.account(endpoint)
        return Number(name=account.name if account else "", number=endpoint.account)

    def _me(self, one: Opened, why: WhyNot | None) -> Me:
        caller = one.caller
        return Me(id=caller.id, name=caller.name, role=caller.role.value, may_act=why is None, why_not=why)
