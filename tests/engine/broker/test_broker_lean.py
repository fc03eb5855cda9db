"""The bytes of the hot path, against pamqp's own encoder and decoder."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from pamqp import body, commands, frame, header
from pamqp.base import Frame

from xyper_engine.broker.lean import HEARTBEAT, Tap, ack_frames, content, publish_method
from xyper_engine.broker.port import Outgoing

CHANNEL = 7


class Ear:
    """Consumes and publishes on a channel, and writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[object, ...]] = []

    def delivered(self, tag: int, redelivered: bool, id: str, body: bytes) -> None:  # noqa: A002
        self.heard.append(("delivered", tag, redelivered, id, body))

    def confirmed(self, tag: int, multiple: bool, stored: bool) -> None:
        self.heard.append(("confirmed", tag, multiple, stored))

    def returned(self, key: str) -> None:
        self.heard.append(("returned", key))

    def told(self, method: int, arguments: bytes) -> None:
        self.heard.append(("told", method >> 16, method & 0xFFFF, arguments))

    def ended(self) -> None:
        self.heard.append(("ended",))


def message(method: Frame, pieces: Sequence[bytes], **properties: object) -> bytes:
    size = sum(map(len, pieces))
    head = header.ContentHeader(body_size=size, properties=commands.Basic.Properties(**properties))  # type: ignore[arg-type]
    parts: list[frame.FrameTypes] = [method, head, *map(body.ContentBody, pieces)]
    return b"".join(frame.marshal(part, CHANNEL) for part in parts)


def deliver(tag: int, redelivered: bool = False) -> Frame:
    return commands.Basic.Deliver("xyper", tag, redelivered, "", "t.q")


CASES = {
    "as we publish": (
        message(deliver(1), [b"hello"], delivery_mode=2, message_id="one"),
        ("delivered", 1, False, "one", b"hello"),
    ),
    "redelivered, with RabbitMQ's headers": (
        message(deliver(2, True), [b"x"], headers={"x-delivery-count": 1}, delivery_mode=2, message_id="é"),
        ("delivered", 2, True, "é", b"x"),
    ),
    "in several frames": (
        message(deliver(3), [b"ab", b"c", b"def"], delivery_mode=2, message_id="m"),
        ("delivered", 3, False, "m", b"abcdef"),
    ),
    "empty": (message(deliver(4), [], delivery_mode=2, message_id="m"), ("delivered", 4, False, "m", b"")),
    "somebody else's, without an id": (message(deliver(5), [b"x"]), ("delivered", 5, False, "", b"x")),
    "confirm": (frame.marshal(commands.Basic.Ack(9, False), CHANNEL), ("confirmed", 9, False, True)),
    "confirm of many": (frame.marshal(commands.Basic.Ack(9, True), CHANNEL), ("confirmed", 9, True, True)),
    "refusal": (frame.marshal(commands.Basic.Nack(9, True, False), CHANNEL), ("confirmed", 9, True, False)),
    "return": (
        message(commands.Basic.Return(312, "NO_ROUTE", "", "t.q"), [b"x"], message_id="m"),
        ("returned", "t.q"),
    ),
}


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
async def tap(ear: Ear) -> Tap:
    tap = Tap(asyncio.get_running_loop())
    tap.consumers[CHANNEL] = tap.publishers[CHANNEL] = ear
    return tap


