"""What the broker tests receive with."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from xyper_engine.broker.port import Broker, Delivery, Outgoing

DEADLINE = 90.0
"""Seconds until a wait counts as failed; far more than anything here takes."""


class Inbox:
    """A receiver that keeps what it gets, and acks it where `acks`."""

    def __init__(self, *, acks: bool = False) -> None:
        self.acks = acks
        self.got: list[Delivery] = []
        self.losses = 0
        self._news = asyncio.Event()

    @property
    def ids(self) -> list[str]:
        return [delivery.id for delivery in self.got]

    def deliver(self, delivery: Delivery) -> None:
        self.got.append(delivery)
        if self.acks:
            delivery.ack()
        self._news.set()

    def lost(self) -> None:
        self.losses += 1
        self._news.set()

    async def until(self, true: Callable[["Inbox"], bool]) -> None:
        """Wait for `true` of this inbox."""
        async with asyncio.timeout(DEADLINE):
            while not true(self):
                self._news.clear()
                await self._news.wait()

    async def has(self, number: int) -> None:
        await self.until(lambda inbox: len(inbox.got) >= number)


async def eventually(true: Callable[[], Awaitable[bool]]) -> None:
    """Ask until it is so: for what only the server knows and does not announce."""
    end = time.monotonic() + DEADLINE
    while not await true():
        assert time.monotonic() < end, "it never came true"
        await asyncio.sleep(0.05)


async def ready(broker: Broker, queue: str, number: int) -> None:
    """Wait until the broker itself says that so many messages are ready."""

    async def true() -> bool:
        return (await broker.depth(queue)).ready == number

    await eventually(true)


def numbered(queue: str, start: int, stop: int) -> list[Outgoing]:
    return [Outgoing(queue, f"{n:06}", f'{{"n": {n}}}'.encode()) for n in range(start, stop)]


def names(start: int, stop: int) -> list[str]:
    return [f"{n:06}" for n in range(start, stop)]
