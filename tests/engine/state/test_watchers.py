"""Who watches what, across engines: announced, remembered for a while, and free where nobody watches."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest

from tests import servers
from tests.conftest import Configure
from tests.engine.tenants.world import DESK, NUMBER
from xyper_engine.cache import open_cache
from xyper_engine.cache.memory import MemoryCache
from xyper_engine.conversation import Conversation
from xyper_engine.model import Contact
from xyper_engine.state import watchers
from xyper_engine.state.watchers import News, Watchers

HERE = Conversation(id="c-1", tenant="acme", customer=NUMBER, agent=DESK, contact=Contact(address="tel:+39333"))
Enter = Callable[[], "asyncio.Future[Watchers]"]


@pytest.fixture
async def own_redis() -> AsyncIterator[servers.Redis]:
    async with servers.redis() as server:
        yield server


@pytest.mark.real
async def test_what_happens_elsewhere_is_heard(redis_server: servers.Redis, configure: Configure) -> None:
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        settings = configure({"cache": {"url": redis_server.url}})
        ours, theirs = [await enter(Watchers.open(await enter(open_cache(settings)))) for _ in range(2)]
        heard: asyncio.Queue[News] = asyncio.Queue()
        with ours.watching(["c-1", "t-1"], heard.put_nowait), theirs.watching(["c-2"], heard.put_nowait):
            assert await ours.announced(5)
            assert await theirs.announced(5)
            took = []
            for n in range(20):
                began = time.perf_counter()
                theirs.heard(HERE, f"m-{n}")
                async with asyncio.timeout(5):
                    assert await heard.get() == ("c-1", "message", f"m-{n}")
                took.append(time.perf_counter() - began)
            theirs.rose("t-1", "m-1")
            theirs.rose("t-9", "m-1")
            theirs.sent("c-1", "s-1")
            async with asyncio.timeout(5):
                assert [await heard.get(), await heard.get()] == [("t-1", "status", "m-1"), ("c-1", "send", "s-1")]
            assert heard.empty()
        assert statistics.median(took) < 0.05, took


@pytest.mark.real
async def test_a_channel_that_is_away_is_known_to_be(
    own_redis: servers.Redis, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchers, "AGAIN", 0.05)
    monkeypatch.setattr(watchers, "DEAF", 0.5)
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        found = await enter(Watchers.open(await enter(open_cache(configure({"cache": {"url": own_redis.url}})))))
        assert found.deaf
        with found.watching(["c-1"], lambda _: None):
            assert (await found.announced(5), found.deaf) == (True, False)
            await own_redis.kill()
            assert (await found.announced(1), found.deaf) == (False, True)
            await own_redis.start()
            assert (await found.announced(10), found.deaf) == (True, False)


async def test_where_nobody_watches_it_costs_nothing() -> None:
    async with Watchers.open(MemoryCache()) as found:
        with found.watching([f"c-{n}" for n in range(100, 1100)], lambda _: None):
            assert await found.announced(5)
            rounds, times = 20_000, []
            for _ in range(5):
                began = time.perf_counter()
                for _ in range(rounds):
                    found.heard(HERE, "m-1")
                times.append((time.perf_counter() - began) / rounds)
    assert min(times) < 1e-6, times  # half of it on a machine with nothing else to do


async def test_an_announcement_is_believed_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchers, "AGAIN", 0.05)
    monkeypatch.setattr(watchers, "REMEMBERED", 0.2)
    heard: list[News] = []
    async with Watchers.open(MemoryCache()) as found:
        with found.watching(["c-1"], heard.append):
            assert await found.announced(5)
            for n in range(8):  # longer than one is remembered
                await asyncio.sleep(0.05)
                found.heard(HERE, f"m-{n}")
            assert await found.announced(5)
        assert [one.id for one in heard] == [f"m-{n}" for n in range(8)]
        await asyncio.sleep(0.4)
        found.heard(HERE, "too late")
        assert (found._wanted, found._news) == ({}, [])


JUNK = [b"", b"[]", b"{", b'{"news":[[1]]}', b'{"watch":1}', b'{"echo":"x","from":1}', b"\xff"]


@pytest.mark.parametrize("junk", JUNK)
async def test_what_somebody_else_says_on_the_channel_harms_nobody(junk: bytes) -> None:
    cache = MemoryCache()
    heard: list[News] = []
    async with Watchers.open(cache) as found:
        with found.watching(["c-1"], heard.append):
            assert await found.announced(5)
            await cache.publish(watchers.CHANNEL, junk)
            assert await found.announced(5)
            found.heard(HERE, "m-1")
            assert await found.announced(5)
    assert heard == [("c-1", "message", "m-1")]
