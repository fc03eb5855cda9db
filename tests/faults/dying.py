"""Engines that end, or freeze, at a boundary between two phases of a message: for certain, and not by luck."""

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults.nemeses import Kind, back
from tests.faults.proxy import CUT, Fault, Proxy
from tests.faults.service import Service
from tests.world import World
from xyper_engine.boundary import Boundary

BACK = 7.0
"""Seconds for an engine to find back to RabbitMQ, at most: it tries every five."""
DEATH = 10.0
"""Seconds for an engine that answers to come to the boundary at which it ends."""


@dataclass(frozen=True, slots=True)
class Die:
    """The engine ends at a boundary; where that is not reached in time, when it is healed.

    Others lose RabbitMQ for a moment before, so that it is this one that has the messages.
    """

    service: Service
    hooks: Proxy
    world: World
    at: Boundary
    others: Sequence[Proxy] = ()
    """Between each other engine and RabbitMQ."""
    kind: Kind = "boundary"

    async def strike(self) -> None:
        if self.at == "unclear":
            for side in ("graph", "cloud"):
                await self.world.knobs(side, accept_then_reset=2)
        await self.service.down()
        before = len(self.service.ends)
        self.service.up(self.at)
        await back(self.service, self.hooks)
        self._others_lose_rabbitmq(CUT)
        await self.service.died(before, DEATH)
        self._others_lose_rabbitmq(None)

    def _others_lose_rabbitmq(self, fault: Fault | None) -> None:
        for link in self.others:
            link.spoil(fault)

    async def heal(self) -> None:
        await disarmed(self.service)
        await back(self.service, self.hooks)


@dataclass(frozen=True, slots=True)
class DieFeeding:
    """The engine ends when RabbitMQ has what was stored while it was away, and the spool has it still."""

    link: Proxy
    """Between this engine and RabbitMQ."""
    die: Die
    kind: Kind = "boundary"

    async def strike(self) -> None:
        await self.die.service.down()
        self.link.spoil(CUT)
        self.die.service.up("fed")
        await back(self.die.service, self.die.hooks)
        before = len(self.die.service.ends)
        await asyncio.sleep(2.0)
        self.link.spoil(None)
        await self.die.service.died(before, DEATH)

    async def heal(self) -> None:
        await self.die.heal()


@dataclass(frozen=True, slots=True)
class HandOver:
    """An engine freezes at a boundary, RabbitMQ loses it and gives its messages to another; then it goes on.

    The other one loses RabbitMQ for a moment before, so that it is this one that has the messages.
    """

    service: Service
    link: Proxy
    """Between this engine and RabbitMQ."""
    other: Proxy
    """Between the other one and RabbitMQ."""
    hooks: Proxy
    at: Boundary
    nth: int = 3
    kind: Kind = "boundary"

    async def strike(self) -> None:
        await self.service.down()
        self.service.up(f"{self.at}:{self.nth}:stop")
        await back(self.service, self.hooks)
        self.other.spoil(CUT)
        frozen = await self.service.stands(DEATH)
        self.other.spoil(None)
        if frozen:
            self.service.fatal = ""
            self.link.spoil(CUT)
            await asyncio.sleep(BACK)

    async def heal(self) -> None:
        self.service.signal(signal.SIGCONT)
        await asyncio.sleep(0.5)  # what it had in its hands it still does, cut off as it is
        self.link.spoil(None)
        await disarmed(self.service)
        await back(self.service, self.hooks)


async def disarmed(service: Service) -> None:
    """Where the engine was to end at a boundary and did not: it is started anew, for it would do so some day."""
    if service.fatal:
        await service.down()
        service.up()
