"""RabbitMQ goes away, in every way it can, and nobody who publishes notices."""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.engine.broker.conftest import Twin
from tests.engine.broker.inbox import DEADLINE, Inbox, eventually, names, numbered, ready
from tests.server import free_port
from tests.servers import RabbitMQ as Server
from tests.servers import rabbitmq
from xyper_engine.broker.port import Broker, Outgoing
from xyper_engine.broker.spool import Spooled
from xyper_engine.errors import BrokerUnavailable, Unavailable

OLD_ENOUGH = 4.0
"""Seconds: RabbitMQ 3.10 keeps the register of new quorum queues in memory for 3 s, and a queue that is killed younger
than that comes back without a leader, for good."""

pytestmark = [pytest.mark.real, pytest.mark.faults]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of this module's own: the tests kill it, and each leaves it running."""
    with rabbitmq() as running:
        yield running


@pytest.fixture
def twin(server: Server, tmp_path: Path) -> Twin:
    return Twin(server.url, f"{tmp_path.name}.", tmp_path, count())


@pytest.fixture
async def broker(twin: Twin) -> AsyncIterator[Spooled]:
    async with twin.open() as opened:
        assert isinstance(opened, Spooled)
        yield opened


async def drained(broker: Spooled) -> None:
    async def true() -> bool:
        return broker.spooled == 0 and broker.connected

    await eventually(true)


async def consuming_again(broker: Broker, queue: str) -> None:
    async def true() -> bool:
        try:
            return (await broker.depth(queue)).consumers == 1
        except Unavailable:
            return False

    await eventually(true)


class Load:
    """Callers that publish without a pause, each its own numbers; every publish must succeed."""

    def __init__(self, broker: Broker, callers: int = 20) -> None:
        self._broker = broker
        self.sent = [0] * callers
        self._stop = False

    async def run(self) -> None:
        await asyncio.gather(*(self._caller(number) for number in range(len(self.sent))))

    async def more(self, messages: int) -> None:
        """Wait until each caller got so many more through."""
        goal = [sent + messages for sent in self.sent]

        async def true() -> bool:
            return all(sent >= least for sent, least in zip(self.sent, goal, strict=True))

        await eventually(true)

    async def last(self, seconds: float) -> None:
        end = time.monotonic() + seconds

        async def true() -> bool:
            return time.monotonic() > end

        await eventually(true)

    def stop(self) -> None:
        self._stop = True

    async def _caller(self, number: int) -> None:
        while not self._stop:
            await self._broker.publish([Outgoing("q", f"{number}/{self.sent[number]}", b"x" * 1000)])
            self.sent[number] += 1

    def missing(self, inbox: Inbox) -> list[list[int]]:
        """Per caller, what came in the order of its first arrival, where that is not all of it in order."""
        came: list[dict[int, None]] = [{} for _ in self.sent]
        for id_ in inbox.ids:
            caller, n = map(int, id_.split("/"))
            came[caller].setdefault(n)
        return [list(got) for got, sent in zip(came, self.sent, strict=True) if list(got) != list(range(sent))]


@pytest.mark.parametrize("way", ["kill", "stop"])
async def test_the_server_goes_and_comes_under_load(broker: Spooled, server: Server, way: str) -> None:
    inbox = Inbox(acks=True)
    await broker.declare(["q"])
    await broker.consume("q", inbox, 100)
    load = Load(broker)
    running = asyncio.create_task(load.run())
    await load.last(OLD_ENOUGH)
    await getattr(server, way)()
    await load.more(20)
    assert broker.spooled > 0
    await server.start()
    await consuming_again(broker, "q")
    await load.more(20)
    load.stop()
    await running
    await drained(broker)
    await inbox.until(lambda inbox: len(set(inbox.ids)) == sum(load.sent))
    assert load.missing(inbox) == []
    assert inbox.losses == 1
    # Doubles can only be what was on its way when the server went: at most one message of each caller, and the acks.
    assert len(inbox.ids) - len(set(inbox.ids)) <= 20 + 100


async def test_a_frozen_server_costs_one_timeout(twin: Twin, server: Server) -> None:
    async with twin.open() as broker:
        assert isinstance(broker, Spooled)
        broker._rabbit._timeout = 0.5
        inbox = Inbox(acks=True)
        await broker.declare(["q"])
        await broker.publish(numbered("q", 0, 1))
        await server.pause()
        try:
            async with asyncio.timeout(5):
                for n in range(1, 50):
                    await broker.publish(numbered("q", n, n + 1))
            assert broker.spooled == 49
        finally:
            await server.resume()
        await drained(broker)
        await broker.consume("q", inbox, 100)
        await inbox.until(lambda inbox: len(set(inbox.ids)) == 50)
        assert list(dict.fromkeys(inbox.ids)) == names(0, 50)


