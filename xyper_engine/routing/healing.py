"""Healing: what a webhook did not bring is read from the far side, and delivered in its place.

    one order per hundred conversations stands in the tenant's queue ─ each conversation's visit holds its lane
    ─ its history is read ─ what is unknown here is routed, oldest first ─ then comes whatever stood behind

An order is stored in the queue before anything newer can be, and only whoever consumes the queue visits: so nothing
newer overtakes, and of several engines one heals. What a process leaves half done is delivered to the next one, where
the ledger filters what was done. A webhook that comes late has the key of what was healed, and is filtered too.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import BaseModel

from xyper_engine.abilities import History, KeepsHistory, Span
from xyper_engine.broker import topology
from xyper_engine.broker.port import Delivery, Outgoing
from xyper_engine.contract import Priority, Rate
from xyper_engine.conversation import Conversation
from xyper_engine.errors import Misconfigured, NotFound, Rejected, SendError, Unavailable
from xyper_engine.model import Message, new_id, now
from xyper_engine.parts import Notice
from xyper_engine.plugins import Registry
from xyper_engine.policy import MissedPolicy
from xyper_engine.routing.courtesy import is_ours
from xyper_engine.routing.outcome import Retry
from xyper_engine.routing.poster import Poster
from xyper_engine.runtime import Runtime
from xyper_engine.state.reconciliation import Finding, Ours, Plan, Reconciliations, Seen
from xyper_engine.template import Template

CHUNK = 100
"""Conversations of one order: few orders, so that they leave the queue's window to messages."""
MODEST = 2.0
"""Seconds for which a visit waits behind all other calls before it looks whether somebody waits for it."""
LATE = timedelta(minutes=2)
"""How old a missed message must be to be marked: a vendor's own retries may take that long, too."""
SETTLED = timedelta(minutes=2)
"""How old a post of ours must be, before it is said that the far side does not have it."""
_MARK = b'{"heal":'


class Order(BaseModel):
    """What the queue holds."""

    reconciliation: str
    tenant: str
    since: datetime
    until: datetime | None
    conversations: tuple[Conversation, ...]

    @property
    def span(self) -> Span:
        return Span(self.since, self.until)


class _Line(BaseModel):
    heal: Order


def orders(plan: Plan) -> list[Outgoing]:
    """The plan as it is published."""
    queue, told = topology.outbound(plan.tenant), plan.conversations
    chunks = [tuple(told[first : first + CHUNK]) for first in range(0, len(told), CHUNK)]
    lines = [
        _Line(
            heal=Order(
                reconciliation=plan.id, tenant=plan.tenant, since=plan.since, until=plan.until, conversations=chunk
            )
        )
        for chunk in chunks
    ]
    return [Outgoing(queue, new_id(), line.model_dump_json().encode()) for line in lines]


def order_of(body: bytes) -> Order | None:
    """What a queue holds, as an order; None for a message. Raises `pydantic.ValidationError`."""
    return _Line.model_validate_json(body).heal if body.startswith(_MARK) else None


class Countdown:
    """The order's delivery, which is done with once all of its conversations were visited."""

    def __init__(self, delivery: Delivery, visits: int) -> None:
        self._delivery = delivery
        self._left = visits

    def done(self) -> None:
        self._left -= 1
        if not self._left:
            self._delivery.ack()


@dataclass(frozen=True, slots=True)
class Visit:
    """One conversation of an order, as it stands in its lane."""

    order: Order
    conversation: Conversation
    countdown: Countdown

    @property
    def id(self) -> str:
        return f"{self.order.reconciliation}/{self.conversation.id}"

    @property
    def names(self) -> Sequence[str]:
        """The lanes in which the agent side's messages of this conversation travel."""
        side, contact = self.conversation.agent, self.conversation.contact
        return [f"{side}/{urn}" for urn in (contact.address, *contact.aliases)]

    @property
    def seen(self) -> Seen:
        """What is noted of it, to begin with."""
        return Seen(self.order.reconciliation, self.order.tenant, self.conversation.id)


def visits(order: Order, delivery: Delivery) -> Iterator[Visit]:
    countdown = Countdown(delivery, len(order.conversations))
    return (Visit(order, conversation, countdown) for conversation in order.conversations)


class Nowhere:
    """The delivery of a message that came from no queue."""

    id, body, redelivered = "", b"", False

    def __init__(self, queue: str) -> None:
        self.queue = queue

    def ack(self) -> None:
        """Its order is what is acked."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a conversation brought: to be delivered, and to be noted."""

    missed: Sequence[Message]
    seen: Seen


