"""What an operator sees on `/metrics` of a bridge at work."""

import re
from collections.abc import Mapping

import aiohttp

from tests.flows.conftest import Bridge, Build
from tests.world import eventually

MARIA = "393331234567"


async def told(bridge: Bridge) -> Mapping[str, float]:
    """Each series with its value, as Prometheus reads it."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"http://{bridge.engine.internal}/metrics") as answer,
    ):
        assert answer.status == 200
        lines = re.findall(r"^(xyper_\S+(?:\{.*\})?) (\S+)$", await answer.text(), re.MULTILINE)
    return {name: float(value) for name, value in lines}


async def test_traffic_parts_and_pool(build: Build) -> None:
    async with build(tenants=3, settings={"metrics": {"tenants": 1}}) as bridge:
        for tenant in bridge.tenants:
            await bridge.world.write(tenant, MARIA, "hello")
        await bridge.world.reached(3)

        async def settled() -> bool:
            found = await told(bridge)
            named = [value for name, value in found.items() if re.match(r"xyper_events_total.*kind=\"message\"", name)]
            return sorted(named) == [1, 2]

        assert await eventually(settled)
        found = await told(bridge)
        assert {name for name in found if "tenant-" in name} <= {
            name for name in found if re.search(r'tenant="(tenant-\d|other)"', name)
        }
        assert found["xyper_database_seconds_count"] > 3
        assert found["xyper_database_wait_seconds_count"] >= found["xyper_database_seconds_count"]
        assert found['xyper_database_connections{state="most"}'] == bridge.engine.rt.settings.database.pool
        assert found["xyper_spool_messages"] == 0
        assert found["xyper_statistics_lag_seconds"] < 10
        assert sum(value for name, value in found.items() if name.startswith("xyper_cache_total")) > 0
        assert found['xyper_queue_age_seconds{queue="in"}'] == 0


async def test_what_waits_shows_its_age_and_what_died_its_reason(build: Build) -> None:
    retry = {"first": 0.05, "most": 0.1, "hold": 0.5}
    async with build(settings={"retry": retry, "breaker": {"failures": 1000}}) as bridge:
        await bridge.world.write(bridge.tenants[0], MARIA, "hello")
        await bridge.world.reached(1)
        await bridge.world.knobs("cloud", fail_next=[{"status": 503, "count": 1000}])
        await bridge.world.write(bridge.tenants[0], MARIA, "later")

        async def waits() -> bool:
            return (await told(bridge))['xyper_queue_age_seconds{queue="in"}'] > 0.1

        async def died() -> bool:
            found = await told(bridge)
            dead = [value for name, value in found.items() if name.startswith("xyper_dead_letters_total")]
            return dead == [1] and found['xyper_queue_age_seconds{queue="in"}'] == 0

        assert await eventually(waits)
        assert await eventually(died)
