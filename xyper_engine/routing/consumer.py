"""Lanes: events of one conversation one after another, different conversations side by side.

A lane holds its head while it is retried in place, so that nothing overtakes it. After `retry.hold` seconds of waiting
the head is buried with its reason, and the lane goes on. `_settle` is the one place that acks.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import ValidationError

from xyper_engine.boundary import crossed
from xyper_engine.broker.port import Delivery
from xyper_engine.ending import end
from xyper_engine.model import AnyEvent, Message, Receipt, now
from xyper_engine.plugins import Registry
from xyper_engine.routing.healing import Looked, Nowhere, Visit, order_of, visits
from xyper_engine.routing.outcome import Dead, Outcome, Retry, name, why_of
from xyper_engine.routing.router import Router
from xyper_engine.routing.tally import Tally
from xyper_engine.routing.undertaker import bury_event, bury_unparsed, bury_unreadable, persistently
from xyper_engine.routing.whole import LostError, event_of
from xyper_engine.runtime import Runtime
from xyper_engine.tracing import Trace
from xyper_engine.within import within


@dataclass(slots=True)
class Held:
    delivery: Delivery
    event: AnyEvent
    received: float
    """The event's `received_at` in seconds since 1970: what pydantic made of it is slow to ask."""
    trace: Trace
    begun: datetime | None = None
    """When it became the head of its lane."""
    trying: float | None = None
    """Since when, by the monotonic clock, a try of it has been under way."""

    @property
    def id(self) -> str:
        return self.event.id


@dataclass(slots=True)
class Lane:
    """Events that must not overtake each other, oldest first, and every name under which more may come."""

    waiting: deque[Held | Visit]
    names: set[str]


def names_of(event: AnyEvent) -> Sequence[str]:
    """The lanes an event may belong to, its own first.

    A customer may be named by a number now and by a user id a moment later: while one lane is at work under both names,
    what comes under either joins it. Receipts of different messages need no order among each other.
    """
    if isinstance(event, Receipt):
        return (f"{event.origin}/{event.about}",)
    return event.lane, *(f"{event.origin}/{alias}" for alias in event.contact.aliases)


class Patience:
    """How long a head has waited, and how long it waits next: doubling with jitter, capped."""

    def __init__(self, rt: Runtime) -> None:
        self._settings = rt.settings.retry
        self._waited = 0.0
        self._tries = 0
        self._bugs = 0

    def next(self, outcome: Retry) -> float | None:
        """Seconds until the next try; None when patience is at its end."""
        self._bugs += outcome.bug
        if self._bugs >= self._settings.bugs:
            return None
        wait = outcome.after if outcome.after is not None else self._doubled()
        if outcome.patient:
            return wait
        if self._waited + wait > self._settings.hold:
            return None
        self._waited += wait
        return wait

    def _doubled(self) -> float:
        self._tries += 1
        wait: float = min(self._settings.first * 2.0 ** (self._tries - 1), self._settings.most)
        return wait * random.uniform(0.8, 1.2)


