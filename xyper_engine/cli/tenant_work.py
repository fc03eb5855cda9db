"""What `xyper tenants` does with the directory."""

from collections.abc import Sequence

from pydantic import SecretStr

from xyper_engine.sealing import Sealer
from xyper_engine.settings import Settings
from xyper_engine.store.db import open_database
from xyper_engine.tenants import onboarding
from xyper_engine.tenants.spec import HookView, TenantLine, TenantSpec, TenantView


async def add(settings: Settings, spec: TenantSpec, *, update: bool) -> tuple[TenantView, Sequence[HookView]]:
    """Add it, or with `update` change it. Raises `Conflict`, `NotFound`."""
    sealer = Sealer.from_settings(settings)
    async with open_database(settings) as db:
        await (onboarding.put_tenant if update else onboarding.add_tenant)(db, sealer, spec)
        return await onboarding.show_tenant(db, sealer, spec.id), await onboarding.operator_hooks(db, sealer)


async def add_hook(settings: Settings, adapter: str, name: str, secret: SecretStr, token: SecretStr) -> str:
    """The operator's hook; its path. Raises `Conflict`."""
    sealer = Sealer.from_settings(settings)
    async with open_database(settings) as db:
        return await onboarding.add_operator_hook(db, sealer, adapter, name, [secret], [token])


async def listed(settings: Settings) -> tuple[TenantLine, ...]:
    async with open_database(settings) as db:
        return await onboarding.list_tenants(db)


async def shown(settings: Settings, tenant: str) -> tuple[TenantView, Sequence[HookView]]:
    """The tenant, and the operator's hooks that serve it too. Raises `NotFound`."""
    sealer = Sealer.from_settings(settings)
    async with open_database(settings) as db:
        return await onboarding.show_tenant(db, sealer, tenant), await onboarding.operator_hooks(db, sealer)
