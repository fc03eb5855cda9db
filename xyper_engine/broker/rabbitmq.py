"""RabbitMQ behind the broker port, without a spool; `spool.Spooled` adds that.

Two connections: one publishes, one does everything else, because RabbitMQ stops reading from a connection that
publishes while its memory or disk is short, and acks must go on. Queues are quorum queues with a single active
consumer. Every consumer has a channel of its own: what happens to one (e.g. a consumer timeout) touches no other.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from aiormq.channel import Channel
from aiormq.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed
from yarl import URL

from xyper_engine.broker.consumer import Consumer
from xyper_engine.broker.link import TROUBLES, Link, Session
from xyper_engine.broker.port import Depth, Outgoing, Receiver, by_queue
from xyper_engine.broker.publishing import Publishing, Rescue, Result
from xyper_engine.broker.topology import DEAD, DELIVERY_LIMIT
from xyper_engine.errors import BrokerUnavailable, Conflict, NotFound, Unavailable

ANSWER = 10.0
"""Seconds for RabbitMQ to answer a declaration; a new quorum queue takes a busy server tens of milliseconds."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("xyper.broker")


class RabbitMQ:
    """Open it with `await RabbitMQ.open(…)`. See `port.Broker` for what each method promises."""

    spooled = 0
    """Nothing is kept here while RabbitMQ is away."""

    def __init__(self, url: URL, prefix: str, timeout: float, delivery_limit: int) -> None:
        self._prefix = prefix
        self._timeout = timeout
        self._limit = delivery_limit
        self._wanted: dict[str, None] = {DEAD: None}
        self._consumers: dict[str, Consumer] = {}
        self._publishing: Publishing | None = None
        self.up = asyncio.Event()
        """Set while publishes have a chance: connected, and not blocked by an alarm of RabbitMQ's."""
        self.reading = Link(url, "xyper reading", self._read_opened, lambda: None)
        self._writing = Link(url, "xyper writing", self._write_opened, self._write_closed)

    @classmethod
    async def open(cls, url: str, *, prefix: str, timeout: float, delivery_limit: int = DELIVERY_LIMIT) -> "RabbitMQ":
        """Also while RabbitMQ is away. `timeout` is for confirms, in seconds. Raises `SettingsError`."""
        broker = cls(URL(url), prefix, timeout, delivery_limit)
        try:
            await asyncio.gather(broker.reading.first_try(), broker._writing.first_try())
        except BaseException:
            await broker.close()
            raise
        return broker

    @property
    def connected(self) -> bool:
        return self.up.is_set() and self.reading.session is not None

    def want(self, queues: Sequence[str]) -> None:
        """These are declared now or as soon as RabbitMQ is back, and may be published to."""
        self._wanted.update(dict.fromkeys(queues))

    async def declare(self, queues: Sequence[str]) -> None:
        self.want(queues)
        await self.ensure(self.reading.now(), queues)

    def check(self, batch: Sequence[Outgoing]) -> None:
        """Raises `BrokerUnavailable` where a queue was never declared."""
        for message in batch:
            if message.queue not in self._wanted:
                raise BrokerUnavailable(f"There is no queue {message.queue}: declare it before publishing to it.")

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
        consumer = self._consumers[queue] = Consumer(
            self.reading, self.ensure, self._left, queue, self.key(queue), receiver, prefetch
        )
        return consumer

    async def depth(self, queue: str) -> Depth:
        session = self.reading.now()
        try:
            channel = await session.channel()
            answer = await channel.queue_declare(self.key(queue), passive=True, timeout=ANSWER)
            await channel.close()
        except ChannelNotFoundEntity:
            raise NotFound(f"There is no queue {queue}.") from None
        except TROUBLES as error:
            raise Unavailable(f"RabbitMQ did not answer: {type(error).__name__}.") from error
        return Depth(ready=answer.message_count or 0, consumers=answer.consumer_count or 0)

    async def close(self) -> None:
        await asyncio.gather(*(consumer.close() for consumer in list(self._consumers.values())))
        await asyncio.gather(self.reading.close(), self._writing.close())

    def key(self, queue: str) -> str:
        """The queue's name on the server."""
        return f"{self._prefix}{queue}"

    async def ensure(self, session: Session, queues: Sequence[str]) -> None:
        """Declare what this session has not declared yet. Raises `Unavailable`."""
        missing = [queue for queue in queues if queue not in session.declared]
        if not missing:
            return
        async with session.declaring:
            try:
                channel = await session.channel()
                for queue in missing:
                    await self._declare(channel, queue)
                    session.declared.add(queue)
                await channel.close()
            except ChannelPreconditionFailed as error:
                raise Unavailable(f"A queue exists in RabbitMQ with other arguments than Xyper's: {error}.") from error
            except TROUBLES as error:
                raise Unavailable(f"RabbitMQ declared no queue: {type(error).__name__}.") from error

    def _left(self, consumer: Consumer) -> None:
        """Its queue may be consumed again."""
        if self._consumers.get(consumer.queue) is consumer:
            del self._consumers[consumer.queue]

    async def _declare(self, channel: Channel, queue: str) -> None:
        arguments: dict[str, Any] = {"x-queue-type": "quorum", "x-single-active-consumer": True}
        if queue != DEAD:
            arguments |= {
                "x-delivery-limit": self._limit,
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": self.key(DEAD),
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",  # at-least-once wants it
            }
        await channel.queue_declare(self.key(queue), durable=True, arguments=arguments, timeout=ANSWER)

    async def _read_opened(self, session: Session) -> None:
        try:
            await self.ensure(session, list(self._wanted))
        except Unavailable as error:  # one misdeclared queue must not keep the others away
            log.warning("rabbitmq_topology", reason=str(error))

    async def _write_opened(self, session: Session) -> None:
        channel = await session.channel(confirms=True)
        frame_max = channel.connection.connection_tune.frame_max
        self._publishing = Publishing(session.tap, channel.number, frame_max, self.key, self._missing, self._late)
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
        else:
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
        if self.reading.session is not None:
            self.reading.session.declared.discard(queue)
        if queue in self._consumers:
            self._consumers[queue].begin_again()
