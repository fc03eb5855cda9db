"""Posting: the steps around one call to a far side, in the order that keeps the promise.

    in order → paced → not while the breaker is open → noted as sending → posted → noted as sent

What was noted as sending and never as sent is of unknown fate. It is never repeated blindly: a receipt may prove it,
the adapter may be able to ask, and only when both stay silent for `unknown_wait` is it sent again, counted and logged.
"""

import asyncio
from collections.abc import Sequence

from xyper_engine.contract import Adapter, Payload, Posted, ReadsBack, Target
from xyper_engine.errors import NotYetKnown, Rejected, SendError, Throttled
from xyper_engine.model import Endpoint, Message, Receipt, Typing, now
from xyper_engine.routing.breaker import Breakers
from xyper_engine.routing.order import SentGate
from xyper_engine.routing.pace import Pace
from xyper_engine.runtime import Runtime
from xyper_engine.state.ledger import Entry, Post

PASSING_LIFE = 10.0
"""Seconds after which nobody wants to hear that somebody typed or had a look."""


class Poster:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._pace = Pace()
        self._gate = SentGate()
        self._breakers = Breakers(rt.settings.breaker, rt.metrics)
        self._began = now()
        self._slots: dict[Endpoint, asyncio.Semaphore] = {}

    def seen(self, event_id: str, n: int) -> None:
        """A receipt of this payload came: whoever waits for it in its lane may go on."""
        self._gate.seen(event_id, n)

    async def post_all(
        self, event: Message | Receipt, payloads: Sequence[Payload], adapter: Adapter, to: Target, entry: Entry
    ) -> str | None:
        """Post what was not posted yet. Returns the far side's conversation id, where it names one."""
        thread = None
        for n, payload in enumerate(payloads):
            last = n == len(payloads) - 1
            before = entry.posts.get(n)
            posted = await self._settled(event, payload, adapter, to, before)
            if posted is None:
                posted = await self._post(event, n, payload, adapter, to, last=last)
            if posted.failed:
                await self._rt.ledger.unsent(event, n)
                raise Rejected(posted.failed)
            await self._rt.ledger.sent(event, n, posted.id or None, "delivered" if last else None)
            thread = posted.thread or thread
        return thread

    async def _settled(
        self, event: Message | Receipt, payload: Payload, adapter: Adapter, to: Target, before: Post | None
    ) -> Posted | None:
        """How an earlier try ended: posted, or None where it must be (re)done. Raises `NotYetKnown`."""
        if before is None:
            return None
        if before.state == "sent":
            return Posted(before.far_id or "")
        # What a receipt could have told while no engine ran, it will tell now: the wait begins anew with each start.
        age = (now() - max(before.since, self._began)).total_seconds()
        try:
            found = await self._asked(event, payload, adapter, to)
        except NotYetKnown:
            if age < adapter.limits.unknown_wait:
                raise
            self._resolved(event, adapter, "resent")
            return None
        if found is None and age < adapter.limits.call_wait:
            raise NotYetKnown("it may still be on its way", after=adapter.limits.call_wait - age)
        self._resolved(event, adapter, "read-back")
        return found

    async def _asked(self, event: Message | Receipt, payload: Payload, adapter: Adapter, to: Target) -> Posted | None:
        if not isinstance(adapter, ReadsBack):
            raise NotYetKnown("waiting for a receipt that proves an unclear send", after=1.0)
        async with self._breakers.of(to.account.endpoint).passage():
            return await adapter.find(payload, event, to, self._rt)

    def _resolved(self, event: Message | Receipt, adapter: Adapter, how: str) -> None:
        self._rt.metrics.unknown.labels(adapter.name, how).inc()
        self._rt.log.warning("send of unknown fate settled", event_id=event.id, adapter=adapter.name, outcome=how)

    async def _post(
        self, event: Message | Receipt, n: int, payload: Payload, adapter: Adapter, to: Target, *, last: bool
    ) -> Posted:
        endpoint, wait = to.account.endpoint, adapter.limits.order_wait
        lane = _lane(event, to)
        ordered = wait > 0 and isinstance(event, Message)
        if ordered:
            await self._gate.wait(lane)
        await self._pace.take(payload.rates, payload.priority)
        async with self._slot(endpoint), self._breakers.of(endpoint).passage():
            await self._rt.ledger.sending(event, n, endpoint, last=last)
            if ordered:
                self._gate.posted(lane, event.id, n, wait)
            return await self._call(event, n, payload, adapter, to)

    async def _call(self, event: Message | Receipt, n: int, payload: Payload, adapter: Adapter, to: Target) -> Posted:
        try:
            posted = await adapter.post(payload, to, self._rt)
        except SendError as error:
            if error.certain:
                self._gate.withdrawn(_lane(event, to))
                await self._rt.ledger.unsent(event, n)
            else:
                await self._rt.ledger.unknown(event, n)
            self._noted(error, to)
            raise
        self._pace.learn(posted.learned)
        return posted

    def _noted(self, error: SendError, to: Target) -> None:
        if isinstance(error, Throttled) and error.bucket and error.after:
            self._pace.hold(error.bucket, error.after)
        error.paused = self._breakers.of(to.account.endpoint).open

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
                    await self._pace.take(payload.rates, payload.priority)
                    await adapter.post(payload, to, self._rt)
        except (SendError, TimeoutError):
            return False
        return True

    def _slot(self, endpoint: Endpoint) -> asyncio.Semaphore:
        found = self._slots.get(endpoint)
        if found is None:
            found = self._slots[endpoint] = asyncio.Semaphore(self._rt.settings.routing.concurrency)
        return found


def _lane(event: Message | Receipt, to: Target) -> str:
    """One customer on the account that is written to."""
    return f"{to.account.endpoint}/{event.contact.address}"
