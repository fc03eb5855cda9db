"""One subscription to a queue of RabbitMQ's: a task that keeps a consuming channel open until it is closed."""

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from xyper_engine.backoff import Backoff
from xyper_engine.broker.channels import NOT_FOUND, ChannelLost, Consuming
from xyper_engine.broker.link import TROUBLES, Link, Session
from xyper_engine.broker.port import Receiver
from xyper_engine.broker.queues import Queues
from xyper_engine.ending import end
from xyper_engine.errors import Unavailable

log: structlog.typing.FilteringBoundLogger = structlog.get_logger("xyper.broker")


class Consumer:
    """See `port.Subscription`. Begins by itself, and again after each lost channel or connection."""

    def __init__(
        self,
        link: Link,
        queues: Queues,
        left: Callable[["Consumer"], None],
        queue: str,
        receiver: Receiver,
        prefetch: int,
    ) -> None:
        self.queue = queue
        self.link = link
        self._queues = queues
        self._left = left
        self._receiver = receiver
        self._prefetch = prefetch
        self._on: Consuming | None = None
        self._closing = False
        self._task = asyncio.create_task(self._run(), name=f"consume {queue}")

    def begin_again(self) -> None:
        """The queue is not what it was: what is held is void."""
        if self._on is not None:
            self._on.cancelled()

    async def close(self) -> None:
        """Write the last acks, then let the channel go and with it what is unacked.

        RabbitMQ puts that back in its place before the next consumer gets anything. A `basic.cancel` would call the
        next one while this one still holds some, and messages would overtake each other.
        """
        self._closing = True
        if self._on is not None:
            self._on.flush()
            self._on.end()
        await end(self._task)
        self._left(self)

    async def _run(self) -> None:
        backoff = Backoff()
        while not self._closing:
            session = await self.link.ready()
            try:
                await self._attend(session, backoff)
            except (*TROUBLES, Unavailable) as error:
                log.warning("consumer_unfit", queue=self.queue, error=type(error).__name__)
            except Exception:  # a bug must not leave a queue without a consumer for ever
                log.exception("consumer_stumbled", queue=self.queue)
            if not self._closing:
                await backoff.pause()

    async def _attend(self, session: Session, backoff: Backoff) -> None:
        """Consume as long as the channel lasts."""
        try:
            await self._consume(session, backoff)
        except ChannelLost as error:
            if error.code != NOT_FOUND:
                raise
            # Queues are declared only where RabbitMQ does not know them: to ask for thousands makes a slow start.
            self._queues.forget(self.queue)
            await self._queues.declare([self.queue])
            backoff.reset()

    async def _consume(self, session: Session, backoff: Backoff) -> None:
        self._on = consuming = Consuming(session.tap, self.queue, self._receiver)
        try:
            await consuming.begin(self._queues.key(self.queue), self._prefetch)
            backoff.reset()
            await asyncio.wait({consuming.over})
        finally:
            self._on = None
            consuming.end()
            if consuming.begun and not self._closing:
                self._receiver.lost()
            with contextlib.suppress(*TROUBLES):
                await consuming.close()
