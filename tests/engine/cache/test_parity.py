"""Both caches answer the same; Redis may go away and come back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests import servers
from tests.conftest import Configure
from xyper_engine.cache import open_cache
from xyper_engine.cache.port import Cache
from xyper_engine.errors import SettingsError, Unavailable

TWINS = [pytest.param("memory", id="memory"), pytest.param("redis", id="redis", marks=pytest.mark.real)]


@pytest.fixture(params=TWINS)
async def cache(request: pytest.FixtureRequest, configure: Configure) -> AsyncIterator[Cache]:
    server = request.getfixturevalue("redis_server") if request.param == "redis" else None
    async with open_cache(configure({"cache": {"url": server.url if server else "memory:"}})) as opened:
        yield opened


@pytest.fixture
async def own_redis() -> AsyncIterator[servers.Redis]:
    async with servers.redis() as server:
        yield server


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110  the condition is asked of another process
            await asyncio.sleep(0.02)


async def test_what_was_set_is_there(cache: Cache) -> None:
    await cache.set("a", b"\x00\xff", 60)
    assert await cache.get("a") == b"\x00\xff"
    assert await cache.get("unknown") is None


async def test_an_empty_value_is_a_value(cache: Cache) -> None:
    await cache.set("empty", b"", 60)
    assert await cache.get("empty") == b""


async def test_a_second_set_replaces_value_and_time_to_live(cache: Cache) -> None:
    await cache.set("b", b"1", 0.05)
    await cache.set("b", b"2", 60)
    with pytest.raises(TimeoutError):
        await until(lambda: _is_none(cache, "b"), 0.2)
    assert await cache.get("b") == b"2"


async def test_a_value_ends_with_its_time_to_live(cache: Cache) -> None:
    await cache.set("c", b"1", 0.05)
    await until(lambda: _is_none(cache, "c"))


async def test_a_number_only_rises(cache: Cache) -> None:
    for number, there in ((7, b"7"), (5, b"7"), (7, b"7"), (10, b"10"), (9, b"10")):
        await cache.raise_to("number", number, 60)
        assert await cache.get("number") == there
    await asyncio.gather(*(cache.raise_to("number", n % 100, 60) for n in range(500)))
    assert await cache.get("number") == b"99"


async def test_a_number_that_ended_begins_anew(cache: Cache) -> None:
    await cache.raise_to("short", 9, 0.05)
    await until(lambda: _is_none(cache, "short"))
    await cache.raise_to("short", 3, 60)
    assert await cache.get("short") == b"3"


async def test_delete_takes_several_keys_and_unknown_ones(cache: Cache) -> None:
    await cache.set("d", b"1", 60)
    await cache.set("e", b"1", 60)
    await cache.delete("d", "e", "unknown")
    await cache.delete()
    assert (await cache.get("d"), await cache.get("e")) == (None, None)


async def test_many_at_once(cache: Cache) -> None:
    await asyncio.gather(*(cache.set(f"many-{n}", b"%d" % n, 60) for n in range(2000)))
    values = await asyncio.gather(*(cache.get(f"many-{n}") for n in range(2000)))
    assert values == [b"%d" % n for n in range(2000)]


async def test_every_listener_of_a_channel_hears_in_order(cache: Cache) -> None:
    heard: list[list[bytes]] = [[], []]
    async with _listening(cache, "news", heard[0]), _listening(cache, "news", heard[1]):
        for n in range(50):
            await cache.publish("news", b"%d" % n)
        await cache.publish("other", b"not for us")
        await until(lambda: _equal(heard, [[b"%d" % n for n in range(50)]] * 2))


async def test_closing_ends_the_listeners(cache: Cache) -> None:
    heard: list[bytes] = []
    async with _listening(cache, "news", heard) as task:
        await cache.close()
        await asyncio.wait_for(task, 5)


async def test_a_listener_ends_at_whatever_moment_it_is_cancelled(cache: Cache) -> None:
    async def listen() -> None:
        async for _ in cache.listen("news"):
            pass

    for ticks in range(80):
        task = asyncio.create_task(listen())
        for _ in range(ticks):
            await asyncio.sleep(0)
        task.cancel()
        assert await asyncio.wait([task], timeout=5) == ({task}, set()), ticks


async def test_ping(cache: Cache) -> None:
    await cache.ping()


@pytest.mark.parametrize("url", ["", "memcached://x", "redis://host:port/0", "rediss"])
async def test_a_wrong_url_is_named(url: str, configure: Configure) -> None:
    with pytest.raises(SettingsError, match=r"^\[cache\] url"):
        async with open_cache(configure({"cache": {"url": url}})):
            pass


@pytest.mark.real
async def test_while_redis_is_away_everything_is_a_miss_and_said_once(
    own_redis: servers.Redis, configure: Configure
) -> None:
    with capture_logs() as logs:
        async with open_cache(configure({"cache": {"url": own_redis.url}})) as cache:
            await cache.set("a", b"1", 60)
            await own_redis.kill()
            for _ in range(5):
                await cache.set("b", b"1", 60)
                await cache.publish("news", b"nobody hears it")
                assert await cache.get("a") is None
            with pytest.raises(Unavailable, match=r"\[cache\] url"):
                await cache.ping()
            await own_redis.start()
            await until(lambda: _set_and_get(cache, "c"))
            await cache.set("d", b"1", 60)
    assert [line["event"] for line in logs] == ["cache away", "cache back"]


@pytest.mark.real
async def test_redis_absent_at_start_is_no_error(configure: Configure) -> None:
    server = servers.redis()
    try:
        async with open_cache(configure({"cache": {"url": server.url}})) as cache:
            assert await cache.get("a") is None
            await server.start()
            await until(lambda: _set_and_get(cache, "a"))
    finally:
        await server.stop()


@pytest.mark.real
async def test_a_frozen_redis_costs_one_timeout_and_leaves_nothing_stale(
    own_redis: servers.Redis, configure: Configure
) -> None:
    async with open_cache(configure({"cache": {"url": own_redis.url}})) as cache:
        for key in ("deleted", "changed", "kept"):
            await cache.set(key, b"old", 60)
        await cache.raise_to("raised", 7, 60)
        await own_redis.pause()
        began = asyncio.get_running_loop().time()
        await cache.delete("deleted")
        await cache.set("changed", b"new", 60)
        await cache.raise_to("raised", 8, 60)
        await asyncio.gather(*(cache.get("kept") for _ in range(500)))
        assert asyncio.get_running_loop().time() - began < 3
        await own_redis.resume()
        await until(lambda: _set_and_get(cache, "other"))
        assert await cache.get("kept") == b"old"
        assert await cache.get("deleted") is None
        assert await cache.get("changed") in (None, b"new")
        assert await cache.get("raised") in (None, b"8")


@pytest.mark.real
async def test_a_listener_goes_on_after_redis_was_killed(own_redis: servers.Redis, configure: Configure) -> None:
    heard: list[bytes] = []
    async with (
        open_cache(configure({"cache": {"url": own_redis.url}})) as cache,
        _listening(cache, "news", heard),
    ):
        await own_redis.kill()
        await own_redis.start()

        async def heard_again() -> bool:
            await cache.publish("news", b"after")
            return b"after" in heard

        await until(heard_again)


@contextlib.asynccontextmanager
async def _listening(cache: Cache, channel: str, heard: list[bytes]) -> AsyncIterator[asyncio.Task[None]]:
    """Begins once the listener hears: "hello" is repeated until it arrives, and not noted."""
    there = asyncio.Event()

    async def listen() -> None:
        async for message in cache.listen(channel):
            if message == b"hello":
                there.set()
            else:
                heard.append(message)

    async def hears() -> bool:
        await cache.publish(channel, b"hello")
        return there.is_set()

    task = asyncio.create_task(listen())
    try:
        await until(hears)
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _is_none(cache: Cache, key: str) -> bool:
    return await cache.get(key) is None


async def _set_and_get(cache: Cache, key: str) -> bool:
    await cache.set(key, b"1", 60)
    return await cache.get(key) == b"1"


async def _equal(one: object, other: object) -> bool:
    return one == other
