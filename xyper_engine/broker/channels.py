"""The channel that consumes, with its deliveries and acks; `publishing.py` has the other kind."""

import asyncio

from pamqp import commands as spec
from pamqp import frame
from pamqp.base import Frame

from xyper_engine.broker.lean import Tap, ack_frames
from xyper_engine.broker.port import Receiver

TAG = "xyper"
"""The consumer tag; it only has to differ within a channel."""
ANSWER = 10.0
"""Seconds for RabbitMQ to answer."""
NOT_FOUND = 404

_STARTED, _CANCEL = 60 << 16 | 21, 60 << 16 | 30
_CLOSE, _CLOSED = 20 << 16 | 40, 20 << 16 | 41


class ChannelLost(ConnectionError):
    """RabbitMQ closed the channel. `code` is its reason; 0 where the connection or the consumer went away."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(f"channel closed with {code}")
        self.code = code


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

    __slots__ = (
        "_beyond", "_last", "_loop", "_low", "_number", "_pending", "_queue", "_receiver", "_started", "_tap", "_void",
        "over",
    )  # fmt: skip

    def __init__(self, tap: Tap, queue: str, receiver: Receiver) -> None:
        self._tap = tap
        self._number = tap.take_number(self)
        self._queue = queue
        self._receiver = receiver
        self._last = self._low = 0
        self._beyond: set[int] = set()
        self._pending: list[int] = []
        self._void = False
        self._loop = asyncio.get_running_loop()
        self._started: asyncio.Future[int] = self._loop.create_future()
        self.over: asyncio.Future[int] = self._loop.create_future()
        """Done when either side ended the consumer, with the code of `ChannelLost`."""

    @property
    def begun(self) -> bool:
        """Whether there may have been deliveries."""
        return self._started.done()

    async def begin(self, key: str, prefetch: int) -> None:
        """Consume the queue that has this name on the server. Raises `ChannelLost`, or `TimeoutError`.

        All three steps are written at once: with thousands of queues, waiting for each answer would make a slow start.
        """
        steps = (
            spec.Channel.Open(),
            spec.Basic.Qos(prefetch_count=prefetch),
            spec.Basic.Consume(queue=key, consumer_tag=TAG),
        )
        self._tap.write(b"".join(map(self._frame, steps)))
        async with asyncio.timeout(ANSWER):
            await asyncio.wait({self._started, self.over}, return_when=asyncio.FIRST_COMPLETED)
        if self.over.done():
            raise ChannelLost(self.over.result())

    async def close(self) -> None:
        """Let the channel go, and with it what is unacked. Raises `TimeoutError`."""
        self.end()
        if self._tap.consumers.get(self._number) is self:
            self._tap.write(self._frame(spec.Channel.Close(0, "", 0, 0)))
            if self.over.done():
                self.over = self._loop.create_future()
            async with asyncio.timeout(ANSWER):
                await self.over

    def delivered(self, tag: int, redelivered: bool, id: str, body: bytes) -> None:  # noqa: A002
        self._last = tag
        if not self._void:
            self._receiver.deliver(Taken(self, tag, self._queue, id, body, redelivered))

    def told(self, method: int, arguments: bytes) -> None:
        if method == _STARTED:
            if not self._started.done():
                self._started.set_result(0)
        elif method == _CLOSE:
            self._tap.write(self._frame(spec.Channel.CloseOk()))
            self._tap.give_back(self._number)
            self.cancelled(int.from_bytes(arguments[:2], "big"))
        elif method == _CLOSED:
            self._tap.give_back(self._number)
            self.cancelled()
        elif method == _CANCEL:
            self.cancelled()

    def ended(self) -> None:
        self._tap.give_back(self._number)
        self.cancelled()

    def ack(self, tag: int) -> None:
        if self._void:
            return
        if not self._pending:
            self._loop.call_soon(self.flush)
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

    def cancelled(self, code: int = 0) -> None:
        if not self.over.done():
            self.over.set_result(code)

    def _frame(self, method: Frame) -> bytes:
        return frame.marshal(method, self._number)
