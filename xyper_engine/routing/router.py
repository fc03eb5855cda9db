"""One event in, one outcome out. The router knows neither vendor's name.

    finished already? → where to? → transformers → fit → render → post each payload, with the ledger around it

`route` never raises: whatever goes wrong is an outcome, and `consumer.py` turns outcomes into broker verbs.
"""

import asyncio
from collections.abc import Sequence
from typing import TypeGuard

from xyper_engine.contract import Adapter, TakesUpdates, Target, Transformer
from xyper_engine.errors import (
    Misconfigured,
    NotFound,
    NotYetKnown,
    SendError,
    SettingsError,
    TransformerFailed,
    Unavailable,
    Unsupported,
)
from xyper_engine.model import (
    Account,
    AnyEvent,
    Direction,
    Endpoint,
    Link,
    Message,
    Receipt,
    Status,
    Typing,
    Update,
    Utterance,
)
from xyper_engine.plugins import Registry
from xyper_engine.routing.fit import fit
from xyper_engine.routing.outcome import Dead, Delivered, Filtered, Outcome, Retry
from xyper_engine.routing.poster import Poster
from xyper_engine.runtime import Runtime
from xyper_engine.state.ledger import Entry
from xyper_engine.state.receipts import Progress


class Router:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._registry = registry
        self._poster = Poster(rt)

    async def route(self, event: AnyEvent) -> Outcome:
        """Bring one event to where it must go. Never raises, save `CancelledError` at the end of the process."""
        try:
            return await self._route(event)
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

    async def _route(self, event: AnyEvent) -> Outcome:
        if isinstance(event, Receipt) and not event.final:
            return await self._receipt(event)
        if isinstance(event, Typing):
            return await self._in_passing(event)
        if isinstance(event, Update):
            return await self._take(event)
        return await self._deliver(event)

    async def _deliver(self, event: Message | Receipt) -> Outcome:
        looking = self._rt.ledger.look(event)
        link, to = await self._target(event)
        entry = await looking
        if entry.outcome:
            return Filtered("ledger")
        heard = self._rt.conversations.heard(link, event) if _spoken_by_customer(event) and not entry.posts else None
        thread = await self._say(event, to, entry)
        if heard:
            await heard
        if isinstance(thread, Filtered):
            return thread
        if thread and (to.conversation is None or to.conversation.thread != thread):
            await self._rt.conversations.threaded(link, event.contact, thread)
        return Delivered()

    async def _take(self, event: Update) -> Outcome:
        """News of an account or a person goes to the adapter that understands it, once."""
        if (await self._rt.ledger.look(event)).outcome:
            return Filtered("ledger")
        adapter = self._adapter(event.origin)
        if isinstance(adapter, TakesUpdates):
            await adapter.take(event, await self._account(event.origin), self._rt)
        await self._rt.ledger.finish(event, "delivered")
        return Delivered()

    async def _say(self, event: Message | Receipt, to: Target, entry: Entry) -> str | Filtered | None:
        """Transform, fit, render and post. Returns the far side's conversation id, where it names one."""
        adapter = self._adapter(to.account.endpoint)
        changed = await self._transformed(event, to)
        if isinstance(changed, Message):
            changed = fit(changed, adapter.limits)
        payloads = () if isinstance(changed, Filtered) else adapter.render(changed, to)
        if not payloads:
            await self._rt.ledger.finish(event, "filtered")
            return changed if isinstance(changed, Filtered) else Filtered("nothing to say")
        return await self._poster.post_all(event, payloads, adapter, to, entry)

    async def _transformed(self, event: Utterance, to: Target) -> Utterance | Filtered:
        """The event after all transformers, or who stopped it."""
        for transformer in self._registry.transformers[event.direction]:
            changed = await self._one(transformer, event, to)
            if changed is None:
                return Filtered(transformer.name)
            event = changed
        return event

    async def _one(self, transformer: Transformer, event: Utterance, to: Target) -> Utterance | None:
        """One transformer within its time; a failing one follows its own declared policy."""
        try:
            async with asyncio.timeout(self._rt.settings.routing.transformer_timeout):
                return await transformer.apply(event, to, self._rt)
        except Exception as error:
            self._rt.log.exception("transformer failed", task=transformer.name, event_id=event.id)
            if transformer.on_failure == "stop":
                raise TransformerFailed(f"{transformer.name}: {type(error).__name__}") from error
            return event

    async def _receipt(self, event: Receipt) -> Outcome:
        """Note how far a message came; if it ended, tell the side that sent it, once."""
        progress = await self._rt.receipts.apply(event)
        if progress is None:
            return Filtered("not ours")
        self._poster.seen(progress.event_id, progress.n)
        if event.status is Status.failed and event.direction is Direction.outbound:
            self._rt.log.warning("a customer's message failed at the agents' side", event_id=progress.event_id)
        if progress.resolved:
            self._rt.metrics.unknown.labels(event.origin.adapter, "receipt").inc()
        passed = await self._pass_on(event, progress)
        if progress.ended is None or progress.origin.adapter == event.origin.adapter:
            return passed
        if progress.ended.value not in self._adapter(progress.origin).limits.receipts:
            return passed
        return await self.route(_final(event, progress, progress.ended))

    async def _pass_on(self, event: Receipt, progress: Progress) -> Outcome:
        """A receipt that the customer's channel has words for at once: `published` as blue ticks."""
        if event.direction is Direction.inbound:
            return Filtered("noted")
        told = {"to": progress.origin, "about": progress.external_id, "contact": progress.contact}
        return await self._in_passing(event.model_copy(update=told))

    async def _in_passing(self, event: Receipt | Typing) -> Outcome:
        """Worth something now or never: no ledger, no retry."""
        _, to = await self._target(event)
        adapter = self._adapter(to.account.endpoint)
        said = event.status.value in adapter.limits.receipts if isinstance(event, Receipt) else adapter.limits.typing
        payloads = adapter.render(event, to) if said else ()
        if payloads and await self._poster.in_passing(event, payloads, adapter, to):
            return Delivered()
        return Filtered("noted" if said and payloads else "nothing to say")

    async def _target(self, event: Utterance) -> tuple[Link, Target]:
        directory = self._rt.directory
        links = [link for link in await directory.links(event.origin) if event.to in (None, link.other(event.origin))]
        if not links:
            raise NotFound(f"{event.origin} is linked to no account: add a link with `xyper tenants add`.")
        link = links[0] if len(links) == 1 else await self._picked(event, links)
        conversation = await self._rt.conversations.find(link, event.contact)
        account, peer = await self._account(link.other(event.origin)), await self._account(event.origin)
        return link, Target(account=account, peer=peer, conversation=conversation)

    async def _picked(self, event: Utterance, links: Sequence[Link]) -> Link:
        """One of several: a plugin's choice, else the way the conversation came, else the oldest."""
        chosen = self._registry.pick_link(event, links)
        if chosen is None and event.origin == links[0].agent:
            came = await self._rt.conversations.newest(event.origin, event.contact, event.thread)
            chosen = next((link for link in links if link.customer == came), None)
        return chosen or links[0]

    async def _account(self, endpoint: Endpoint) -> Account:
        account = await self._rt.directory.account(endpoint)
        if account is None:
            raise NotFound(f"There is no account {endpoint} any more.")
        return account

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
    return isinstance(event, Message) and event.direction is Direction.inbound


def _final(event: Receipt, progress: Progress, ended: Status) -> Receipt:
    """The one receipt that tells the agent's side how its message ended; the ledger sees to the "one"."""
    return event.model_copy(
        update={
            "about": progress.external_id,
            "contact": progress.contact,
            "external_id": f"final:{progress.external_id}",
            "final": True,
            "reason": progress.reason if ended is Status.failed else None,
            "status": ended,
            "thread": progress.thread,
            "to": progress.origin,
        }
    )
