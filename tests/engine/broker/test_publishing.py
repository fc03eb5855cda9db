"""Offers overlap on one channel; RabbitMQ's answers come as frames, in whatever order it likes."""

import asyncio
import struct
from collections.abc import Sequence

import pytest

from xyper_engine.broker import publishing
from xyper_engine.broker.lean import CONFIRM, FRAME, METHOD, REFUSE, RETURN, Tap
from xyper_engine.broker.port import Outgoing
from xyper_engine.broker.publishing import Publishing, Result
from xyper_engine.errors import BrokerUnavailable

CHANNEL = 1


def frame(method: int, payload: bytes) -> bytes:
    body = struct.pack(">I", method) + payload
    return FRAME.pack(METHOD, CHANNEL, len(body)) + body + b"\xce"


def confirm(tag: int, *, multiple: bool = False, stored: bool = True) -> bytes:
    return frame(CONFIRM if stored else REFUSE, struct.pack(">QB", tag, multiple))


def returned(key: str) -> bytes:
    """Basic.Return as RabbitMQ sends it, with an empty message."""
    words = b"".join(bytes((len(word),)) + word.encode() for word in ("NO_ROUTE", "", key))
    header = struct.pack(">HHQH", 60, 0, 0, 0)
    return frame(RETURN, struct.pack(">H", 312) + words) + FRAME.pack(2, CHANNEL, len(header)) + header + b"\xce"


class Wire(Tap):
    """The end of the connection that RabbitMQ would hold."""

    def __init__(self) -> None:
        super().__init__(asyncio.get_running_loop())
        self.written: list[bytes] = []

    def write(self, frames: bytes) -> None:
        self.written.append(frames)


class Desk:
    """A publishing channel, what was rescued from it, and what it told."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.rescued: list[str] = []
        self.missing: list[str] = []
        self.late = asyncio.Event()
        self.channel = Publishing(self.wire, CHANNEL, 4096, lambda q: f"t.{q}", self.missing.append, self.late.set)

    def offer(self, queue: str, *ids: str, timeout: float = 60) -> asyncio.Future[Result]:
        return self.channel.offer([Outgoing(queue, id_, b"x") for id_ in ids], timeout, self._rescue)

    def _rescue(self, batch: Sequence[Outgoing]) -> asyncio.Future[Result]:
        self.rescued += [message.id for message in batch]
        kept: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        kept.set_result(None)
        return kept


async def tick() -> None:
    """What was called soon has run."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_nobody_waits_for_another_s_confirm() -> None:
    desk = Desk()
    first, second = desk.offer("a", "1"), desk.offer("b", "2", "3")
    await tick()
    third = desk.offer("a", "4")
    await tick()
    assert [wrote.count(b"t.") for wrote in desk.wire.written] == [3, 1]
    desk.wire.feed_data(confirm(4))
    await third
    desk.wire.feed_data(confirm(2))
    assert not second.done()
    desk.wire.feed_data(confirm(3, multiple=True))
    assert (await first, await second, desk.rescued) == (None, None, [])


@pytest.mark.parametrize("answer", [confirm(2, stored=False), returned("t.a")], ids=["refused", "no such queue"])
async def test_what_fails_takes_the_later_ones_of_its_queue_along_in_order(answer: bytes) -> None:
    desk = Desk()
    offers = [desk.offer(*queue_and_id) for queue_and_id in (("b", "1"), ("a", "2"), ("b", "3"), ("a", "4"))]
    await tick()
    offers.append(desk.offer("a", "5"))
    desk.wire.feed_data(answer)
    assert desk.rescued == ["2", "4", "5"]
    desk.wire.feed_data(confirm(4, multiple=True))
    assert await asyncio.gather(*offers) == [None] * 5
    await tick()
    assert desk.rescued == ["2", "4", "5"]
    assert len(desk.wire.written) == 1, "what failed before it was written must not be written any more"


async def test_a_queue_is_reported_missing_once() -> None:
    desk = Desk()
    offers = [desk.offer("a", str(n)) for n in range(3)]
    await tick()
    desk.wire.feed_data(returned("t.a") * 3 + confirm(3, multiple=True))
    await asyncio.gather(*offers)
    assert desk.missing == ["a"]


async def test_the_end_of_the_connection_fails_all_in_order() -> None:
    desk = Desk()
    offers = [desk.offer("a", "1"), desk.offer("b", "2"), desk.offer("a", "3")]
    await tick()
    desk.wire.feed_data(confirm(2))
    desk.channel.ended()
    await asyncio.gather(*offers)
    assert desk.rescued == ["1", "3"]


async def test_without_a_rescue_the_reason_is_the_answer() -> None:
    desk = Desk()
    offer = desk.channel.offer([Outgoing("a", "1", b"x")], 60, None)
    await tick()
    desk.wire.feed_data(confirm(1, stored=False))
    assert isinstance(await offer, BrokerUnavailable)


async def test_beyond_the_window_offers_wait_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "WINDOW", 2)
    desk = Desk()
    offers = [desk.offer("a", str(n)) for n in range(4)]
    await tick()
    assert desk.wire.written[0].count(b"t.a") == 2
    desk.wire.feed_data(confirm(2, multiple=True))
    await tick()
    desk.wire.feed_data(confirm(4, multiple=True))
    assert await asyncio.gather(*offers) == [None] * 4


async def test_a_late_confirm_is_noticed_and_a_timely_one_is_not() -> None:
    desk = Desk()
    timely, late = desk.offer("a", "1", timeout=0.01), desk.offer("a", "2", timeout=0.02)
    await tick()
    desk.wire.feed_data(confirm(1))
    await timely
    async with asyncio.timeout(5):
        await desk.late.wait()
    assert not late.done()
