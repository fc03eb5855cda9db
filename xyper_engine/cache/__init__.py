"""The cache: what may be forgotten at any moment. `[cache] url` chooses the twin."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from xyper_engine.cache.memory import MemoryCache
from xyper_engine.cache.port import Cache
from xyper_engine.errors import SettingsError
from xyper_engine.metrics import Metrics
from xyper_engine.settings import Settings


@asynccontextmanager
async def open_cache(settings: Settings, metrics: Metrics | None = None) -> AsyncIterator[Cache]:
    """The cache that `[cache] url` names, closed at the end. A Redis that is away is no error; `SettingsError` is."""
    cache = _choose(settings.cache.url.get_secret_value(), metrics or Metrics())
    try:
        yield cache
    finally:
        await cache.close()


def _choose(url: str, metrics: Metrics) -> Cache:
    if url == "memory:":
        return MemoryCache(metrics=metrics)
    try:
        if urlsplit(url).scheme in ("redis", "rediss"):
            from xyper_engine.cache.redis import RedisCache  # only who has a Redis shall pay for its client: 8 MB

            return RedisCache(url, metrics=metrics)
    except ValueError as error:
        raise SettingsError(f"[cache] url: {error}") from None
    raise SettingsError('[cache] url: write "memory:" or "redis://host:6379/0" (or "rediss://" for TLS).')
