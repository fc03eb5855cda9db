"""RabbitMQ's queues: which are wanted, and that they exist. On a connection of its own.

RabbitMQ stops reading from a connection that publishes while its memory or disk is short, and the connections that
consume number their channels themselves: nothing can be declared on either.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from aiormq.channel import Channel
from aiormq.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed
from yarl import URL

from xyper_engine.broker.channels import ANSWER
from xyper_engine.broker.link import TROUBLES, Link, Session
from xyper_engine.broker.port import Depth, Outgoing
from xyper_engine.broker.topology import DEAD
from xyper_engine.errors import BrokerUnavailable, NotFound, Unavailable
from xyper_engine.ids import new_id
from xyper_engine.saying import Quoted, said

_QUORUM: Mapping[str, Any] = {"x-queue-type": "quorum"}

log: structlog.typing.FilteringBoundLogger = structlog.get_logger("xyper.broker")


class Queues:
    """Quorum queues with a single active consumer, and where RabbitMQ puts what it gives up on."""

    def __init__(self, url: URL, prefix: str, delivery_limit: int) -> None:
        self._prefix = prefix
        self._limit = delivery_limit
        self._wanted: dict[str, None] = {DEAD: None}
        self.link = Link(url, "xyper declaring", self._opened, lambda: None)

    def key(self, queue: str) -> str:
        """The queue's name on the server."""
        return f"{self._prefix}{queue}"

    def want(self, queues: Sequence[str]) -> None:
        """These may be published to; what of them is missing is declared when it shows."""
        self._wanted.update(dict.fromkeys(queues))

    def check(self, batch: Sequence[Outgoing]) -> None:
        """Raises `BrokerUnavailable` where a queue was never declared."""
        for message in batch:
            if message.queue not in self._wanted:
                raise BrokerUnavailable(f"There is no queue {message.queue}: declare it before publishing to it.")

    def forget(self, queue: str) -> None:
        """It was deleted behind our back: declare it when next asked."""
        if self.link.session is not None:
            self.link.session.declared.discard(queue)

    async def declare(self, queues: Sequence[str]) -> None:
        """Declare what this connection has not declared yet. Raises `Unavailable`."""
        self.want(queues)
        await self._ensure(self.link.now(), queues)

    async def depth(self, queue: str) -> Depth:
        session = self.link.now()
        try:
            channel = await session.channel()
            answer = await channel.queue_declare(self.key(queue), passive=True, timeout=ANSWER)
            await channel.close()
        except ChannelNotFoundEntity:
            raise NotFound(f"There is no queue {queue}.") from None
        except TROUBLES as error:
            kind = Quoted(type(error).__name__)
            raise Unavailable(said("away.broker", "RabbitMQ did not answer: {error}.", error=kind)) from error
        return Depth(ready=answer.message_count or 0, consumers=answer.consumer_count or 0)

    async def remove(self, queues: Sequence[str]) -> None:
        """Delete them with what is in them; fine where there are none. Raises `Unavailable`."""
        session = self.link.now()
        for queue in queues:
            self._wanted.pop(queue, None)
            session.declared.discard(queue)
        try:
            channel = await session.channel()
            for queue in queues:
                await channel.queue_delete(self.key(queue), timeout=ANSWER)
            await channel.close()
        except TROUBLES as error:
            raise Unavailable(f"RabbitMQ deleted no queue: {type(error).__name__}.") from error

    async def _ensure(self, session: Session, queues: Sequence[str]) -> None:
        missing = [queue for queue in queues if queue not in session.declared]
        if not missing:
            return
        async with session.declaring:
            try:
                channel = await session.channel()
                for queue in missing:
                    await self._declare(channel, queue)
                    session.declared.add(queue)
                await self._outlive(channel)
                await channel.close()
            except ChannelPreconditionFailed as error:
                raise Unavailable(f"A queue exists in RabbitMQ with other arguments than Xyper's: {error}.") from error
            except TROUBLES as error:
                raise Unavailable(f"RabbitMQ declared no queue: {type(error).__name__}.") from error

    async def _declare(self, channel: Channel, queue: str) -> None:
        arguments: dict[str, Any] = {**_QUORUM, "x-single-active-consumer": True}
        if queue != DEAD:
            arguments |= {
                "x-delivery-limit": self._limit,
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": self.key(DEAD),
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",  # at-least-once wants it
            }
        await channel.queue_declare(self.key(queue), durable=True, arguments=arguments, timeout=ANSWER)

    async def _outlive(self, channel: Channel) -> None:
        """A newer queue, which goes at once.

        RabbitMQ (3.10) notes at leisure that its newest quorum queue has elected a leader, up to a second later, and at
        once when there is a newer one. Killed before, it comes back with a queue that takes messages, confirms none and
        gives none out, however often it starts anew.
        """
        newer = self.key(f"newer.{new_id()}")
        await channel.queue_declare(newer, durable=True, arguments=dict(_QUORUM), timeout=ANSWER)
        await channel.queue_delete(newer, timeout=ANSWER)

    async def _opened(self, session: Session) -> None:
        try:
            await self._ensure(session, list(self._wanted))
        except Unavailable as error:  # one misdeclared queue must not keep the others away
            log.warning("rabbitmq_topology", reason=str(error))
