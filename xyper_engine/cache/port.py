"""What the engine asks of a cache; `redis.py` and `memory.py` answer. A cache that is away costs speed, never more."""

from collections.abc import AsyncIterator
from typing import Protocol


class Cache(Protocol):
    async def get(self, key: str) -> bytes | None:
        """None also while the cache is away."""

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        """`ttl` in seconds, > 0. Silently nothing while the cache is away."""

    async def raise_to(self, key: str, number: int, ttl: float) -> None:
        """Set a number, in decimals, unless a higher one is there: whatever order writers come in, it never falls."""

    async def delete(self, *keys: str) -> None: ...

    async def publish(self, channel: str, message: bytes) -> None:
        """Tell every process that listens now; nobody hears it later."""

    def listen(self, channel: str) -> AsyncIterator[bytes]:
        """Messages from the moment of the first `anext`; goes on by itself after a lost connection."""

    async def ping(self) -> None:
        """Raises `Unavailable`."""

    async def close(self) -> None: ...
