"""Redis ends without a word and comes back empty, under traffic: nothing is lost, no answer is wrong, speed returns."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests import servers
from tests.conftest import Configure
from tests.engine.edge.front import UNLIMITED
from tests.faults import processes
from tests.faults.conftest import Setting, Stage
from tests.faults.workload import Workload
from tests.flows.asking import Asker
from tests.server import free_port
from tests.world import eventually
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Role, actions_of
from xyper_engine.cli.parts import NoBroker
from xyper_engine.model import new_id
from xyper_engine.runtime import open_runtime

pytestmark = [pytest.mark.faults, pytest.mark.real]

SEED = 405


@pytest_asyncio.fixture
async def redis() -> AsyncIterator[servers.Redis]:
    async with servers.redis() as server:
        yield server


@pytest_asyncio.fixture
async def broker(
    rabbitmq_server: servers.RabbitMQ, postgresql_server: servers.PostgreSQL, redis: servers.Redis
) -> dict[str, Any]:
    """All parts are servers; Redis is the test's own."""
    return {
        "broker": {"url": rabbitmq_server.url, "prefix": f"{new_id()}.", "publish_timeout": 2.0},
        "cache": {"url": redis.url},
        "database": {"url": await postgresql_server.database()},
    }


async def new_key(it: Stage, configure: Configure) -> str:
    async with open_runtime(configure({**it.values, "broker": {}}), given=NoBroker()) as rt:
        _, key = await rt.keys.add(Caller.host(), "tests", list(actions_of(Role.xyper_admin)))
    return key


async def from_cache(internal: str) -> float:
    """How often the cache answered there."""
    async with aiohttp.ClientSession() as http, http.get(f"http://{internal}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith('xyper_mapping_total{answered="cache"}'))


@pytest.mark.timeout(180)
async def test_redis_is_killed_and_started_again(stage: Setting, redis: servers.Redis, configure: Configure) -> None:
    internal = f"127.0.0.1:{free_port()}"
    async with stage(limits=UNLIMITED) as it, processes.engine(*it.second(internal)) as other:
        asker = Asker(it.world, it.tenants, [it.engine.url, other.url], await new_key(it, configure))
        load = Workload(it.world, it.tenants, SEED, customers=3)
        running = asyncio.create_task(load.run())
        await it.world.reached(20)
        await asker.round()
        await redis.kill()
        await it.world.reached(40)
        await asker.round()
        before = await from_cache(internal)
        await asker.round()
        assert await from_cache(internal) == before, "the database answered"
        await it.world.reached(60)
        await redis.start()
        await it.world.reached(80)
        await asker.round()
        load.finish()
        await running
        verdict = await load.verdict()
        assert verdict.clean, (verdict.faults, it.engine.tail())
        assert verdict.attempted > 60
        ids = await asker.settled()

        async def speed_is_back() -> bool:
            before = await from_cache(internal)
            await asker.round()
            return await from_cache(internal) - before == ids

        assert await eventually(speed_is_back)
        assert await it.world.violations() == []