class Lanes:
    """The receiver of one queue."""

    def __init__(self, queue: str, rt: Runtime, router: Router, registry: Registry) -> None:
        self._queue = queue
        self._rt = rt
        self._router = router
        self._tally = Tally(rt)
        self._registry = registry
        self._loop = asyncio.get_running_loop()
        self._lanes: dict[str, Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._held = rt.metrics.held.labels(queue.partition(".")[0])
        self._counted: dict[tuple[str, ...], tuple[Callable[[], None], Callable[[float], None]]] = {}
        self._stopping = asyncio.Event()
        self._moved = time.monotonic()

    def deliver(self, delivery: Delivery) -> None:
        """Put it at the end of its lane; a lane at work goes on by itself."""
        if self._stopping.is_set():
            return
        try:
            if (order := order_of(delivery.body)) is not None:
                for visit in visits(order, delivery):
                    self._enter(visit, visit.names)
                return
            event = event_of(delivery.body, self._registry)
        except (ValidationError, LostError) as error:
            self._start(self._unreadable(delivery, error))
            return
        self._enter(self._hold(delivery, event, again=delivery.redelivered), names_of(event))

    def _hold(self, delivery: Delivery, event: AnyEvent, *, again: bool = False) -> Held:
        received = event.received_at.timestamp()
        return Held(delivery, event, received, self._rt.traces.begin(event, received, again=again))

    def _enter(self, item: Held | Visit, names: Sequence[str]) -> None:
        lanes = self._lanes
        lane = next(filter(None, map(lanes.get, names)), None)
        if lane is None:
            lane = Lane(deque(), set())
            self._start(self._run(lane))
        lane.waiting.append(item)
        for known in names:
            if lanes.setdefault(known, lane) is lane:
                lane.names.add(known)

    def lost(self) -> None:
        """Forget what has not begun: it comes again. A head at work finishes, and its second delivery is filtered."""
        for lane in self._lanes.values():
            while len(lane.waiting) > 1:
                lane.waiting.pop()

    @property
    def oldest(self) -> datetime | None:
        """When the oldest event at hand was received. What is still in the queue came later."""
        heads = (lane.waiting[0] for lane in self._lanes.values() if lane.waiting)
        return min((head.event.received_at for head in heads if isinstance(head, Held)), default=None)

    @property
    def stuck(self) -> float:
        """Seconds for which a try has been under way while nothing of this queue was settled."""
        heads = (lane.waiting[0] for lane in self._lanes.values() if lane.waiting)
        began = min((head.trying for head in heads if isinstance(head, Held) and head.trying), default=None)
        return time.monotonic() - max(began, self._moved) if began else 0.0

    async def drain(self) -> None:
        """Take nothing new, let heads at work finish; what waits for a retry goes back to the broker."""
        self._stopping.set()
        self.lost()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def abandon(self) -> None:
        """Drop what does not finish: its send, if one was under way, is of unknown fate."""
        await end(*self._tasks)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, lane: Lane) -> None:
        self._held.inc()
        try:
            while lane.waiting:
                head = lane.waiting[0]
                try:
                    if not await (self._handle(head) if isinstance(head, Held) else self._visit(head, lane)):
                        break
                except Exception:  # a bug must not leave a lane standing for ever
                    self._rt.log.exception("a lane stumbled", queue=self._queue, event_id=head.id)
                    if await within(self._rt.settings.retry.most, self._stopping):
                        break
                    continue
                lane.waiting.popleft()
        finally:
            self._held.dec()
            for known in lane.names:
                del self._lanes[known]

    async def _visit(self, visit: Visit, lane: Lane) -> bool:
        """Deliver what was missed in a conversation, before whatever stands behind. False as in `_handle`."""
        looked = await self._looked(visit, lane)
        if looked is None:
            return False
        for event in looked.missed:
            held = self._hold(Nowhere(self._queue), event)
            if self._stopping.is_set() or not await self._handle(held):
                return False
        await persistently(self._rt, lambda: self._router.healer.finish(looked.seen))
        visit.countdown.done()
        return True

    async def _looked(self, visit: Visit, lane: Lane) -> Looked | None:
        patience = Patience(self._rt)
        while not self._stopping.is_set():
            looked = await self._router.healer.look(visit, lambda: len(lane.waiting) > 1)
            if isinstance(looked, Looked):
                return looked
            wait = patience.next(looked)
            if wait is None:
                return Looked((), replace(visit.seen, failed=looked.detail))
            await within(wait, self._stopping)
        return None

    async def _handle(self, held: Held) -> bool:
        """Work on one event until it ends. False where the process ends first: the broker keeps it."""
        patience = Patience(self._rt)
        held.begun = held.begun or now()
        while True:
            held.trying = time.monotonic()
            crossed("taken")
            outcome = await self._router.route(held.event, held.trace)
            held.trying = None
            if isinstance(outcome, Retry):
                self._retried(held.event, outcome)
                wait = patience.next(outcome)
                self._rt.traces.tried(held.trace, outcome.reason, wait)
                if wait is not None:
                    if await within(wait, self._stopping):
                        return False
                    continue
                outcome = Dead(outcome.reason, outcome.detail)
            return await self._settle(held, outcome)

    async def _settle(self, held: Held, outcome: Outcome) -> bool:
        """Turn an outcome into broker verbs: the one place that acks."""
        if isinstance(outcome, Dead):
            await bury_event(self._rt, self._queue, held.event, outcome)
            crossed("buried")
        crossed("settled")
        held.delivery.ack()
        self._moved = time.monotonic()
        self._rt.traces.ended(held.trace, name(outcome), why_of(outcome))
        self._count(held, outcome)
        if isinstance(held.event, Message):
            await self._tally.ended(held.event, outcome, held.begun or now())
        for plugin, observe in self._registry.observers():
            try:
                observe(event=held.event, outcome=outcome)
            except Exception:
                self._rt.log.exception("xyper_observe failed", task=plugin, event_id=held.event.id)
        return True

    def _count(self, held: Held, outcome: Outcome) -> None:
        event = held.event
        key = event.tenant, event.kind, event.direction, name(outcome)
        counted = self._counted.get(key)
        if counted is None:  # to look them up by their labels costs more than to count
            metrics = self._rt.metrics
            own = metrics.tenant(event.tenant), *key[1:]
            counted = metrics.events.labels(*own).inc, metrics.seconds.labels(event.kind, event.direction).observe
            self._counted[key] = counted
        inc, observe = counted
        inc()
        observe(time.time() - held.received)

    def _retried(self, event: AnyEvent, outcome: Retry) -> None:
        metrics = self._rt.metrics
        metrics.retries.labels(metrics.tenant(event.tenant), outcome.reason).inc()

    async def _unreadable(self, delivery: Delivery, error: ValidationError | LostError) -> None:
        if isinstance(error, LostError):
            await bury_unparsed(self._rt, delivery, error)
        else:
            await bury_unreadable(self._rt, delivery, str(error))
        delivery.ack()
