"""One subscription to a queue of RabbitMQ's: a task that keeps a consuming channel open until it is closed."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

import structlog
from aiormq.channel import Channel
from pamqp import commands as spec

from xyper_engine.broker.channels import Consuming
from xyper_engine.broker.link import TROUBLES, Backoff, Link, Session
from xyper_engine.broker.port import Receiver
from xyper_engine.errors import Unavailable

TAG = "xyper"
"""The consumer tag; it only has to differ within a channel."""
ANSWER = 10.0
"""Seconds for RabbitMQ to answer."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("xyper.broker")


class Consumer:
    """See `port.Subscription`. Begins by itself, and again after each lost channel or connection."""

    def __init__(
        self,
        link: Link,
        ensure: Callable[[Session, Sequence[str]], Awaitable[None]],
        left: Callable[["Consumer"], None],
        queue: str,
        key: str,
        receiver: Receiver,
        prefetch: int,
    ) -> None:
        self.queue = queue
        self._link = link
        self._ensure = ensure
        self._left = left
        self._key = key
        self._receiver = receiver
        self._prefetch = prefetch
        self._on: tuple[Channel, Consuming] | None = None
        self._attaching = asyncio.Lock()
        self._closing = False
        self._task = asyncio.create_task(self._run(), name=f"consume {queue}")

    def begin_again(self) -> None:
        """The queue is not what it was: what is held is void."""
        if self._on is not None:
            self._on[1].cancelled()

    async def close(self) -> None:
        """Write the last acks, then let the channel go and with it what is unacked.

        RabbitMQ puts that back in its place before the next consumer gets anything. A `basic.cancel` would call the
        next one while this one still holds some, and messages would overtake each other.
        """
        self._closing = True
        if self._on is not None:
            self._on[1].flush()
            self._on[1].end()
            self._on[1].cancelled()  # a call of aiormq's may swallow the task's cancellation
        self._task.cancel()
        await asyncio.wait({self._task})
        self._left(self)

    async def _run(self) -> None:
        backoff = Backoff()
        while not self._closing:
            session = await self._link.ready()
            try:
                await self._attend(session, backoff)
            except (*TROUBLES, Unavailable) as error:
                log.warning("consumer_unfit", queue=self.queue, error=type(error).__name__)
            if not self._closing:
                await backoff.pause()

    async def _attend(self, session: Session, backoff: Backoff) -> None:
        """Consume as long as the channel lasts."""
        try:
            async with self._attaching:
                if not self._closing:
                    await self._attach(session)
            if self._on is not None and not self._closing:
                backoff.reset()
                channel, consuming = self._on
                await asyncio.wait({channel.closing, consuming.over}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if self._on is not None:
                await self._leave(session, *self._on)

    async def _attach(self, session: Session) -> None:
        await self._ensure(session, [self.queue])
        channel = await session.channel()
        self._on = channel, Consuming(session.tap, channel.number, self.queue, self._receiver)
        await channel.basic_qos(prefetch_count=self._prefetch, timeout=ANSWER)
        await channel.rpc(spec.Basic.Consume(queue=self._key, consumer_tag=TAG), timeout=ANSWER)

    async def _leave(self, session: Session, channel: Channel, consuming: Consuming) -> None:
        self._on = None
        consuming.end()
        if not self._closing:
            session.declared.discard(self.queue)  # the queue itself may be what went away
            self._receiver.lost()
        with contextlib.suppress(*TROUBLES):
            await channel.close()
        if session.tap.consumers.get(channel.number) is consuming:  # the number may be somebody else's by now
            del session.tap.consumers[channel.number]
