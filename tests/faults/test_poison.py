"""A message that kills the process: after its delivery limit it is a dead letter, and the engine lives again."""

import sys
from typing import Any

import pytest

from tests.conftest import Configure
from tests.faults.conftest import Setting, Stage
from tests.faults.poison import WORD
from tests.letters import replay
from tests.world import eventually
from xyper_engine.cli.parts import NoBroker
from xyper_engine.runtime import open_runtime

pytestmark = pytest.mark.faults

MARIA, PAOLO = "393331234567", "393337654321"
LIMIT = 2


async def lives(it: Stage) -> int:
    """How often it was killed, until it was not any more; as a service manager starts it again and again."""
    kills = 0
    while True:
        await it.engine.spawn()
        if await it.engine.answers() and await eventually(lambda: buried(it), 5):
            return kills
        assert await it.engine.ended() == -9
        kills += 1
        assert kills <= LIMIT + 2, it.engine.tail()


async def buried(it: Stage) -> bool:
    return "delivered too often" in it.engine.tail()


@pytest.mark.timeout(300)
async def test_it_ends_as_a_dead_letter_and_others_are_delivered(
    broker: dict[str, Any], stage: Setting, configure: Configure
) -> None:
    broker["broker"] = {**broker.get("broker", {}), "delivery_limit": LIMIT}
    async with stage(tenants=1) as it:
        [tenant], world = it.tenants, it.world
        await world.write(tenant, MARIA, "before")
        await world.reached(1)
        plain, it.engine.command = it.engine.command, (sys.executable, "-m", "tests.faults.poison")
        await it.engine.stop()
        await it.engine.start()
        await world.write(tenant, MARIA, f"this is {WORD}")
        assert await it.engine.ended() == -9
        assert await lives(it) >= LIMIT - 1
        for customer in (MARIA, PAOLO):
            await world.write(tenant, customer, f"after, by {customer}")
        assert sorted(await texts(it, 3)) == ["after, by 393331234567", "after, by 393337654321", "before"]

        it.engine.command = plain  # somebody mended the plugin
        await it.engine.stop()
        await it.engine.start()
        async with open_runtime(configure(it.values | {"broker": {}}), given=NoBroker()) as rt:
            [letter] = await rt.dead_letters.list()
            assert (letter.reason, letter.source, letter.tenant) == ("delivered too often", "broker", tenant.id)
            await replay(rt)
        assert (await texts(it, 4))[3:] == [f"this is {WORD}"]


async def texts(it: Stage, count: int) -> list[str]:
    return [row["body"]["text"] for row in await it.world.reached(count)]
