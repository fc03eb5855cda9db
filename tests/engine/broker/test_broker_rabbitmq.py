"""What only a real RabbitMQ can do to us: cancel, close, refuse, block, and share queues among processes."""

import asyncio
from pathlib import Path

import aio_pika
import pytest

from tests.engine.broker.conftest import Twin
from tests.engine.broker.inbox import Inbox, eventually, names, numbered, ready
from tests.servers import RabbitMQ as Server
from xyper_engine.broker import link, rabbitmq
from xyper_engine.broker.consumer import Consumer
from xyper_engine.broker.port import Broker
from xyper_engine.broker.rabbitmq import RabbitMQ
from xyper_engine.errors import BrokerUnavailable, SettingsError, Unavailable

pytestmark = pytest.mark.real


@pytest.fixture
def twin(rabbitmq_server: Server, tmp_path: Path) -> Twin:
    return Twin(rabbitmq_server.url, f"{tmp_path.name}.", tmp_path, iter(range(99)))


async def consumers(broker: Broker, queue: str) -> int:
    return (await broker.depth(queue)).consumers


async def has_consumer(broker: Broker, queue: str) -> None:
    async def true() -> bool:
        return await consumers(broker, queue) == 1

    await eventually(true)


async def test_of_two_processes_one_consumes_and_the_other_takes_over_in_order(twin: Twin) -> None:
    async with twin.open() as second:
        active, waiting = Inbox(), Inbox(acks=True)
        async with twin.open() as first:
            await first.consume("q", active, 10)
            await first.declare(["q"])
            await has_consumer(first, "q")
            await second.consume("q", waiting, 10)
            await first.publish(numbered("q", 0, 50))
            await active.has(10)
            for n in (1, 3):
                active.got[n].ack()
            await active.has(12)
            assert waiting.got == []
        await waiting.has(48)
        assert waiting.ids == [name for n, name in enumerate(names(0, 50)) if n not in (1, 3)]
        assert all(delivery.redelivered for delivery in waiting.got[:10])


@pytest.mark.parametrize(
    "url", ["amqp://guest:hunter2@127.0.0.1:{port}/", "amqp://guest:guest@127.0.0.1:{port}/nowhere"]
)
async def test_refused_credentials_are_a_settings_error(twin: Twin, rabbitmq_server: Server, url: str) -> None:
    twin.url = url.format(port=rabbitmq_server.port)
    with pytest.raises(SettingsError, match=r"\[broker\] url: RabbitMQ refuses") as refusal:
        async with twin.open():
            pass
    assert "hunter2" not in str(refusal.value)


async def test_a_queue_deleted_by_somebody_is_declared_and_consumed_again(twin: Twin) -> None:
    async with twin.open() as broker:
        inbox = Inbox(acks=True)
        await broker.consume("q", inbox, 10)
        await broker.declare(["q"])
        await has_consumer(broker, "q")
        stranger = await aio_pika.connect(twin.url)
        channel = await stranger.channel()
        await channel.queue_delete(f"{twin.prefix}q")
        await stranger.close()
        await broker.publish(numbered("q", 0, 5))
        await inbox.has(5)
        assert (inbox.ids, inbox.losses) == (names(0, 5), 1)


async def test_queues_that_rabbitmq_was_killed_right_after_work_again(tmp_path: Path) -> None:
    async with Server() as server:
        twin = Twin(server.url, "", tmp_path, iter(range(99)))
        async with twin.open() as broker:
            await broker.declare(["p", "q"])
            await server.kill()
            await server.start()
            inboxes = {queue: Inbox(acks=True) for queue in ("p", "q")}
            for queue, inbox in inboxes.items():
                await broker.consume(queue, inbox, 10)
                await broker.publish(numbered(queue, 0, 5))
            for inbox in inboxes.values():
                await inbox.has(5)


async def test_a_closed_channel_is_opened_again_and_leaves_other_queues_alone(twin: Twin) -> None:
    async with twin.limited(deliveries=50) as broker:
        hit, spared = Inbox(), Inbox()
        await broker.declare(["hit", "spared"])
        await broker.publish([*numbered("hit", 0, 20), *numbered("spared", 0, 20)])
        subscription = await broker.consume("hit", hit, 10)
        assert isinstance(subscription, Consumer)
        await broker.consume("spared", spared, 10)
        await hit.has(10)
        await spared.has(10)
        hit.got[2].ack()
        await hit.has(11)
        _break_channel(subscription)
        await hit.until(lambda inbox: inbox.losses == 1 and len(inbox.got) >= 21)
        hit.got[0].ack()  # of before: void
        assert hit.ids[11:] == names(0, 2) + names(3, 11)
        assert all(delivery.redelivered for delivery in hit.got[11:])
        for delivery in hit.got[11:]:
            delivery.ack()
        await hit.has(30)
        assert hit.ids[21:] == names(11, 20)
        assert (spared.losses, spared.ids) == (0, names(0, 10))


