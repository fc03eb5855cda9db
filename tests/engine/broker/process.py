"""A process that uses a broker until it is killed. Started by the tests as `python -m tests.engine.broker.process`.

`hold FILE QUEUE PREFETCH ACKS` takes messages, acks the first ACKS of them, and prints the id of each.
`publish FILE QUEUE GROUP` publishes for ever, GROUP callers at once, and prints each number once it is acknowledged.
FILE is a settings file.
"""

import asyncio
import sys
from itertools import count
from pathlib import Path

from xyper_engine.broker import open_broker
from xyper_engine.broker.port import Broker, Delivery, Outgoing
from xyper_engine.settings import load


class Printer:
    def __init__(self, acks: int) -> None:
        self._acks = acks

    def deliver(self, delivery: Delivery) -> None:
        if self._acks > 0:
            self._acks -= 1
            delivery.ack()
        print(delivery.id, flush=True)

    def lost(self) -> None:
        print("lost", flush=True)


async def hold(broker: Broker, queue: str, prefetch: int, acks: int) -> None:
    await broker.consume(queue, Printer(acks), prefetch)
    await asyncio.Event().wait()


async def publish(broker: Broker, queue: str, callers: int) -> None:
    await broker.declare([queue])
    numbers = count(1)

    async def caller() -> None:
        for n in numbers:
            await broker.publish([Outgoing(queue, str(n), b"x" * (n % 3000))])
            print(n, flush=True)

    await asyncio.gather(*(caller() for _ in range(callers)))


async def main(verb: str, file: str, queue: str, *numbers: str) -> None:
    async with open_broker(load(Path(file))) as broker:
        if verb == "hold":
            await hold(broker, queue, *map(int, numbers))
        else:
            await publish(broker, queue, *map(int, numbers))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
