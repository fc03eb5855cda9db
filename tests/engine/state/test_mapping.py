"""Which conversation is meant: the cache may be any cache and in any state, the answer is the database's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from tests import servers
from tests.conftest import Configure
from tests.directory import put_tenant
from tests.engine.state.test_contexts import MARIA, Pair, known, opened_pair
from tests.engine.store.databases import fresh
from tests.engine.tenants.world import DESK, NUMBER
from tests.server import free_port
from xyper_engine.conversation import Conversation
from xyper_engine.model import Contact, Endpoint, Link, new_id
from xyper_engine.runtime import Runtime
from xyper_engine.sealing import Sealer
from xyper_engine.state.mapped import Mapped
from xyper_engine.store.embedded import Server
from xyper_engine.tenants.spec import AccountSpec, LinkSpec, TenantSpec

OTHER = Endpoint(adapter="whatsapp", account="106540352242999")


@pytest_asyncio.fixture
async def place(embedded_server: Server) -> str:
    """An empty database."""
    return await fresh(embedded_server)


@pytest_asyncio.fixture(params=["memory", "away", pytest.param("redis", marks=pytest.mark.real)])
async def pair(request: pytest.FixtureRequest, configure: Configure, place: str) -> AsyncIterator[Pair]:
    """Two engines, each with a cache of its own, with one that does not answer, and with one in common."""
    caches = {"memory": "memory:", "away": f"redis://127.0.0.1:{free_port()}/0"}
    cache = caches.get(request.param) or request.getfixturevalue("redis_server").url
    async with AsyncExitStack() as stack:
        yield await opened_pair(stack, configure, place, cache)


def as_mapped(one: Conversation) -> Mapped:
    return Mapped(one.id, one.customer, one.agent)


def answers(rt: Runtime, by: str) -> float:
    return rt.metrics.registry.get_sample_value("xyper_mapping_total", {"answered": by}) or 0.0


async def add_number(rt: Runtime) -> Link:
    """Another number, answered from the same desk."""
    account = AccountSpec(adapter=OTHER.adapter, account=OTHER.account)
    spec = TenantSpec(
        id="acme", name="Acme", accounts=(account,), links=(LinkSpec(customer=str(OTHER), agent=str(DESK)),)
    )
    await put_tenant(rt.db, Sealer.from_settings(rt.settings), spec)
    async with asyncio.timeout(10):
        async for _ in rt.directory.changes():
            if len(await rt.directory.links(DESK)) == 2:
                break
    [link] = await rt.directory.links(OTHER)
    return link


async def test_found_by_every_id_on_either_engine(pair: Pair) -> None:
    expected = as_mapped(await known(pair[0]))
    for rt in (*pair, *pair):
        assert await rt.mapping.one("acme", expected.id) == expected
        assert await rt.mapping.of_thread("acme", "thread-1") == expected
        assert await rt.mapping.of_customer("acme", NUMBER, MARIA.address) == (expected,)


async def test_an_earlier_thread_stays_an_id_of_the_conversation(pair: Pair) -> None:
    expected = as_mapped(await known(pair[0]))
    [link] = await pair[0].directory.links(NUMBER)
    for n in range(2, 6):
        assert await pair[1].mapping.of_thread("acme", f"thread-{n}") is None
        await pair[0].conversations.threaded(link, MARIA, f"thread-{n}")
        found = [await rt.mapping.of_thread("acme", f"thread-{m}") for rt in pair for m in range(1, n + 1)]
        assert set(found) == {expected}


async def test_what_is_not_there_is_looked_for_again(pair: Pair) -> None:
    for _ in range(2):
        assert await pair[1].mapping.of_thread("acme", "thread-1") is None
    expected = as_mapped(await known(pair[0]))
    assert await pair[1].mapping.of_thread("acme", "thread-1") == expected


async def test_of_no_other_tenant(pair: Pair) -> None:
    found = await known(pair[0])
    spec = TenantSpec(id="other", name="Other")
    await put_tenant(pair[0].db, Sealer.from_settings(pair[0].settings), spec)
    for rt in (*pair, *pair):
        assert await rt.mapping.one("acme", found.id) is not None
        assert await rt.mapping.one("other", found.id) is None
        assert await rt.mapping.of_thread("other", "thread-1") is None
        assert await rt.mapping.of_customer("other", NUMBER, MARIA.address) == ()


async def test_a_thread_that_goes_on_by_another_number_is_of_the_newest(pair: Pair) -> None:
    first = as_mapped(await known(pair[0]))
    for rt in pair:
        assert await rt.mapping.of_thread("acme", "thread-1") == first
    link = await add_number(pair[0])
    await pair[0].conversations.threaded(link, MARIA, "thread-1")
    second = await pair[0].conversations.find(link, MARIA.address)
    assert second is not None
    pair[1].directory.expire()  # as the notice does that is on its way
    for rt in (*pair, *pair):
        assert await rt.mapping.of_thread("acme", "thread-1") == as_mapped(second)
        assert await rt.mapping.one("acme", first.id) == first


async def test_what_a_message_learned_is_there_before_anybody_asks(pair: Pair) -> None:
    one = pair[0]
    found = await known(one)
    one.mapping.learned(found, "thread-1")
    assert one.mapping._kept is not None
    await one.mapping._kept
    assert await one.mapping.of_thread("acme", "thread-1") == as_mapped(found)
    assert await one.mapping.one("acme", found.id) == as_mapped(found)
    expected = 0.0 if await one.cache.get(one.mapping._name("acme", "id", found.id)) is None else 2.0
    assert (answers(one, "cache"), answers(one, "database")) == (expected, 2.0 - expected)


async def test_an_erased_one_is_forgotten(pair: Pair) -> None:
    one = pair[0]
    found = await known(one)
    assert await one.mapping.of_thread("acme", "thread-1") == await one.mapping.one("acme", found.id)
    await one.db.execute("delete from conversations")
    await one.mapping.forget("acme", found.id, ["thread-1"])
    assert await one.mapping.of_thread("acme", "thread-1") is None
    assert await one.mapping.one("acme", found.id) is None


@pytest.mark.real
async def test_speed_comes_back_by_itself(configure: Configure, place: str) -> None:
    """Redis is flushed, killed and started again: never a wrong answer, and afterwards the cache answers again."""
    async with servers.redis() as redis, AsyncExitStack() as stack:
        pair = await opened_pair(stack, configure, place, redis.url)
        [link] = await pair[0].directory.links(NUMBER)

        async def asked(n: int) -> None:
            maria = Contact(address=f"tel:+39333{n:07d}")
            await pair[0].contacts.met("acme", "whatsapp", maria)
            await pair[n % 2].conversations.threaded(link, maria, thread := new_id())
            expected = await pair[0].conversations.find(link, maria.address)
            assert expected is not None
            for rt in pair:
                assert await rt.mapping.of_thread("acme", thread) == as_mapped(expected)
                assert await rt.mapping.one("acme", expected.id) == as_mapped(expected)
                assert await rt.mapping.of_customer("acme", NUMBER, maria.address) == (as_mapped(expected),)

        async def from_cache(n: int) -> bool:
            before = sum(answers(rt, "cache") for rt in pair)
            await asked(n)
            return sum(answers(rt, "cache") for rt in pair) - before == 3  # what one asked for, the other finds

        assert not await from_cache(0)  # of names nobody knows what holds before the database was asked of this tenant
        assert await from_cache(1)
        await pair[0].cache._client.flushall()  # type: ignore[attr-defined]
        assert await from_cache(2)
        await redis.kill()
        for n in range(3, 8):
            assert not await from_cache(n)
        await redis.start()
        async with asyncio.timeout(10):
            n = 8
            while not await from_cache(n):
                n += 1
