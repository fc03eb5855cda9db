"""The hot path to RabbitMQ: publish, confirm, deliver and ack as bytes (AMQP 0-9-1, with RabbitMQ's extensions).

aiormq makes objects, queue entries and task switches of every frame, which costs more than the message's whole way
through Xyper, and 20 KB of memory for every channel, of which each queue has one. So a `Tap` sits between the socket
and aiormq: it takes the frames of channels that consume, and the hot path of those that publish, for itself and leaves
the connection's life (handshake, heartbeats, other channels, declarations) to the library.
"""

import asyncio
import struct
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from aiormq.connection import TransportFactory
from pamqp.header import ContentHeader
from yarl import URL

from xyper_engine.broker.port import Outgoing

FRAME = struct.Struct(">BHI")
TAG = struct.Struct(">QB")
CONTENT = struct.Struct(">HHQH")
ACK = struct.Struct(">BHIHHQBB")
HEADER = struct.Struct(">BHIHHQHBB")

METHOD, HEAD, BODY, END = 1, 2, 3, 0xCE
HEARTBEAT = b"\x08\x00\x00\x00\x00\x00\x00\xce"
RETURN, DELIVER, CONFIRM, REFUSE = (60 << 16 | method for method in (50, 60, 80, 120))
CLOSE, BLOCKED, UNBLOCKED = (10 << 16 | method for method in (50, 60, 61))
OURS = 1 << 12 | 1 << 7
"""The property flags of what we publish: delivery mode and message id."""


class Consumes(Protocol):
    """Whoever has a consumer on a channel. Plain calls, in the order of the frames."""

    def delivered(self, tag: int, redelivered: bool, id: str, body: bytes) -> None: ...  # noqa: A002

    def told(self, method: int, arguments: bytes) -> None:
        """Whatever else RabbitMQ says on this channel."""

    def ended(self) -> None:
        """The connection is gone, and the channel with it."""


class Publishes(Protocol):
    """Whoever publishes on a channel."""

    def confirmed(self, tag: int, multiple: bool, stored: bool) -> None: ...

    def returned(self, key: str) -> None:
        """No queue has this name."""


class _Content:
    """A message on its way in: its method came, its header and body follow."""

    __slots__ = ("body", "id", "missing", "redelivered", "tag")

    def __init__(self, tag: int, redelivered: bool) -> None:
        self.tag = tag  # 0: a returned message, of which only the method mattered
        self.redelivered = redelivered
        self.id = ""
        self.missing = 0
        self.body: list[bytes] = []


class Tap(asyncio.StreamReader):
    """What aiormq reads from; it never sees the channels in `consumers`, nor the messages of those in `publishers`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self.consumers: dict[int, Consumes] = {}
        self.publishers: dict[int, Publishes] = {}
        self.blocked = False
        """True while RabbitMQ reads nothing from this connection because its memory or disk is short."""
        self.changed: Callable[[], None] = _nothing
        """Called when `blocked` changed."""
        self.closed_with = 0
        """The reply code with which RabbitMQ closed the connection, if it did."""
        self._clock = loop.time
        self._fed = 0.0
        self._rest = b""
        self._coming: dict[int, _Content] = {}
        self._free: list[int] = []
        self._transport: asyncio.Transport | None = None

    def set_transport(self, transport: asyncio.BaseTransport) -> None:
        super().set_transport(transport)
        if isinstance(transport, asyncio.Transport) or hasattr(transport, "write"):
            self._transport = transport  # type: ignore[assignment]  # uvloop's transports are no subclass

    def write(self, frames: bytes) -> None:
        """Whole frames, now. Nothing where the connection is gone: whoever waits learns it by the channel's end."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(frames)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def feed_data(self, data: Any) -> None:
        buffer = self._rest + data if self._rest else bytes(data)
        at, end = 0, len(buffer)
        while end - at >= 8:
            kind, channel, size = FRAME.unpack_from(buffer, at)
            stop = at + size + 8
            if stop > end:
                break
            if not self._served(kind, channel, buffer, at + 7, stop - 1):
                self._fed = self._clock()
                super().feed_data(buffer[at:stop])
            at = stop
        self._rest = buffer[at:]
        if self._clock() - self._fed > 1.0 and self._fed:
            # The broker sends no heartbeat while it sends messages: tell aiormq that the peer is alive.
            self._fed = self._clock()
            super().feed_data(HEARTBEAT)

    def _served(self, kind: int, channel: int, buffer: bytes, at: int, stop: int) -> bool:
        if kind == METHOD:
            return self._method(channel, buffer, at, stop)
        coming = self._coming.get(channel)
        if coming is None:
            return False
        if kind == HEAD:
            self._header(coming, buffer, at, stop)
        else:
            coming.body.append(buffer[at:stop])
            coming.missing -= stop - at
        if coming.missing == 0:
            del self._coming[channel]
            consumer = self.consumers.get(channel)
            if coming.tag and consumer is not None:
                body = coming.body[0] if len(coming.body) == 1 else b"".join(coming.body)
                consumer.delivered(coming.tag, coming.redelivered, coming.id, body)
        return True

    def _method(self, channel: int, buffer: bytes, at: int, stop: int) -> bool:
        method = int.from_bytes(buffer[at : at + 4], "big")
        if method == DELIVER and channel in self.consumers:
            tag, redelivered = TAG.unpack_from(buffer, at + 5 + buffer[at + 4])
            self._coming[channel] = _Content(tag, bool(redelivered))
        elif method in (CONFIRM, REFUSE) and channel in self.publishers:
            tag, bits = TAG.unpack_from(buffer, at + 4)
            self.publishers[channel].confirmed(tag, bool(bits & 1), method == CONFIRM)
        elif method == RETURN and channel in self.publishers:
            self._coming[channel] = _Content(0, False)
            self.publishers[channel].returned(_third_string(buffer, at + 6))
        elif channel in self.consumers:
            self.consumers[channel].told(method, buffer[at + 4 : stop])
        else:
            self._notice(method, buffer, at + 4)
            return False
        return True

    def _notice(self, method: int, buffer: bytes, at: int) -> None:
        """What both aiormq and we want to know."""
        if method == CLOSE:
            self.closed_with = int.from_bytes(buffer[at : at + 2], "big")
        elif method in (BLOCKED, UNBLOCKED):
            self.blocked = method == BLOCKED
            self.changed()

    def take_number(self, consumer: Consumes) -> int:
        """A channel's number for it. Only on connections on which aiormq opens none: it would take the same."""
        number = self._free.pop() if self._free else len(self.consumers) + 1
        self.consumers[number] = consumer
        return number

    def give_back(self, number: int) -> None:
        """The channel is closed on both sides."""
        if self.consumers.pop(number, None) is not None:
            self._free.append(number)

    def ended(self) -> None:
        """The connection is gone."""
        for consumer in list(self.consumers.values()):
            consumer.ended()

    def _header(self, coming: _Content, buffer: bytes, at: int, stop: int) -> None:
        _, _, coming.missing, flags = CONTENT.unpack_from(buffer, at)
        if flags == OURS:
            coming.id = buffer[at + 16 : at + 16 + buffer[at + 15]].decode()
        else:  # redelivered or dead-lettered: RabbitMQ added headers
            header = ContentHeader()
            header.unmarshal(buffer[at:stop])
            coming.id = (header.properties and header.properties.message_id) or ""