@pytest.mark.parametrize("call", ["close", "connect"])
async def test_a_call_that_never_ends_does_not_keep_the_next_connection_away(
    twin: Twin, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """aiormq may wait for ever for the end of what has ended, as after a process was frozen for a while."""
    async with twin.open() as broker:
        inbox, calls = Inbox(acks=True), iter((_never, getattr(aio_pika.Connection, call)))
        await broker.declare(["q"])
        subscription = await broker.consume("q", inbox, 10)
        assert isinstance(subscription, Consumer)
        await has_consumer(broker, "q")

        async def first_never(connection: aio_pika.Connection) -> None:
            await next(calls)(connection)

        with monkeypatch.context() as patch:
            patch.setattr(link, "CONNECT", 1.0)
            patch.setattr(aio_pika.Connection, call, first_never)
            subscription.link.now().tap.abort()
            await broker.publish(numbered("q", 0, 5))
            await inbox.has(5)


@pytest.mark.parametrize("error", [StopAsyncIteration(), KeyError("a bug")], ids=["hung up", "a bug"])
async def test_whatever_a_try_to_connect_ends_with_there_is_another(
    twin: Twin, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """aiormq ends with the first where it learns late, as a busy process does, that RabbitMQ has hung up meanwhile."""
    async with twin.open() as broker:
        inbox, connect = Inbox(acks=True), aio_pika.Connection.connect
        await broker.declare(["q"])
        subscription = await broker.consume("q", inbox, 10)
        assert isinstance(subscription, Consumer)
        await has_consumer(broker, "q")
        errors = iter([error, error])

        async def third_does(connection: aio_pika.Connection) -> None:
            if (raised := next(errors, None)) is not None:
                raise raised
            await connect(connection)

        with monkeypatch.context() as patch:
            patch.setattr(aio_pika.Connection, "connect", third_does)
            subscription.link.now().tap.abort()
            await broker.publish(numbered("q", 0, 5))
            await inbox.has(5)


async def _never(_connection: object) -> None:
    await asyncio.Event().wait()


def _break_channel(subscription: Consumer) -> None:
    """Ack what was never delivered: RabbitMQ closes the channel, as it does after a consumer timeout."""
    assert subscription._on is not None
    subscription._on.ack(4711)


async def test_a_queue_with_other_arguments_is_named_and_costs_only_itself(twin: Twin) -> None:
    stranger = await aio_pika.connect(twin.url)
    channel = await stranger.channel()
    await channel.declare_queue(f"{twin.prefix}odd", durable=True)
    await stranger.close()
    async with twin.open() as broker:
        with pytest.raises(Unavailable, match="other arguments than Xyper's"):
            await broker.declare(["odd"])
        await broker.declare(["even"])
        await broker.publish(numbered("even", 0, 1))
        await ready(broker, "even", 1)


async def test_without_a_spool_an_absent_server_is_unavailable() -> None:
    broker = await RabbitMQ.open("amqp://guest:guest@127.0.0.1:1/", prefix="t.", timeout=1)
    broker.want(["q"])
    with pytest.raises(BrokerUnavailable, match="RabbitMQ is away"):
        await broker.publish(numbered("q", 0, 1))
    with pytest.raises(Unavailable, match=r"\[broker\] url"):
        await broker.declare(["q"])
    with pytest.raises(Unavailable, match="RabbitMQ is away"):
        await broker.depth("q")
    await broker.close()


async def test_six_hundred_queues(twin: Twin) -> None:
    queues = [f"q{n}" for n in range(600)]
    async with twin.open() as broker:
        await broker.declare(queues)
        inboxes = {queue: Inbox(acks=True) for queue in queues}
        for queue, inbox in inboxes.items():
            await broker.consume(queue, inbox, 200)
        await asyncio.gather(*(broker.publish(numbered(queue, 0, 5)) for queue in queues))
        for inbox in inboxes.values():
            await inbox.has(5)
        assert all(inbox.ids == names(0, 5) for inbox in inboxes.values())


async def test_more_queues_than_a_connection_may_have(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rabbitmq, "CONSUMERS", 5)
    queues = [f"q{n}" for n in range(12)]
    async with twin.limited(deliveries=50) as broker:
        inboxes = {queue: Inbox(acks=True) for queue in queues}
        subscriptions = [await broker.consume(queue, inbox, 200) for queue, inbox in inboxes.items()]
        await broker.declare(queues)
        await broker.publish([message for queue in queues for message in numbered(queue, 0, 3)])
        for inbox in inboxes.values():
            await inbox.has(3)
        assert isinstance(broker, RabbitMQ)
        assert list(broker._reading.values()) == [5, 5, 2]
        await subscriptions[0].close()
        await broker.consume(queues[0], Inbox(), 200)
        assert list(broker._reading.values()) == [5, 5, 2]
