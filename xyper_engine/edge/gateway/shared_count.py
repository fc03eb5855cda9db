"""The count of calls that all processes with one Redis share. Imported only where there is one: it takes 8 MB."""

import asyncio
from typing import Any

from limits.aio.storage import RedisStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from xyper_engine.edge.gateway.count import Ask, Counted, asked
from xyper_engine.errors import Unavailable

TIMEOUT = 0.5
"""Seconds for Redis to answer."""
CONNECTIONS = 16


class SharedCount:
    def __init__(self, url: str) -> None:
        self._pool = _pool(url)
        self._limiter = SlidingWindowCounterRateLimiter(_storage(url, self._pool))

    async def take(self, ask: Ask) -> Counted:
        """Raises `Unavailable`."""
        try:
            async with asyncio.timeout(2 * TIMEOUT):
                return await asked(self._limiter, ask)
        except (RedisError, OSError) as error:  # OSError: also TimeoutError
            raise Unavailable(f"The shared count of calls does not answer: {type(error).__name__}.") from error

    async def close(self) -> None:
        await self._pool.aclose()


def _pool(url: str) -> BlockingConnectionPool:
    return BlockingConnectionPool.from_url(
        url, max_connections=CONNECTIONS, timeout=TIMEOUT, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), 0),
    )  # fmt: skip


def _storage(url: str, pool: BlockingConnectionPool) -> Storage:
    options: dict[str, Any] = {"connection_pool": pool}  # typed as if options could only be words and numbers
    return RedisStorage(f"async+{url}", implementation="redispy", key_prefix="xyper:limits", **options)
