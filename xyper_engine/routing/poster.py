"""Posting: the steps around one call to a far side, in the order that keeps the promise.

    its files → in order → paced → not while the breaker is open → noted as sending → posted → noted as sent

What was noted as sending and never as sent is of unknown fate. It is never repeated blindly: a receipt may prove it,
the adapter may be able to ask, and only when both stay silent for `unknown_wait` is it sent again, counted and logged.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple

from xyper_engine.abilities import HandsOverMedia, ReadsBack
from xyper_engine.boundary import crossed
from xyper_engine.contract import Adapter, Learned, Payload, Posted, Target
from xyper_engine.errors import Misconfigured, NotYetKnown, Rejected, SendError, Throttled
from xyper_engine.model import Direction, Endpoint, Message, Receipt, Typing, now
from xyper_engine.routing.breaker import Breakers
from xyper_engine.routing.order import SentGate
from xyper_engine.routing.pace import Pace
from xyper_engine.runtime import Runtime
from xyper_engine.slots import Slots
from xyper_engine.state.ledger import Entry, Post

PASSING_LIFE = 10.0
"""Seconds after which nobody wants to hear that somebody typed or had a look."""


class Step(NamedTuple):
    """One payload of an event on its way."""

    event: Message | Receipt
    n: int
    payload: Payload
    adapter: Adapter
    to: Target
    last: bool
    before: Post | None
    """What the ledger knew of it."""
    kind: str = ""
    """Of what is said."""

    @property
    def endpoint(self) -> Endpoint:
        return self.to.account.endpoint

    @property
    def window_until(self) -> datetime | None:
        """Of what goes to a customer."""
        outbound = self.event.direction is Direction.outbound
        return self.to.conversation.window_until if outbound and self.to.conversation else None

    @property
    def lane(self) -> str:
        """One customer on the account that is written to."""
        return f"{self.endpoint}/{self.event.contact.address}"

    def unclear(self, before: Post) -> tuple[str, int, datetime]:
        """Names an earlier try of it."""
        return self.event.id, self.n, before.since

    @property
    def order_wait(self) -> float:
        """Seconds; only messages are kept in order by waiting for their receipts."""
        return self.adapter.limits.order_wait if isinstance(self.event, Message) else 0.0


class Poster:
    def __init__(self, rt: Runtime, pace: Pace) -> None:
        self._rt = rt
        self.pace = pace
        self._gate = SentGate()
        self._breakers = Breakers(rt.settings.breaker, rt.metrics)
        self._unclear: dict[tuple[str, int, datetime], float] = {}
        """Since when sends of unknown fate have been looked at."""
        self._slots: dict[Endpoint, Slots] = {}
        self._under_way: set[tuple[str, int]] = set()

    @property
    def breakers(self) -> Breakers:
        return self._breakers

    def seen(self, event_id: str, n: int) -> None:
        """A receipt of this payload came: whoever waits for it in its lane may go on."""
        self._gate.seen(event_id, n)

    def is_under_way(self, event_id: str, n: int) -> bool:
        """Whether the call that posts this payload is being made, by this engine: its answer will tell."""
        return (event_id, n) in self._under_way

    async def post_all(
        self,
        event: Message | Receipt,
        payloads: Sequence[Payload],
        adapter: Adapter,
        to: Target,
        entry: Entry,
        kind: str = "",
    ) -> str | None:
        """Post what was not posted yet. Returns the far side's conversation id, where it names one."""
        thread = None
        if len(payloads) > 1:  # one is the rule, and shows as its call
            to.trace.step("rendered", payloads=len(payloads))
        for n, payload in enumerate(payloads):
            step = Step(event, n, payload, adapter, to, n == len(payloads) - 1, entry.posts.get(n), kind)
            posted = (await self._settled(step, step.before) if step.before else None) or await self._post(step)
            if posted.failed:
                await self._rt.ledger.unsent(event, n)
                raise Rejected(posted.failed)
            await self._rt.ledger.sent(event, n, posted.id or None, "delivered" if step.last else None)
            crossed("noted")
            thread = posted.thread or thread
        return thread

    async def _settled(self, step: Step, before: Post) -> Posted | None:
        """How an earlier try ended: posted, or None where it must be redone. Raises `NotYetKnown`."""
        limits = step.adapter.limits
        if before.state == "sent":
            self._unclear.pop(step.unclear(before), None)
            return Posted(before.far_id or "")
        age = self._age(step, before)
        try:
            found = await self._asked(step)
        except NotYetKnown:
            if age < limits.unknown_wait:
                raise
            self._resolved(step, before, "resent")
            return None
        if found is None and age < limits.call_wait:
            raise NotYetKnown("it may still be on its way", after=limits.call_wait - age)
        self._resolved(step, before, "read-back")
        return found

    def _age(self, step: Step, before: Post) -> float:
        """Seconds for which this engine has known of an unclear send, whatever clocks say meanwhile.

        What a receipt could have told while no engine ran, it will tell now: the wait begins anew with each start.
        """
        moment = time.monotonic()
        return moment - self._unclear.setdefault(step.unclear(before), moment)

    async def _asked(self, step: Step) -> Posted | None:
        if not isinstance(step.adapter, ReadsBack):
            raise NotYetKnown("waiting for a receipt that proves an unclear send", after=1.0)
        async with self._breakers.of(step.endpoint).passage():
            return await step.adapter.find(step.payload, step.event, step.to, self._rt)

    def resolved(self, event_id: str, adapter: str, how: str) -> None:
        """It is known by now what became of a send of unknown fate: counted and logged."""
        self._rt.metrics.unknown.labels(adapter, how).inc()
        self._rt.log.warning("send of unknown fate settled", event_id=event_id, adapter=adapter, outcome=how)

    def _resolved(self, step: Step, before: Post, how: str) -> None:
        self._unclear.pop(step.unclear(before), None)
        step.to.trace.step("unclear send settled", how=how)
        self.resolved(step.event.id, step.adapter.name, how)

    async def _post(self, step: Step) -> Posted:
        if step.payload.media and isinstance(step.adapter, HandsOverMedia):
            step = await self._with_files(step, step.adapter)
        trace, began = step.to.trace, time.time()
        if step.order_wait:
            await self._gate.wait(step.lane, self._rt.ledger.heard)
            trace.waited(began, "waited for its turn")
            began = time.time()
        await self.pace.take(step.payload.rates, step.payload.priority)
        trace.waited(began, "waited for the rate limit")
        began = time.time()
        async with self._slot(step.endpoint), self._breakers.of(step.endpoint).passage():
            trace.waited(began, "waited for the far side")
            began = time.monotonic()
            await self._claim(step)
            crossed("claimed")
            if time.monotonic() - began > step.adapter.limits.call_wait / 2:
                # Another engine that has its place by now takes a call for over after `call_wait`, and repeats it.
                raise NotYetKnown("this engine stood still before it could send", after=1.0)
            return await self._call(step)

    async def _with_files(self, step: Step, adapter: HandsOverMedia) -> Step:
        """Its files go before it: that may take long, and while they do no message is under way."""
        began = time.time()
        try:
            async with self._slot(step.endpoint), self._breakers.of(step.endpoint).passage():
                payload = await adapter.hand_over(step.payload, step.to, self._rt)
                step.to.trace.since(began, "files handed over", files=len(step.payload.media))
                return step._replace(payload=payload)
        except SendError as error:
            self._noted(error, step)
            raise

    async def _claim(self, step: Step) -> None:
        claimed = await self._rt.ledger.sending(
            step.event,
            step.n,
            step.endpoint,
            last=step.last,
            before=step.before,
            window_until=step.window_until,
            kind=step.kind,
        )
        if not claimed:
            raise NotYetKnown("another engine is at work on it", after=1.0)
        if step.order_wait:
            self._gate.posted(step.lane, step.event.id, step.n, step.order_wait)

    async def _call(self, step: Step) -> Posted:
        self._under_way.add(key := (step.event.id, step.n))
        try:
            posted = await step.adapter.post(step.payload, step.to, self._rt)
        except SendError as error:
            if error.certain:
                self._gate.withdrawn(step.lane)
                await self._rt.ledger.unsent(step.event, step.n)
            else:
                crossed("unclear")
                await self._rt.ledger.unknown(step.event, step.n)
            self._noted(error, step)
            raise
        finally:
            self._under_way.discard(key)
        crossed("posted")
        self.pace.learn(posted.learned)
        return posted

    def _noted(self, error: SendError, step: Step) -> None:
        if isinstance(error, Throttled) and error.bucket and error.after:
            self.pace.hold(error.bucket, error.after)
        error.paused = self._breakers.of(step.endpoint).open

    async def in_passing(
        self, event: Receipt | Typing, payloads: Sequence[Payload], adapter: Adapter, to: Target
    ) -> bool:
        """For what is worthless later: no ledger, no retry, nothing while the breaker is open. True if all was said."""
        age = (now() - event.received_at).total_seconds()
        if age > PASSING_LIFE or self._breakers.of(to.account.endpoint).open:
            return False
        try:
            async with asyncio.timeout(PASSING_LIFE - age):
                for payload in payloads:
                    await self.pace.take(payload.rates, payload.priority)
                    await adapter.post(payload, to, self._rt)
        except (SendError, TimeoutError):
            return False
        return True

    @asynccontextmanager
    async def asking(self, endpoint: Endpoint) -> AsyncIterator[Callable[[Sequence[Learned]], None]]:
        """Around questions that post nothing: not while the breaker is open. Told what the answers' headers taught."""
        refused: Rejected | Misconfigured | None = None
        async with self._breakers.of(endpoint).passage():
            try:
                yield self.pace.learn
            except Throttled as error:
                if error.bucket and error.after:
                    self.pace.hold(error.bucket, error.after)
                raise
            except (Rejected, Misconfigured) as error:
                refused = error  # a permission to read may be missing where all messages pass
        if refused is not None:
            raise refused

    def _slot(self, endpoint: Endpoint) -> Slots:
        found = self._slots.get(endpoint)
        if found is None:
            found = self._slots[endpoint] = Slots(self._rt.settings.routing.concurrency)
        return found
