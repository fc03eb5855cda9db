"""RabbitMQ with the journal before it: while RabbitMQ is away, publishes are stored on disk and fed to it later.

Order holds per queue: as long as anything of a queue is in the spool, new messages of that queue go behind it, and what
fails on its way to RabbitMQ goes there at once, in order, before anything later can.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import structlog

from xyper_engine.backoff import Backoff
from xyper_engine.boundary import crossed
from xyper_engine.broker.consumer import Consumer
from xyper_engine.broker.convoy import UNKNOWN, Convoy, Road
from xyper_engine.broker.journal import Journal
from xyper_engine.broker.port import Delivery, Depth, Outgoing, Receiver, Spool, Subscription, by_queue
from xyper_engine.broker.publishing import Result
from xyper_engine.broker.rabbitmq import RabbitMQ
from xyper_engine.ending import end
from xyper_engine.errors import BrokerUnavailable, Unavailable
from xyper_engine.grouping import Grouped

READ_AHEAD = 1000
"""Messages of one queue that are on their way from the spool to RabbitMQ."""


log: structlog.typing.FilteringBoundLogger = structlog.get_logger("xyper.broker")


class Feed:
    """Moves one queue from the spool to RabbitMQ, or to where others' messages of it lie, in order.

    `fed` hears how many came through, and up to which nothing waits any more.
    """

    def __init__(self, queue: str, rabbit: RabbitMQ, convoy: Convoy, fed: Callable[[str, int, str], None]) -> None:
        self._queue = queue
        self._rabbit = rabbit
        self._convoy = convoy
        self._fed = fed
        self._waiting: list[Delivery] = []
        self._some = asyncio.Event()
        self.reading: Subscription | None = None
        """Of the queue in the spool."""
        self.task = asyncio.create_task(self._run(), name=f"feed {queue}")

    def deliver(self, delivery: Delivery) -> None:
        self._waiting.append(delivery)
        self._some.set()

    async def end(self) -> None:
        """Move nothing more."""
        await end(self.task)
        if self.reading is not None:
            await self.reading.close()

    def lost(self) -> None:
        """Never called: the journal has no connection to lose."""

    async def _run(self) -> None:
        backoff = Backoff()
        while True:
            await self._some.wait()
            await self._rabbit.up.wait()
            try:
                await self._move(await self._convoy.way(self._queue))
                backoff.reset()
            except Unavailable:
                await backoff.pause()
            except Exception:  # a bug must not leave messages on this disk for ever
                log.exception("feed_stumbled", queue=self._queue)
                await backoff.pause()

    async def _move(self, road: Road | None) -> None:
        batch, self._waiting = self._waiting, []
        put = self._convoy.carry if road is None else road.add
        try:
            await put([Outgoing(held.queue, held.id, held.body) for held in batch])
        except BaseException:
            self._waiting = batch + self._waiting
            raise
        crossed("fed")
        for held in batch:
            held.ack()
        self._fed(self._queue, len(batch), self._waiting[0].id if self._waiting else batch[-1].id)
        if not self._waiting:
            self._some.clear()


class Spooled:
    """See `port.Broker`. `declare` and `consume` take effect when RabbitMQ comes; `depth` raises while it is away."""

    def __init__(self, rabbit: RabbitMQ, journal: Journal) -> None:
        self._rabbit = rabbit
        self._journal = journal
        self.convoy = Convoy(self._carry)
        self._behind: Counter[str] = Counter(journal.standing)
        self._feeds: dict[str, Feed] = {}
        self._doubt = False  # RabbitMQ left something unconfirmed: let the feeds find out when it is well again
        self._store: Grouped[Sequence[Outgoing], Result] = Grouped(self._stored)

    @classmethod
    async def open(cls, rabbit: RabbitMQ, journal: Journal) -> "Spooled":
        """Goes on with what an earlier process left in the spool."""
        broker = cls(rabbit, journal)
        rabbit.want(list(broker._behind))
        rabbit.rises = broker.convoy.doubt
        for queue in list(broker._behind):
            broker.convoy.keep(queue, UNKNOWN)
            await broker._feed(queue)
        return broker

    @property
    def spooled(self) -> int:
        """Messages that wait on disk for RabbitMQ."""
        return self._behind.total()

    @property
    def spool(self) -> Spool:
        return self._journal.spool

    @property
    def connected(self) -> bool:
        return self._rabbit.connected

    async def declare(self, queues: Sequence[str]) -> None:
        try:
            await self._rabbit.declare(queues)
        except Unavailable:
            if self._rabbit.here:
                raise

    async def publish(self, batch: Sequence[Outgoing]) -> None:
        self._rabbit.check(batch)
        pieces = by_queue(batch)
        if late := [piece[0].queue for piece in pieces if self._rabbit.up.is_set() and self._is_behind(piece[0].queue)]:
            await asyncio.gather(*map(self.convoy.clear, late))
        for result in [await answer for answer in [self._routed(piece) for piece in pieces]]:
            if result is not None:
                raise result
        if self._behind:
            for piece in pieces:
                await self.convoy.assure(piece[0].queue, piece[0].id)

    async def consume(self, queue: str, receiver: Receiver, prefetch: int) -> Consumer:
        return await self._rabbit.consume(queue, receiver, prefetch)

    async def depth(self, queue: str) -> Depth:
        return await self._rabbit.depth(queue)

    async def _carry(self, batch: Sequence[Outgoing]) -> None:
        """To RabbitMQ, and to no spool."""
        await self._rabbit.declare([batch[0].queue])
        await self._rabbit.publish(batch)

    async def remove(self, queues: Sequence[str]) -> None:
        for queue in queues:
            if (feed := self._feeds.pop(queue, None)) is not None:
                await feed.end()
            self._behind.pop(queue, None)
            self.convoy.fed(queue, None)
        await self._journal.remove(queues)
        await self._rabbit.remove(queues)

    async def scrub(self) -> None:
        await self._journal.scrub()

    async def close(self) -> None:
        tasks = [feed.task for feed in self._feeds.values()]
        await end(*tasks)
        await asyncio.gather(self._rabbit.close(), self._journal.close())

    def _routed(self, messages: Sequence[Outgoing]) -> asyncio.Future[Result]:
        """By the spool where they would overtake something there, or where RabbitMQ has to prove itself first."""
        if not self._rabbit.up.is_set() or self._is_behind(messages[0].queue) or (self._doubt and self._behind):
            return self._spool(messages)
        return self._rabbit.offer(messages, self._rescue)

    def _is_behind(self, queue: str) -> bool:
        """Whether something of it is still kept, here or by others, that what comes now must not overtake."""
        return queue in self._behind or self.convoy.goes_before(queue)

    def _rescue(self, messages: Sequence[Outgoing]) -> asyncio.Future[Result]:
        self._doubt = self._doubt or not self._rabbit.up.is_set()
        return self._spool(messages)

    def _spool(self, messages: Sequence[Outgoing]) -> asyncio.Future[Result]:
        """A plain call: whatever is published after it knows already that it must go behind."""
        self._behind[messages[0].queue] += len(messages)
        self.convoy.keep(messages[0].queue, messages[0].id)
        return self._store(messages)

    async def _stored(self, pieces: Sequence[Sequence[Outgoing]]) -> Sequence[Result]:
        messages = [message for piece in pieces for message in piece]
        counts = Counter(message.queue for message in messages)
        result: Result = None
        try:
            for queue in counts:
                await self._feed(queue)
            await self._journal.publish(messages)
        except BrokerUnavailable as error:
            self._forget(counts)
            result = error
        return [result] * len(pieces)

    async def _feed(self, queue: str) -> None:
        if queue in self._feeds:
            return
        feed = Feed(queue, self._rabbit, self.convoy, self._fed)
        try:
            feed.reading = await self._journal.consume(queue, feed, READ_AHEAD)
        except BaseException:
            feed.task.cancel()
            raise
        self._feeds[queue] = feed

    def _fed(self, queue: str, messages: int, rest: str) -> None:
        self._doubt = False
        self._forget({queue: messages})
        if queue in self._behind:
            self.convoy.fed(queue, rest)

    def _forget(self, counts: Mapping[str, int]) -> None:
        for queue, messages in counts.items():
            self._behind[queue] -= messages
            if not self._behind[queue]:
                del self._behind[queue]
                self.convoy.fed(queue, None)
