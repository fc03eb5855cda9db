"""Which conversation the widget is open beside, and what its reader may do there."""

from dataclasses import dataclass
from typing import Literal

from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Action, Role
from xyper_engine.conversation import Conversation
from xyper_engine.edge.route import Call
from xyper_engine.errors import Forbidden, NotFound
from xyper_engine.runtime import Runtime

BASE = "/widget/api/v1/tenants/{tenant}/conversations/{thread}"
WhyNot = Literal["role", "not_yours", "ended", "suspended"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation by the agent side's id of it."""

    conversation: Conversation
    thread: str
    caller: Caller

    @property
    def tenant(self) -> str:
        return self.conversation.tenant

    @property
    def ended(self) -> bool:
        """The one that the widget is beside: the customer's talk goes on."""
        return self.conversation.thread != self.thread or self.conversation.ended_at is not None


async def opened(rt: Runtime, call: Call) -> Opened:
    """The one in the path. Raises `NotFound`, also for one that the caller's session is not for."""
    return await seen(rt, call.tenant, call.path("thread"), call.caller)


async def seen(rt: Runtime, tenant: str, thread: str, caller: Caller) -> Opened:
    """Whoever watches a whole tenant sees all of its conversations; an agent the one of the session. Raises
    `Forbidden` or `NotFound`."""
    if not caller.may(Action.widget_read):
        raise Forbidden(f"You may not do this: it needs {Action.widget_read}.")
    within = caller.conversation == thread if caller.role is Role.agent else caller.conversation in (None, thread)
    if not caller.sees(tenant) or not within:
        raise missing(tenant, thread)
    mapped = await rt.mapping.of_thread(tenant, thread)
    conversation = await rt.conversations.get(tenant, mapped.id) if mapped else None
    if conversation is None:
        raise missing(tenant, thread)
    return Opened(conversation, thread, caller)


async def why_not(rt: Runtime, one: Opened) -> WhyNot | None:
    """Why the reader may not act in it; None: they may."""
    if one.caller.conversation is None:
        return "role" if one.caller.role is not Role.agent else "not_yours"
    if one.ended:
        return "ended"
    return None if one.tenant in await rt.directory.tenants() else "suspended"


def missing(tenant: str, thread: str) -> NotFound:
    return NotFound(f"Tenant {tenant} has no conversation {thread} here.")
