"""The cache in Redis. While Redis is away every question is a miss: that costs speed, never correctness.

Commands of concurrent callers travel in one pipeline, over one connection. After a failure Redis is left alone for
`PAUSE`, so that an outage costs one caller a timeout now and then instead of everyone one each. What could not be
written or deleted meanwhile is deleted before Redis is believed again: no stale value outlives an outage.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from xyper_engine.errors import Unavailable
from xyper_engine.grouping import Grouped
from xyper_engine.metrics import Metrics
from xyper_engine.saying import Quoted, said
from xyper_engine.within import within

TIMEOUT = 1.0
"""Seconds for Redis to take a connection, and for a group of commands."""
PAUSE = 1.0
"""Seconds between two tries while Redis is away."""
IDLE = 15.0
"""Seconds of silence after which a listener asks whether its connection still stands."""
OWED = 100_000
"""Keys to remember for deletion; beyond it the oldest are left to their time to live."""

_ONE_TRY: Mapping[str, Any] = {"socket_connect_timeout": TIMEOUT, "retry": Retry(NoBackoff(), 0)}
_NONE = slice(0)
_KEYS: Mapping[str | bytes | int, slice] = {"SET": slice(1, 2), "EVAL": slice(3, 4), "DEL": slice(1, None)}
"""Where the keys stand in commands that change them."""
_RAISE = """
local there = tonumber(redis.call('GET', KEYS[1]))
if not there or there <= tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
"""

Command = tuple[str | bytes | int, ...]


class RedisCache:
    """`url` as redis-py reads it: `redis://[user:password@]host:port/db`, or `rediss://…`. ValueError if malformed."""

    def __init__(
        self, url: str, *, clock: Callable[[], float] = time.monotonic, metrics: Metrics | None = None
    ) -> None:
        counts = (metrics or Metrics()).cache
        self._hit, self._miss = counts.labels("hit").inc, counts.labels("miss").inc
        self._client: Redis = Redis.from_url(url, socket_timeout=TIMEOUT, **_ONE_TRY)
        # With a `socket_timeout` redis-py sends by `asyncio.wait_for`. That of Python 3.11 forgets a cancel which comes
        # in the moment of the answer, and a listener would never end. Its waits have their own time (`_next`).
        self._ears: Redis = Redis.from_url(url, socket_timeout=None, **_ONE_TRY)
        place = self._client.connection_pool.connection_kwargs
        # Channels know no database number, so that it stands in the name.
        self._prefix = f"xyper:{place.get('db') or 0}:"
        self._where = f"{place.get('host', 'localhost')}:{place.get('port', 6379)}"
        self._grouped: Grouped[Command, object] = Grouped(self._flush)
        self._owed: dict[str | bytes | int, None] = {}
        self._clock = clock
        self._away = False
        self._again_at = 0.0
        self._closed = asyncio.Event()
        self._log: structlog.typing.FilteringBoundLogger = structlog.get_logger("xyper.cache")

    async def get(self, key: str) -> bytes | None:
        value = await self._grouped(("GET", self._prefix + key))
        found = value if isinstance(value, bytes) else None
        (self._miss if found is None else self._hit)()
        return found

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        await self._grouped(("SET", self._prefix + key, value, "PX", _milliseconds(ttl)))

    async def raise_to(self, key: str, number: int, ttl: float) -> None:
        await self._grouped(("EVAL", _RAISE, 1, self._prefix + key, number, _milliseconds(ttl)))

    async def delete(self, *keys: str) -> None:
        if keys:
            await self._grouped(("DEL", *(self._prefix + key for key in keys)))

    async def publish(self, channel: str, message: bytes) -> None:
        await self._grouped(("PUBLISH", self._prefix + channel, message))

    async def listen(self, channel: str) -> AsyncIterator[bytes]:
        while not self._closed.is_set():
            try:
                async with self._ears.pubsub(ignore_subscribe_messages=True) as pubsub:
                    async with asyncio.timeout(TIMEOUT):
                        await pubsub.subscribe(self._prefix + channel)
                    while True:
                        yield await _next(pubsub)
            except (RedisError, OSError):
                await within(PAUSE, self._closed)

    async def ping(self) -> None:
        try:
            await self._pipeline([("PING",)])
        except (RedisError, OSError) as error:
            words = "Redis at {server} does not answer ({error}): see [cache] url."
            raise Unavailable(said("away.cache", words, server=self._where, error=Quoted(_kind(error)))) from error

    async def close(self) -> None:
        if self._closed.is_set():
            return
        await self._grouped(("PING",))  # groups keep their order: whatever was asked before is on its way
        self._closed.set()
        await self._client.aclose()
        await self._ears.aclose()

    async def _flush(self, commands: Sequence[Command]) -> Sequence[object]:
        if self._clock() < self._again_at:
            return self._missed(commands)
        try:
            results = await self._pipeline([*(("DEL", key) for key in self._owed), *commands])
        except (RedisError, OSError) as error:
            self._note_away(error)
            return self._missed(commands)
        self._note_back()
        return results[len(results) - len(commands) :]

    async def _pipeline(self, commands: Sequence[Command]) -> list[object]:
        async with self._client.pipeline(transaction=False) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)
            results: list[object] = await pipeline.execute()  # raises also what only one command met, e.g. LOADING
            return results

    def _missed(self, commands: Sequence[Command]) -> list[object]:
        for command in commands:
            self._owed.update(dict.fromkeys(command[_KEYS.get(command[0], _NONE)]))
        while len(self._owed) > OWED:
            del self._owed[next(iter(self._owed))]
        return [None] * len(commands)

    def _note_away(self, error: Exception) -> None:
        self._again_at = self._clock() + PAUSE
        if not self._away:
            self._away = True
            self._log.warning("cache away", server=self._where, error=_kind(error))

    def _note_back(self) -> None:
        self._owed.clear()
        if self._away:
            self._away = False
            self._log.info("cache back", server=self._where)


async def _next(pubsub: PubSub) -> bytes:
    """The next message. Raises `RedisError` where the connection fell silent for good."""
    silent = False
    while True:
        async with asyncio.timeout(IDLE + TIMEOUT):
            message = await pubsub.get_message(timeout=IDLE)
        if message is not None and message["type"] == "message":
            return bytes(message["data"])
        if message is None and silent:
            raise RedisError("The connection is dead.")
        silent = message is None
        if silent:
            async with asyncio.timeout(TIMEOUT):
                await pubsub.ping()


def _milliseconds(ttl: float) -> int:
    return max(1, round(ttl * 1000))


def _kind(error: Exception) -> str:
    # The class only: redis-py's texts may quote the address with its password.
    return type(error).__name__
