"""Redis is emptied while customers write, agents answer and programs ask two engines which conversation is meant."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.engine.edge.front import UNLIMITED
from tests.faults.workload import Workload
from tests.flows.asking import Asker
from tests.flows.conftest import Bridge, Build
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Role, actions_of
from xyper_engine.engine import Engine, opened

SEED = 20261125
OPEN = {
    "graph": {"limits": False},
    "cloud": {"rate": 0},
    "waits": {"number_rate": 1e5, "pair_rate": 1e4, "pair_burst": 1e4, "client_rate": 1e6},
    "settings": {"limits": UNLIMITED},
}


@asynccontextmanager
async def beside(bridge: Bridge, folder: Path) -> AsyncIterator[Engine]:
    """A second engine of the same installation."""
    settings = bridge.engine.rt.settings
    secrets = settings.secrets.model_copy(update={"key_file": settings.key_file})
    server = settings.server.model_copy(update={"listen": "127.0.0.1:0"})
    more = {"data_dir": folder, "secrets": secrets, "server": server}
    async with opened(settings.model_copy(update=more)) as engine:
        yield engine


def from_cache(*engines: Engine) -> float:
    registries = [engine.rt.metrics.registry for engine in engines]
    return sum(one.get_sample_value("xyper_mapping_total", {"answered": "cache"}) or 0.0 for one in registries)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("parts", ["real"], indirect=True)
async def test_redis_is_emptied_under_traffic(build: Build, tmp_path: Path) -> None:
    async with build(tenants=2, **OPEN) as bridge, beside(bridge, tmp_path / "second") as other:
        engines = (bridge.engine, other)
        _, key = await other.rt.keys.add(Caller.host(), "tests", list(actions_of(Role.xyper_admin)))
        asker = Asker(bridge.world, bridge.tenants, [bridge.url, f"http://{other.address}"], key)
        load = Workload(bridge.world, bridge.tenants, SEED, customers=3)
        running = asyncio.create_task(load.run())
        for n in (1, 2, 3):
            await bridge.world.reached(20 * n)
            await asker.round()
            await bridge.engine.rt.cache._client.flushall()  # type: ignore[attr-defined]
            await asker.round()
        load.finish()
        await running
        verdict = await load.verdict()
        assert verdict.clean, verdict.faults
        assert verdict.attempted > 60
        ids = await asker.settled()
        before = from_cache(*engines)
        await asker.round()
        assert from_cache(*engines) - before == len(engines) * ids, "nothing else is asked of the database"
        assert await bridge.world.violations() == []
