"""RabbitMQ with the journal before it: while RabbitMQ is away, publishes are stored on disk and fed to it later.

Order holds per queue: as long as anything of a queue is in the spool, new messages of that queue go behind it.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from xyper_engine.broker.channels import Result
from xyper_engine.broker.consumer import Consumer
from xyper_engine.broker.journal import Journal
from xyper_engine.broker.link import Backoff
from xyper_engine.broker.port import Delivery, Depth, Outgoing, Receiver
from xyper_engine.broker.rabbitmq import RabbitMQ
from xyper_engine.errors import BrokerUnavailable, Unavailable
from xyper_engine.grouping import Grouped

READ_AHEAD = 100
"""Messages of one queue that are on their way from the spool to RabbitMQ."""


class Feed:
    """Moves one queue from the spool to RabbitMQ, in order; `fed` hears how many came through."""

    def __init__(self, queue: str, rabbit: RabbitMQ, fed: Callable[[str, int], None]) -> None:
        self._queue = queue
        self._rabbit = rabbit
        self._fed = fed
        self._waiting: list[Delivery] = []
        self._some = asyncio.Event()
        self.task = asyncio.create_task(self._run(), name=f"feed {queue}")

    def deliver(self, delivery: Delivery) -> None:
        self._waiting.append(delivery)
        self._some.set()

    def lost(self) -> None:
        """Never called: the journal has no connection to lose."""

    async def _run(self) -> None:
        backoff = Backoff()
        while True:
            await self._some.wait()
            await self._rabbit.up.wait()
            try:
                await self._rabbit.declare([self._queue])
                await self._move()
                backoff.reset()
            except Unavailable:
                await backoff.pause()

    async def _move(self) -> None:
        batch, self._waiting = self._waiting, []
        try:
            await self._rabbit.publish([Outgoing(held.queue, held.id, held.body) for held in batch])
        except BaseException:
            self._waiting = batch + self._waiting
            raise
        for held in batch:
            held.ack()
        self._fed(self._queue, len(batch))
        if not self._waiting:
            self._some.clear()


class Spooled:
    """See `port.Broker`. `declare` and `consume` take effect when RabbitMQ comes; `depth` raises while it is away."""

    def __init__(self, rabbit: RabbitMQ, journal: Journal) -> None:
        self._rabbit = rabbit
        self._journal = journal
        self._behind: Counter[str] = Counter(journal.standing)
        self._feeds: dict[str, Feed] = {}
        self._doubt = False  # the last publish failed: let the feeds find out when RabbitMQ is well again
        self._out: Grouped[Sequence[Outgoing], Result] = Grouped(self._send)

    @classmethod
    async def open(cls, rabbit: RabbitMQ, journal: Journal) -> "Spooled":
        """Goes on with what an earlier process left in the spool."""
        broker = cls(rabbit, journal)
        rabbit.want(list(broker._behind))
        for queue in list(broker._behind):
            await broker._feed(queue)
        return broker

    @property
    def spooled(self) -> int:
        """Messages that wait on disk for RabbitMQ."""
        return self._behind.total()

    @property
    def connected(self) -> bool:
        return self._rabbit.connected

    async def declare(self, queues: Sequence[str]) -> None:
        try:
            await self._rabbit.declare(queues)
        except Unavailable:
            if self._rabbit.reading.session is not None:
                raise

    async def publish(self, batch: Sequence[Outgoing]) -> None:
        self._rabbit.check(batch)
        result = await self._out(batch)
        if result is not None:
            raise result

    async def consume(self, queue: str, receiver: Receiver, prefetch: int) -> Consumer:
        return await self._rabbit.consume(queue, receiver, prefetch)

    async def depth(self, queue: str) -> Depth:
        return await self._rabbit.depth(queue)

    async def close(self) -> None:
        tasks = [feed.task for feed in self._feeds.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(self._rabbit.close(), self._journal.close())

    async def _send(self, batches: Sequence[Sequence[Outgoing]]) -> Sequence[Result]:
        detour = self._detour(batches)
        direct = [n for n in range(len(batches)) if n not in detour]
        spooled, sent = await asyncio.gather(
            self._spool([batches[n] for n in sorted(detour)]), self._direct([batches[n] for n in direct])
        )
        results = {**dict.fromkeys(detour, spooled), **dict(zip(direct, sent, strict=True))}
        failed = [n for n in direct if results[n] is not None]
        if failed:
            self._doubt = True
            results |= dict.fromkeys(failed, await self._spool([batches[n] for n in failed]))
        return [results[n] for n in range(len(batches))]

    async def _direct(self, batches: Sequence[Sequence[Outgoing]]) -> Sequence[Result]:
        return await self._rabbit.offer(batches) if batches else ()

    def _detour(self, batches: Sequence[Sequence[Outgoing]]) -> set[int]:
        """Which batches must go by the spool: all, or those that would overtake something there."""
        if not self._rabbit.up.is_set() or (self._doubt and self._behind):
            return set(range(len(batches)))
        behind, detour = set(self._behind), set[int]()
        for n, batch in enumerate(batches):
            queues = {message.queue for message in batch}
            if not behind.isdisjoint(queues):
                behind |= queues
                detour.add(n)
        return detour

    async def _spool(self, batches: Sequence[Sequence[Outgoing]]) -> Result:
        messages = [message for batch in batches for message in batch]
        if not messages:
            return None
        counts = Counter(message.queue for message in messages)
        self._behind.update(counts)
        try:
            for queue in counts:
                await self._feed(queue)
            await self._journal.publish(messages)
        except BrokerUnavailable as error:
            self._forget(counts)
            return error
        return None

    async def _feed(self, queue: str) -> None:
        if queue in self._feeds:
            return
        feed = Feed(queue, self._rabbit, self._fed)
        try:
            await self._journal.consume(queue, feed, READ_AHEAD)
        except BaseException:
            feed.task.cancel()
            raise
        self._feeds[queue] = feed

    def _fed(self, queue: str, messages: int) -> None:
        self._doubt = False
        self._forget({queue: messages})

    def _forget(self, counts: Mapping[str, int]) -> None:
        for queue, messages in counts.items():
            self._behind[queue] -= messages
            if not self._behind[queue]:
                del self._behind[queue]
