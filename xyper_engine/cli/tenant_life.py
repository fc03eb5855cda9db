"""`xyper tenants suspend`, `resume` and `delete`: a tenant's way to its end, and back."""

from datetime import timedelta
from typing import Annotated

import typer

from xyper_engine.cli.frame import Config, prepared, run
from xyper_engine.cli.tenant_work import office
from xyper_engine.errors import SettingsError
from xyper_engine.settings import Settings
from xyper_engine.tenants.views import TenantLine

Tenant = Annotated[str, typer.Argument(metavar="ID", help="The tenant's id.")]


def suspend(tenant: Tenant, config: Config = None) -> None:
    """Suspend a tenant: what its vendors send is stored, and handled when it is resumed.

    Example: `xyper tenants suspend acme`
    """
    run(_turned(prepared(config), tenant, "suspend"))
    typer.echo(f"Tenant {tenant} is suspended: what is sent to it is stored until `xyper tenants resume {tenant}`.")


def resume(tenant: Tenant, config: Config = None) -> None:
    """Resume a tenant that is suspended, or that is being deleted and not gone yet.

    Example: `xyper tenants resume acme`
    """
    run(_turned(prepared(config), tenant, "resume"))
    typer.echo(f"Tenant {tenant} is active.")


def delete(
    tenant: Tenant,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: Config = None,
) -> None:
    """Delete a tenant: suspended at once, and after `[tenants] grace_days` everything of it is gone for good.

    Until then `xyper tenants resume` brings it back. Only the audit stays.

    Examples:

    - `xyper tenants delete acme`
    - `xyper tenants delete acme --yes`
    """
    settings = prepared(config)
    if not yes and not typer.confirm(f"Delete tenant {tenant} with all its messages and files?", err=True):
        raise SettingsError(f"Tenant {tenant} stays as it is.")
    line = run(_turned(settings, tenant, "delete"))
    typer.echo(
        f"Tenant {tenant} is being deleted: it will be gone after {line.delete_at:%Y-%m-%d %H:%M} UTC. "
        f"Until then, `xyper tenants resume {tenant}` brings it back."
    )


async def _turned(settings: Settings, tenant: str, way: str) -> TenantLine:
    grace = timedelta(days=settings.tenants.grace_days)
    async with office(settings) as open_:
        if way == "delete":
            return await open_.tenants.delete(open_.by, tenant, grace)
        return await (open_.tenants.suspend if way == "suspend" else open_.tenants.resume)(open_.by, tenant)