@pytest.mark.parametrize(("wire", "heard"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("step", [1, 3, 10_000])
async def test_frames_are_read_however_they_are_cut(
    tap: Tap, ear: Ear, wire: bytes, heard: tuple[object, ...], step: int
) -> None:
    for start in range(0, 2 * len(wire), step):
        tap.feed_data((wire + wire)[start : start + step])
    assert ear.heard == [heard, heard]


async def test_what_is_not_ours_reaches_aiormq_unchanged(tap: Tap, ear: Ear) -> None:
    foreign = [
        frame.marshal(commands.Channel.OpenOk(), CHANNEL + 1),
        message(deliver(1), [b"x"]).replace(b"\x00\x07", b"\x00\x08"),  # another channel
        HEARTBEAT,
    ]
    ours = message(deliver(1), [b"x"], delivery_mode=2, message_id="m")
    tap.feed_data(ours.join(foreign))
    tap.feed_eof()
    assert await tap.read() == b"".join(foreign)
    assert [what[0] for what in ear.heard] == ["delivered"] * 2


async def test_all_else_on_a_channel_that_consumes_is_its_own_affair(tap: Tap, ear: Ear) -> None:
    tap.feed_data(frame.marshal(commands.Basic.ConsumeOk("xyper"), CHANNEL))
    tap.feed_data(frame.marshal(commands.Channel.Close(404, "", 0, 0), CHANNEL))
    tap.ended()
    tap.feed_eof()
    assert await tap.read() == b""
    assert ear.heard == [("told", 60, 21, b"\x05xyper"), ("told", 20, 40, b"\x01\x94\x00\x00\x00\x00\x00"), ("ended",)]


async def test_a_number_is_given_again_when_its_channel_is_closed(ear: Ear) -> None:
    tap = Tap(asyncio.get_running_loop())
    assert [tap.take_number(ear) for _ in range(3)] == [1, 2, 3]
    tap.give_back(2)
    tap.give_back(2)
    assert [tap.take_number(ear) for _ in range(2)] == [2, 4]


async def test_a_broker_that_sends_messages_only_still_counts_as_alive(tap: Tap) -> None:
    clock = iter([10.0, 10.0, 10.5, 11.5, 11.5])
    tap._clock = lambda: next(clock)
    tap.feed_data(HEARTBEAT)
    for tag in (1, 2):
        tap.feed_data(message(deliver(tag), [b"x"]))
    tap.feed_eof()
    assert await tap.read() == HEARTBEAT * 2


@pytest.mark.parametrize(
    ("blocked", "method"), [(True, commands.Connection.Blocked), (False, commands.Connection.Unblocked)]
)
async def test_alarms_are_noticed(tap: Tap, blocked: bool, method: type[Frame]) -> None:
    told = asyncio.Event()
    tap.blocked, tap.changed = not blocked, told.set
    tap.feed_data(frame.marshal(method(), 0))
    assert (tap.blocked, told.is_set()) == (blocked, True)


def frames(wire: bytes) -> Iterator[frame.FrameTypes]:
    while wire:
        size, channel, value = frame.unmarshal(wire)
        assert channel == CHANNEL
        yield value
        wire = wire[size:]


@pytest.mark.parametrize(("size", "pieces"), [(0, []), (5, [5]), (92, [92]), (93, [92, 1]), (200, [92, 92, 16])])
def test_a_publish_is_what_pamqp_reads(size: int, pieces: list[int]) -> None:
    parts = [publish_method(CHANNEL, "t.in.käse")]
    content(CHANNEL, Outgoing("in.käse", "id-1", b"x" * size), 100, parts)
    method, head, *bodies = frames(b"".join(parts))
    assert isinstance(method, commands.Basic.Publish)
    assert (method.exchange, method.routing_key, method.mandatory) == ("", "t.in.käse", True)
    assert isinstance(head, header.ContentHeader)
    assert head.properties is not None
    assert (head.body_size, head.properties.delivery_mode, head.properties.message_id) == (size, 2, "id-1")
    assert [len(part.value) for part in bodies if isinstance(part, body.ContentBody)] == pieces


@pytest.mark.parametrize(
    ("tags", "upto", "wire"),
    [
        ([1], 1, [(1, True)]),
        ([1, 2, 3], 3, [(3, True)]),
        ([5, 7], 2, [(5, False), (7, False)]),
        ([1, 2, 9], 4, [(2, True), (9, False)]),  # 3 and 4 went before: RabbitMQ no longer knows 4
    ],
)
def test_acks_come_together_only_below_the_watermark(tags: list[int], upto: int, wire: list[tuple[int, bool]]) -> None:
    acks = [value for value in frames(ack_frames(CHANNEL, tags, upto)) if isinstance(value, commands.Basic.Ack)]
    assert [(ack.delivery_tag, ack.multiple) for ack in acks] == wire