class Tapped(TransportFactory):
    """Opens the socket for aiormq, with a tap on it. For one connection."""

    def __init__(self) -> None:
        self.tap: Tap | None = None

    async def create(self, url: URL, **kwargs: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        context = kwargs.pop("ssl_context_provider")
        loop = asyncio.get_running_loop()
        self.tap = tap = Tap(loop)
        protocol = asyncio.StreamReaderProtocol(tap, loop=loop)
        ssl = await context.get_context() if url.scheme == "amqps" else None
        host, port = url.host or "localhost", url.port or 5672
        transport, _ = await loop.create_connection(lambda: protocol, host, port, ssl=ssl, **kwargs)
        return tap, asyncio.StreamWriter(transport, protocol, tap, loop)


def _nothing() -> None:
    return


def _third_string(buffer: bytes, at: int) -> str:
    """Of Basic.Return: reply text, exchange, routing key."""
    for _ in range(2):
        at += 1 + buffer[at]
    return buffer[at + 1 : at + 1 + buffer[at]].decode()


def publish_method(channel: int, key: str) -> bytes:
    """Basic.Publish to the default exchange, mandatory."""
    name = key.encode()
    payload = struct.pack(">HHHBB", 60, 40, 0, 0, len(name)) + name + b"\x01"
    return FRAME.pack(METHOD, channel, len(payload)) + payload + bytes((END,))


def content(channel: int, message: Outgoing, frame_max: int, parts: list[bytes]) -> None:
    """Append the header and body frames of a persistent message."""
    name, body = message.id.encode(), message.body
    parts += (HEADER.pack(HEAD, channel, 16 + len(name), 60, 0, len(body), OURS, 2, len(name)), name)
    largest = frame_max - 8
    for start in range(0, len(body), largest):
        piece = body if len(body) <= largest else body[start : start + largest]
        parts += (b"\xce", FRAME.pack(BODY, channel, len(piece)), piece)
    parts.append(b"\xce")


def ack_frames(channel: int, tags: Sequence[int], upto: int) -> bytes:
    """Acks of `tags`, sorted; those up to `upto` (a watermark below which all are acked) in one frame.

    The frame names a tag of this group, because RabbitMQ closes the channel on one it does not hold.
    """
    run = [tag for tag in tags if tag <= upto]
    frames = [ACK.pack(METHOD, channel, 13, 60, 80, run[-1], 1, END)] if run else []
    frames += [ACK.pack(METHOD, channel, 13, 60, 80, tag, 0, END) for tag in tags[len(run) :]]
    return b"".join(frames)
