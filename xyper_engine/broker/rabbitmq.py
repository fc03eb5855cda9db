"""RabbitMQ behind the broker port, without a spool; `spool.Spooled` adds that.

Connections that publish, declare and consume are apart, because RabbitMQ stops reading from one that publishes while
its memory or disk is short, and acks must go on. Every consumer has a channel of its own: what happens to one (e.g. a
consumer timeout) touches no other. Where there are more than a connection may have, there are more connections.
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog
from yarl import URL

from xyper_engine.broker.consumer import Consumer
from xyper_engine.broker.link import Link, Session
from xyper_engine.broker.port import Depth, Outgoing, Receiver, Spool, by_queue
from xyper_engine.broker.publishing import Publishing, Rescue, Result
from xyper_engine.broker.queues import Queues
from xyper_engine.broker.topology import DELIVERY_LIMIT
from xyper_engine.errors import BrokerUnavailable, Conflict

CONSUMERS = 1500
"""Consumers of one connection; RabbitMQ allows 2,047 channels unless told otherwise (`channel_max`)."""

log: structlog.typing.FilteringBoundLogger = structlog.get_logger("xyper.broker")


class RabbitMQ:
    """Open it with `await RabbitMQ.open(…)`. See `port.Broker` for what each method promises."""

    spooled = 0
    """Nothing is kept here while RabbitMQ is away."""
    spool = Spool()
    convoy = None

    def __init__(self, url: URL, prefix: str, timeout: float, delivery_limit: int) -> None:
        self._url = url
        self._timeout = timeout
        self._consumers: dict[str, Consumer] = {}
        self._publishing: Publishing | None = None
        self.rises: Callable[[], None] = lambda: None
        """Called whenever publishes have a chance again."""
        self.up = asyncio.Event()
        """Set while publishes have a chance: connected, and not blocked by an alarm of RabbitMQ's."""
        self._queues = Queues(url, prefix, delivery_limit)
        self._reading: dict[Link, int] = {}
        """The connections that consume, with how many consumers each has."""
        self._writing = Link(url, "xyper writing", self._write_opened, self._write_closed)

    @classmethod
    async def open(cls, url: str, *, prefix: str, timeout: float, delivery_limit: int = DELIVERY_LIMIT) -> "RabbitMQ":
        """Also while RabbitMQ is away. `timeout` is for confirms, in seconds. Raises `SettingsError`."""
        broker = cls(URL(url), prefix, timeout, delivery_limit)
        try:
            await asyncio.gather(broker._queues.link.first_try(), broker._writing.first_try())
        except BaseException:
            await broker.close()
            raise
        return broker

    @property
    def connected(self) -> bool:
        return self.up.is_set() and self.here and all(link.session is not None for link in self._reading)

    @property
    def here(self) -> bool:
        """Whether RabbitMQ can be talked to, be it that it takes no messages just now."""
        return self._queues.link.session is not None

    def want(self, queues: Sequence[str]) -> None:
        """These are declared now or as soon as RabbitMQ is back, and may be published to."""
        self._queues.want(queues)

    def check(self, batch: Sequence[Outgoing]) -> None:
        """Raises `BrokerUnavailable` where a queue was never declared."""
        self._queues.check(batch)

    async def declare(self, queues: Sequence[str]) -> None:
        await self._queues.declare(queues)

    async def publish(self, batch: Sequence[Outgoing]) -> None:
        self.check(batch)
        for result in [await answer for answer in [self.offer(piece) for piece in by_queue(batch)]]:
            if result is not None:
                raise result

    def offer(self, batch: Sequence[Outgoing], rescue: Rescue | None = None) -> asyncio.Future[Result]:
        """Publish messages of one queue behind all that was offered before. `rescue` gets what fails later on."""
        if self._publishing is not None and self.up.is_set():
            return self._publishing.offer(batch, self._timeout, rescue)
        away: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        away.set_result(BrokerUnavailable("RabbitMQ is away."))
        return away

    async def consume(self, queue: str, receiver: Receiver, prefetch: int) -> Consumer:
        if queue in self._consumers:
            raise Conflict(f"The queue {queue} has a consumer already: close that one first.")
        self.want([queue])
        link = self._reader()
        self._reading[link] += 1
        consumer = self._consumers[queue] = Consumer(link, self._queues, self._left, queue, receiver, prefetch)
        return consumer

    async def depth(self, queue: str) -> Depth:
        return await self._queues.depth(queue)

    async def remove(self, queues: Sequence[str]) -> None:
        await self._queues.remove(queues)

    async def scrub(self) -> None:
        """Nothing lies here: the server writes its own files anew by itself, as it drops what was acked."""

    async def close(self) -> None:
        await asyncio.gather(*(consumer.close() for consumer in list(self._consumers.values())))
        links = (self._queues.link, self._writing, *self._reading)
        await asyncio.gather(*(link.close() for link in links))

    def _reader(self) -> Link:
        """A connection with room for one more consumer."""
        found = next((link for link, consumers in self._reading.items() if consumers < CONSUMERS), None)
        if found is None:
            found = Link(self._url, "xyper reading", _nothing_to_prepare, lambda: None)
            self._reading[found] = 0
        return found

    def _left(self, consumer: Consumer) -> None:
        """Its queue may be consumed again."""
        if self._consumers.get(consumer.queue) is consumer:
            del self._consumers[consumer.queue]
            self._reading[consumer.link] -= 1

    async def _write_opened(self, session: Session) -> None:
        channel = await session.channel(confirms=True)
        frame_max = channel.connection.connection_tune.frame_max
        self._publishing = Publishing(
            session.tap, channel.number, frame_max, self._queues.key, self._missing, self._late
        )
        session.tap.changed = self._weigh
        channel.closing.add_done_callback(lambda _: session.tap.abort())
        self._weigh()

    def _write_closed(self) -> None:
        publishing, self._publishing = self._publishing, None
        self._weigh()
        if publishing is not None:
            publishing.ended()

    def _weigh(self) -> None:
        if self._publishing is None:
            self.up.clear()
        elif self._publishing.blocked:
            self.up.clear()
            # What is under way must not be overtaken by what is stored elsewhere from now on: it goes there first.
            self._publishing.fail(BrokerUnavailable("RabbitMQ takes nothing: its memory or disk is short."))
        elif not self.up.is_set():
            self.rises()
            self.up.set()

    def _late(self) -> None:
        """A connection that swallows messages is of no use to the next one either."""
        log.warning("rabbitmq_silent", seconds=self._timeout)
        if self._publishing is not None:
            self._publishing.abort()
            self._write_closed()

    def _missing(self, queue: str) -> None:
        """It was deleted behind our back: declare it when next asked, and have its consumer begin again.

        RabbitMQ does not tell a consumer of a queue that was deleted and at once declared by somebody.
        """
        self._queues.forget(queue)
        if queue in self._consumers:
            self._consumers[queue].begin_again()


async def _nothing_to_prepare(_session: Session) -> None:
    """A connection that consumes is ready as it is."""
