"""What the port promises, asked of both twins: the journal and a real RabbitMQ."""

import asyncio
import contextlib

import pytest

from tests.engine.broker.conftest import Twin, start
from tests.engine.broker.inbox import DEADLINE, Inbox, names, numbered, ready
from xyper_engine.broker.port import Broker, Delivery, Outgoing
from xyper_engine.broker.topology import DEAD
from xyper_engine.errors import BrokerUnavailable, Conflict, NotFound, SettingsError


async def filled(broker: Broker, number: int, queue: str = "q") -> None:
    await broker.declare([queue])
    await broker.publish(numbered(queue, 0, number))


async def test_a_queue_keeps_its_order_id_and_body(twin: Twin) -> None:
    async with twin.open() as broker:
        await filled(broker, 500)
        inbox = Inbox(acks=True)
        await broker.consume("q", inbox, 50)
        await inbox.has(500)
        await broker.publish(numbered("q", 500, 700))
        await inbox.has(700)
        assert inbox.ids == names(0, 700)
        assert [delivery.body for delivery in inbox.got] == [message.body for message in numbered("q", 0, 700)]
        assert {(delivery.queue, delivery.redelivered) for delivery in inbox.got} == {("q", False)}


@pytest.mark.parametrize("size", [0, 1, 4095, 131_064, 131_065, 400_000])
async def test_a_body_of_any_size_arrives_whole(twin: Twin, size: int) -> None:
    async with twin.open() as broker:
        await broker.declare(["q"])
        body = bytes(n % 251 for n in range(size))
        inbox = Inbox(acks=True)
        await broker.consume("q", inbox, 10)
        await broker.publish([Outgoing("q", "one", body), Outgoing("q", "two", b"after it")])
        await inbox.has(2)
        assert [delivery.body for delivery in inbox.got] == [body, b"after it"]


async def test_at_most_prefetch_are_unacked(twin: Twin) -> None:
    async with twin.open() as broker:
        await filled(broker, 30)
        inbox = Inbox()
        await broker.consume("q", inbox, 10)
        await inbox.has(10)
        await ready(broker, "q", 20)
        assert inbox.ids == names(0, 10)
        inbox.got[3].ack()
        await inbox.has(11)
        await ready(broker, "q", 19)
        assert inbox.ids == names(0, 11)


async def test_nothing_is_delivered_before_consume_returned(twin: Twin) -> None:
    async with twin.open() as broker:
        await filled(broker, 5)
        inbox = Inbox(acks=True)
        subscription = await broker.consume("q", inbox, 10)
        assert subscription is not None
        assert inbox.got == []
        await inbox.has(5)


async def test_acks_in_any_order_forget_just_what_they_name(twin: Twin) -> None:
    async with twin.open() as broker:
        await filled(broker, 40)
        inbox = Inbox()
        await broker.consume("q", inbox, 40)
        await inbox.has(40)
        for n in (7, 3, 0, 1, 2, 39, 38, 20, 5):
            inbox.got[n].ack()
            inbox.got[n].ack()  # a second ack is void
            if n % 2:
                await asyncio.sleep(0)  # split them into groups
    async with twin.open() as broker:
        rest = Inbox()
        await broker.consume("q", rest, 40)
        await rest.has(31)
        await ready(broker, "q", 0)
        gone = {0, 1, 2, 3, 5, 7, 20, 38, 39}
        assert rest.ids == [name for n, name in enumerate(names(0, 40)) if n not in gone]
        assert all(delivery.redelivered for delivery in rest.got)


