"""RabbitMQ away for half a minute under load: webhooks are taken, all arrives in order, consumers come back."""

import asyncio
from dataclasses import asdict

import pytest

from tests import servers
from tests.faults.conftest import Setting
from tests.faults.workload import Workload
from tests.world import World

pytestmark = [pytest.mark.faults, pytest.mark.real]

AWAY = 30.0
SEED = 77


@pytest.fixture
def broker(rabbitmq_server: servers.RabbitMQ) -> dict[str, object]:
    return {"broker": {"url": rabbitmq_server.url, "prefix": "outage.", "publish_timeout": 2.0}}


async def answers(world: World) -> set[int | None]:
    """Every status that the engine ever answered a webhook with; None for no answer at all."""
    deliveries = await world.call("GET", "/api/webhooks")
    return {attempt["status"] for delivery in deliveries for attempt in delivery["attempts"]}


@pytest.mark.timeout(300)
async def test_rabbitmq_stops_for_half_a_minute(stage: Setting, rabbitmq_server: servers.RabbitMQ) -> None:
    async with stage() as it:
        load = Workload(it.world, it.tenants, SEED)
        running = asyncio.create_task(load.run())
        await asyncio.sleep(3.0)
        await rabbitmq_server.stop()
        try:
            before = len(load.inbound)
            await asyncio.sleep(AWAY)
            assert len(load.inbound) > before, "customers went on writing"
        finally:
            await rabbitmq_server.start()
        await asyncio.sleep(3.0)
        load.finish()
        await running
        for verdict in await load.verdicts():
            print(f"seed {SEED}", {name: value for name, value in asdict(verdict).items() if value})
            assert verdict.clean, it.engine.tail()
        assert await answers(it.world) == {200}
        assert await it.world.violations() == []
