"""What `xyper tenants` does: the tenant service, asked by whoever has a shell on the machine."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from xyper_engine import plugins
from xyper_engine.access.caller import Caller
from xyper_engine.plugins import Registry
from xyper_engine.sealing import Sealer
from xyper_engine.settings import Settings
from xyper_engine.store.db import open_database
from xyper_engine.tenant_rules import PluginRules
from xyper_engine.tenants.decisions import Decisions
from xyper_engine.tenants.reading import Wanted
from xyper_engine.tenants.service import Tenants
from xyper_engine.tenants.spec import TenantSpec
from xyper_engine.tenants.views import HookView, TenantLine, TenantView


@dataclass(frozen=True, slots=True)
class Office:
    """The service, open."""

    tenants: Tenants
    decisions: Decisions
    registry: Registry
    by: Caller


@asynccontextmanager
async def office(settings: Settings) -> AsyncIterator[Office]:
    """Raises `SettingsError`, `Unavailable`."""
    registry = plugins.load(settings)
    rules, sealer = PluginRules(registry), Sealer.from_settings(settings)
    async with open_database(settings) as db:
        yield Office(Tenants(db, sealer, rules), Decisions(db, rules), registry, Caller.host())


async def add(settings: Settings, spec: TenantSpec, *, update: bool) -> tuple[TenantView, Sequence[HookView]]:
    """Add it, or with `update` change it. Raises `Conflict`, `NotFound`, `Invalid`."""
    async with office(settings) as open_:
        tenants = open_.tenants
        await (tenants.put if update else tenants.add)(open_.by, spec)
        return await tenants.show(spec.id), await tenants.operator_hooks()


async def add_hook(settings: Settings, adapter: str, name: str, secret: SecretStr, token: SecretStr) -> str:
    """The operator's hook; its path. Raises `Conflict`."""
    async with office(settings) as open_:
        return await open_.tenants.add_operator_hook(open_.by, adapter, name, [secret], [token])


async def listed(settings: Settings, state: str = "", prefix: str = "") -> tuple[TenantLine, ...]:
    async with office(settings) as open_:
        return await open_.tenants.list(open_.by, Wanted(state=state, prefix=prefix))


async def shown(settings: Settings, tenant: str) -> tuple[TenantView, Sequence[HookView]]:
    """The tenant, and the operator's hooks that serve it too. Raises `NotFound`."""
    async with office(settings) as open_:
        return await open_.tenants.show(tenant), await open_.tenants.operator_hooks()
