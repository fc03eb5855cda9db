"""The channel that publishes: offers are written as they come and settled as RabbitMQ confirms them.

Offers overlap: nobody waits for another's confirm. What keeps the order of a queue all the same: offers are written in
the order they were made, and where one fails, every later one of its queue fails with it, in order, whatever RabbitMQ
may still say of those. So whoever stores the failed ones elsewhere stores them in order, at the price of doubles.

One exception remains, as for two messages of one batch: a queue that is deleted and declared again by others while
offers are under way may keep a later message of them and lose an earlier one.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from xyper_engine.broker.lean import Tap, content, publish_method
from xyper_engine.broker.port import Outgoing
from xyper_engine.errors import BrokerUnavailable

WINDOW = 2000
"""Messages that wait for their confirms before more are written: less than RabbitMQ confirms within its timeout."""

Result = BrokerUnavailable | None
"""What became of an offer: stored, or why not."""
Rescue = Callable[[Sequence[Outgoing]], "asyncio.Future[Result]"]
"""Called at once, and in order, for what failed; its result becomes the offer's."""


class Offer:
    """Messages of one queue that are stored together or fail together."""

    __slots__ = ("answer", "batch", "due", "left", "queue", "rescue", "timeout")

    def __init__(
        self, batch: Sequence[Outgoing], timeout: float, rescue: Rescue | None, answer: "asyncio.Future[Result]"
    ) -> None:
        self.batch = batch
        self.queue = batch[0].queue
        self.left = len(batch)
        self.timeout = timeout
        self.due = 0.0
        self.rescue = rescue
        self.answer = answer

    def fail(self, why: BrokerUnavailable) -> None:
        if self.rescue is not None:
            self.rescue(self.batch).add_done_callback(self._rescued)
        elif not self.answer.done():
            self.answer.set_result(why)

    def _rescued(self, saved: "asyncio.Future[Result]") -> None:
        if self.answer.done():
            return
        if saved.cancelled():
            self.answer.cancel()
        elif error := saved.exception():
            self.answer.set_exception(error)
        else:
            self.answer.set_result(saved.result())


class Publishing:
    """A channel in confirm mode. What is offered in one tick of the loop goes out in one write."""

    def __init__(
        self,
        tap: Tap,
        number: int,
        frame_max: int,
        key: Callable[[str], str],
        missing: Callable[[str], None],
        late: Callable[[], None],
    ) -> None:
        """`missing` hears of a queue that RabbitMQ does not have; `late` that a confirm did not come in time."""
        self._tap = tap
        self._number = number
        self._frame_max = frame_max
        self._key = key
        self._missing = missing
        self._late = late
        self._loop = asyncio.get_running_loop()
        self._methods: dict[str, bytes] = {}
        self._next = self._low = 1
        self._open: dict[int, Offer] = {}
        self._waiting: deque[Offer] = deque()
        self._soon: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None
        tap.publishers[number] = self

    def offer(self, batch: Sequence[Outgoing], timeout: float, rescue: Rescue | None) -> "asyncio.Future[Result]":
        """Messages of one queue. `timeout`: seconds from the write to the confirm."""
        offer = Offer(batch, timeout, rescue, self._loop.create_future())
        self._waiting.append(offer)
        if self._soon is None:
            self._soon = self._loop.call_soon(self.flush)
        return offer.answer

    def flush(self) -> None:
        """Write what waits, as far as the window allows."""
        self._soon = None
        parts: list[bytes] = []
        now = self._loop.time()
        while self._waiting and len(self._open) < WINDOW:
            self._put(self._waiting.popleft(), now, parts)
        if parts:
            self._tap.write(b"".join(parts))
        if self._timer is None and self._open:
            self._timer = self._loop.call_at(next(iter(self._open.values())).due, self._watch)

    @property
    def blocked(self) -> bool:
        return self._tap.blocked

    def abort(self) -> None:
        self._tap.abort()

    def fail(self, why: BrokerUnavailable, queue: str | None = None) -> bool:
        """Every offer, or those of `queue`, fails now, in order; returns whether there was any."""
        offers = (*self._open.values(), *self._waiting)
        failed = dict.fromkeys(offer for offer in offers if queue in (None, offer.queue))
        self._open = {tag: offer for tag, offer in self._open.items() if offer not in failed}
        self._waiting = deque(offer for offer in self._waiting if offer not in failed)
        for offer in failed:
            offer.fail(why)
        return bool(failed)

    def confirmed(self, tag: int, multiple: bool, stored: bool) -> None:
        tags = range(self._low, tag + 1) if multiple else (tag,)
        if multiple:
            self._low = tag + 1
        if not stored:
            self._refused(tags)
        for one in tags:
            offer = self._open.pop(one, None)
            if offer is not None:
                offer.left -= 1
                if not offer.left and not offer.answer.done():
                    offer.answer.set_result(None)
        if self._waiting and self._soon is None:
            self._soon = self._loop.call_soon(self.flush)

    def returned(self, key: str) -> None:
        queue = next(queue for queue in self._methods if self._key(queue) == key)
        if self.fail(BrokerUnavailable(f"RabbitMQ has no queue {queue} any more; it is being declared again."), queue):
            self._missing(queue)

    def ended(self) -> None:
        """The channel or its connection is gone."""
        if self._timer is not None:
            self._timer.cancel()
        self.fail(BrokerUnavailable("The connection to RabbitMQ was lost before it confirmed."))

    def _put(self, offer: Offer, now: float, parts: list[bytes]) -> None:
        offer.due = now + offer.timeout
        method = self._methods.get(offer.queue)
        if method is None:
            method = self._methods[offer.queue] = publish_method(self._number, self._key(offer.queue))
        for message in offer.batch:
            parts.append(method)
            content(self._number, message, self._frame_max, parts)
            self._open[self._next] = offer
            self._next += 1

    def _refused(self, tags: Sequence[int]) -> None:
        for queue in dict.fromkeys(self._open[tag].queue for tag in tags if tag in self._open):
            self.fail(BrokerUnavailable(f"RabbitMQ refused to store a message in {queue} (a nack)."), queue)

    def _watch(self) -> None:
        self._timer = None
        oldest = next(iter(self._open.values()), None)
        if oldest is not None and oldest.due <= self._loop.time():
            self._late()
        elif oldest is not None:
            self._timer = self._loop.call_at(oldest.due, self._watch)
