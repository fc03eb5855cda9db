"""The rows that hang below a tenant: accounts, links, hooks. Written as `xyper_tenant`, in somebody's transaction.

A mistake here cannot touch another tenant: a number that someone else owns is a `Conflict` by the database's own rules,
without our ever seeing whose it is.
"""

from collections.abc import Mapping
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

import asyncpg

from xyper_engine.errors import Conflict, NotFound
from xyper_engine.model import Endpoint, new_id
from xyper_engine.sealing import Sealer
from xyper_engine.tenants.spec import AccountSpec, HookSpec, LinkSpec
from xyper_engine.tenants.vault import Vault

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection


async def put_account(
    connection: "Connection", sealer: Sealer, tenant: str, spec: AccountSpec, config: Mapping[str, Any]
) -> None:
    """Make it, or bring it to what `spec` says. Raises `Conflict`."""
    endpoint = Endpoint(adapter=spec.adapter, account=spec.account)
    await _claim_parent(connection, tenant, endpoint, spec.parent)
    try:
        await connection.execute(_PUT_ACCOUNT, tenant, spec.adapter, spec.account, spec.name, dict(config), spec.parent)
    except asyncpg.ForeignKeyViolationError:
        raise Conflict(f"Account {endpoint}: {spec.parent} belongs to another tenant already.") from None
    except asyncpg.InsufficientPrivilegeError:  # row-level security: the row that is there is not this tenant's
        raise Conflict(f"Account {endpoint} belongs to another tenant already.") from None
    await drop_parents(connection)
    vault = Vault(connection, sealer, tenant)
    for name, value in spec.secrets.items():
        await vault.keep(f"account:{endpoint}", name, [value])


async def drop_account(connection: "Connection", endpoint: Endpoint) -> None:
    """With its secrets. Raises `NotFound`, or `Conflict` while a link or hook names it."""
    try:
        gone = await connection.fetchval(
            "delete from accounts where (adapter, account) = ($1, $2) returning true",
            endpoint.adapter,
            endpoint.account,
        )
    except asyncpg.ForeignKeyViolationError:
        raise Conflict(f"Account {endpoint} is still in use: remove its links and its hooks first.") from None
    if not gone:
        raise NotFound(f"There is no account {endpoint}.")
    await connection.execute("delete from secrets where owner = $1", f"account:{endpoint}")
    await drop_parents(connection)


async def drop_parents(connection: "Connection") -> None:
    """A vendor's account above none of ours is free again, for another tenant too."""
    await connection.execute(
        """delete from parents p where not exists (
             select from accounts a where (a.tenant, a.adapter, a.parent) = (p.tenant, p.adapter, p.parent))"""
    )


async def put_link(connection: "Connection", tenant: str, spec: LinkSpec) -> tuple[str, bool]:
    """Its id, and whether it is new. Raises `NotFound` where an end is no account of this tenant."""
    ends = (spec.customer.adapter, spec.customer.account, spec.agent.adapter, spec.agent.account)
    try:
        made = await connection.fetchval(_PUT_LINK, new_id(), tenant, *ends)
    except asyncpg.ForeignKeyViolationError:
        raise NotFound(f"Link {spec.customer} – {spec.agent}: one of them is no account of tenant {tenant}.") from None
    return made or await connection.fetchval(_KNOWN_LINK, *ends), made is not None


async def put_hook(
    connection: "Connection", sealer: Sealer, tenant: str | None, spec: HookSpec, *, anew: bool = False
) -> str:
    """Make it, or give it these secrets; its id. Without one in `spec` it is one more, or the one that is there.

    Raises `Conflict`, `NotFound`.
    """
    known = None if anew else await _known_hook(connection, tenant, spec)
    id_ = spec.id or known or token_urlsafe(24)
    try:
        mine = await connection.fetchval(_PUT_HOOK, id_, spec.adapter, tenant, spec.account)
    except asyncpg.InsufficientPrivilegeError:
        mine = False
    except asyncpg.ForeignKeyViolationError:
        raise NotFound(f"Hook: {spec.adapter}/{spec.account} is no account of tenant {tenant}.") from None
    if not mine:
        raise Conflict(f"Hook {id_} exists already, for another tenant or another adapter.")
    vault = Vault(connection, sealer, tenant)
    await vault.keep(f"hook:{id_}", "secret", spec.secrets)
    await vault.keep(f"hook:{id_}", "verify_token", spec.verify_tokens)
    return id_


async def aim_hook(connection: "Connection", tenant: str, id_: str, account: str | None) -> None:
    """Have it serve this account, or all of its adapter's. Raises `NotFound`."""
    try:
        adapter = await connection.fetchval(
            "update hooks set account = $2 where id = $1 returning adapter", id_, account
        )
    except asyncpg.ForeignKeyViolationError:
        raise NotFound(f"Hook {id_}: {account} is no account of tenant {tenant} on its channel.") from None
    if adapter is None:
        raise NotFound(f"There is no hook {id_}.")


async def drop_hook(connection: "Connection", id_: str) -> None:
    """With its secrets. Raises `NotFound`."""
    if not await connection.fetchval("delete from hooks where id = $1 returning true", id_):
        raise NotFound(f"There is no hook {id_}.")
    await connection.execute("delete from secrets where owner = $1", f"hook:{id_}")


async def _claim_parent(connection: "Connection", tenant: str, endpoint: Endpoint, parent: str | None) -> None:
    """One account above all of a tenant's accounts on a channel: with two, the vendor's news could not be told apart.

    A tenant that has two from before keeps them.
    """
    if parent is None:
        return
    others = await connection.fetch(
        "select distinct parent from accounts where adapter = $1 and account <> $2 and parent is not null",
        endpoint.adapter, endpoint.account,
    )  # fmt: skip
    known = {row["parent"] for row in others}
    if known and parent not in known:
        above = ", ".join(sorted(known))
        raise Conflict(
            f"Account {endpoint}: tenant {tenant} has its {endpoint.adapter} accounts below {above}, and a tenant has "
            f"one: make another tenant for {parent}."
        )
    await connection.execute(
        "insert into parents values ($1, $2, $3) on conflict do nothing", tenant, endpoint.adapter, parent
    )


async def _known_hook(connection: "Connection", tenant: str | None, spec: HookSpec) -> str | None:
    known: str | None = await connection.fetchval(_KNOWN_HOOK, spec.adapter, tenant, spec.account)
    return known


_PUT_ACCOUNT = """
insert into accounts (tenant, adapter, account, name, config, parent) values ($1, $2, $3, $4, $5, $6)
on conflict (adapter, account) do update set (name, config, parent) = (excluded.name, excluded.config, excluded.parent)
"""

_PUT_LINK = """
insert into links values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning id
"""

_KNOWN_LINK = """
select id from links
where (customer_adapter, customer_account, agent_adapter, agent_account) = ($1, $2, $3, $4)
"""

_PUT_HOOK = """
insert into hooks (id, adapter, tenant, account) values ($1, $2, $3, $4)
on conflict (id) do update set account = excluded.account
where hooks.adapter = excluded.adapter and hooks.tenant is not distinct from excluded.tenant
returning true
"""

_KNOWN_HOOK = """
select id from hooks
where adapter = $1 and tenant is not distinct from $2 and account is not distinct from $3
order by created_at, id limit 1
"""
