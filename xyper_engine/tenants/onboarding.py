"""Onboarding: what a tenant is, put into the directory in one transaction, and shown again without its secrets.

Everything of a tenant is written as `xyper_tenant`, so a mistake here cannot touch another tenant either: a number that
someone else owns is a `Conflict` by the database's own rules, without our ever seeing whose it is.
"""

from collections.abc import Sequence
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

import asyncpg
from asyncpg import Record
from pydantic import SecretStr

from xyper_engine.errors import Conflict, NotFound
from xyper_engine.model import Endpoint, new_id
from xyper_engine.sealing import Sealer
from xyper_engine.store.db import Database
from xyper_engine.tenants.spec import (
    AccountSpec,
    AccountView,
    HookSpec,
    HookView,
    LinkSpec,
    LinkView,
    TenantLine,
    TenantSpec,
    TenantView,
)
from xyper_engine.tenants.vault import Vault

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection


async def add_tenant(db: Database, sealer: Sealer, spec: TenantSpec) -> tuple[str, ...]:
    """A new tenant with all it has; returns its hooks' addresses (paths) in the spec's order.

    Raises `Conflict` (the tenant exists, or something of it belongs to another) or `NotFound` (a link or hook names an
    account the tenant has not); then nothing is written.
    """
    async with db.tenant(spec.id) as connection:
        try:
            await connection.execute(_ADD, spec.id, spec.name, spec.state, _policy(spec))
        except asyncpg.UniqueViolationError:
            raise Conflict(f"Tenant {spec.id} exists already.") from None
        return await _write(connection, sealer, spec)


async def put_tenant(db: Database, sealer: Sealer, spec: TenantSpec) -> tuple[str, ...]:
    """As `add_tenant`, or bring an existing tenant to what `spec` says. What `spec` does not mention stays."""
    async with db.tenant(spec.id) as connection:
        await connection.execute(
            f"{_ADD} on conflict (id) do update set (name, state, policy) = ($2, $3, coalesce($4, tenants.policy))",
            spec.id,
            spec.name,
            spec.state,
            _policy(spec),
        )
        return await _write(connection, sealer, spec)


async def add_operator_hook(
    db: Database,
    sealer: Sealer,
    adapter: str,
    id: str | None = None,  # noqa: A002  the model's word
    secrets: Sequence[SecretStr] = (),
    verify_tokens: Sequence[SecretStr] = (),
) -> str:
    """The operator's own hook, which serves all tenants; an existing one of this `id` gets these secrets instead.

    Returns its address (path). Raises `Conflict` where the id is a tenant's, or another adapter's.
    """
    spec = HookSpec(id=id, adapter=adapter, secrets=tuple(secrets), verify_tokens=tuple(verify_tokens))
    async with db.connection() as connection, connection.transaction():
        return await _hook(connection, sealer, None, spec)


async def list_tenants(db: Database) -> tuple[TenantLine, ...]:
    rows = await db.fetch(
        """select id, name, state, created_at, (select count(*) from accounts where tenant = id) as accounts,
                  (select count(*) from links where tenant = tenants.id) as links from tenants order by id"""
    )
    return tuple(TenantLine(**row) for row in rows)


async def show_tenant(db: Database, sealer: Sealer, tenant: str) -> TenantView:
    """All of it; of secrets the fingerprint and age. Raises `NotFound`."""
    async with db.tenant(tenant) as connection:
        row = await connection.fetchrow("select id, name, state, created_at, policy from tenants")
        if row is None:
            raise NotFound(f"There is no tenant {tenant}.")
        accounts = await connection.fetch(
            "select adapter, account, name, parent, config from accounts order by created_at, 1, 2"
        )
        links = await connection.fetch("select * from links order by created_at, id")
        return TenantView(
            **row,
            accounts=tuple([await _account_view(Vault(connection, sealer, tenant), account) for account in accounts]),
            links=tuple(_link_view(link) for link in links),
            hooks=await _hook_views(Vault(connection, sealer, tenant)),
        )


async def operator_hooks(db: Database, sealer: Sealer) -> tuple[HookView, ...]:
    """The hooks of no tenant, as `show_tenant` shows a tenant's."""
    async with db.connection() as connection:
        return await _hook_views(Vault(connection, sealer, None))


def _policy(spec: TenantSpec) -> dict[str, Any] | None:
    return spec.policy.model_dump(mode="json") if spec.policy else None


async def _write(connection: "Connection", sealer: Sealer, spec: TenantSpec) -> tuple[str, ...]:
    for account in spec.accounts:
        await _account(connection, sealer, spec.id, account)
    for link in spec.links:
        await _link(connection, spec.id, link)
    return tuple([await _hook(connection, sealer, spec.id, hook) for hook in spec.hooks])


