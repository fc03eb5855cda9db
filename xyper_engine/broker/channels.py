"""The channel that consumes, with its deliveries and acks; `publishing.py` has the other kind."""

import asyncio

from xyper_engine.broker.lean import Tap, ack_frames
from xyper_engine.broker.port import Receiver


class Taken:
    """A delivery of RabbitMQ's; see `port.Delivery`."""

    __slots__ = ("_channel", "_tag", "body", "id", "queue", "redelivered")

    def __init__(self, channel: "Consuming", tag: int, queue: str, id: str, body: bytes, redelivered: bool) -> None:  # noqa: A002
        self._channel: Consuming | None = channel
        self._tag = tag
        self.queue = queue
        self.id = id
        self.body = body
        self.redelivered = redelivered

    def ack(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.ack(self._tag)


class Consuming:
    """A channel with one consumer, so its tags count one queue's deliveries and nothing else.

    That is what makes `multiple` acks provably right: below the watermark every tag is acked.
    """

    def __init__(self, tap: Tap, number: int, queue: str, receiver: Receiver) -> None:
        self._tap = tap
        self._number = number
        self._queue = queue
        self._receiver = receiver
        self._last = self._low = 0
        self._beyond: set[int] = set()
        self._pending: list[int] = []
        self._void = False
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when either side ended the consumer."""
        tap.consumers[number] = self

    def delivered(self, tag: int, redelivered: bool, id: str, body: bytes) -> None:  # noqa: A002
        self._last = tag
        if not self._void:
            self._receiver.deliver(Taken(self, tag, self._queue, id, body, redelivered))

    def ack(self, tag: int) -> None:
        if self._void:
            return
        if not self._pending:
            asyncio.get_running_loop().call_soon(self.flush)
        self._pending.append(tag)

    def flush(self) -> None:
        """Write the acks that came together since the last time."""
        tags, self._pending = sorted(self._pending), []
        if not tags or self._void:
            return
        self._beyond.update(tags)
        while self._low + 1 in self._beyond:
            self._low += 1
            self._beyond.remove(self._low)
        self._tap.write(ack_frames(self._number, tags, self._low))

    def end(self) -> None:
        """From now on acks are void and nothing is delivered."""
        self._void = True

    def cancelled(self) -> None:
        if not self.over.done():
            self.over.set_result(None)
