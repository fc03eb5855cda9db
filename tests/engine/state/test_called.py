"""Whose conversation a name stands for: names move from person to person, and no cache ever tells of before."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio

from tests import servers
from tests.conftest import Configure
from tests.directory import HOST, put_tenant
from tests.engine.state.test_contexts import MARIA, Pair, known, opened_pair
from tests.engine.store.databases import fresh
from tests.engine.tenants.world import NUMBER
from tests.server import free_port
from tests.world import eventually
from xyper_engine.conversation import Conversation
from xyper_engine.model import Contact, Endpoint, Link
from xyper_engine.privacy_office import PrivacyOffice
from xyper_engine.runtime import Runtime
from xyper_engine.sealing import Sealer
from xyper_engine.state import called, holds
from xyper_engine.state.called import Called, Name
from xyper_engine.state.erasing import Eraser
from xyper_engine.state.erasures import Erasures
from xyper_engine.state.mapped import Mapped
from xyper_engine.state.revisions import Revisions
from xyper_engine.store.embedded import Server
from xyper_engine.tenants.spec import AccountSpec, LinkSpec, TenantSpec

DESK_2 = Endpoint(adapter="genesys", account="desk-2")
PHONE, USER = MARIA.address, "bsuid:US.13491208655302741918"
ASKED = Name("acme", NUMBER, PHONE)


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


@pytest_asyncio.fixture
async def redis() -> AsyncIterator[servers.Redis]:
    async with servers.redis() as server:
        yield server


@pytest_asyncio.fixture
async def shared(configure: Configure, place: str, redis: servers.Redis) -> AsyncIterator[Pair]:
    """Two engines on a Redis of the test's own."""
    async with AsyncExitStack() as stack:
        yield await opened_pair(stack, configure, place, redis.url)


def as_mapped(*found: Conversation) -> list[Mapped]:
    return [Mapped(one.id, one.customer, one.agent) for one in found]


def inside(rt: Runtime) -> tuple[Called, Revisions]:
    return rt.mapping._called, rt.mapping._called._revisions


async def told(rt: Runtime) -> None:
    """It heard of all that was stored until now: what a cache of its own waits for, and one in common need not."""
    revision = await rt.db.fetchval("select revision from mapping_revisions where tenant = 'acme'")

    async def heard() -> bool:
        return bool(inside(rt)[1]._least.get("acme", revision) >= revision)  # never told, it asks the database

    assert await eventually(heard)


async def asked(rt: Runtime, name: str = PHONE) -> list[Mapped]:
    """As `rt` answers at once; with a cache of its own, once it was told."""
    if not hasattr(rt.cache, "_client"):
        await told(rt)
    return list(await rt.mapping.of_customer("acme", NUMBER, name))


async def by_cache(rt: Runtime, name: str = PHONE) -> bool:
    by, _ = await inside(rt)[0].of(Name("acme", NUMBER, name))
    return by == "cache"


async def lies(rt: Runtime, name: str = PHONE) -> bool:
    """Whether the cache holds an answer."""
    return await rt.cache.get(inside(rt)[0]._key(Name("acme", NUMBER, name))) is not None


async def met(rt: Runtime, *names: str, thread: str = "thread-1") -> Conversation:
    """A customer who wrote, by these names, and whose conversation the agent side named."""
    person = await rt.contacts.met("acme", "whatsapp", Contact(address=names[0], aliases=names[1:]))
    [link] = await rt.directory.links(NUMBER)
    return await over(rt, link, person.lasting, thread)


async def over(rt: Runtime, link: Link, contact: Contact, thread: str) -> Conversation:
    await rt.conversations.threaded(link, contact, thread)
    found = await rt.conversations.find(link, contact.address)
    assert found is not None
    return found


async def add_desk(rt: Runtime) -> Link:
    """Another account of agents who answer at the same number."""
    account = AccountSpec(adapter=DESK_2.adapter, account=DESK_2.account)
    links = (LinkSpec(customer=str(NUMBER), agent=str(DESK_2)),)
    await put_tenant(
        rt.db, Sealer.from_settings(rt.settings), TenantSpec(id="acme", name="Acme", accounts=(account,), links=links)
    )
    return await linked(rt, DESK_2)


async def linked(rt: Runtime, desk: Endpoint) -> Link:
    """Once the directory was told."""
    async for _ in rt.directory.changes():
        if found := await rt.directory.links(desk):
            return found[0]
    raise AssertionError("changes never end")


async def revision(rt: Runtime) -> int:
    found: int = await rt.db.fetchval("select revision from mapping_revisions where tenant = 'acme'")
    return found


async def forgotten(rt: Runtime, name: str) -> None:
    """The person is erased, as an engine does it."""
    await PrivacyOffice(rt.db, rt.keyring, rt.media, "").erase(HOST, "acme", name)
    erasing = Eraser(rt.db, rt.keyring, rt.media, rt.contexts, rt.mapping, rt.consents)
    claimed = await Erasures(rt.db, rt.keyring).claim()
    assert claimed is not None
    await erasing.sweep(*claimed)


