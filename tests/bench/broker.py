"""How fast the broker twins are: `python -m tests.bench.broker [messages]`.

Publishes of 1 KB by 64 callers, each waiting for its confirm, then consuming and acking all of it. Medians of five.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from tests.engine.broker.inbox import Inbox
from tests.servers import rabbitmq
from xyper_engine.broker import open_broker
from xyper_engine.broker.port import Broker, Outgoing
from xyper_engine.settings import load

CALLERS, SIZE, ROUNDS, PREFETCH = 64, 1024, 5, 200


async def publish(broker: Broker, queue: str, messages: int) -> None:
    numbers = iter(range(messages))

    async def caller() -> None:
        for n in numbers:
            await broker.publish([Outgoing(queue, f"{n:036}", b"x" * SIZE)])

    await asyncio.gather(*(caller() for _ in range(CALLERS)))


async def consume(broker: Broker, queue: str, messages: int) -> None:
    inbox = Inbox(acks=True)
    subscription = await broker.consume(queue, inbox, PREFETCH)
    await inbox.has(messages)
    await subscription.close()


async def timed(work: Callable[[Broker, str, int], Awaitable[None]], broker: Broker, messages: int) -> list[float]:
    """Messages a second, and CPU of this process per message in µs."""
    wall, cpu = time.perf_counter(), time.process_time()
    await work(broker, "bench", messages)
    return [messages / (time.perf_counter() - wall), (time.process_time() - cpu) / messages * 1e6]


async def twin(url: str, messages: int) -> dict[str, list[float]]:
    """The medians of each kind of work on the broker at `url`."""
    rounds: dict[str, list[list[float]]] = {"publish": [], "consume + ack": []}
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        file = Path(folder) / "xyper.toml"
        file.write_text(f'data_dir = "var"\n[broker]\nurl = "{url}"\n')
        async with open_broker(load(file)) as broker:
            await broker.declare(["bench"])
            for _ in range(ROUNDS):
                rounds["publish"].append(await timed(publish, broker, messages))
                rounds["consume + ack"].append(await timed(consume, broker, messages))
    return {what: [statistics.median(column) for column in zip(*runs, strict=True)] for what, runs in rounds.items()}


def main() -> None:
    messages = min(int(sys.argv[1]), 100_000) if len(sys.argv) > 1 else 10_000
    table = Table("twin", "work", "messages/s", "CPU µs/message", title=f"{CALLERS} callers, {SIZE} bytes")
    with rabbitmq() as server:
        for name, url in (("journal", "journal:"), ("rabbitmq", server.url)):
            for what, (rate, cpu) in uvloop.run(twin(url, messages)).items():
                table.add_row(name, what, f"{rate:,.0f}", f"{cpu:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
