"""The engine ends at any moment under load, kill -9 included: nothing lost, nothing doubled, order kept."""

import asyncio
import random
from dataclasses import asdict

import pytest

from tests.faults.conftest import Setting
from tests.faults.workload import Workload

pytestmark = pytest.mark.faults

SEED = 20261122
ROUNDS = {"kill": 6, "stop": 3}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_the_engine_ends_again_and_again(stage: Setting, how: str) -> None:
    """By SIGKILL, without a last word, or by SIGTERM, in order: the promise is the same."""
    dice = random.Random(SEED)
    async with stage() as it:
        load = Workload(it.world, it.tenants, SEED)
        running = asyncio.create_task(load.run())
        for _ in range(ROUNDS[how]):
            await asyncio.sleep(dice.uniform(0.5, 2.5))
            await getattr(it.engine, how)()
            await it.engine.start()
        await asyncio.sleep(1.0)
        load.finish()
        await running
        for verdict in await load.verdicts():
            print(f"seed {SEED}", {name: value for name, value in asdict(verdict).items() if value})
            assert verdict.clean, it.engine.tail()
            assert verdict.attempted > 30
        assert await it.world.violations() == []