async def test_found_by_every_name_on_either_engine(pair: Pair) -> None:
    expected = as_mapped(await met(pair[0], USER, PHONE))
    for rt in (*pair, *pair):
        assert [await asked(rt, name) for name in (PHONE, USER)] == [expected] * 2
    for rt in pair:
        assert await by_cache(rt) == await lies(rt), "the cache answers where there is one"


async def test_two_who_turn_out_to_be_one(pair: Pair) -> None:
    """Merged at one engine, asked at the other at once, again and again."""
    one, two = pair
    for n in range(10):
        phone, user = f"tel:+39333{n:07d}", f"bsuid:US.{n}"
        apart = [await met(one, name, thread=f"{n} {name}") for name in (phone, user)]
        for rt in (*pair, *pair):
            assert [await asked(rt, name) for name in (phone, user)] == [as_mapped(found) for found in apart]
        await one.contacts.met("acme", "whatsapp", Contact(address=user, aliases=(phone,)))
        for name in (phone, user):
            assert await asked(two, name) == as_mapped(apart[1])
            assert await asked(one, name) == as_mapped(apart[1])
        one, two = two, one


async def test_what_was_read_before_a_merge_and_is_written_after_it(pair: Pair) -> None:
    one, two = pair
    await met(one, PHONE, thread="of the phone")
    user = as_mapped(await met(one, USER, thread="of the user"))
    late = [await slowly(rt) for rt in pair]
    await one.contacts.met("acme", "whatsapp", Contact(address=USER, aliases=(PHONE,)))
    assert await asked(two) == user
    for rt, rows in zip(pair, late, strict=True):
        await inside(rt)[0]._keep([ASKED], rows, inside(rt)[1].listened)
        for other in pair:
            assert await asked(other) == user


async def slowly(rt: Runtime) -> Sequence[Any]:
    """The database's answer, for whoever goes on with it later."""
    return await rt.db.fetch(called._CALLED, called._given([ASKED]))


async def test_a_forgotten_one_is_of_nobody(pair: Pair) -> None:
    one, two = pair
    expected = as_mapped(await met(one, USER, PHONE))
    other = as_mapped(await met(one, "tel:+390000", thread="another's"))
    for rt in (*pair, *pair):
        assert await asked(rt) == expected
    await forgotten(one, PHONE)
    for rt in (two, one):
        assert [await asked(rt, name) for name in (PHONE, USER)] == [[], []]
        assert await asked(rt, "tel:+390000") == other
    anew = await met(two, PHONE, thread="thread-2")
    for rt in pair:
        assert await asked(rt) == as_mapped(anew)


async def test_a_hold_and_a_new_thread_deal_nothing_anew(pair: Pair) -> None:
    found = await met(pair[0], USER, PHONE)
    before = await revision(pair[0])
    async with pair[0].db.tenant("acme") as connection:
        hold = await holds.place(connection, "acme", (PHONE, USER), "a lawsuit", "a test")
        await holds.release(connection, "acme", hold.id, "it is over", "a test")
    again = await met(pair[1], USER, PHONE, thread="thread-2")
    for rt in pair:
        assert await asked(rt) == as_mapped(found) == as_mapped(again)
    assert await revision(pair[0]) == before


async def test_a_name_that_is_new_to_a_person(pair: Pair) -> None:
    """What nobody bears is asked of the database: it may be of somebody known with the next message."""
    one, two = pair
    [link] = await one.directory.links(NUMBER)
    unknown = as_mapped(await over(one, link, Contact(address=PHONE), "begun by an agent"))
    for rt in (*pair, *pair):
        assert await asked(rt) == unknown
        assert not await by_cache(rt)
    theirs = as_mapped(await met(one, USER, thread="thread-2"))
    await one.contacts.met("acme", "whatsapp", Contact(address=USER, aliases=(PHONE,)))
    for rt in (two, one):
        assert await asked(rt) == theirs


async def test_another_account_of_agents(pair: Pair) -> None:
    """Whoever is answered from two accounts has two conversations, the moment that the second one is stored."""
    one, two = pair
    first = await met(one, PHONE)
    for rt in (*pair, *pair):
        assert await asked(rt) == as_mapped(first)
    link = await add_desk(one)
    await linked(two, DESK_2)
    second = await over(one, link, Contact(address=PHONE), "at the other desk")
    for rt in (two, one, *pair):
        assert await asked(rt) == as_mapped(second, first)


