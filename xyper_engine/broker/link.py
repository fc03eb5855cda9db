"""A connection to RabbitMQ that is always being restored.

aio-pika's robust connection waits a fixed time between tries and re-creates its own consumers; ours have to be told
that their deliveries are void first, and a restarted broker must not meet all processes in the same second. So recovery
lives here, on aio-pika's plain connection.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aio_pika
import structlog
from aiormq.channel import Channel
from aiormq.exceptions import AMQPError
from yarl import URL

from xyper_engine.backoff import Backoff
from xyper_engine.broker.lean import Tap, Tapped
from xyper_engine.ending import end
from xyper_engine.errors import SettingsError, Unavailable
from xyper_engine.saying import said

T = TypeVar("T")

CONNECT = 5.0
"""Seconds for a connection to stand, for a channel to open, and for a connection to end."""
HEARTBEAT = "10"
"""Seconds; after three without a sign of life the connection counts as lost."""
REFUSALS = (403, 530)
"""Reply codes of a wrong user or password, and of a virtual host that is not there or not ours."""
TROUBLES = (AMQPError, OSError, TimeoutError, RuntimeError, asyncio.InvalidStateError, StopAsyncIteration)
"""What aio-pika and aiormq raise when the broker or the connection is not there, or goes away during a call.

The last one comes where the connection has ended before aiormq reads the next frame of the handshake.
"""

log: structlog.typing.FilteringBoundLogger = structlog.get_logger("xyper.broker")


async def bounded(work: Coroutine[Any, Any, T]) -> T:
    """What it returns, or a `TimeoutError` after `CONNECT` seconds, whatever it makes of being cancelled.

    A call of aiormq's that fails, or is cancelled, waits without limit for the end of a connection that has ended.
    """
    task = asyncio.create_task(work, name="a call to RabbitMQ")
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        await asyncio.wait({task}, timeout=CONNECT)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.sleep(0)  # whoever is in a hurry to leave leaves no call that has not even begun
    if not task.done() or task.cancelled():
        raise TimeoutError("RabbitMQ did not answer in time.")
    return task.result()


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """One connection while it lasts."""

    connection: aio_pika.Connection
    tap: Tap
    declared: set[str] = field(default_factory=set)
    declaring: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def channel(self, confirms: bool = False) -> Channel:
        """A new channel, as aiormq's object. Raises one of `TROUBLES`."""
        channel = self.connection.channel(publisher_confirms=confirms)
        await bounded(channel.initialize())
        underlay = await channel.get_underlay_channel()
        if not isinstance(underlay, Channel):
            raise TypeError(f"aio-pika's channel rests on {type(underlay).__name__}, not on aiormq's.")
        return underlay

    async def gone(self) -> None:
        """Returns when the connection is lost."""
        transport = self.connection.transport
        if transport is not None:
            await asyncio.wait({transport.connection.closing})

    async def close(self) -> None:
        try:
            await bounded(self.connection.close())
        except TROUBLES as error:
            log.warning("rabbitmq_left", error=type(error).__name__)
            self.tap.abort()


class Link:
    """Keeps one session open: `opened` prepares each new one, `closed` hears that it is gone."""

    def __init__(
        self, url: URL, name: str, opened: Callable[[Session], Awaitable[None]], closed: Callable[[], None]
    ) -> None:
        query = {"heartbeat": HEARTBEAT, **url.query, "name": name}
        self._url = url.with_query(query)
        self._name = name
        self._opened = opened
        self._closed = closed
        self._leaving = False
        self._told = ""
        """What was logged last, until there is a connection."""
        self.session: Session | None = None
        self.up = asyncio.Event()
        self._first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run(), name=name)

    async def first_try(self) -> None:
        """Returns after the first try, even a failed one. Raises `SettingsError` where RabbitMQ refuses us."""
        await asyncio.shield(self._first)

    async def ready(self) -> Session:
        while self.session is None:
            await self.up.wait()
        return self.session

    def now(self) -> Session:
        """Raises `Unavailable` while there is no connection."""
        if self.session is None:
            words = "RabbitMQ is away: is [broker] url right, and the server running?"
            raise Unavailable(said("away.link", words))
        return self.session

    async def close(self) -> None:
        """Leave in order: RabbitMQ has handled all that was written before."""
        self._leaving = True  # a call of aiormq's may swallow the task's cancellation
        await end(self._task)
        if self._first.done() and not self._first.cancelled():
            self._first.exception()

    async def _run(self) -> None:
        backoff = Backoff()
        while not self._leaving:
            try:
                await self._serve(await _connect(self._url), backoff)
            except TROUBLES as error:
                self._tried(error)
                self._tell("rabbitmq_away", error)
            except Exception as error:  # a bug must not part us from RabbitMQ for ever
                log.exception("rabbitmq_stumbled", connection=self._name)
                self._tried(error)
            await backoff.pause()

    async def _serve(self, session: Session, backoff: Backoff) -> None:
        try:
            await self._opened(session)
            backoff.reset()
            self.session = session
            self.up.set()
            self._tried(None)
            self._told = ""
            if not self._leaving:
                await session.gone()
            log.warning("rabbitmq_lost", connection=self._name)
        except TROUBLES as error:
            self._tried(error)
            self._tell("rabbitmq_unfit", error)
        finally:
            self.session = None
            self.up.clear()
            session.tap.ended()
            self._closed()
            await session.close()

    def _tell(self, what: str, error: BaseException) -> None:
        """Once, however often it is tried."""
        if self._told != what:
            self._told = what
            log.warning(what, connection=self._name, error=type(error).__name__)

    def _tried(self, error: BaseException | None) -> None:
        if self._first.done():
            return
        if isinstance(error, PermissionError):
            self._first.set_exception(
                SettingsError("[broker] url: RabbitMQ refuses the user, the password or the virtual host in it.")
            )
        else:
            self._first.set_result(None)


async def _connect(url: URL) -> Session:
    connection = aio_pika.Connection(url)
    tapped = Tapped()
    connection.kwargs["transport_factory"] = tapped
    try:
        await bounded(connection.connect())
    except TROUBLES as error:
        if tapped.tap is not None:
            tapped.tap.abort()
        await bounded(connection.close())  # else aio-pika does so when it is forgotten, where no loop may run
        if tapped.tap is not None and tapped.tap.closed_with in REFUSALS:
            raise PermissionError("RabbitMQ refuses the credentials or the virtual host.") from error
        raise
    if tapped.tap is None:
        raise ConnectionError("aiormq opened no socket.")
    return Session(connection, tapped.tap)
