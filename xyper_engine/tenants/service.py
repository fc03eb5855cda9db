"""The tenant service: what a tenant is, from its beginning to its end. The API, the command line and tests use it.

    add ─▶ active ⇄ suspended
             │  ▲      │
      delete ▼  └──────┴─ resume, within the grace period
          deleting ─▶ purged by the housekeeper (`purge.py`)

Everything of a tenant is written as `xyper_tenant`, in one transaction with its line in the audit.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
from pydantic import SecretStr

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.errors import Conflict
from xyper_engine.model import now
from xyper_engine.policy import PluginChoice
from xyper_engine.sealing import Sealer
from xyper_engine.store.db import Database
from xyper_engine.tenants import reading, rows
from xyper_engine.tenants.changing import Change, changing
from xyper_engine.tenants.decisions import policy_from, policy_of, store_policy
from xyper_engine.tenants.holdings import admit_account
from xyper_engine.tenants.rules import Rules
from xyper_engine.tenants.spec import HookSpec, TenantSpec
from xyper_engine.tenants.views import HookView, State, TenantLine, TenantView

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection


class Tenants:
    """Every change names the version that was read, or None for whatever there is; see `changing`."""

    def __init__(self, db: Database, sealer: Sealer, rules: Rules) -> None:
        self._db = db
        self._sealer = sealer
        self._rules = rules

    async def add(self, by: Caller, spec: TenantSpec) -> tuple[str, ...]:
        """A new tenant with all it has; returns its hooks' addresses (paths) in the spec's order.

        Raises `Conflict` (the tenant exists, or something of it belongs to another), `NotFound` (a link or hook names
        an account the tenant has not) or `Invalid`; then nothing is written.
        """
        async with self._db.tenant(spec.id) as connection:
            if known := await connection.fetchrow("select delete_at from tenants where id = $1", spec.id):
                raise _exists(spec.id, known["delete_at"])
            try:
                await connection.execute(_ADD, spec.id, spec.name, spec.state)
            except asyncpg.UniqueViolationError:
                raise _exists(spec.id, None) from None
            addresses = await self._write(connection, spec)
            after = await reading.view_of(connection, self._sealer, spec.id)
            subject = f"tenant/{spec.id}"
            await audit.write(connection, by, "tenant.add", subject, spec.id, after=after.model_dump(mode="json"))
        return addresses

    async def put(self, by: Caller, spec: TenantSpec) -> tuple[str, ...]:
        """As `add`, or bring an existing tenant to what `spec` says. What `spec` does not mention stays."""
        if not await self._db.fetchval("select true from tenants where id = $1", spec.id):
            return await self.add(by, spec)
        async with changing(self._db, by, spec.id, "tenant.put") as change:
            change.before = await self._shown(change.connection, spec.id)
            await change.connection.execute(_PUT, spec.id, spec.name, spec.state)
            addresses = await self._write(change.connection, spec)
            change.after = await self._shown(change.connection, spec.id)
        return addresses

    async def list(self, by: Caller, wanted: reading.Wanted = reading.EVERY) -> tuple[TenantLine, ...]:
        """Those that `by` sees, in the order of their ids."""
        view = self._db.connection() if by.tenant is None else self._db.tenant(by.tenant)
        async with view as connection:
            return await reading.lines_of(connection, wanted)

    async def line(self, tenant: str) -> TenantLine:
        """What a list says of it. Raises `NotFound`."""
        async with self._db.tenant(tenant) as connection:
            return await reading.line_of(connection, tenant)

    async def show(self, tenant: str) -> TenantView:
        """All of it; of secrets the fingerprint and age. Raises `NotFound`."""
        return await reading.show_tenant(self._db, self._sealer, tenant)

    async def rename(self, by: Caller, tenant: str, name: str, version: int | None = None) -> TenantLine:
        """The name people know it by. Raises `NotFound`, `Outdated`."""
        async with changing(self._db, by, tenant, "tenant.rename", version=version) as change:
            change.before = {"name": await change.connection.fetchval(_NAME, tenant)}
            change.after = {"name": name}
            await change.connection.execute("update tenants set name = $2 where id = $1", tenant, name)
            return await reading.line_of(change.connection, tenant)

    async def suspend(self, by: Caller, tenant: str) -> TenantLine:
        """What is sent to it is stored from now on, and handled when it is resumed. Raises `NotFound`, `Conflict`."""
        async with changing(self._db, by, tenant, "tenant.suspend") as change:
            return await _turn(change, tenant, "suspended")

    async def resume(self, by: Caller, tenant: str) -> TenantLine:
        """Active again, and what was stored meanwhile is handled. Raises `NotFound`, `Conflict` if it is too late."""
        async with changing(self._db, by, tenant, "tenant.resume", ending=True) as change:
            if change.delete_at is not None and change.delete_at <= now():
                raise Conflict(f"Tenant {tenant} cannot be resumed: its deletion has begun.")
            return await _turn(change, tenant, "active")

    async def delete(self, by: Caller, tenant: str, grace: timedelta, version: int | None = None) -> TenantLine:
        """Suspended at once, and gone for good when `grace` is over. Raises `NotFound`, `Conflict`, `Outdated`."""
        async with changing(self._db, by, tenant, "tenant.delete", version=version) as change:
            return await _turn(change, tenant, "deleting", now() + grace)

    async def add_operator_hook(
        self,
        by: Caller,
        adapter: str,
        id: str | None = None,  # noqa: A002  the model's word
        secrets: Sequence[SecretStr] = (),
        verify_tokens: Sequence[SecretStr] = (),
    ) -> str:
        """The operator's own hook, which serves all tenants; an existing one of this `id` gets these secrets instead.

        Returns its address (path). Raises `Conflict` where the id is a tenant's, or another adapter's.
        """
        spec = HookSpec(id=id, adapter=adapter, secrets=tuple(secrets), verify_tokens=tuple(verify_tokens))
        self._rules.channel(adapter, "adapter")
        async with self._db.connection() as connection, connection.transaction():
            known = await reading.hooks_of(connection, self._sealer, None)
            id_ = await rows.put_hook(connection, self._sealer, None, spec)
            after = await reading.hook_of(connection, self._sealer, None, id_)
            before = next((hook for hook in known if hook.id == id_), None)
            if before != after:
                await audit.write(
                    connection, by, "hook.put", f"hook/{id_}", None, before=_told(before), after=_told(after)
                )
        return reading.address_of(adapter, id_)

    async def operator_hooks(self) -> tuple[HookView, ...]:
        """The hooks of no tenant, as `show` shows a tenant's."""
        return await reading.operator_hooks(self._db, self._sealer)

    async def _write(self, connection: "Connection", spec: TenantSpec) -> tuple[str, ...]:
        """All of a spec but its name and state, into a tenant that is there."""
        for n, account in enumerate(spec.accounts):
            await admit_account(connection, self._sealer, self._rules, spec.id, account, f"accounts.{n}.")
        for link in spec.links:
            await rows.put_link(connection, spec.id, link)
        await self._decide(connection, spec)
        return tuple([await self._hook(connection, spec.id, n, hook) for n, hook in enumerate(spec.hooks)])

    async def _decide(self, connection: "Connection", spec: TenantSpec) -> None:
        before = await policy_of(connection, spec.id)
        chosen = {
            name: self._rules.plugin(name, PluginChoice(off=one.off, settings=one.settings), f"plugins.{name}.")
            for name, one in spec.plugins.items()
        }
        decided = policy_from(spec.policy) if spec.policy else before
        decided = decided.model_copy(update={"plugins": {**before.plugins, **chosen}})
        if decided != before:
            await store_policy(connection, spec.id, decided)

    async def _hook(self, connection: "Connection", tenant: str, n: int, spec: HookSpec) -> str:
        self._rules.channel(spec.adapter, f"hooks.{n}.adapter")
        return reading.address_of(spec.adapter, await rows.put_hook(connection, self._sealer, tenant, spec))

    async def _shown(self, connection: "Connection", tenant: str) -> dict[str, Any]:
        view = await reading.view_of(connection, self._sealer, tenant)
        return view.model_dump(mode="json", exclude={"version", "changed_at"})


