"""Sending from the widget: checked as a whole before anybody is told, then left to the herald (`routing/herald.py`)."""

import re

from xyper_engine.access.roles import Action
from xyper_engine.contract import Limits
from xyper_engine.conversation import Conversation
from xyper_engine.edge.route import Call, Route
from xyper_engine.edge.widget.assembling import Assembled, Assembly
from xyper_engine.edge.widget.checks import check
from xyper_engine.edge.widget.given import Sending
from xyper_engine.edge.widget.opening import BASE, Opened, opened, why_not
from xyper_engine.edge.widget.pending import pending, plainly
from xyper_engine.edge.widget.telling import AuthorTold, BubbleTold
from xyper_engine.errors import Malformed, NotFound, Unsendable
from xyper_engine.model import Message, now
from xyper_engine.parts import Reaction
from xyper_engine.phrases import phrases
from xyper_engine.plugins import Registry
from xyper_engine.routing.lines import line_of
from xyper_engine.routing.rehearsal import Rehearsal
from xyper_engine.routing.voices import Place, Voices
from xyper_engine.runtime import Runtime
from xyper_engine.state.send import Send, Wish, Wording
from xyper_engine.state.tracking import Tracking
from xyper_engine.template import Template

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_WHY = {
    "role": ("Only who takes part in this conversation can write in it.", "not_yours"),
    "not_yours": ("This session is not for this conversation: sign in beside it.", "not_yours"),
    "ended": ("This conversation has ended.", "ended"),
    "suspended": ("Your organisation's account is suspended: nothing can be sent.", "suspended"),
}


class SendingApi:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._registry = registry
        self._voices = Voices(rt, registry)
        self._rehearsal = Rehearsal(rt, registry)
        self._tracking = Tracking(rt.db, rt.keyring)

    def routes(self) -> tuple[Route, ...]:
        act = Action.widget_act
        return (
            Route("POST", f"{BASE}/messages", act, self.send, "Send something to the customer, as oneself.",
                  body=Sending, answer=BubbleTold, status=202, keyed=True),
            Route("DELETE", f"{BASE}/messages/{{id}}", act, self.take_back,
                  "Take back what waits for the customer to write."),
        )  # fmt: skip

    async def send(self, call: Call) -> BubbleTold:
        """It is answered before it is sent: `pending`, or `waiting` for the customer. A second one with the same
        `Idempotency-Key`, which it must have, is answered with the first one as it is by then."""
        asked: Sending = call.body
        key = key_of(call)
        one, place = await self._acting(call)
        conversation, limits = one.conversation, self._limits(one.conversation)
        assembled = await Assembly(self._rt, conversation, owner(conversation)).of(asked)
        check(assembled.parts, limits, place.voice.longest)
        waits = self._waits(conversation, assembled, asked)
        rehearsed = None if waits else await self._rehearsal.of(conversation, assembled.parts, assembled.reply_to)
        wording = await self._wording(conversation, assembled, place, rehearsed)
        wish = Wish(
            tenant=one.tenant, conversation=conversation.id, agent=conversation.agent, thread=one.thread,
            person=call.caller.id, session=call.caller.session or "", key=key, wording=wording, waits=waits,
            asked=asked.model_dump_json().encode(),
        )  # fmt: skip
        send, _ = await self._rt.sends.begin(wish)
        return await self.told(send)

    async def take_back(self, call: Call) -> None:
        one, _ = await self._acting(call)
        send = await self._rt.sends.get(one.tenant, call.path("id"))
        if send.conversation != one.conversation.id or send.person != call.caller.id:
            raise NotFound(f"You have nothing {call.path('id')} waiting in this conversation.")
        if not await self._rt.sends.withdraw(one.tenant, send.id, call.caller.id):
            raise Unsendable("It no longer waits: it is on its way.", "too_late")

    async def told(self, send: Send) -> BubbleTold:
        person = await self._rt.access.people.get(send.person, send.tenant)
        author = AuthorTold(kind="agent", id=person.id, name=person.name)
        return pending(send, author, plainly(send.wording.parts if send.wording else ()))

    async def _acting(self, call: Call) -> tuple[Opened, Place]:
        """Who takes part in the conversation, and from where they speak. Raises `Unsendable`."""
        one = await opened(self._rt, call)
        if why := await why_not(self._rt, one):
            raise Unsendable(*_WHY[why])
        conversation, caller = one.conversation, call.caller
        place = await self._voices.place(
            one.tenant, caller.id, caller.session or "", conversation.agent, one.thread
        )  # fmt: skip
        return one, place

    def _limits(self, conversation: Conversation) -> Limits:
        adapter = self._registry.adapter(conversation.customer.adapter)
        if adapter is None:
            raise Unsendable("Nothing can be sent: the plugin of the customer's channel is not installed.", "ended")
        return adapter.limits

    def _waits(self, conversation: Conversation, assembled: Assembled, asked: Sending) -> bool:
        """Whether it goes once the customer writes. Raises `Unsendable` where it should go now and cannot."""
        limits, until = self._limits(conversation), conversation.window_until
        is_template = all(isinstance(part, Template) for part in assembled.parts)
        if not limits.window or is_template or (until is not None and until > now()):
            return False
        if asked.when == "window":
            return True
        raise Unsendable("The customer's window is closed: send a template, or once they write.", "window_closed")

    async def _wording(
        self, conversation: Conversation, assembled: Assembled, place: Place, rehearsed: Message | None
    ) -> Wording:
        policy = await self._rt.directory.policy(conversation.tenant)
        said = rehearsed or self._rehearsal.message(conversation, assembled.parts, assembled.reply_to)
        original = await self._original(conversation, assembled)
        line = line_of(said, phrases(policy.language), place.voice.longest, original)
        return Wording(parts=assembled.parts, line=line, reply_to=assembled.reply_to, about=assembled.about)

    async def _original(self, conversation: Conversation, assembled: Assembled) -> Message | None:
        """What is reacted to."""
        if assembled.about is None or not any(isinstance(part, Reaction) for part in assembled.parts):
            return None
        return await self._tracking.body(await self._tracking.one(conversation.tenant, assembled.about))


def owner(conversation: Conversation) -> str:
    """How the keys of files begin that were uploaded for a conversation."""
    return f"widget/{conversation.id}/"


def key_of(call: Call) -> str:
    """Raises `Malformed`."""
    key = call.request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        raise Malformed("Send Idempotency-Key: 1 to 255 visible characters, a UUID for example.")
    return key
