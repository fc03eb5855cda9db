"""The whole bridge: a running engine between both simulators, on embedded parts and on real servers."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.conftest import Configure
from tests.world import Tenant, World, far_sides, furnish, simulated, world_of
from xyper_engine.engine import Engine, opened
from xyper_engine.model import new_id


@dataclass
class Bridge:
    """A running engine, the world around it, and the tenants it serves."""

    engine: Engine
    world: World
    tenants: list[Tenant]

    @property
    def url(self) -> str:
        return f"http://{self.engine.address}"


Build = Callable[..., AbstractAsyncContextManager[Bridge]]


@pytest_asyncio.fixture(params=["embedded", pytest.param("real", marks=pytest.mark.real)])
async def parts(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Four URLs, and nothing else: that is all that differs between a laptop and a data centre."""
    if request.param == "embedded":
        return {}
    server = {name: request.getfixturevalue(f"{name}_server") for name in ("rabbitmq", "redis", "postgresql", "s3")}
    return {
        "broker": {"url": server["rabbitmq"].url, "prefix": f"{new_id()}."},
        "cache": {"url": server["redis"].url},
        "database": {"url": await server["postgresql"].database()},
        "media": {"url": server["s3"].url},
    }


@pytest.fixture
def build(configure: Configure, parts: dict[str, Any]) -> Build:
    """`async with build(tenants=2, cloud={…}) as bridge:`: a bridge at work."""

    @asynccontextmanager
    async def make(tenants: int = 1, settings: dict[str, Any] | None = None, **sim: Any) -> AsyncIterator[Bridge]:
        people = [Tenant(n) for n in range(1, tenants + 1)]
        async with world_of(simulated(people, **sim)) as world:
            values = {**parts, "plugins": far_sides(world.url), **(settings or {})}
            async with opened(configure(values)) as engine:
                await furnish(engine.rt, people)
                bridge = Bridge(engine, world, people)
                await world.connect(people, bridge.url)
                yield bridge

    return make
