"""The two kinds of channel on the hot path: one that publishes and waits for confirms, one that consumes and acks."""

import asyncio
from collections.abc import Callable, Sequence

from xyper_engine.broker.lean import Tap, ack_frames, content, publish_method
from xyper_engine.broker.port import Outgoing, Receiver
from xyper_engine.errors import BrokerUnavailable

Result = BrokerUnavailable | None
"""What became of a batch: stored, or why not."""


class Publishing:
    """A channel in confirm mode. One group at a time: its messages go out in one write and share one future."""

    def __init__(self, tap: Tap, number: int, frame_max: int, key: Callable[[str], str]) -> None:
        self._tap = tap
        self._number = number
        self._frame_max = frame_max
        self._key = key
        self._methods: dict[str, bytes] = {}
        self._next = self._first = 1
        self._open: set[int] = set()
        self._refused: set[int] = set()
        self._returned: set[str] = set()
        self._all: asyncio.Future[None] | None = None
        tap.publishers[number] = self

    async def publish(self, batches: Sequence[Sequence[Outgoing]], timeout: float) -> list[Result]:
        """One result per batch. Raises `TimeoutError`, or `BrokerUnavailable` where the channel ended meanwhile."""
        parts: list[bytes] = []
        self._first = self._next
        for batch in batches:
            for message in batch:
                parts.append(self._method(message.queue))
                content(self._number, message, self._frame_max, parts)
            self._next += len(batch)
        self._open = set(range(self._first, self._next))
        self._refused, self._returned = set(), set()
        if self._open:
            self._all = asyncio.get_running_loop().create_future()
            self._tap.write(b"".join(parts))
            async with asyncio.timeout(timeout):
                await self._all
        return self._results(batches)

    @property
    def blocked(self) -> bool:
        return self._tap.blocked

    @property
    def returned_queues(self) -> Sequence[str]:
        """Queues of the last group that RabbitMQ does not have."""
        return [queue for queue in self._methods if self._key(queue) in self._returned] if self._returned else ()

    def abort(self) -> None:
        self._tap.abort()

    def _method(self, queue: str) -> bytes:
        known = self._methods.get(queue)
        if known is None:
            known = self._methods[queue] = publish_method(self._number, self._key(queue))
        return known

    def _results(self, batches: Sequence[Sequence[Outgoing]]) -> list[Result]:
        if not self._refused and not self._returned:
            return [None] * len(batches)
        results: list[Result] = []
        tag = self._first
        for batch in batches:
            results.append(self._result(batch, range(tag, tag + len(batch))))
            tag += len(batch)
        return results

    def _result(self, batch: Sequence[Outgoing], tags: range) -> Result:
        if missing := next((message.queue for message in batch if self._key(message.queue) in self._returned), None):
            return BrokerUnavailable(f"RabbitMQ has no queue {missing} any more; it is being declared again.")
        if not self._refused.isdisjoint(tags):
            return BrokerUnavailable(f"RabbitMQ refused to store a message in {batch[0].queue} (a nack).")
        return None

    def confirmed(self, tag: int, multiple: bool, stored: bool) -> None:
        tags = range(self._first, tag + 1) if multiple else (tag,)
        if not stored:
            self._refused.update(self._open.intersection(tags))
        self._open.difference_update(tags)
        if not self._open and self._all is not None and not self._all.done():
            self._all.set_result(None)

    def returned(self, key: str) -> None:
        self._returned.add(key)

    def ended(self) -> None:
        """The channel or its connection is gone."""
        if self._all is not None and not self._all.done():
            self._all.set_exception(BrokerUnavailable("The connection to RabbitMQ was lost before it confirmed."))


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
