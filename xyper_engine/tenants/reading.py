"""What there is, as views: read in somebody's transaction, without a secret in it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from asyncpg import Record

from xyper_engine.errors import NotFound
from xyper_engine.model import Endpoint
from xyper_engine.sealing import Sealer
from xyper_engine.store.db import Database
from xyper_engine.tenants.vault import Vault
from xyper_engine.tenants.views import (
    AccountView,
    HookView,
    LinkView,
    SecretView,
    TenantFigures,
    TenantLine,
    TenantView,
)

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

_LINE = """
select id, name, state, version, created_at, changed_at, delete_at,
  (select count(*) from accounts where tenant = tenants.id) as accounts,
  (select count(*) from links where tenant = tenants.id) as links
from tenants
"""

_PAGE = f"""
{_LINE} where id > $1 and ($2 = '' or state = $2) and ($3 = '' or starts_with(lower(name), lower($3)))
  and ($4 = '' or strpos(lower(name), lower($4)) > 0 or strpos(id, lower($4)) > 0)
  and ($6::text[] = '{{}}' or id = any($6))
order by id limit $5
"""

_FIGURES = """
select id as tenant, coalesce(regions, '{}') as regions, coalesce(numbers, 0) as numbers,
  coalesce(messages, 0) as messages, coalesce(failed, 0) as failed, coalesce(health, 'unknown') as health, expires_at
from unnest($1::text[]) id
left join (
  select tenant, array_agg(distinct config ->> 'region') as regions
  from accounts where tenant = any($1) and config ->> 'region' <> '' group by 1
) a on a.tenant = id
left join (
  select tenant, count(distinct (customer_adapter, customer_account)) as numbers
  from links where tenant = any($1) group by 1
) l on l.tenant = id
left join (
  select tenant, sum(n) filter (where measure = 'messages') as messages,
    sum(n) filter (where measure = 'failures') as failed
  from statistics_days
  where tenant = any($1) and measure = any(array['messages', 'failures']) and at >= current_date - 7
  group by 1
) s on s.tenant = id
left join (
  select tenant, case when bool_or(state = 'wrong') then 'wrong' when bool_or(state = 'unknown') then 'unknown'
    else 'ok' end as health, min(expires_at) as expires_at
  from health where tenant = any($1) group by 1
) h on h.tenant = id
"""
"""Each part is read once for all of a page's tenants."""


class Wanted(NamedTuple):
    """Which tenants to list, and with what."""

    after: str = ""
    """Begins after the tenant of this id."""
    limit: int | None = None
    state: str = ""
    prefix: str = ""
    """How the name begins, in any case."""
    search: str = ""
    """What stands somewhere in the name or the id, in any case."""
    figures: bool = False
    """Also how they fare."""
    ids: Sequence[str] = ()
    """Only these; none: any."""


EVERY = Wanted()


async def show_tenant(db: Database, sealer: Sealer, tenant: str) -> TenantView:
    """All of it; of secrets the fingerprint and age. Raises `NotFound`."""
    async with db.tenant(tenant) as connection:
        return await view_of(connection, sealer, tenant)


async def view_of(connection: "Connection", sealer: Sealer, tenant: str) -> TenantView:
    """As `show_tenant`, in a transaction of this tenant's."""
    row = await connection.fetchrow(
        "select id, name, state, version, created_at, changed_at, delete_at, policy from tenants where id = $1", tenant
    )
    if row is None:
        raise missing(tenant)
    return TenantView(
        **row,
        accounts=await accounts_of(connection, sealer, tenant),
        links=await links_of(connection),
        hooks=await hooks_of(connection, sealer, tenant),
    )


async def line_of(connection: "Connection", tenant: str) -> TenantLine:
    """Raises `NotFound`."""
    row = await connection.fetchrow(f"{_LINE} where id = $1", tenant)
    if row is None:
        raise missing(tenant)
    return TenantLine(**row)


