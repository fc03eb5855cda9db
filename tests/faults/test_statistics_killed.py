"""An engine is killed between two flushes of its statistics: what was written stays, and nothing is counted twice."""

import asyncio
import json

import pytest

from tests.faults import processes
from tests.faults.conftest import Setting, Stage
from tests.world import eventually
from xyper_engine.state.statistics import FLUSH

pytestmark = pytest.mark.faults

MARIA = "393331234567"


async def accepted(it: Stage) -> int:
    """Messages, as `xyper stats` adds them up."""
    process = await asyncio.create_subprocess_exec(
        processes.SCRIPTS / "xyper", "stats", it.tenants[0].id, "--json", "--config", it.folder / "engine.toml",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    return sum(line["accepted"] for line in json.loads(out))


async def write(it: Stage, first: int, count: int) -> None:
    """So many messages of a customer's, until the agents' side has them."""
    for n in range(first, first + count):
        await it.world.write(it.tenants[0], MARIA, f"message {n}")
    await it.world.reached(first + count)


async def counted(it: Stage, least: int) -> int:
    """As soon as there are so many."""

    async def enough() -> bool:
        return await accepted(it) >= least

    assert await eventually(enough, 10 * FLUSH), it.engine.tail()
    return await accepted(it)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("broker", [{}], ids=["journal"])
async def test_only_what_was_counted_since_the_last_flush_is_lost(stage: Setting) -> None:
    async with stage(tenants=1) as it:
        await write(it, 0, 6)
        assert await counted(it, 6) == 6
        await write(it, 6, 3)
        await it.engine.kill()
        await it.engine.start()
        await write(it, 9, 4)
        assert 10 <= await counted(it, 10) <= 13
