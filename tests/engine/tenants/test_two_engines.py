"""Two engines on one PostgreSQL: what is changed at one is seen by the other at once, whatever becomes of the cache."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

import pytest
import pytest_asyncio

from tests.conftest import Configure
from tests.directory import HOST, Anything, add_tenant, service
from tests.engine.tenants.world import NUMBER, acme, until
from tests.server import free_port
from xyper_engine.cli.parts import NoBroker
from xyper_engine.policy import PluginChoice
from xyper_engine.runtime import Runtime, open_runtime
from xyper_engine.sealing import Sealer
from xyper_engine.tenants.decisions import Decisions
from xyper_engine.tenants.holdings import Holdings
from xyper_engine.tenants.service import Tenants

Pair = tuple[Runtime, Runtime]


@pytest_asyncio.fixture(params=["memory", "away", pytest.param("redis", marks=pytest.mark.real)])
async def pair(request: pytest.FixtureRequest, configure: Configure, url: str) -> AsyncIterator[Pair]:
    """With the tenant acme: each with a cache of its own, with one in common, and with one that does not answer."""
    caches = {"memory": "memory:", "away": f"redis://127.0.0.1:{free_port()}/0"}
    cache = caches.get(request.param) or request.getfixturevalue("redis_server").url
    settings = configure({"database": {"url": url}, "cache": {"url": cache}})
    async with AsyncExitStack() as stack:
        one, two = [await stack.enter_async_context(open_runtime(settings, given=NoBroker())) for _ in range(2)]
        await add_tenant(one.db, Sealer.from_settings(settings), acme())
        yield one, two


def tenants(rt: Runtime) -> Tenants:
    return service(rt.db, Sealer.from_settings(rt.settings))


async def asks(rt: Runtime, question: Callable[[], Awaitable[object]], answer: object) -> None:
    """Until it gives this answer; within seconds, and long before anything remembered would expire by itself."""

    async def given() -> bool:
        return await question() == answer

    await until(rt.directory, given)


async def test_every_kind_of_change_is_seen_by_the_other(pair: Pair) -> None:
    one, two = pair
    decisions = Decisions(one.db, Anything())
    holdings = Holdings(one.db, Sealer.from_settings(one.settings), Anything())

    async def language() -> object:
        return (await two.directory.policy("acme")).language

    async def off() -> object:
        chosen = (await two.directory.policy("acme")).plugins.get("p")
        return chosen and chosen.off

    async def name() -> object:
        account = await two.directory.account(NUMBER)
        return account and account.name

    async def hook() -> object:
        found = await two.directory.hook("genesys", "acme-genesys")
        return found and found.account

    async def links() -> object:
        return len(await two.directory.links(NUMBER))

    assert (await language(), await off(), await name(), await hook(), await links()) == (
        "en", None, "Acme's number", "desk-1", 1,
    )  # fmt: skip
    await decisions.decide(HOST, "acme", {"language": "de"})
    await asks(two, language, "de")
    await decisions.choose(HOST, "acme", "p", PluginChoice(off=("x",)))
    await asks(two, off, ("x",))
    await holdings.change_account(HOST, "acme", NUMBER, {"name": "New"}, None)
    await asks(two, name, "New")
    await holdings.change_hook(HOST, "acme", "acme-genesys", None, None)
    await asks(two, hook, None)
    [link], _ = await holdings.links("acme")
    await holdings.remove_link(HOST, "acme", link.id, None)
    await asks(two, links, 0)


@pytest.mark.parametrize("end", ["suspend", "delete"])
async def test_a_tenant_that_goes_and_comes_back_is_seen_by_the_other(pair: Pair, end: str) -> None:
    one, two = pair
    ends = {
        "suspend": partial(tenants(one).suspend, HOST, "acme"),
        "delete": partial(tenants(one).delete, HOST, "acme", timedelta(days=1)),
    }
    await asks(two, two.directory.tenants, ("acme",))
    await ends[end]()
    await asks(two, two.directory.tenants, ())
    assert await two.directory.account(NUMBER) is not None, "what is sent to it is still taken in"
    await tenants(one).resume(HOST, "acme")
    await asks(two, two.directory.tenants, ("acme",))