async def _account(connection: "Connection", sealer: Sealer, tenant: str, spec: AccountSpec) -> None:
    endpoint = Endpoint(adapter=spec.adapter, account=spec.account)
    if spec.parent:
        await connection.execute(
            "insert into parents values ($1, $2, $3) on conflict do nothing", tenant, spec.adapter, spec.parent
        )
    try:
        await connection.execute(
            """insert into accounts (tenant, adapter, account, name, config, parent) values ($1, $2, $3, $4, $5, $6)
               on conflict (adapter, account) do update set
                 (name, config, parent) = (excluded.name, excluded.config, excluded.parent)""",
            tenant,
            spec.adapter,
            spec.account,
            spec.name,
            spec.config,
            spec.parent,
        )
    except asyncpg.ForeignKeyViolationError:
        raise Conflict(f"Account {endpoint}: {spec.parent} belongs to another tenant already.") from None
    except asyncpg.InsufficientPrivilegeError:  # row-level security: the row that is there is not this tenant's
        raise Conflict(f"Account {endpoint} belongs to another tenant already.") from None
    vault = Vault(connection, sealer, tenant)
    for name, value in spec.secrets.items():
        await vault.keep(f"account:{endpoint}", name, [value])


async def _link(connection: "Connection", tenant: str, spec: LinkSpec) -> None:
    try:
        await connection.execute(
            "insert into links values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
            new_id(),
            tenant,
            spec.customer.adapter,
            spec.customer.account,
            spec.agent.adapter,
            spec.agent.account,
        )
    except asyncpg.ForeignKeyViolationError:
        raise NotFound(f"Link {spec.customer} – {spec.agent}: one of them is no account of tenant {tenant}.") from None


async def _hook(connection: "Connection", sealer: Sealer, tenant: str | None, spec: HookSpec) -> str:
    id_ = spec.id or await _known_hook(connection, tenant, spec) or token_urlsafe(24)
    try:
        mine = await connection.fetchval(
            """insert into hooks (id, adapter, tenant, account) values ($1, $2, $3, $4)
               on conflict (id) do update set account = excluded.account
               where hooks.adapter = excluded.adapter and hooks.tenant is not distinct from excluded.tenant
               returning true""",
            id_,
            spec.adapter,
            tenant,
            spec.account,
        )
    except asyncpg.InsufficientPrivilegeError:
        mine = False
    except asyncpg.ForeignKeyViolationError:
        raise NotFound(f"Hook: {spec.adapter}/{spec.account} is no account of tenant {tenant}.") from None
    if not mine:
        raise Conflict(f"Hook {id_} exists already, for another tenant or another adapter.")
    vault = Vault(connection, sealer, tenant)
    await vault.keep(f"hook:{id_}", "secret", spec.secrets)
    await vault.keep(f"hook:{id_}", "verify_token", spec.verify_tokens)
    return _address(spec.adapter, id_)


async def _known_hook(connection: "Connection", tenant: str | None, spec: HookSpec) -> str | None:
    known: str | None = await connection.fetchval(
        """select id from hooks
           where adapter = $1 and tenant is not distinct from $2 and account is not distinct from $3
           order by created_at, id limit 1""",
        spec.adapter,
        tenant,
        spec.account,
    )
    return known


async def _account_view(vault: Vault, row: Record) -> AccountView:
    endpoint = Endpoint(adapter=row["adapter"], account=row["account"])
    return AccountView(
        endpoint=endpoint,
        name=row["name"],
        parent=row["parent"],
        config=row["config"],
        secrets=await vault.views(f"account:{endpoint}"),
    )


async def _hook_views(vault: Vault) -> tuple[HookView, ...]:
    hooks = await vault.connection.fetch(
        "select * from hooks where tenant is not distinct from $1 order by created_at, id", vault.tenant
    )
    return tuple(
        [
            HookView(
                address=_address(hook["adapter"], hook["id"]),
                adapter=hook["adapter"],
                account=hook["account"],
                secrets=await vault.views(f"hook:{hook['id']}"),
            )
            for hook in hooks
        ]
    )


def _link_view(row: Record) -> LinkView:
    return LinkView(
        customer=Endpoint(adapter=row["customer_adapter"], account=row["customer_account"]),
        agent=Endpoint(adapter=row["agent_adapter"], account=row["agent_account"]),
    )


def _address(adapter: str, id_: str) -> str:
    return f"/hooks/{adapter}/{id_}"


_ADD = "insert into tenants (id, name, state, policy) values ($1, $2, $3, coalesce($4, '{}'::jsonb))"