async def test_an_account_of_agents_that_is_linked_no_more(pair: Pair) -> None:
    """A message on its way while its link goes: an engine that believed the answer whole is told."""
    one, two = pair
    link = await add_desk(one)
    first = await met_over(one, link)
    await one.db.execute("delete from links where agent_account = 'desk-2'")
    for rt in pair:
        rt.directory.expire()
        async for _ in rt.directory.changes():
            if len(await rt.directory.links(NUMBER)) == 1:
                break
    second = await met(one, PHONE)
    for rt in (*pair, *pair):
        assert await asked(rt) == as_mapped(second, first)
    before = await revision(one)
    straggler = link.model_copy(update={"agent": Endpoint(adapter="genesys", account="desk-3")})
    third = await over(one, straggler, Contact(address=PHONE), "late")
    assert await revision(one) == before + 1
    for rt in (two, one):
        await told(rt)
        assert await asked(rt) == as_mapped(third, second, first)


async def met_over(rt: Runtime, link: Link) -> Conversation:
    person = await rt.contacts.met("acme", "whatsapp", Contact(address=PHONE))
    return await over(rt, link, person.lasting, "at the other desk")


async def test_it_is_dealt_anew_once_a_transaction(pair: Pair) -> None:
    rt = pair[0]
    for n in range(5):
        await met(rt, f"bsuid:US.{n}", f"tel:+39333{n:07d}", thread=f"thread {n}")
    before = await revision(rt)
    async with rt.db.tenant("acme") as connection:
        await connection.execute("delete from conversations")
        await connection.execute("delete from contact_urns")
    assert await revision(rt) == before + 1


async def test_what_a_message_learned_is_there_before_anybody_asks(pair: Pair) -> None:
    one, two = pair
    found = await met(one, USER, PHONE)
    one.mapping.learned(found, "thread-1")
    assert one.mapping._kept is not None
    await one.mapping._kept
    assert await asked(two) == as_mapped(found)  # of a tenant it never heard of, an engine asks the database once
    for rt in pair:
        for name in (PHONE, USER):
            kept = await lies(rt, name)
            assert await by_cache(rt, name) == kept
    assert await lies(one, USER) == await lies(one, PHONE) == await lies(two, PHONE)


async def test_whoever_listens_anew_believes_nothing_of_before(pair: Pair) -> None:
    """While it did not listen, names may have moved, and an answer that was under way may be of before that."""
    rt = pair[0]
    expected = as_mapped(await met(rt, PHONE))
    assert await asked(rt) == expected
    revisions, before = inside(rt)[1], inside(rt)[1].listened
    revisions._hear("")
    await revisions.seen("acme", 1, before)
    assert not await by_cache(rt)
    assert await asked(rt) == expected


async def test_of_no_other_tenant(pair: Pair) -> None:
    await met(pair[0], PHONE)
    await put_tenant(pair[0].db, Sealer.from_settings(pair[0].settings), TenantSpec(id="other", name="Other"))
    for rt in (*pair, *pair):
        assert await asked(rt) != []
        assert await rt.mapping.of_customer("other", NUMBER, PHONE) == ()


@pytest.mark.real
async def test_an_emptied_cache_believes_nobody_who_comes_late(shared: Pair) -> None:
    one, two = shared
    await met(one, PHONE, thread="of the phone")
    user = as_mapped(await met(one, USER, thread="of the user"))
    rows = await slowly(two)
    await one.contacts.met("acme", "whatsapp", Contact(address=USER, aliases=(PHONE,)))
    await told(two)
    await one.cache._client.flushall()  # type: ignore[attr-defined]
    await inside(two)[0]._keep([ASKED], rows, inside(two)[1].listened)
    for rt in (two, one, *shared):
        assert await asked(rt) == user


@pytest.mark.real
async def test_names_that_moved_while_redis_was_away(shared: Pair, redis: servers.Redis) -> None:
    one, two = shared
    await met(one, PHONE, thread="of the phone")
    user = as_mapped(await met(one, USER, thread="of the user"))
    assert await asked(two) != user
    await redis.pause()
    await one.contacts.met("acme", "whatsapp", Contact(address=USER, aliases=(PHONE,)))
    await told(two)
    assert await asked(two) == user
    await redis.resume()
    for rt in (*shared, *shared):
        assert await asked(rt) == user

    async def speed_is_back() -> bool:
        return await asked(two) == user and await by_cache(two) and await by_cache(one)

    assert await eventually(speed_is_back, 10)


@pytest.mark.real
async def test_nothing_of_a_person_lies_in_redis(shared: Pair) -> None:
    found = await known(shared[0])
    await met(shared[0], USER, PHONE)
    assert await asked(shared[0]) != []
    shared[0].mapping.learned(found, "thread-1")
    assert shared[0].mapping._kept is not None
    await shared[0].mapping._kept
    client = shared[0].cache._client  # type: ignore[attr-defined]
    names = [name async for name in client.scan_iter("*mapping*")]
    held = [await client.get(name) for name in names]
    assert len(names) >= 4
    assert not any(part in text for text in (*names, *held) for part in (b"39333", b"Maria", b"1349120865"))