class Healer:
    """Looks at conversations; who consumes the queue delivers what it finds."""

    def __init__(self, rt: Runtime, registry: Registry, poster: Poster) -> None:
        self._rt = rt
        self._registry = registry
        self._poster = poster
        self._reconciliations = Reconciliations(rt.db)

    async def look(self, visit: Visit, awaited: Callable[[], bool]) -> Looked | Retry:
        """What was missed in this conversation. `awaited`: whether somebody waits in its lane by now."""
        try:
            return await self._look(visit, awaited)
        except (Rejected, Misconfigured, NotFound) as error:
            return Looked((), replace(visit.seen, failed=str(error)))
        except SendError as error:
            return Retry(type(error).__name__, str(error), after=error.after, patient=error.paused)
        except Unavailable as error:
            return Retry("unavailable", str(error), patient=True)

    async def finish(self, seen: Seen) -> None:
        """Raises `Unavailable`."""
        await self._reconciliations.finish(seen)

    async def _look(self, visit: Visit, awaited: Callable[[], bool]) -> Looked:
        history = await self._history(visit, awaited)
        ours = await self._reconciliations.ours(visit.conversation, visit.order.since, visit.order.until)
        seen = replace(visit.seen, calls=history.calls, compared=len(history.said))
        if not _comparable(history, ours):
            return Looked((), replace(seen, failed=_FOREIGN))
        policy = await self._rt.directory.policy(visit.order.tenant)
        missed = await self._missed(visit, history)
        outcome = "reported" if policy.missed is MissedPolicy.report else ""
        found = (
            *(Finding("missed", one.key, one.occurred_at, outcome) for one in missed),
            *(Finding("unreadable", f"{visit.id}/{n}", now()) for n, _ in enumerate(history.unparsed)),
            *differences(history, ours, timedelta(hours=self._rt.settings.healing.silent)),
        )
        await self._reconciliations.found(replace(seen, findings=found))
        self._log(visit, missed, outcome)
        delivered = [] if outcome else [_marked(one, policy.missed) for one in missed]
        return Looked(delivered, replace(seen, findings=found))

    async def _missed(self, visit: Visit, history: History) -> Sequence[Message]:
        """Those that came to no end here, under none of their names."""
        tenant = visit.order.tenant
        named = [(said, [_called(said.message, name) for name in sorted(said.names)]) for said in history.said]
        unknown = await self._reconciliations.unknown([one for _, all_ in named for one in all_])
        return [
            said.message.model_copy(update={"tenant": tenant})
            for said, all_ in named
            if all(one.key in unknown for one in all_)
        ]

    async def _history(self, visit: Visit, awaited: Callable[[], bool]) -> History:
        side, thread = visit.conversation.agent, visit.conversation.thread
        adapter: object = self._registry.adapter(side.adapter)
        account = await self._rt.directory.account(side)
        if not isinstance(adapter, KeepsHistory) or account is None or thread is None:
            raise NotFound(f"{side} cannot be asked: the account is gone, or its plugin.")

        async def turn(rates: Sequence[Rate]) -> None:
            await self._turn(rates, awaited)

        async with self._poster.asking(side) as heard:
            found = await adapter.history(thread, account, visit.order.span, turn, self._rt)
            heard(found.learned)
        return found

    async def _turn(self, rates: Sequence[Rate], awaited: Callable[[], bool]) -> None:
        """Behind all other calls, unless a message waits in the lane: then it is that message's turn."""
        priority = Priority.history
        while True:
            try:
                async with asyncio.timeout(MODEST):
                    return await self._poster.pace.take(rates, priority)
            except TimeoutError:
                priority = Priority.message if awaited() else Priority.history

    def _log(self, visit: Visit, missed: Sequence[Message], outcome: str) -> None:
        if missed:
            self._rt.log.warning(
                "messages were missed", task="healer", tenant=visit.order.tenant, count=len(missed),
                conversation=visit.conversation.id, outcome=outcome or "delivering",
            )  # fmt: skip


_FOREIGN = "It names its messages otherwise than its webhooks did, so nothing can be compared."


def _comparable(history: History, ours: Sequence[Ours]) -> bool:
    """Whether ids mean the same on both sides: else all that was said would seem to be missed, and be said again."""
    mine = {one.external_id for one in ours if not one.inbound and not is_ours(one.external_id)}
    theirs = history.ids.union(*(one.names for one in history.said))
    return not history.said or not mine or bool(mine & theirs)


def differences(history: History, ours: Sequence[Ours], silent: timedelta) -> Iterator[Finding]:
    """Our posts that the far side does not have, and those of which nobody ever heard anything."""
    moment = now()
    for one in ours:
        # What is older went into an earlier conversation; a customer's message bears an earlier time than its post.
        began = history.began is not None and one.occurred_at >= history.began - SETTLED
        if one.inbound and began and one.sent_at < moment - SETTLED and one.far_id not in history.ids:
            yield Finding("gone", one.event_id, one.occurred_at, "reported")
        if not one.inbound and not one.heard_of and one.sent_at < moment - silent:
            yield Finding("silent", one.event_id, one.occurred_at, "reported")


def _called(message: Message, name: str) -> Message:
    return message.model_copy(update={"external_id": name})


def _marked(message: Message, policy: MissedPolicy) -> Message:
    """With a word for the customer that it is late; a template says what was approved, and nothing else."""
    age = now() - message.occurred_at
    if policy is not MissedPolicy.mark or age < LATE or any(isinstance(part, Template) for part in message.parts):
        return message
    note = Notice(code="delayed", values={"minutes": str(int(age.total_seconds() // 60))})
    return message.model_copy(update={"parts": (note, *message.parts)})
