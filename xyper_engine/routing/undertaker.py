"""The undertaker: the two shared queues, `unparsed` and `dead`, go into the table of dead letters.

`replayer.py` is the way back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace

from pydantic import ValidationError

from xyper_engine.broker import topology
from xyper_engine.broker.port import Delivery, Outgoing, Subscription
from xyper_engine.ending import end
from xyper_engine.errors import SettingsError, Unavailable
from xyper_engine.model import AnyEvent, Direction, Endpoint, Message, Reason, Receipt, Status, dump, load, now
from xyper_engine.routing.courtesy import is_ours
from xyper_engine.routing.intake import Lost
from xyper_engine.routing.outcome import Dead
from xyper_engine.routing.whole import LostError, whole_of
from xyper_engine.runtime import Runtime
from xyper_engine.state.dead_letters import DeadLetter, Source


async def bury_event(rt: Runtime, queue: str, event: AnyEvent, dead: Dead) -> None:
    """Store it as a dead letter, tell the agent's side, and let a second delivery be filtered."""
    rt.log.warning("dead letter", event_id=event.id, tenant=event.tenant, kind=event.kind, reason=dead.reason)
    letter = _letter(event, "route", queue, dead.reason, dead.detail, dead.code)
    await persistently(rt, lambda: _tell(rt, event, dead))
    await persistently(rt, lambda: rt.dead_letters.bury(letter, key=event.key))


async def bury_unreadable(rt: Runtime, delivery: Delivery, why: str) -> None:
    """Something in a queue that this engine cannot read as an event: kept as it is."""
    rt.log.error("unreadable event in a queue", queue=delivery.queue, event_id=delivery.id)
    letter = DeadLetter(
        delivery.id, None, "broker", delivery.queue, delivery.id, None, None, None, "unreadable", why[:500],
        delivery.body, now(), direction=topology.direction_of(delivery.queue),
    )  # fmt: skip
    await persistently(rt, lambda: rt.dead_letters.bury(letter))


async def bury_unparsed(rt: Runtime, delivery: Delivery, error: LostError) -> None:
    """A whole webhook that its adapter could not read: kept as the edge keeps what it cannot read."""
    whole, lost = error.whole, error.lost
    rt.log.warning("dead letter", event_id=whole.id, tenant=whole.tenant, reason=lost.reason)
    account = lost.origin.account if lost.origin else None
    letter = DeadLetter(
        whole.id, None, "unparsed", delivery.queue, None, whole.adapter, account, whole.hook, lost.reason, "",
        lost.raw, now(), direction=topology.direction_of(whole.queue),
    )  # fmt: skip
    await persistently(rt, lambda: rt.dead_letters.bury(letter))


async def persistently(rt: Runtime, action: Callable[[], Awaitable[object]]) -> None:
    """Until it is done: while one of our own parts is away, the delivery stays held and nothing is lost."""
    pause = 0.5
    while True:
        try:
            await action()
        except (Unavailable, SettingsError) as error:
            rt.once.warning("waiting for one of our parts", reason=str(error))
            await asyncio.sleep(pause)
            pause = min(pause * 2, 10.0)
        else:
            return


async def _tell(rt: Runtime, event: AnyEvent, dead: Dead) -> None:
    """An agent's message that will never arrive: its one final receipt says so, with the reason."""
    links = await rt.directory.links(event.origin)
    if not links or not isinstance(event, Message) or not _said_by_an_agent(event):
        return
    receipt = Receipt(
        direction=Direction.inbound,
        origin=links[0].other(event.origin),
        to=event.origin,
        tenant=event.tenant,
        contact=event.contact,
        external_id=f"final:{event.external_id}",
        occurred_at=now(),
        about=event.external_id,
        status=Status.failed,
        reason=Reason(code=dead.code or dead.reason, message=dead.detail or dead.reason),
        final=True,
    )
    await rt.broker.publish([Outgoing(topology.queue_of(receipt), receipt.id, dump(receipt))])


def _said_by_an_agent(event: Message) -> bool:
    return event.direction is Direction.outbound and not is_ours(event.external_id)


def _letter(event: AnyEvent, source: Source, queue: str, reason: str, detail: str, code: str = "") -> DeadLetter:
    return DeadLetter(
        event.id, event.tenant or None, source, queue, event.id, event.origin.adapter, event.origin.account, None,
        reason, detail, dump(event), now(), code=code, direction=event.direction.value,
    )  # fmt: skip


class Undertaker:
    """The receiver of `unparsed` and `dead`."""

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._tasks: set[asyncio.Task[None]] = set()
        self._subscriptions: list[Subscription] = []

    async def start(self) -> None:
        await self._rt.broker.declare(topology.SHARED)
        for queue in topology.SHARED:
            self._subscriptions.append(await self._rt.broker.consume(queue, self, prefetch=50))

    async def stop(self) -> None:
        for subscription in self._subscriptions:
            await subscription.close()
        await end(*self._tasks)

    def deliver(self, delivery: Delivery) -> None:
        self._start(self._bury(delivery), f"bury {delivery.queue}")

    def lost(self) -> None:
        """Burying twice is one letter: nothing to forget."""

    def _start(self, work: Coroutine[None, None, None], label: str) -> None:
        task = asyncio.create_task(work, name=label)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _bury(self, delivery: Delivery) -> None:
        try:
            letter = _unparsed(delivery) if delivery.queue == topology.UNPARSED else _given_up(delivery)
        except ValidationError as error:
            await bury_unreadable(self._rt, delivery, str(error))
        else:
            await persistently(self._rt, lambda: self._bury_letter(letter))
        delivery.ack()

    async def _bury_letter(self, letter: DeadLetter) -> None:
        owned = replace(letter, tenant=letter.tenant or await self._owner(letter))
        await self._rt.dead_letters.bury(owned)
        self._rt.log.warning("dead letter", event_id=owned.id, tenant=owned.tenant, reason=owned.reason)

    async def _owner(self, letter: DeadLetter) -> str | None:
        """Whose an unreadable item is, so that it is sealed and removed with the rest of that tenant."""
        adapter = letter.adapter or ""
        hook = await self._rt.directory.hook(adapter, letter.hook or "")
        if hook is not None and hook.tenant is not None:
            return hook.tenant
        account = await self._rt.directory.account(Endpoint(adapter=adapter, account=letter.account or ""))
        return account.tenant if account else None


def _unparsed(delivery: Delivery) -> DeadLetter:
    lost = Lost.model_validate_json(delivery.body)
    origin = lost.origin or Endpoint(adapter=lost.adapter, account="")
    return DeadLetter(
        delivery.id, None, "unparsed", delivery.queue, None, lost.adapter, origin.account or None, lost.hook,
        lost.reason, "", lost.raw, now(),
    )  # fmt: skip


def _given_up(delivery: Delivery) -> DeadLetter:
    why, detail = "delivered too often", "It may end the process."
    held = whole_of(delivery.body)
    if held is None:
        event = load(delivery.body)
        return _letter(event, "broker", topology.queue_of(event), why, detail)
    whole, _ = held  # to read it may be what ends the process
    return DeadLetter(
        whole.id, whole.tenant, "broker", whole.queue, whole.id, whole.adapter, None, whole.hook, why, detail,
        delivery.body, now(), direction=topology.direction_of(whole.queue),
    )  # fmt: skip
