"""One order for engines with a spool each.

While RabbitMQ is away, a balancer may bring each message of a conversation to another engine. Ids are UUIDv7, so they
tell what came first. Where several engines keep something of a queue they put it together, in a place that all of them
reach, and from there one feeds it to RabbitMQ in the order of ids; what comes new goes the same way until that is done.
`routing/convoy.py` is that place, the database, and tells engines of each other; without it an engine is alone.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from math import inf
from typing import Protocol

from xyper_engine.broker.port import Outgoing
from xyper_engine.ids import made_at, now
from xyper_engine.within import within

Carry = Callable[[Sequence[Outgoing]], Awaitable[None]]
UNKNOWN = ""
"""The id of a message that is kept and was not read yet: it sorts before all."""
PATIENCE = 10.0
"""Seconds to wait for word of the others, once RabbitMQ is here."""
ASSURE = 5.0
"""Seconds to wait, at most, until the others know that something is kept here: Genesys waits ten for an answer."""
GRACE = 0.1
"""Seconds until the others have heard what the database was told."""
NEAR = 1.0
"""Seconds of age of the oldest that is kept, below which the end is near: what comes then waits for it, for as long."""


class Road(Protocol):
    """The place where engines put together what they keep."""

    async def add(self, batch: Sequence[Outgoing]) -> None:
        """Messages of one queue. Returns once they are durable there. Raises `Unavailable`."""


class Convoy:
    """What this engine keeps for RabbitMQ, and what others do: of each queue the id of the oldest message."""

    def __init__(self, carry: Carry, clock: Callable[[], float] = time.monotonic) -> None:
        self.carry = carry
        """Brings messages to RabbitMQ, and nowhere else. Raises `Unavailable`."""
        self.own: dict[str, str] = {}
        self.moved = asyncio.Event()
        """There is something to tell, or to ask."""
        self.road: Road | None = None
        self.joint: frozenset[str] = frozenset()
        """The queues of which something lies there."""
        self._deaf = False  # just now nobody can be told or asked
        self._clock = clock
        self.told: Mapping[str, str] = {}
        """What others know of it."""
        self._others: Mapping[str, str] = {}
        self.changed = asyncio.Event()
        """Set, and replaced by another one, whenever something was heard or is done."""
        self._asked = self._doubted = -inf

    def join(self, road: Road) -> None:
        """From now on it is told what others keep."""
        self.road = road
        self.doubt()

    def leave(self) -> None:
        self.road, self.told, self._others, self.joint = None, {}, {}, frozenset()
        self._wake()

    def doubt(self) -> None:
        """RabbitMQ is here again, or somebody has begun to keep something: ask before anything goes straight."""
        self._doubted = self._clock()
        self.moved.set()

    def keep(self, queue: str, id_: str) -> None:
        """A message waits here, behind those before it."""
        if queue not in self.own or id_ < self.own[queue]:
            self.own[queue] = id_
            self.moved.set()

    def fed(self, queue: str, rest: str | None) -> None:
        """`rest`: nothing older than this waits here any more; None: nothing does."""
        if rest is None:
            self.own.pop(queue, None)
            self._wake()
        else:
            self.own[queue] = rest
        self.moved.set()

    async def assure(self, queue: str, id_: str) -> None:
        """Returns once the others know that this message is kept here, where it is: what they are brought from now on
        does not go before it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ASSURE):
                while self._is_untold(queue, id_):
                    await self.changed.wait()
                    await asyncio.sleep(GRACE)

    def heard(self, told: Mapping[str, str], others: Mapping[str, str], joint: frozenset[str], asked: float) -> None:
        """What others were told, what they keep or lies on the road, and when that was."""
        self._deaf, self.told, self._others, self.joint, self._asked = False, told, others, joint, asked
        self._wake()

    def missed(self) -> None:
        """Nobody could be told or asked."""
        self._deaf = True
        self._wake()

    def goes_before(self, queue: str) -> bool:
        """Whether others may keep something that must reach RabbitMQ before what comes now."""
        return self._waits_for_word or queue in self._others

    async def clear(self, queue: str) -> None:
        """Returns at once where much is kept of a queue, else when nothing is: what came meanwhile can go straight.

        Else a busy queue would never be done: what comes would always find something to stand behind.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(NEAR):
                while self._waits_for_word or self._is_nearly_done(queue):
                    await self.changed.wait()

    async def way(self, queue: str) -> Road | None:
        """Where what waits here goes next; None: straight to RabbitMQ."""
        while self._waits_for_word:
            await within(1.0, self.changed)
        return self.road if queue in self._others else None

    def _is_untold(self, queue: str, id_: str) -> bool:
        tells = self.road is not None and not self._deaf and queue in self.own
        return tells and (queue not in self.told or self.told[queue] > id_)

    @property
    def _waits_for_word(self) -> bool:
        unheard = self.road is not None and self._asked < self._doubted
        return unheard and self._clock() - self._doubted < PATIENCE

    def _is_nearly_done(self, queue: str) -> bool:
        kept = [heads[queue] for heads in (self.own, self._others) if queue in heads]
        return bool(kept) and _age(min(kept)) < NEAR

    def _wake(self) -> None:
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()


def _age(id_: str) -> float:
    """Seconds since this id was made; of none of ours, for ever."""
    try:
        return (now() - made_at(id_)).total_seconds()
    except ValueError:
        return inf
