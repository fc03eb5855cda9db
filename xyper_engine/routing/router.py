"""One event in, one outcome out. The router knows neither vendor's name.

    finished already? → which way? → prepare it → render → post each payload, with the ledger around it

`route` never raises: whatever goes wrong is an outcome, and `consumer.py` turns outcomes into broker verbs.
"""

from collections.abc import Coroutine
from typing import Any, TypeGuard, cast

from xyper_engine.abilities import TakesUpdates
from xyper_engine.boundary import crossed
from xyper_engine.broker.port import Outgoing
from xyper_engine.broker.topology import queue_of
from xyper_engine.contract import Adapter
from xyper_engine.conversation import Conversation
from xyper_engine.errors import (
    Held,
    Misconfigured,
    NotFound,
    NotYetKnown,
    OptedOut,
    Rejected,
    SendError,
    SettingsError,
    TransformerFailed,
    Unavailable,
    Unsupported,
)
from xyper_engine.model import (
    AnyEvent,
    Direction,
    Endpoint,
    Message,
    Receipt,
    Status,
    Typing,
    Update,
    dump,
    now,
)
from xyper_engine.plugins import Registry
from xyper_engine.routing.consent import Consenting
from xyper_engine.routing.courtesy import is_ours
from xyper_engine.routing.final import final
from xyper_engine.routing.healing import Healer
from xyper_engine.routing.outcome import Dead, Delivered, Filtered, Outcome, Retry
from xyper_engine.routing.pace import Pace
from xyper_engine.routing.poster import Poster
from xyper_engine.routing.preparation import Preparation, Stopped
from xyper_engine.routing.refusals import Refusals
from xyper_engine.routing.tally import Tally, kind_of
from xyper_engine.routing.way import Way, Ways
from xyper_engine.runtime import Runtime
from xyper_engine.state.ledger import Entry
from xyper_engine.state.receipts import Progress
from xyper_engine.tracing import UNTRACED, Trace


