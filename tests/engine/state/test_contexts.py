"""A conversation's context: two engines on one database see one truth, whatever becomes of a cache."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

import orjson
import pytest
import pytest_asyncio

from tests import servers
from tests.conftest import Configure
from tests.directory import add_tenant
from tests.engine.store.databases import fresh
from tests.engine.tenants.world import NUMBER, acme
from tests.server import free_port
from xyper_engine.access.caller import Caller
from xyper_engine.cli.parts import NoBroker
from xyper_engine.conversation import Conversation
from xyper_engine.errors import Invalid, NotFound, Outdated
from xyper_engine.model import Contact
from xyper_engine.runtime import Runtime, open_runtime
from xyper_engine.sealing import Sealer
from xyper_engine.state.contexts import Context, Contexts, merged
from xyper_engine.store.embedded import Server

Pair = tuple[Runtime, Runtime]
MARIA = Contact(address="tel:+393331234567", name="Maria")
SECRET = "wants to leave for another bank"


async def opened_pair(stack: AsyncExitStack, configure: Configure, url: str, cache: str) -> Pair:
    settings = configure({"database": {"url": url}, "cache": {"url": cache}})
    one, two = [await stack.enter_async_context(open_runtime(settings, given=NoBroker())) for _ in range(2)]
    await add_tenant(one.db, Sealer.from_settings(settings), acme())
    return one, two


@pytest_asyncio.fixture
async def place(embedded_server: Server) -> str:
    """An empty database."""
    return await fresh(embedded_server)


@pytest_asyncio.fixture(params=["memory", "away", pytest.param("redis", marks=pytest.mark.real)])
async def pair(request: pytest.FixtureRequest, configure: Configure, place: str) -> AsyncIterator[Pair]:
    """Each with a cache of its own, with one that does not answer, and with one in common."""
    caches = {"memory": "memory:", "away": f"redis://127.0.0.1:{free_port()}/0"}
    cache = caches.get(request.param) or request.getfixturevalue("redis_server").url
    async with AsyncExitStack() as stack:
        yield await opened_pair(stack, configure, place, cache)


async def known(rt: Runtime) -> Conversation:
    """Maria's conversation, as it is stored now."""
    [link] = await rt.directory.links(NUMBER)
    if (found := await rt.conversations.find(link, MARIA.address)) is None:
        await rt.conversations.threaded(link, MARIA, "thread-1")
        found = await rt.conversations.find(link, MARIA.address)
    assert found is not None
    return found


async def values(rt: Runtime) -> Mapping[str, Any]:
    return (await rt.contexts.of(await known(rt))).values


async def test_what_one_engine_notes_the_other_sees_at_once(pair: Pair) -> None:
    for n in range(5):
        for writes, reads in (pair, pair[::-1]):
            await writes.contexts.patch(await known(writes), {"n": n, "by": id(writes)})
            assert await values(reads) == {"n": n, "by": id(writes)}


async def test_whoever_read_an_older_version_is_told(pair: Pair) -> None:
    one, two = pair
    first = await one.contexts.patch(await known(one), {"language": "it"}, 0)
    assert first.version == 1
    await two.contexts.patch(await known(two), {"intent": "refund"}, 1)
    with pytest.raises(Outdated, match="at version 2, not 1"):
        await one.contexts.patch(await known(one), {"language": "de"}, 1)
    assert await values(one) == {"language": "it", "intent": "refund"}


async def test_of_many_changes_at_once_none_is_lost(pair: Pair) -> None:
    conversation = await known(pair[0])
    await asyncio.gather(*(pair[n % 2].contexts.patch(conversation, {f"k{n}": n}) for n in range(12)))
    for rt in pair:
        found = await rt.contexts.of(await known(rt))
        assert (found.version, found.values) == (12, {f"k{n}": n for n in range(12)})


async def test_a_message_under_way_sees_what_it_noted_itself(pair: Pair) -> None:
    conversation = await known(pair[0])  # version 0, and so it stays in its hands
    await pair[0].contexts.patch(conversation, {"language": "it"})
    assert (await pair[0].contexts.of(conversation)).values == {"language": "it"}


async def test_what_changes_nothing_is_no_new_version(pair: Pair) -> None:
    before = await pair[0].contexts.patch(await known(pair[0]), {"a": {"b": 1}})
    assert await pair[0].contexts.patch(await known(pair[0]), {"a": {"b": 1}, "c": None}) == before


async def test_no_larger_than_allowed(pair: Pair) -> None:
    with pytest.raises(Invalid, match="16384"):
        await pair[0].contexts.patch(await known(pair[0]), {"much": "x" * 16_384})
    assert await values(pair[1]) == {}


async def test_forgotten_after_its_time(pair: Pair) -> None:
    one, two = pair
    brief = Contexts(one.db, one.cache, one.keyring, size=100, days=1e-9)
    await brief.patch(await known(one), {"language": "it"})
    for rt in pair:
        assert await values(rt) == {}
    fresh = await two.contexts.patch(await known(two), {"intent": "refund"})
    assert (fresh.version, fresh.values) == (2, {"intent": "refund"})


async def test_sealed_wherever_it_lies_and_of_no_other_tenant(pair: Pair) -> None:
    one = pair[0]
    conversation = await known(one)
    await one.contexts.patch(conversation, {"note": SECRET})
    held = [
        await one.db.fetchval("select sealed from contexts"),
        await one.cache.get(one.contexts._name(conversation.id, 1)),
    ]
    assert not any(SECRET.encode() in (each or b"") for each in held)
    with pytest.raises(NotFound):
        await one.contexts.patch(conversation.model_copy(update={"tenant": "other"}), {"note": "x"})


async def test_the_audit_names_what_changed_and_no_value(pair: Pair) -> None:
    one = pair[0]
    conversation = await known(one)
    await one.contexts.patch(conversation, {"note": SECRET, "language": "it"}, by=Caller.host())
    line = orjson.loads(await one.db.fetchval("select body from audit where action = 'context.change'"))
    assert (line["subject"], line["after"]) == (
        f"conversation/{conversation.id}",
        {"version": 1, "names": ["language", "note"]},
    )
    assert SECRET not in str(line)


@pytest.mark.real
async def test_a_redis_that_is_flushed_killed_and_started_again(configure: Configure, place: str) -> None:
    """Under changes from both sides: each change is seen by the other, always."""
    async with servers.redis() as redis, AsyncExitStack() as stack:
        one, two = await opened_pair(stack, configure, place, redis.url)
        expected = Context()
        for n in range(40):
            if n == 10:
                await one.cache._client.flushall()  # type: ignore[attr-defined]
            if n == 20:
                await redis.kill()
            if n == 30:
                await redis.start()
            writes, reads = (one, two) if n % 2 else (two, one)
            expected = await writes.contexts.patch(await known(writes), {"n": n})
            assert (await reads.contexts.of(await known(reads))).values == expected.values == {"n": n}


MERGES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]
"""From RFC 7396, appendix A: those whose both sides are objects."""


@pytest.mark.parametrize(("target", "patch", "result"), MERGES)
def test_merged_as_the_rfc_says(target: dict[str, Any], patch: dict[str, Any], result: dict[str, Any]) -> None:
    assert merged(target, patch) == result


def test_no_deeper_than_can_be_read() -> None:
    deep: dict[str, Any] = {}
    for _ in range(30):
        deep = {"a": deep}
    with pytest.raises(Invalid, match="deep"):
        merged({}, deep)
