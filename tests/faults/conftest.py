"""An engine and both simulators as processes, on embedded parts or on real servers."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests import servers
from tests.conftest import Configure
from tests.faults import processes
from tests.server import free_port
from tests.world import Tenant, World, far_sides, furnish, simulated
from xyper_engine.model import new_id
from xyper_engine.runtime import open_runtime

QUICK = {"whatsapp": {"timeout": 2.0, "unknown_wait": 15.0}, "genesys": {"timeout": 2.0, "unknown_wait": 15.0}}
"""The plugins' waits, short enough for a test; Meta's and Genesys' own pace is switched off in the simulators."""

RATES = {"whatsapp": {"number_rate": 1e5, "pair_rate": 1e4, "pair_burst": 1e4}, "genesys": {"client_rate": 1e6}}


@dataclass
class Stage:
    engine: processes.Engine
    world: World
    tenants: list[Tenant]
    values: dict[str, Any]
    """The engine's settings."""
    folder: Path

    def second(self, internal: str = "") -> tuple[Path, dict[str, Any], str]:
        """Another engine of the same installation: its folder, settings and address."""
        folder, address = self.folder / "second", f"127.0.0.1:{free_port()}"
        folder.mkdir()
        key = {"key_file": str(self.folder / "var/secret.key")}
        values = {"data_dir": str(folder / "var"), "secrets": key, "server": {"listen": address, "internal": internal}}
        return folder, {**self.values, **values}, address


Setting = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest_asyncio.fixture(params=["journal", pytest.param("rabbitmq", marks=pytest.mark.real)])
async def broker(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Both brokers; the other parts are the embedded ones, a folder apart."""
    if request.param == "journal":
        return {}
    server: servers.RabbitMQ = request.getfixturevalue("rabbitmq_server")
    return {"broker": {"url": server.url, "prefix": f"{new_id()}.", "publish_timeout": 2.0}}


@pytest.fixture
def stage(configure: Configure, broker: dict[str, Any], tmp_path: Path) -> Setting:
    """`async with stage(tenants=2) as it:`: everything started, tenants known, webhooks connected.

    `cloud` goes to the simulated Genesys, all else to the engine's settings.
    """

    @asynccontextmanager
    async def make(tenants: int = 2, cloud: dict[str, Any] | None = None, **changes: Any) -> AsyncIterator[Stage]:
        people = [Tenant(n) for n in range(1, tenants + 1)]
        address = f"127.0.0.1:{free_port()}"
        sim = simulated(
            people, f"http://{address}", graph={"limits": False, "validate": False}, cloud={"rate": 0, **(cloud or {})}
        )
        async with processes.simulators(tmp_path, sim) as url, aiohttp.ClientSession() as http:
            values = _settings(broker, url, address, tmp_path, changes)
            async with open_runtime(configure(values | {"broker": {}})) as rt:
                await furnish(rt, people)
            async with processes.engine(tmp_path, values, address) as engine:
                yield Stage(engine, World(http, url), people, values, tmp_path)

    return make


def _settings(broker: dict[str, Any], url: str, address: str, folder: Path, changes: dict[str, Any]) -> dict[str, Any]:
    sides = far_sides(url)
    plugins = {name: {**sides[name], **QUICK[name], **RATES[name]} for name in sides}
    return {
        "data_dir": str(folder / "var"),
        "server": {"listen": address, "internal": ""},
        **broker,
        "breaker": {"probe": 0.2, "most": 1.0},
        "log": {"level": "info", "format": "json"},
        "plugins": plugins,
        **changes,
    }