async def test_a_killed_holder_loses_nothing_and_order_stays(twin: Twin) -> None:
    async with twin.open() as broker:
        await filled(broker, 100)
    async with start("hold", twin.settings_file(), "q", 20, 15) as holder:
        assert holder.stdout is not None
        async with asyncio.timeout(DEADLINE):
            held = [(await holder.stdout.readline()).decode().strip() for _ in range(35)]
        assert held == names(0, 35)
        holder.kill()
        await holder.wait()
        async with twin.open() as broker:
            inbox = Inbox(acks=True)
            await broker.consume("q", inbox, 20)
            await inbox.until(lambda inbox: inbox.ids[-1:] == names(99, 100))
            assert inbox.ids == names(0, 100)[-len(inbox.ids) :]  # the last acks of the killed may not have left it
            assert set(names(15, 35)) <= set(inbox.ids)
            assert all(delivery.redelivered for delivery in inbox.got if delivery.id < "000035")


async def test_ten_thousand_from_many_callers_keep_each_callers_order(twin: Twin) -> None:
    async with twin.open() as broker:
        await broker.declare(["q"])
        inbox = Inbox(acks=True)
        await broker.consume("q", inbox, 200)

        async def caller(number: int) -> None:
            for n in range(100):
                await broker.publish([Outgoing("q", f"{number}/{n}", b"x" * 1000)])

        await asyncio.gather(*(caller(number) for number in range(100)))
        await inbox.has(10_000)
        for number in range(100):
            own = [delivery.id for delivery in inbox.got if delivery.id.startswith(f"{number}/")]
            assert own == [f"{number}/{n}" for n in range(100)]
        await ready(broker, "q", 0)


async def test_a_batch_may_name_several_queues(twin: Twin) -> None:
    async with twin.open() as broker:
        await broker.declare(["a", "b"])
        await broker.publish([*numbered("a", 0, 3), *numbered("b", 3, 6), *numbered("a", 6, 9)])
        inboxes = {queue: Inbox(acks=True) for queue in ("a", "b")}
        for queue, inbox in inboxes.items():
            await broker.consume(queue, inbox, 10)
        await inboxes["a"].has(6)
        await inboxes["b"].has(3)
        assert inboxes["a"].ids == names(0, 3) + names(6, 9)
        assert inboxes["b"].ids == names(3, 6)


async def test_a_stuck_queue_leaves_the_others_alone(twin: Twin) -> None:
    async with twin.open() as broker:
        stuck, lively = Inbox(), Inbox(acks=True)
        await filled(broker, 300, "stuck")
        await broker.declare(["lively"])
        await broker.consume("stuck", stuck, 5)
        await broker.consume("lively", lively, 5)
        await broker.publish(numbered("lively", 0, 300))
        await lively.has(300)
        assert stuck.ids == names(0, len(stuck.ids))
        assert len(stuck.ids) <= 5


async def test_what_a_closed_subscription_held_is_delivered_again_in_its_place(twin: Twin) -> None:
    async with twin.open() as broker:
        await filled(broker, 30)
        first, second = Inbox(), Inbox(acks=True)
        subscription = await broker.consume("q", first, 10)
        await first.has(10)
        first.got[1].ack()
        await subscription.close()
        await subscription.close()  # again is fine
        first.got[2].ack()  # too late
        await broker.publish(numbered("q", 30, 31))
        await broker.consume("q", second, 10)
        await second.has(30)
        assert first.ids == names(0, 10)
        assert second.ids == [one for one in names(0, 31) if one != first.got[1].id]


async def test_a_subscription_can_be_closed_at_once(twin: Twin) -> None:
    async with twin.open() as broker:
        await filled(broker, 10)
        first, second = Inbox(), Inbox(acks=True)
        await (await broker.consume("q", first, 10)).close()
        await broker.consume("q", second, 10)
        await second.has(10)
        assert second.ids == names(0, 10)


async def test_one_process_consumes_a_queue_once(twin: Twin) -> None:
    async with twin.open() as broker:
        await broker.consume("q", Inbox(), 10)
        with pytest.raises(Conflict, match="q has a consumer already"):
            await broker.consume("q", Inbox(), 10)


