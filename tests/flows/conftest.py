"""The whole bridge: a running engine between both simulators, on embedded parts and on real servers."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr

from tests.conftest import Configure
from tests.directory import add_operator_hook, put_tenant
from tests.engine.store.databases import embedded_server, fresh
from tests.world import Tenant, World, far_sides, furnish, number_of, simulated, world_of
from xyper_engine.broker import topology
from xyper_engine.engine import Engine, opened
from xyper_engine.errors import NotFound
from xyper_engine.model import new_id
from xyper_engine.sealing import Sealer
from xyper_engine.tenants.spec import HookSpec, LinkSpec, TenantSpec
from xyper_genesys.settings import GenesysSettings
from xyper_whatsapp.settings import WhatsAppSettings

__all__ = ["embedded_server"]


@dataclass
class Bridge:
    """A running engine, the world around it, and the tenants it serves."""

    engine: Engine
    world: World
    tenants: list[Tenant]

    @property
    def url(self) -> str:
        return f"http://{self.engine.address}"

    async def furnish(self, tenants: Sequence[Tenant]) -> None:
        await furnish(self.engine.rt, tenants)

    async def add_number(self, tenant: Tenant, other: Tenant) -> None:
        """Give a tenant the number of another (that has no tenant of its own), linked to its one integration."""
        waba = f"waba-{tenant.n}"  # a tenant's numbers lie below one
        number = other.spec().accounts[0].model_copy(update={"parent": waba})
        link = LinkSpec(customer=f"whatsapp/{other.number}", agent=f"genesys/{tenant.integration}")
        spec = TenantSpec(id=tenant.id, name=tenant.id, accounts=(number,), links=(link,))
        await put_tenant(self.engine.rt.db, Sealer.from_settings(self.engine.rt.settings), spec)
        await self.world.call("PUT", f"/api/graph/numbers/{other.number}", {**number_of(other), "waba_id": waba})

    async def stored(self) -> int:
        """How much waits in the first tenant's queue; 0 also where that queue is yet to be made."""
        try:
            return (await self.engine.rt.broker.depth(topology.inbound(self.tenants[0].id))).ready
        except NotFound:
            return 0

    async def add_hook(self, name: str, *, tenant: Tenant | None = None, secrets: Sequence[str] = ()) -> None:
        """A WhatsApp hook of the operator's, or of a tenant that brings its own Meta app."""
        sealer, given = Sealer.from_settings(self.engine.rt.settings), tuple(map(SecretStr, secrets))
        if tenant is None:
            await add_operator_hook(self.engine.rt.db, sealer, "whatsapp", name, given)
            return
        hook = HookSpec(id=name, adapter="whatsapp", secrets=given)
        await put_tenant(self.engine.rt.db, sealer, TenantSpec(id=tenant.id, name=tenant.id, hooks=(hook,)))


Build = Callable[..., AbstractAsyncContextManager[Bridge]]


@pytest_asyncio.fixture(params=["embedded", pytest.param("real", marks=pytest.mark.real)])
async def parts(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Four URLs, and nothing else: that is all that differs between a laptop and a data centre. The embedded database
    is there already; that an engine starts it itself is proved elsewhere.
    """
    if request.param == "embedded":
        return {"database": {"url": await fresh(request.getfixturevalue("embedded_server"))}}
    server = {name: request.getfixturevalue(f"{name}_server") for name in ("rabbitmq", "redis", "postgresql", "s3")}
    return {
        "broker": {"url": server["rabbitmq"].url, "prefix": f"{new_id()}."},
        "cache": {"url": server["redis"].url},
        "database": {"url": await fresh(server["postgresql"])},
        "media": {"url": server["s3"].url},
    }


@pytest.fixture
def build(configure: Configure, parts: dict[str, Any]) -> Build:
    """`async with build(tenants=2, waits={…}, cloud={…}) as bridge:`: a bridge at work.

    `waits` goes to whichever of both plugins knows the setting, `graph` and `cloud` to the simulators.
    """

    @asynccontextmanager
    async def make(
        tenants: int = 1, settings: dict[str, Any] | None = None, waits: dict[str, Any] | None = None, **sim: Any
    ) -> AsyncIterator[Bridge]:
        people = [Tenant(n) for n in range(1, tenants + 1)]
        async with world_of(simulated(people, **sim)) as world:
            values = {**parts, **(settings or {}), "plugins": _with(far_sides(world.url), waits or {})}
            async with opened(configure(values)) as engine:
                await furnish(engine.rt, people)
                bridge = Bridge(engine, world, people)
                await world.connect(people, bridge.url)
                try:
                    yield bridge
                finally:
                    await world.hush()

    return make


def _with(plugins: dict[str, Any], waits: dict[str, Any]) -> dict[str, Any]:
    known = {"whatsapp": WhatsAppSettings.model_fields, "genesys": GenesysSettings.model_fields}
    return {
        name: {**given, **{key: value for key, value in waits.items() if key in known[name]}}
        for name, given in plugins.items()
    }