async def lines_of(connection: "Connection", wanted: Wanted) -> tuple[TenantLine, ...]:
    """In the order of their ids."""
    asked = wanted.after, wanted.state, wanted.prefix, wanted.search, wanted.limit, list(wanted.ids)
    rows = await connection.fetch(_PAGE, *asked)
    if not wanted.figures:
        return tuple([TenantLine(**row) for row in rows])
    found = {row["tenant"]: row for row in await connection.fetch(_FIGURES, [row["id"] for row in rows])}
    return tuple([TenantLine(**row, figures=TenantFigures(**found[row["id"]])) for row in rows])


async def accounts_of(connection: "Connection", sealer: Sealer, tenant: str) -> tuple[AccountView, ...]:
    """A tenant's, oldest first."""
    rows = await connection.fetch(
        "select adapter, account, name, parent, config from accounts order by created_at, 1, 2"
    )
    found = await Vault(connection, sealer, tenant).views()
    return tuple([_account(row, found) for row in rows])


async def links_of(connection: "Connection") -> tuple[LinkView, ...]:
    """A tenant's, oldest first."""
    rows = await connection.fetch("select * from links order by created_at, id")
    return tuple([_link(row) for row in rows])


async def hooks_of(connection: "Connection", sealer: Sealer, tenant: str | None) -> tuple[HookView, ...]:
    """A tenant's, or the operator's own; oldest first."""
    rows = await connection.fetch(
        "select * from hooks where tenant is not distinct from $1 order by created_at, id", tenant
    )
    found = await Vault(connection, sealer, tenant).views()
    return tuple([_hook(row, found) for row in rows])


async def hook_of(connection: "Connection", sealer: Sealer, tenant: str | None, id_: str) -> HookView:
    """Raises `NotFound`."""
    for hook in await hooks_of(connection, sealer, tenant):
        if hook.id == id_:
            return hook
    raise NotFound(f"There is no hook {id_}.")


async def account_of(connection: "Connection", sealer: Sealer, tenant: str, endpoint: Endpoint) -> AccountView:
    """Raises `NotFound`."""
    for account in await accounts_of(connection, sealer, tenant):
        if account.endpoint == endpoint:
            return account
    raise NotFound(f"There is no account {endpoint}.")


async def link_of(connection: "Connection", id_: str) -> LinkView:
    """Raises `NotFound`."""
    for link in await links_of(connection):
        if link.id == id_:
            return link
    raise NotFound(f"There is no link {id_}.")


async def operator_hooks(db: Database, sealer: Sealer) -> tuple[HookView, ...]:
    """The hooks of no tenant, as `show_tenant` shows a tenant's."""
    async with db.connection() as connection:
        return await hooks_of(connection, sealer, None)


def missing(tenant: str) -> NotFound:
    """To be raised where there is no such tenant."""
    return NotFound(f"There is no tenant {tenant}.")


def address_of(adapter: str, hook: str) -> str:
    """The path under which a vendor calls a hook."""
    return f"/hooks/{adapter}/{hook}"


def _account(row: Record, secrets: Sequence[SecretView]) -> AccountView:
    endpoint = Endpoint(adapter=row["adapter"], account=row["account"])
    return AccountView(
        endpoint=endpoint,
        name=row["name"],
        parent=row["parent"],
        config=row["config"],
        secrets=tuple(one for one in secrets if one.owner == f"account:{endpoint}"),
    )


def _link(row: Record) -> LinkView:
    return LinkView(
        id=row["id"],
        customer=Endpoint(adapter=row["customer_adapter"], account=row["customer_account"]),
        agent=Endpoint(adapter=row["agent_adapter"], account=row["agent_account"]),
    )


def _hook(row: Record, secrets: Sequence[SecretView]) -> HookView:
    return HookView(
        id=row["id"],
        address=address_of(row["adapter"], row["id"]),
        adapter=row["adapter"],
        account=row["account"],
        secrets=tuple(one for one in secrets if one.owner == f"hook:{row['id']}"),
    )
