"""Live news between two engines over a real Redis, and what becomes of the pages when Redis dies."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from aiohttp import WSServerHandshakeError

from tests import servers
from tests.conftest import Configure
from tests.engine.edge.front import UNLIMITED, opened
from tests.engine.edge.widget.page import connected, watching
from tests.engine.edge.widget.stage import LINK, MARIA, Stage
from tests.engine.tenants.world import DESK
from xyper_engine.cli.parts import NoBroker
from xyper_engine.edge.widget import line
from xyper_engine.parts import Text
from xyper_engine.runtime import open_runtime
from xyper_engine.state import watchers

pytestmark = pytest.mark.real


@pytest.fixture
async def own_redis() -> AsyncIterator[servers.Redis]:
    async with servers.redis() as server:
        yield server


async def test_what_another_engine_brings_is_on_the_page_until_redis_dies(
    own_redis: servers.Redis, configure: Configure, embedded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = {"cache": {"url": own_redis.url}}
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        stage = Stage(await enter(opened(configure, embedded_url, cache)))
        await stage.set()
        settings = configure({"database": {"url": embedded_url}, "limits": UNLIMITED, **cache})
        theirs = await enter(open_runtime(settings, given=NoBroker()))
        page = await enter(watching(stage.front, stage.tokens["agent"]))
        brought = stage.message((Text(text="by way of the other engine"),), inbound=True)
        await theirs.messages.remember(brought, DESK)
        theirs.watchers.heard(await theirs.conversations.find(LINK, MARIA.address), brought.id)
        assert (await page.next("message"))["id"] == brought.id

        monkeypatch.setattr(watchers, "DEAF", 1.0)
        monkeypatch.setattr(line, "BREATH", 0.1)
        monkeypatch.setattr(line, "ECHO", 0.5)
        await own_redis.kill()
        assert await page.closed() == 1013
        late = stage.message((Text(text="while it is away"),), inbound=True)
        await theirs.messages.remember(late, DESK)
        told = await stage.read(f"/events?after={brought.id}")
        assert (told["events"][0]["kind"], told["events"][0]["data"]["id"]) == ("message", late.id)
        async with connected(stage.front) as again:
            await again.hello(stage.tokens["agent"])
            assert await again.closed() == 1013


async def test_pages_beyond_the_limit_ask(configure: Configure, embedded_url: str) -> None:
    async with opened(configure, embedded_url, {"widget": {"connections": 1}}) as front:
        stage = Stage(front)
        await stage.set()
        async with watching(front, stage.tokens["agent"]):
            with pytest.raises(WSServerHandshakeError) as refused:
                async with connected(front):
                    pass
            assert refused.value.status == 503
            assert (await stage.ask("/events")).status == 200


async def test_origins_that_settings_name(configure: Configure, embedded_url: str) -> None:
    values = {"widget": {"development": True, "origins": ["https://widget.example.com"]}}
    async with opened(configure, embedded_url, values) as front:
        stage = Stage(front)
        await stage.set()
        for origin in ("https://widget.example.com", "http://localhost:8080", "http://127.0.0.1:1"):
            async with connected(front, origin) as page:
                await page.hello(stage.tokens["agent"])
                assert (await page.frame())["type"] == "ready", origin
        with pytest.raises(WSServerHandshakeError):
            async with connected(front, "http://localhost.example.com"):
                pass
