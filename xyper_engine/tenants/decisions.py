"""What was decided about a tenant: by itself, its policy and what it chose for plugins; by the operator, its quotas."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from xyper_engine.access.caller import Caller
from xyper_engine.errors import Invalid
from xyper_engine.policy import PluginChoice, Policy
from xyper_engine.store.db import Database
from xyper_engine.tenants.changing import changing
from xyper_engine.tenants.quotas import Quotas, Usage
from xyper_engine.tenants.reading import line_of
from xyper_engine.tenants.rules import Rules
from xyper_engine.tenants.spec import PolicySpec

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection


class Decisions:
    """Every change names the version of the tenant that was read, or None for whatever there is; see `changing`.

    All may raise `NotFound`, changes also `Invalid` and `Outdated`.
    """

    def __init__(self, db: Database, rules: Rules) -> None:
        self._db = db
        self._rules = rules

    async def policy(self, tenant: str) -> tuple[Policy, int]:
        """What it decided, and the tenant's version."""
        async with self._db.tenant(tenant) as connection:
            version = (await line_of(connection, tenant)).version
            return await policy_of(connection, tenant), version

    async def decide(
        self, by: Caller, tenant: str, values: Mapping[str, Any], version: int | None = None, *, whole: bool = False
    ) -> Policy:
        """Change what `values` name; with `whole`, all else gets its default. Choices for plugins stay."""
        async with changing(self._db, by, tenant, "tenant.policy", version=version) as change:
            before = await policy_of(change.connection, tenant)
            kept = {} if whole else before.model_dump(mode="json", exclude={"plugins"})
            decided = _valid({**kept, **values}).model_copy(update={"plugins": before.plugins})
            change.before, change.after = before.model_dump(mode="json"), decided.model_dump(mode="json")
            await store_policy(change.connection, tenant, decided)
        return decided

    async def choose(
        self, by: Caller, tenant: str, plugin: str, choice: PluginChoice, version: int | None = None
    ) -> PluginChoice:
        """Switch transformers of a plugin off, or set it up for this tenant."""
        async with changing(self._db, by, tenant, "tenant.plugin", f"plugin/{plugin}", version=version) as change:
            before = await policy_of(change.connection, tenant)
            chosen = self._rules.plugin(plugin, choice, "")
            decided = before.model_copy(update={"plugins": {**before.plugins, plugin: chosen}})
            await store_policy(change.connection, tenant, decided)
            change.before = before.plugins.get(plugin, PluginChoice()).model_dump(mode="json")
            change.after = chosen.model_dump(mode="json")
        return chosen

    async def quotas(self, tenant: str) -> tuple[Quotas, Usage, int]:
        """What it may have, what it has, and the tenant's version."""
        async with self._db.tenant(tenant) as connection:
            version = (await line_of(connection, tenant)).version
            row = await connection.fetchrow(_USAGE, sorted(self._rules.numbers()))
            return await _quotas(connection, tenant), Usage.model_validate(dict(row or {})), version

    async def allow(self, by: Caller, tenant: str, values: Mapping[str, Any], version: int | None = None) -> Quotas:
        """Change the quotas that `values` name. What is there already stays, also beyond a new quota."""
        async with changing(self._db, by, tenant, "tenant.quota", version=version) as change:
            before = await _quotas(change.connection, tenant)
            allowed = _allowed({**before.model_dump(), **values})
            change.before, change.after = before.model_dump(), allowed.model_dump()
            stored = allowed.model_dump(exclude_none=True)
            await change.connection.execute("update tenants set quotas = $2 where id = $1", tenant, stored)
        return allowed


def policy_from(spec: PolicySpec) -> Policy:
    """Without choices for plugins."""
    return Policy.model_validate(spec.model_dump())


async def policy_of(connection: "Connection", tenant: str) -> Policy:
    """As stored; the defaults where nothing is."""
    return Policy.model_validate(await connection.fetchval("select policy from tenants where id = $1", tenant) or {})


async def store_policy(connection: "Connection", tenant: str, policy: Policy) -> None:
    """With the choices for plugins."""
    stored = policy.model_dump(mode="json")
    await connection.execute("update tenants set policy = $2 where id = $1", tenant, stored)


async def _quotas(connection: "Connection", tenant: str) -> Quotas:
    return Quotas.model_validate(await connection.fetchval("select quotas from tenants where id = $1", tenant) or {})


def _allowed(values: Mapping[str, Any]) -> Quotas:
    try:
        return Quotas.model_validate(values)
    except ValidationError as error:
        raise Invalid.of(error) from None


def _valid(values: Mapping[str, Any]) -> Policy:
    try:
        return policy_from(PolicySpec.model_validate(values))
    except ValidationError as error:
        found = Invalid.of(error).fields
        raise Invalid({field or "policy": what for field, what in found.items()}) from None


_USAGE = """
select
  (select count(*) from accounts where adapter = any($1::text[])) as numbers,
  (select count(*) from links) as links,
  (select count(*) from api_keys where revoked_at is null and (expires_at is null or expires_at > now())) as keys,
  (select count(*) from people where state <> 'disabled') as users,
  (select coalesce(sum(size), 0)::bigint from files where object is not null) as media_bytes,
  (select count(*) from messages where id >= xyper_first_id(date_trunc('day', now()))) as messages_today
"""
