"""One queue of the journal as this process sees it: what waits in memory, what a consumer holds, what is on disk."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from xyper_engine.broker.journal_file import Standing
from xyper_engine.broker.port import Receiver


class Held:
    """A delivery of the journal; see `port.Delivery`."""

    __slots__ = ("_queue", "body", "id", "redelivered", "seq")

    def __init__(self, queue: "Queue", seq: int, id: str, body: bytes, redelivered: bool) -> None:  # noqa: A002
        self._queue = queue
        self.seq = seq
        self.id = id
        self.body = body
        self.redelivered = redelivered

    @property
    def queue(self) -> str:
        return self._queue.name

    def ack(self) -> None:
        self._queue.ack(self.seq)


class Queue:
    """Between `head` and `tail` lies what is on disk only; `settle` forgets a message, `read` brings the next page."""

    def __init__(self, standing: Standing, settle: Callable[[int], None], read: Callable[["Queue"], None]) -> None:
        self.id, self.name = standing.id, standing.name
        self.stored, self.tail = standing.stored, standing.tail
        self.head = 0
        self.receiver: Receiver | None = None
        self.prefetch = 0
        self.reading = False
        self._settle = settle
        self._read = read
        self._ready: deque[Held] = deque()
        self._held: set[int] = set()
        self._pumping = False
        self._rewound = False

    @property
    def ready(self) -> int:
        return self.stored - len(self._held)

    def has_room(self, rows: int) -> bool:
        """Whether a group of this size may go straight from memory to the consumer."""
        caught_up = self.receiver is not None and self.head == self.tail and not self.reading
        return caught_up and len(self._held) + len(self._ready) + rows <= 2 * self.prefetch

    def take(self, deliveries: Iterable[Held], head: int) -> None:
        """From now on these wait in memory, up to and with `head`; where nobody consumes, they wait on disk."""
        if self.receiver is not None:
            self._ready.extend(deliveries)
            self.head = head
            self.pump()

    def was_read(self, deliveries: Iterable[Held], head: int) -> None:
        """The page that `read` asked for; void where the queue was rewound meanwhile."""
        self.reading = False
        if self._rewound:
            self._rewound = False
            self.wake()
        else:
            self.take(deliveries, head)

    def rewind(self) -> None:
        """Its consumer goes: what is held or waits in memory will be read from disk again, in order."""
        given_back = [*self._held, *(delivery.seq for delivery in self._ready)]
        self.receiver = None
        self._rewound = self.reading
        self.head = min((seq - 1 for seq in given_back), default=self.head)
        self._held.clear()
        self._ready.clear()

    def ack(self, seq: int) -> None:
        if seq in self._held:
            self._held.remove(seq)
            self.stored -= 1
            self._settle(seq)
            self.wake()

    def wake(self) -> None:
        """Pump soon: never from inside a call of the receiver's."""
        if not self._pumping and (self._ready or self.head < self.tail):
            self._pumping = True
            asyncio.get_running_loop().call_soon(self.pump)

    def pump(self) -> None:
        self._pumping = False
        while self.receiver is not None and self._ready and len(self._held) < self.prefetch:
            delivery = self._ready.popleft()
            self._held.add(delivery.seq)
            self.receiver.deliver(delivery)
        behind = self.head < self.tail and len(self._ready) + len(self._held) < self.prefetch
        if self.receiver is not None and behind and not self.reading:
            self.reading = True
            self._read(self)

    def let_go(self) -> None:
        """Void every delivery: the journal is closed."""
        self.receiver = None
        self._held.clear()
        self._ready.clear()


class Consuming:
    """A subscription of the journal's."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._closed = False

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._queue.rewind()
