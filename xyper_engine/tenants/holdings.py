"""What a tenant holds: its accounts, the links between them, and its webhook addresses, one by one."""

from typing import TYPE_CHECKING, Any

from xyper_engine.access.caller import Caller
from xyper_engine.errors import Conflict, OverQuota
from xyper_engine.model import Endpoint
from xyper_engine.sealing import Sealer
from xyper_engine.store.db import Database
from xyper_engine.tenants import rows
from xyper_engine.tenants.changing import changing
from xyper_engine.tenants.reading import account_of, accounts_of, hook_of, hooks_of, line_of, link_of, links_of
from xyper_engine.tenants.rules import Rules
from xyper_engine.tenants.spec import AccountSpec, HookSpec, LinkSpec
from xyper_engine.tenants.views import AccountView, HookView, LinkView

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection


class Holdings:
    """Every change names the version of the tenant that was read, or None for whatever there is; see `changing`."""

    def __init__(self, db: Database, sealer: Sealer, rules: Rules) -> None:
        self._db = db
        self._sealer = sealer
        self._rules = rules

    async def accounts(self, tenant: str) -> tuple[tuple[AccountView, ...], int]:
        """All of a tenant's, oldest first, and the tenant's version. Raises `NotFound`."""
        async with self._db.tenant(tenant) as connection:
            version = (await line_of(connection, tenant)).version
            return await accounts_of(connection, self._sealer, tenant), version

    async def links(self, tenant: str) -> tuple[tuple[LinkView, ...], int]:
        """As `accounts`."""
        async with self._db.tenant(tenant) as connection:
            version = (await line_of(connection, tenant)).version
            return await links_of(connection), version

    async def hooks(self, tenant: str) -> tuple[tuple[HookView, ...], int]:
        """As `accounts`."""
        async with self._db.tenant(tenant) as connection:
            version = (await line_of(connection, tenant)).version
            return await hooks_of(connection, self._sealer, tenant), version

    async def account(self, tenant: str, endpoint: Endpoint) -> tuple[AccountView, int]:
        """One of them. Raises `NotFound`."""
        async with self._db.tenant(tenant) as connection:
            version = (await line_of(connection, tenant)).version
            return await account_of(connection, self._sealer, tenant, endpoint), version

    async def link(self, tenant: str, id: str) -> tuple[LinkView, int]:  # noqa: A002
        """One of them. Raises `NotFound`."""
        async with self._db.tenant(tenant) as connection:
            version = (await line_of(connection, tenant)).version
            return await link_of(connection, id), version

    async def hook(self, tenant: str, id: str) -> tuple[HookView, int]:  # noqa: A002
        """One of them. Raises `NotFound`."""
        async with self._db.tenant(tenant) as connection:
            version = (await line_of(connection, tenant)).version
            return await hook_of(connection, self._sealer, tenant, id), version

    async def add_account(self, by: Caller, tenant: str, spec: AccountSpec) -> None:
        """Raises `Conflict` (it exists, here or at another tenant), `Invalid`, `OverQuota`."""
        endpoint = Endpoint(adapter=spec.adapter, account=spec.account)
        async with changing(self._db, by, tenant, "account.add", f"account/{endpoint}") as change:
            if endpoint in {one.endpoint for one in await accounts_of(change.connection, self._sealer, tenant)}:
                raise Conflict(f"Account {endpoint} exists already.")
            await admit_account(change.connection, self._sealer, self._rules, tenant, spec)
            change.after = await _account(change.connection, self._sealer, tenant, endpoint)

    async def change_account(
        self, by: Caller, tenant: str, endpoint: Endpoint, values: dict[str, Any], version: int | None
    ) -> None:
        """`values` are some of `name`, `parent` and `config`. Raises `NotFound`, `Conflict`, `Invalid`, `Outdated`."""
        subject = f"account/{endpoint}"
        async with changing(self._db, by, tenant, "account.change", subject, version=version) as change:
            before = await _account(change.connection, self._sealer, tenant, endpoint)
            kept = {name: before[name] for name in ("name", "parent", "config")}
            spec = AccountSpec.model_construct(**endpoint.model_dump(), **{**kept, **values}, secrets={})
            await admit_account(change.connection, self._sealer, self._rules, tenant, spec)
            change.before, change.after = before, await _account(change.connection, self._sealer, tenant, endpoint)

    async def remove_account(self, by: Caller, tenant: str, endpoint: Endpoint, version: int | None) -> None:
        """Raises `NotFound`, `Outdated`, or `Conflict` while a link or hook names it."""
        subject = f"account/{endpoint}"
        async with changing(self._db, by, tenant, "account.remove", subject, version=version) as change:
            change.before = await _account(change.connection, self._sealer, tenant, endpoint)
            await rows.drop_account(change.connection, endpoint)

    async def add_link(self, by: Caller, tenant: str, spec: LinkSpec) -> str:
        """Its id. Raises `NotFound`, `Conflict`, `OverQuota`."""
        async with changing(self._db, by, tenant, "link.add") as change:
            id_, new = await rows.put_link(change.connection, tenant, spec)
            if not new:
                raise Conflict(f"{spec.customer} and {spec.agent} are linked already, by {id_}.")
            change.subject = f"link/{id_}"
            change.after = (await link_of(change.connection, id_)).model_dump(mode="json")
        return id_

    async def remove_link(self, by: Caller, tenant: str, id: str, version: int | None) -> None:  # noqa: A002
        """Raises `NotFound`, `Outdated`."""
        async with changing(self._db, by, tenant, "link.remove", f"link/{id}", version=version) as change:
            change.before = (await link_of(change.connection, id)).model_dump(mode="json")
            await change.connection.execute("delete from links where id = $1", id)

    async def add_hook(self, by: Caller, tenant: str, spec: HookSpec) -> str:
        """Its id. Raises `Conflict`, `NotFound`."""
        async with changing(self._db, by, tenant, "hook.add") as change:
            known = {hook.id for hook in await hooks_of(change.connection, self._sealer, tenant)}
            if spec.id in known:
                raise Conflict(f"Hook {spec.id} exists already.")
            self._rules.channel(spec.adapter, "adapter")
            id_ = await rows.put_hook(change.connection, self._sealer, tenant, spec, anew=True)
            change.subject = f"hook/{id_}"
            change.after = await _hook(change.connection, self._sealer, tenant, id_)
        return id_

    async def change_hook(self, by: Caller, tenant: str, id: str, account: str | None, version: int | None) -> None:  # noqa: A002
        """Which account it serves; None: all of its adapter's. Raises `NotFound`, `Outdated`."""
        async with changing(self._db, by, tenant, "hook.change", f"hook/{id}", version=version) as change:
            change.before = await _hook(change.connection, self._sealer, tenant, id)
            await rows.aim_hook(change.connection, tenant, id, account)
            change.after = await _hook(change.connection, self._sealer, tenant, id)

    async def remove_hook(self, by: Caller, tenant: str, id: str, version: int | None) -> None:  # noqa: A002
        """Raises `NotFound`, `Outdated`."""
        async with changing(self._db, by, tenant, "hook.remove", f"hook/{id}", version=version) as change:
            change.before = await _hook(change.connection, self._sealer, tenant, id)
            await rows.drop_hook(change.connection, id)