class Router:
    def __init__(self, rt: Runtime, registry: Registry, pace: Pace) -> None:
        self._rt = rt
        self._registry = registry
        self._ways = Ways(rt, registry)
        self._preparation = Preparation(rt, registry)
        self._poster = Poster(rt, pace)
        self._tally = Tally(rt)
        self._consenting = Consenting(rt)
        self._refusals = Refusals(rt)
        self.breakers = self._poster.breakers
        self.healer = Healer(rt, registry, self._poster)

    async def route(self, event: AnyEvent, trace: Trace = UNTRACED) -> Outcome:
        """Bring one event to where it must go. Never raises, save `CancelledError` at the end of the process."""
        try:
            return Filtered("erased") if self._rt.tombstones.cover(event) else await self._work(event, trace)
        except OptedOut as error:
            return Dead("opted out", str(error))
        except Unsupported as error:
            return Dead("unsupported", str(error))
        except NotFound as error:
            return Dead("no way", str(error))
        except SendError as error:
            return self._failed(event, error)
        except (Unavailable, SettingsError) as error:
            return Retry("unavailable", str(error), patient=True)
        except TransformerFailed as error:
            return Retry("transformer", str(error))
        except Exception as error:
            self._rt.log.exception("bug", event_id=event.id, kind=event.kind, tenant=event.tenant)
            return Retry("bug", type(error).__name__, bug=True)

    def _work(self, event: AnyEvent, trace: Trace) -> Coroutine[Any, Any, Outcome]:
        """What there is to be done with it."""
        if isinstance(event, Receipt) and not event.final:
            return self._receipt(event, trace)
        if isinstance(event, Typing):
            return self._in_passing(event, trace)
        if isinstance(event, Update):
            return self._take(event)
        return self._deliver(event, trace)

    async def _deliver(self, event: Message | Receipt, trace: Trace) -> Outcome:
        looking = self._rt.ledger.look(event)
        way = await self._ways.of(event, trace)
        entry = await looking
        crossed("found")
        if entry.outcome:
            return Filtered("ledger")
        whole = way.by(event) if isinstance(event, Message) else event
        if not _spoken_by_customer(whole) or entry.posts:
            return await self._say(whole, way, entry)
        heard = self._rt.conversations.heard(way.link, whole)
        await self._consenting.hear(whole, way, heard)
        if way.to.conversation is None:
            await heard
            way = await self._ways.found(way)  # it begins with this message
        if way.to.conversation and way.to.conversation.waiting:
            await heard  # else what is released would find the window closed
            await self._release(way)
        outcome = await self._say(whole, way, entry)
        await heard
        return outcome

    async def _say(self, event: Message | Receipt, way: Way, entry: Entry) -> Outcome:
        """Prepare, render and post; the agent side's name of the conversation is kept."""
        goes = self._adapter(way.to.account.endpoint)
        try:
            said, to = await self._preparation.of(event, way.to, self._adapter(event.origin), goes)
        except Stopped as stopped:
            return await self._finished(event, way, stopped.by)
        except Held:
            return await self._hold(cast("Message", event), way)
        except Unsupported as error:
            if not isinstance(error, OptedOut):
                self._tally.refused(event, way)
            raise
        crossed("prepared")
        payloads = goes.render(said, to)
        if not payloads:
            return await self._finished(event, way, "nothing to say")
        kind = kind_of(said)
        try:
            posted = await self._poster.post_all(event, payloads, goes, to, entry, kind)
        except Rejected as error:
            if isinstance(event, Message):
                await self._refusals.heard(goes, error.code, event, to.account, now())
            raise
        if _spoken_by_agent(event):
            await self._answered(event, way, kind)
        thread = posted or _named(event, to.conversation)
        if thread and _is_news(thread, to.conversation):
            await self._threaded(way, to.conversation, thread)
        return Delivered(str(way.link.customer))

    async def _threaded(self, way: Way, known: Conversation | None, thread: str) -> None:
        """It has a name on the agent side that is new."""
        await self._rt.conversations.threaded(way.link, way.known.lasting, thread)
        if known is None:
            known = (await self._ways.found(way)).to.conversation  # its trace is told which
        if known:
            self._rt.mapping.learned(known, thread)

    async def _answered(self, event: Message, way: Way, kind: str) -> None:
        self._tally.said(event, way, kind)
        known = way.to.conversation
        if known is None or known.asked_at is None or event.author != "human":
            return
        if await self._rt.conversations.answered(known.id, known.asked_at):
            self._tally.answered(event, way, known.asked_at)

    async def _finished(self, event: Message | Receipt, way: Way, by: str) -> Filtered:
        await self._rt.ledger.finish(event, "filtered")
        return Filtered(by, str(way.link.customer))

    async def _hold(self, event: Message, way: Way) -> Filtered:
        await self._rt.waiting.hold(event, way.link.customer, way.known.address)
        self._tally.window(event, way, "held")
        conversation = await self._rt.conversations.find(way.link, way.known.address)
        if conversation and conversation.window_until and conversation.window_until > now():
            await self._release(way)  # the customer wrote meanwhile, and did not see it waiting
        return Filtered("held")

    async def _release(self, way: Way) -> None:
        """What waited for the customer to write goes back into its queue, oldest first."""
        waiting = await self._rt.waiting.of(way.link.customer, way.known.address)
        if waiting:
            await self._rt.broker.publish([Outgoing(queue_of(event), event.id, dump(event)) for event in waiting])
            await self._rt.waiting.release([event.id for event in waiting])

    async def _take(self, event: Update) -> Outcome:
        """News of an account or a person goes to the adapter that understands it, once."""
        if (await self._rt.ledger.look(event)).outcome:
            return Filtered("ledger")
        adapter = self._adapter(event.origin)
        if isinstance(adapter, TakesUpdates):
            await adapter.take(event, await self._ways.account(event.origin), self._rt)
        await self._rt.ledger.finish(event, "delivered")
        return Delivered()

    async def _receipt(self, event: Receipt, trace: Trace) -> Outcome:
        """Note how far a message came; if it ended, tell the side that sent it, once."""
        progress = await self._rt.receipts.apply(event)
        crossed("applied")
        if progress is None:
            return Filtered("not ours")
        trace.about(progress.event_id)
        if progress.resolved and not self._poster.is_under_way(progress.event_id, progress.n):
            self._poster.resolved(progress.event_id, event.origin.adapter, "receipt")
        self._poster.seen(progress.event_id, progress.n)
        self._tally_up(event, progress)
        if event.status is Status.failed and event.reason:
            by, account = self._adapter(event.origin), await self._ways.account(event.origin)
            await self._refusals.heard(by, event.reason.code, progress, account, event.occurred_at)
        if event.status is Status.failed and event.direction is Direction.outbound:
            self._rt.log.warning("a customer's message failed at the agents' side", event_id=progress.event_id)
        passed = await self._pass_on(event, progress, trace)
        if progress.ended is None or progress.origin.adapter == event.origin.adapter or is_ours(progress.external_id):
            return passed
        if progress.ended.value not in self._adapter(progress.origin).limits.receipts:
            return passed
        return await self.route(final(event, progress, progress.ended), trace)

    def _tally_up(self, event: Receipt, progress: Progress) -> None:
        """A receipt from the customers' side speaks of what an agent said, and the other way round."""
        from_customer = event.direction is Direction.inbound
        number = event.origin if from_customer else progress.origin
        about = Direction.outbound if from_customer else Direction.inbound
        self._tally.rose(event.tenant, about, str(number), progress)

    async def _pass_on(self, event: Receipt, progress: Progress, trace: Trace) -> Outcome:
        """A receipt that the customer's channel has words for at once: `published` as blue ticks."""
        if event.direction is Direction.inbound:
            return Filtered("noted")
        told = {"to": progress.origin, "about": progress.external_id, "contact": progress.contact}
        return await self._in_passing(event.model_copy(update=told), trace)

    async def _in_passing(self, event: Receipt | Typing, trace: Trace) -> Outcome:
        """Worth something now or never: no ledger, no retry."""
        to = (await self._ways.of(event, trace)).to
        adapter = self._adapter(to.account.endpoint)
        said = event.status.value in adapter.limits.receipts if isinstance(event, Receipt) else adapter.limits.typing
        payloads = adapter.render(event, to) if said else ()
        if payloads and await self._poster.in_passing(event, payloads, adapter, to):
            return Delivered()
        return Filtered("noted" if said and payloads else "nothing to say")

    def _adapter(self, endpoint: Endpoint) -> Adapter:
        adapter = self._registry.adapter(endpoint.adapter)
        if adapter is None:
            raise Misconfigured(f"No plugin brings an adapter {endpoint.adapter!r}: install it, or remove the account.")
        return adapter

    def _failed(self, event: AnyEvent, error: SendError) -> Outcome:
        self._rt.log.info(
            "not delivered",
            event_id=event.id,
            kind=event.kind,
            tenant=event.tenant,
            reason=type(error).__name__,
            code=error.code,
            # A vendor may quote the message in its words: only what is ours to mend is spelled out here.
            detail=str(error) if isinstance(error, Misconfigured) else "",
            correlation=error.correlation,
        )
        if not error.retryable:
            return Dead(type(error).__name__.lower(), str(error), error.code)
        patient = error.paused or isinstance(error, NotYetKnown)
        return Retry(type(error).__name__, f"{error.code} {error}".strip(), after=error.after, patient=patient)


def _spoken_by_customer(event: Message | Receipt) -> TypeGuard[Message]:
    return isinstance(event, Message) and event.direction is Direction.inbound and event.record == "live"


def _spoken_by_agent(event: Message | Receipt) -> TypeGuard[Message]:
    return isinstance(event, Message) and event.direction is Direction.outbound


def _named(event: Message | Receipt, conversation: Conversation | None) -> str | None:
    """Where the agent side said it; None where the conversation has gone on, or ended, since then."""
    if not isinstance(event, Message) or event.direction is Direction.inbound:
        return None
    since = (conversation.ended_at or conversation.last_inbound_at) if conversation else None
    return event.thread if since is None or event.occurred_at > since else None


def _is_news(thread: str, conversation: Conversation | None) -> bool:
    """Whether the agent side goes on somewhere else, or with what had ended."""
    return conversation is None or conversation.thread != thread or conversation.ended_at is not None
