"""The simulators' own traffic: people write, an agent answers, all of it through the bridge; and it can be ended."""

from tests.flows.conftest import Build
from tests.world import eventually

QUICK = {"time_scale": 0.01, "seed": 3}


async def test_people_write_and_are_answered_until_it_is_ended(build: Build) -> None:
    async with build(**QUICK) as bridge:
        world, db = bridge.world, bridge.engine.rt.db
        await world.call("PUT", "/api/traffic", {"per_minute": 60})

        async def carried() -> bool:
            rows = await db.fetch("select direction, count(*) as n from messages group by 1")
            return {row["direction"] for row in rows if row["n"] >= 3} == {"inbound", "outbound"}

        assert await eventually(carried)
        assert await world.call("GET", "/api/cloud/violations") == []
        assert await world.call("PUT", "/api/traffic", {"per_minute": 0}) == {"per_minute": 0}
        assert await world.call("GET", "/api/traffic") == {"per_minute": 0}


async def test_nobody_writes_unless_asked_for(build: Build) -> None:
    async with build() as bridge:
        assert await bridge.world.call("GET", "/api/traffic") == {"per_minute": 0}
        assert await bridge.world.call("GET", "/api/cloud/conversations") == []
