"""Whoever acts in a conversation from the widget: somebody who takes part in it just now, as its vendor says."""

import re
from dataclasses import dataclass

from xyper_engine.contract import Limits
from xyper_engine.conversation import Conversation
from xyper_engine.edge.route import Call
from xyper_engine.edge.widget.opening import Opened, opened, why_not
from xyper_engine.errors import Malformed, Unsendable
from xyper_engine.plugins import Registry
from xyper_engine.routing.voices import Place, Voices
from xyper_engine.runtime import Runtime

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_WHY = {
    "role": ("Only who takes part in this conversation can write in it.", "not_yours"),
    "not_yours": ("This session is not for this conversation: sign in beside it.", "not_yours"),
    "ended": ("This conversation has ended.", "ended"),
    "suspended": ("Your organisation's account is suspended: nothing can be sent.", "suspended"),
}


@dataclass(frozen=True, slots=True)
class Actor:
    opened: Opened
    place: Place
    """Where they speak at the vendor."""

    @property
    def conversation(self) -> Conversation:
        return self.opened.conversation

    @property
    def tenant(self) -> str:
        return self.opened.tenant

    @property
    def person(self) -> str:
        return self.opened.caller.id

    @property
    def session(self) -> str:
        return self.opened.caller.session or ""


class Actors:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._registry = registry
        self._voices = Voices(rt, registry)

    async def of(self, call: Call) -> Actor:
        """Raises `Unsendable` in words for the person."""
        one = await opened(self._rt, call)
        return Actor(one, await self.place(one))

    async def place(self, one: Opened) -> Place:
        """Where whoever opened it speaks. Raises `Unsendable`."""
        if why := await why_not(self._rt, one):
            raise Unsendable(*_WHY[why])
        caller, agent = one.caller, one.conversation.agent
        return await self._voices.place(one.tenant, caller.id, caller.session or "", agent, one.thread)

    def limits(self, conversation: Conversation) -> Limits:
        """Of the customer's channel."""
        adapter = self._registry.adapter(conversation.customer.adapter)
        if adapter is None:
            raise Unsendable("Nothing can be sent: the plugin of the customer's channel is not installed.", "ended")
        return adapter.limits


def key_of(call: Call) -> str:
    """Raises `Malformed`."""
    key = call.request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        raise Malformed("Send Idempotency-Key: 1 to 255 visible characters, a UUID for example.")
    return key