async def admit_account(
    connection: "Connection", sealer: Sealer, rules: Rules, tenant: str, spec: AccountSpec, place: str = ""
) -> None:
    """Write an account as its adapter wants it, where there is room for it. Raises `Invalid`, `Conflict`."""
    known = await connection.fetchval(
        "select true from accounts where (adapter, account) = ($1, $2)", spec.adapter, spec.account
    )
    config = rules.account(spec, place, new=not known)
    await rows.put_account(connection, sealer, tenant, spec, config)
    if not known and spec.adapter in rules.numbers():
        await _room_for_number(connection, tenant, rules)


async def _room_for_number(connection: "Connection", tenant: str, rules: Rules) -> None:
    over = await connection.fetchval(
        """select (quotas ->> 'numbers')::bigint from tenants
           where (quotas ->> 'numbers')::bigint < (select count(*) from accounts where adapter = any($1::text[]))""",
        sorted(rules.numbers()),
    )
    if over is not None:
        raise OverQuota(
            f"Tenant {tenant} may have no more: its quota `numbers` is {over}. Remove one, or have the quota raised."
        )


async def _account(connection: "Connection", sealer: Sealer, tenant: str, endpoint: Endpoint) -> dict[str, Any]:
    return (await account_of(connection, sealer, tenant, endpoint)).model_dump(mode="json")


async def _hook(connection: "Connection", sealer: Sealer, tenant: str, id_: str) -> dict[str, Any]:
    return (await hook_of(connection, sealer, tenant, id_)).model_dump(mode="json")