async def _turn(change: Change, tenant: str, state: State, delete_at: datetime | None = None) -> TenantLine:
    change.before, change.after = _standing(change.state, change.delete_at), _standing(state, delete_at)
    if change.before != change.after:
        await change.connection.execute(_TURN, tenant, state, delete_at)
    return await reading.line_of(change.connection, tenant)


def _told(hook: HookView | None) -> dict[str, Any] | None:
    return None if hook is None else hook.model_dump(mode="json")


def _standing(state: State, delete_at: datetime | None) -> dict[str, Any]:
    return {"state": state, "delete_at": delete_at}


def _exists(tenant: str, delete_at: datetime | None) -> Conflict:
    if delete_at is None:
        return Conflict(f"Tenant {tenant} exists already.")
    return Conflict(f"Tenant {tenant} exists still: it will be gone after {delete_at:%Y-%m-%d %H:%M} UTC.")


_NAME = "select name from tenants where id = $1"
_PUT = "update tenants set (name, state) = ($2, $3) where id = $1"
_TURN = "update tenants set (state, delete_at) = ($2, $3) where id = $1"

# The audit of whoever bore the name before is nothing to this one.
_ADD = """
insert into tenants (id, name, state, audited_from)
values ($1, $2, $3, 1 + coalesce((select seq from audit_heads where chain = $1), 0))
"""