async def test_absent_at_the_start(twin: Twin, server: Server) -> None:
    await server.stop()
    try:
        async with twin.open() as broker:
            assert isinstance(broker, Spooled)
            inbox = Inbox(acks=True)
            await broker.declare(["q"])
            await broker.consume("q", inbox, 10)
            await broker.publish(numbered("q", 0, 300))
            assert (broker.spooled, broker.connected) == (300, False)
            with pytest.raises(Unavailable, match="RabbitMQ is away"):
                await broker.depth("q")
            await server.start()
            await inbox.has(300)
            assert inbox.ids == names(0, 300)
            await consuming_again(broker, "q")
            await drained(broker)
    finally:
        await _running(server)


async def test_what_an_earlier_process_left_goes_first(twin: Twin, server: Server) -> None:
    file = twin.settings_file()
    twin.settings_file = lambda: file  # type: ignore[method-assign]  # the same folder again
    await server.stop()
    try:
        async with twin.open() as broker:
            await broker.declare(["q"])
            await broker.publish(numbered("q", 0, 500))
        async with twin.open() as broker:
            assert isinstance(broker, Spooled)
            assert broker.spooled == 500
            await broker.publish(numbered("q", 500, 600))
            await server.start()
            inbox = Inbox(acks=True)
            await broker.consume("q", inbox, 100)
            await broker.publish(numbered("q", 600, 700))
            await inbox.has(700)
            assert inbox.ids == names(0, 700)
    finally:
        await _running(server)


async def test_a_full_spool_refuses(twin: Twin, server: Server) -> None:
    file = twin.settings_file()
    file.write_text(file.read_text() + "spool_limit = 1048576\n")
    twin.settings_file = lambda: file  # type: ignore[method-assign]
    await server.stop()
    try:
        async with twin.open() as broker:
            await broker.declare(["q"])
            with pytest.raises(BrokerUnavailable, match=r"\[broker\] spool_limit"):
                await broker.publish([Outgoing("q", str(n), b"x" * 100_000) for n in range(12)])
            await broker.publish(numbered("q", 0, 1))
    finally:
        await _running(server)


async def test_a_memory_alarm_spools_publishes_and_lets_consumers_work(broker: Spooled, server: Server) -> None:
    inbox = Inbox()
    await broker.declare(["q", "other"])
    await broker.publish(numbered("q", 0, 100))
    await broker.consume("q", inbox, 50)
    await inbox.has(50)
    broker._rabbit._timeout = 0.5
    await _control(server, "set_vm_memory_high_watermark", "0.000001")
    try:
        await broker.publish(numbered("other", 0, 1))
        await broker.publish(numbered("other", 1, 50))
        assert broker.spooled == 50
        inbox.acks = True
        for delivery in inbox.got[:50]:
            delivery.ack()
        await inbox.has(100)
    finally:
        await _control(server, "set_vm_memory_high_watermark", "0.6")
    await drained(broker)
    other = Inbox(acks=True)
    await broker.consume("other", other, 50)
    await other.until(lambda inbox: len(set(inbox.ids)) == 50)
    assert list(dict.fromkeys(other.ids)) == names(0, 50)
    assert (inbox.ids, inbox.losses) == (names(0, 100), 0)


async def test_what_rabbitmq_refuses_waits_in_order_and_costs_no_other_queue(broker: Spooled, server: Server) -> None:
    await broker.declare(["q", "other"])
    await _control(server, "set_policy", "short", f"^{broker._rabbit._queues.key('q')}$", '{"max-length": 5}')
    try:
        await broker.publish(numbered("q", 0, 20))  # the limit is a soft one
        each = [broker.publish([message]) for message in numbered("q", 20, 200)]
        await asyncio.gather(*each, broker.publish(numbered("other", 0, 50)))
        assert broker.spooled > 0
        await broker.publish(numbered("q", 200, 210))
        await ready(broker, "other", 50)
        inbox = Inbox(acks=True)
        await broker.consume("q", inbox, 100)
        await inbox.until(lambda inbox: len(set(inbox.ids)) == 210)
    finally:
        await _control(server, "clear_policy", "short")
    assert list(dict.fromkeys(inbox.ids)) == names(0, 210)
    await drained(broker)


async def _control(server: Server, *command: str) -> None:
    program = Path(server.command()[0]).with_name("rabbitmqctl")
    process = await asyncio.create_subprocess_exec(
        program,
        *("-n", server.environment()["RABBITMQ_NODENAME"]),
        *command,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **server.environment()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    async with asyncio.timeout(DEADLINE):
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


async def _running(server: Server) -> None:
    try:
        _ = server.pid
    except RuntimeError:
        await server.start()


async def test_what_waits_for_a_removed_queue_goes_with_it(tmp_path: Path) -> None:
    """Also while RabbitMQ is away: then the caller hears that its own queue is yet to be removed."""
    async with Twin(f"amqp://127.0.0.1:{free_port()}/", "t.", tmp_path, count()).open() as broker:
        await broker.declare(["q", "other"])
        await broker.publish([*numbered("q", 0, 20), *numbered("other", 0, 3)])
        assert broker.spooled == 23
        with pytest.raises(Unavailable):
            await broker.remove(["q"])
        assert broker.spooled == 3
