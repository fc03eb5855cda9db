"""Sending from the widget: checked as a whole before anybody is told, then left to the herald (`routing/herald.py`)."""

from contextlib import suppress

from xyper_engine.access.roles import Action
from xyper_engine.conversation import Conversation
from xyper_engine.edge.route import Call, Route
from xyper_engine.edge.widget.acting import Actor, Actors, key_of
from xyper_engine.edge.widget.assembling import Assembled, Assembly
from xyper_engine.edge.widget.checks import check
from xyper_engine.edge.widget.given import Sending
from xyper_engine.edge.widget.opening import BASE
from xyper_engine.edge.widget.talk import Talk
from xyper_engine.edge.widget.telling import BubbleTold
from xyper_engine.errors import Conflict, NotFound, Unsendable
from xyper_engine.model import Message, now
from xyper_engine.parts import Reaction
from xyper_engine.phrases import phrases
from xyper_engine.plugins import Registry
from xyper_engine.routing.claim import files_of
from xyper_engine.routing.lines import line_of
from xyper_engine.routing.rehearsal import Rehearsal, as_message
from xyper_engine.runtime import Runtime
from xyper_engine.state.send import Send, Wish, Wording
from xyper_engine.state.tracking import Tracking
from xyper_engine.template import Template


class SendingApi:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._actors = Actors(rt, registry)
        self._rehearsal = Rehearsal(rt, registry)
        self._tracking = Tracking(rt.db, rt.keyring)
        self._talk = Talk(rt)

    def routes(self) -> tuple[Route, ...]:
        act = Action.widget_act
        return (
            Route("POST", f"{BASE}/messages", act, self.send, "Send something to the customer, as oneself.",
                  body=Sending, answer=BubbleTold, status=202, keyed=True),
            Route("DELETE", f"{BASE}/messages/{{id}}", act, self.take_back,
                  "Take back what waits for the customer to write."),
            Route("POST", f"{BASE}/messages/{{id}}/retry", act, self.retry,
                  "Send once more what failed; the failed one stays.", answer=BubbleTold, status=202),
            Route("POST", f"{BASE}/typing", act, self.typing, "Tell the vendor that one types."),
        )  # fmt: skip

    async def send(self, call: Call) -> BubbleTold:
        """It is answered before it is sent: `pending`, or `waiting` for the customer. A second one with the same
        `Idempotency-Key`, which it must have, is answered with the first one as it is by then."""
        asked: Sending = call.body
        key = key_of(call)
        actor = await self._actors.of(call)
        said = await Assembly(self._rt, actor.conversation).of(asked)
        body = asked.model_dump_json().encode()
        return await self._begun(actor, said, key, body, waits=asked.when == "window")

    async def take_back(self, call: Call) -> None:
        actor = await self._actors.of(call)
        send = await self._own(actor, call.path("id"))
        if not await self._rt.sends.withdraw(actor.tenant, send.id, actor.person):
            raise Unsendable("It no longer waits: it is on its way.", "too_late")
        self._rt.watchers.sent(actor.conversation.id, send.id)

    async def retry(self, call: Call) -> BubbleTold:
        """With what it answered. A second call for one failed message is answered with the first one's message."""
        actor, id_ = await self._actors.of(call), call.path("id")
        said = await self._failed(actor, id_)
        return await self._begun(actor, said, f"retry:{id_}", id_.encode(), waits=False)

    async def typing(self, call: Call) -> None:
        actor = await self._actors.of(call)
        await actor.place.voice.typing(actor.place.name, actor.place.speaker, self._rt)

    async def _begun(self, actor: Actor, said: Assembled, key: str, body: bytes, *, waits: bool) -> BubbleTold:
        conversation, limits = actor.conversation, self._actors.limits(actor.conversation)
        known = await self._rt.sends.known_by(actor.tenant, actor.person, key)
        if known is None:
            check(said.parts, limits, actor.place.voice.longest)
            waits = self._waits(conversation, said, waits=waits)
            wording = await self._wording(actor, said, rehearse=not waits)
            files = [media.file for media in files_of(as_message(conversation, said.parts)) if media.file]
            wish = Wish(
                tenant=actor.tenant, conversation=conversation.id, agent=conversation.agent,
                thread=actor.opened.thread, person=actor.person, session=actor.session, key=key, wording=wording,
                waits=waits, asked=body, files=tuple(files),
            )  # fmt: skip
            known = await self._rt.sends.begin(wish)
            self._rt.watchers.sent(conversation.id, known.id)
        elif not await self._rt.sends.same(known, body):
            raise Conflict("This Idempotency-Key was used for something else: use a new one.")
        return await self._told(conversation, known)

    async def _told(self, conversation: Conversation, send: Send) -> BubbleTold:
        if send.message is not None:
            with suppress(NotFound):  # it was paired a moment ago, and is being stored
                return await self._talk.one(conversation, send.message)
        return (await self._talk.sent(conversation, [send]))[0]

    async def _own(self, actor: Actor, id_: str) -> Send:
        send = await self._rt.sends.get(actor.tenant, id_)
        if send.conversation != actor.conversation.id or send.person != actor.person:
            raise NotFound(f"You have sent nothing {id_} in this conversation.")
        return send

    async def _failed(self, actor: Actor, id_: str) -> Assembled:
        """What a failed one said. Raises `Unsendable` where it did not fail."""
        try:
            send = await self._own(actor, id_)
        except NotFound:
            send = None
        if send is not None and send.message is None:
            if send.state not in ("refused", "unknown") or send.wording is None:
                raise Unsendable("It has not failed: it is on its way.", "not_failed")
            return Assembled(send.wording.parts, send.wording.reply_to, send.wording.about)
        return await self._died(actor.conversation, send.message if send and send.message else id_, send)

    async def _died(self, conversation: Conversation, id_: str, send: Send | None) -> Assembled:
        found = await self._tracking.one(conversation.tenant, id_)
        if found.conversation != conversation.id or found.origin != conversation.agent:
            raise NotFound(f"This conversation has no message {id_} of yours.")
        if found.status not in ("dead", "failed"):
            raise Unsendable("It has not failed: it is on its way, or has arrived.", "not_failed")
        message = await self._tracking.body(found)
        if message is None:
            raise Unsendable("What it said is no longer kept: write it anew.", "gone")
        about = send.wording.about if send and send.wording else None
        return Assembled(message.parts, message.reply_to, about)

    def _waits(self, conversation: Conversation, said: Assembled, *, waits: bool) -> bool:
        """Whether it goes once the customer writes. Raises `Unsendable` where it should go now and cannot."""
        limits, until = self._actors.limits(conversation), conversation.window_until
        is_template = all(isinstance(part, Template) for part in said.parts)
        if not limits.window or is_template or (until is not None and until > now()):
            return False
        if waits:
            return True
        raise Unsendable("The customer's window is closed: send a template, or once they write.", "window_closed")

    async def _wording(self, actor: Actor, said: Assembled, *, rehearse: bool) -> Wording:
        conversation = actor.conversation
        policy = await self._rt.directory.policy(conversation.tenant)
        message = as_message(conversation, said.parts, said.reply_to)
        if rehearse:
            message = await self._rehearsal.of(conversation, message)
        original = await self._original(conversation, said)
        line = line_of(message, phrases(policy.language), actor.place.voice.longest, original)
        return Wording(parts=said.parts, line=line, reply_to=said.reply_to, about=said.about)

    async def _original(self, conversation: Conversation, said: Assembled) -> Message | None:
        """What is reacted to."""
        if said.about is None or not any(isinstance(part, Reaction) for part in said.parts):
            return None
        return await self._tracking.body(await self._tracking.one(conversation.tenant, said.about))