async def test_what_was_never_declared_is_refused(twin: Twin) -> None:
    async with twin.open() as broker:
        with pytest.raises(BrokerUnavailable, match="no queue nowhere"):
            await broker.publish(numbered("nowhere", 0, 1))
        with pytest.raises(NotFound, match="nowhere"):
            await broker.depth("nowhere")


async def test_declaring_again_changes_nothing(twin: Twin) -> None:
    for _ in range(2):
        async with twin.open() as broker:
            await broker.declare(["q", "r"])
            await broker.declare(["q"])
            await broker.publish(numbered("q", 0, 1))
    async with twin.open() as broker:
        assert (await broker.depth("q")).ready == 2


async def test_close_flushes_acks(twin: Twin) -> None:
    async with twin.open() as broker:
        await filled(broker, 50)
        inbox = Inbox()
        await broker.consume("q", inbox, 50)
        await inbox.has(50)
        for delivery in inbox.got:
            delivery.ack()
    async with twin.open() as broker:
        assert (await broker.depth("q")).ready == 0


async def test_an_ack_after_close_is_void(twin: Twin) -> None:
    async with twin.open() as broker:
        await filled(broker, 1)
        inbox = Inbox()
        await broker.consume("q", inbox, 50)
        await inbox.has(1)
    inbox.got[0].ack()
    async with twin.open() as broker:
        assert (await broker.depth("q")).ready == 1


async def test_a_message_delivered_too_often_ends_in_dead(twin: Twin) -> None:
    poison: list[Delivery] = []
    for _ in range(3):  # delivered once, and twice again
        async with twin.limited(deliveries=2) as broker:
            inbox = Inbox()
            await broker.declare([DEAD, "q"])
            if not poison:
                await broker.publish(numbered("q", 0, 1))
            await broker.consume("q", inbox, 10)
            await inbox.has(1)
            poison.append(inbox.got[0])
    async with twin.limited(deliveries=2) as broker:
        dead = Inbox(acks=True)
        await broker.declare([DEAD, "q"])
        await broker.consume(DEAD, dead, 10)
        await dead.has(1)
        assert [delivery.redelivered for delivery in poison] == [False, True, True]
        assert (dead.ids, dead.got[0].body) == (["000000"], poison[0].body)
        assert (await broker.depth("q")).ready == 0


@pytest.mark.parametrize("url", ["", "journal", "redis://localhost", "http://user:hunter2@host"])
async def test_another_url_is_refused_without_showing_it(twin: Twin, url: str) -> None:
    twin.url = url
    with pytest.raises(SettingsError, match=r"\[broker\] url") as refusal:
        await contextlib.AsyncExitStack().enter_async_context(twin.open())
    assert "hunter2" not in str(refusal.value)


async def test_a_queue_that_is_removed_is_gone_with_what_is_in_it(twin: Twin) -> None:
    """And another of its name begins empty, also in a process that knew the old one."""
    async with twin.open() as broker:
        await filled(broker, 20)
        await filled(broker, 3, "other")
        subscription = await broker.consume("q", Inbox(), 5)
        await subscription.close()
        await broker.remove(["q", "never-there"])
        with pytest.raises(NotFound):
            await broker.depth("q")
        with pytest.raises(BrokerUnavailable, match="There is no queue q"):
            await broker.publish(numbered("q", 0, 1))
        await ready(broker, "other", 3)
        await broker.declare(["q"])
        await broker.publish(numbered("q", 20, 22))
        inbox = Inbox(acks=True)
        await broker.consume("q", inbox, 10)
        await inbox.has(2)
        assert inbox.ids == names(20, 22)
    async with twin.open() as broker:
        await ready(broker, "other", 3)


async def test_a_removed_queue_does_not_come_back_with_the_process(twin: Twin) -> None:
    async with twin.open() as broker:
        await filled(broker, 20)
        await broker.remove(["q"])
    async with twin.open() as broker:
        with pytest.raises(NotFound):
            await broker.depth("q")
