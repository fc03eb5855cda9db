"""The engine dies between a message's burial and the end of it in the broker: it is one dead letter, not two."""

import pytest

from tests.conftest import Configure
from tests.faults.conftest import Setting
from tests.world import eventually
from xyper_engine.cli.parts import NoBroker
from xyper_engine.runtime import open_runtime

pytestmark = pytest.mark.faults

MARIA = "393331234567"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("broker", [{}], ids=["journal"])
async def test_it_is_buried_once(stage: Setting, configure: Configure) -> None:
    async with stage(tenants=1) as it:
        await it.world.write(it.tenants[0], MARIA, "Hello")
        thread = (await it.world.reached(1))[0]["conversation"]
        await it.engine.stop()
        it.engine.environment = {"XYPER_DIE_AT": "buried"}
        await it.engine.start()
        await it.world.knobs("graph", fail_next=[{"status": 400, "code": 131026, "count": 20}])
        await it.world.say(thread, "nobody there")
        assert await it.engine.ended() == -9
        await it.world.knobs("graph", fail_next=[])
        it.engine.environment = {}
        await it.engine.start()
        await it.world.say(thread, "again")
        assert [row["text"] for row in await it.world.sent(1)] == ["again"]
        async with open_runtime(configure(it.values | {"broker": {}}), given=NoBroker()) as rt:

            async def buried() -> bool:
                return len(await rt.dead_letters.list()) >= 1

            assert await eventually(buried)
            [letter] = await rt.dead_letters.list()
        assert letter.code == "131026"
