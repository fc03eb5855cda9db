"""What the engine asks of a broker; `rabbitmq.py` and `journal.py` answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from xyper_engine.broker.convoy import Convoy


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Something to be stored durably in a queue."""

    queue: str
    id: str
    """The event's id; a reader's log and the broker's own tools show it."""
    body: bytes


def by_queue(batch: Sequence[Outgoing]) -> list[Sequence[Outgoing]]:
    """One piece per queue, each in the batch's order."""
    if len(batch) == 1:
        return [batch]
    pieces: dict[str, list[Outgoing]] = {}
    for message in batch:
        pieces.setdefault(message.queue, []).append(message)
    return list(pieces.values())


class Delivery(Protocol):
    """Something taken from a queue, held by this process until `ack`."""

    @property
    def queue(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def body(self) -> bytes: ...
    @property
    def redelivered(self) -> bool:
        """True where it was held before, by a process or connection that is gone: its fate may be unknown."""

    def ack(self) -> None:
        """Done: forget it. Never waits: acks travel in groups. Void once the delivery was lost."""


class Receiver(Protocol):
    """Whoever consumes a queue. Both methods are plain calls and must not block."""

    def deliver(self, delivery: Delivery) -> None:
        """Deliveries come in the queue's order, at most `prefetch` of them unacked."""

    def lost(self) -> None:
        """The connection is gone: every unacked delivery is void and will be delivered again, in order."""


class Subscription(Protocol):
    async def close(self) -> None:
        """Let go: acks so far count, what is unacked goes back to its place before anybody else gets a delivery."""


@dataclass(frozen=True, slots=True)
class Depth:
    """How a queue stands, as the broker itself sees it."""

    ready: int
    consumers: int


@dataclass(frozen=True, slots=True)
class Spool:
    """What is stored on this machine's disk."""

    messages: int = 0
    used: int = 0
    """Bytes of the disk."""
    limit: int = 0
    """How many there may be; 0: nothing is stored here."""
    age: float = 0.0
    """Seconds since the oldest message came; 0 where it is no spool."""


class Broker(Protocol):
    """Durable, ordered queues, each with one active consumer at a time across all processes."""

    @property
    def connected(self) -> bool:
        """Whether what is published now goes straight to the broker. For health pages: publish in any case."""

    @property
    def spooled(self) -> int:
        """Messages that wait on this machine's disk for the broker."""

    @property
    def spool(self) -> Spool:
        """How much of this machine's disk is taken."""

    @property
    def convoy(self) -> "Convoy | None":
        """How engines that share the broker keep one order after it was away; None: no others do."""

    async def declare(self, queues: Sequence[str]) -> None:
        """Make the queues exist. Cheap for those already declared by this process. Raises `Unavailable`."""

    async def publish(self, batch: Sequence[Outgoing]) -> None:
        """Returns once all of the batch is durable, in its order per queue.

        Raises `BrokerUnavailable`: then none of it may be. Publishes of one queue keep the order of their calls.
        """

    async def consume(self, queue: str, receiver: Receiver, prefetch: int) -> Subscription:
        """Deliver to `receiver` from now on, by itself also after a lost connection."""

    async def depth(self, queue: str) -> Depth:
        """Raises `Unavailable`, or `NotFound` for a queue that was never declared."""

    async def remove(self, queues: Sequence[str]) -> None:
        """They are gone with all that is in them, if they were there. Nobody may consume them. Raises `Unavailable`."""

    async def scrub(self) -> None:
        """See that this machine's disk holds nothing any more of what was taken from a queue. Raises `Unavailable`."""

    async def close(self) -> None:
        """Flush what is on its way (acks too), then let go; unacked deliveries stay stored."""
