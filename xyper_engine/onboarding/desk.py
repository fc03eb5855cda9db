"""What a step of an adapter's is given: the account, its webhook address, and a place to keep secrets in."""

from collections.abc import Sequence
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

import asyncpg
from pydantic import SecretStr

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.access.deeds import Deed
from xyper_engine.errors import Conflict, NotFound
from xyper_engine.model import Account, Endpoint, Hook
from xyper_engine.runtime import Runtime
from xyper_engine.saying import said
from xyper_engine.steps import Called, KnownHook
from xyper_engine.tenants.vault import Vault

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection


class Desk:
    """Satisfies `Work`. Whatever it writes is audited in the same transaction, as done by `by`."""

    def __init__(self, rt: Runtime, by: Caller, account: Account) -> None:
        self._rt = rt
        self._by = by
        self._account = account
        self._calls: list[Called] = []

    @property
    def rt(self) -> Runtime:
        return self._rt

    @property
    def account(self) -> Account:
        return self._account

    @property
    def calls(self) -> list[Called]:
        return self._calls

    async def hook(self) -> KnownHook | None:
        at = self._account.endpoint
        row = await self._rt.db.fetchrow(_HOOK, at.adapter, self._account.tenant, at.account)
        found = await self._rt.directory.hook(at.adapter, row["id"]) if row else None
        return None if row is None or found is None else KnownHook(self._url(found), found, row["challenged_at"])

    async def make_hook(self, *, secret: bool = False, verify_token: bool = False) -> KnownHook:
        known = await self.hook()
        hook = known.hook if known else self._blank()
        secrets = (SecretStr(token_urlsafe(32)),) if secret and not hook.secrets else ()
        tokens = (SecretStr(token_urlsafe(32)),) if verify_token and not hook.verify_tokens else ()
        if known and not secrets and not tokens:
            return known
        made = hook.model_copy(update={"secrets": hook.secrets + secrets, "verify_tokens": hook.verify_tokens + tokens})
        await self._store(made, new=known is None)
        return KnownHook(self._url(made), made, known.challenged_at if known else None)

    async def keep(self, name: str, value: str) -> None:
        tenant, owner = self._account.tenant, f"account:{self._account.endpoint}"
        async with self._rt.db.tenant(tenant) as connection:
            await self._vault(connection, tenant).keep(owner, name, [SecretStr(value)])
            await self._audit(connection, "secret.keep", f"account/{self._account.endpoint}", {"name": name})
        secrets = {**self._account.secrets, name: SecretStr(value)}
        self._account = self._account.model_copy(update={"secrets": secrets})

    async def name(self, id_: str) -> None:
        """The vendor has given the account its id: everything of it goes by that from now on. Raises `Conflict`."""
        old, new = self._account.endpoint, Endpoint(adapter=self._account.endpoint.adapter, account=id_)
        renamed = self._account.model_copy(update={"endpoint": new})
        async with self._rt.db.tenant(self._account.tenant) as connection:
            try:
                await connection.execute(_SAME, old.adapter, old.account, new.account)
            except (asyncpg.UniqueViolationError, asyncpg.InsufficientPrivilegeError):
                words = "{account} is an account already, of this tenant or of another."
                raise Conflict(said("step.taken", words, account=str(new))) from None
            for sql in _RENAME:
                await connection.execute(sql, old.adapter, old.account, new.account)
            await connection.execute(
                "delete from accounts where (adapter, account) = ($1, $2)", old.adapter, old.account
            )
            for name, value in self._account.secrets.items():
                await self._vault(connection, renamed.tenant).keep(f"account:{new}", name, [value])
            await connection.execute("delete from secrets where owner = $1", f"account:{old}")
            await self._audit(connection, "account.name", f"account/{new}", {"before": str(old), "after": str(new)})
        self._account = renamed

    async def _store(self, hook: Hook, *, new: bool) -> None:
        """As the tenant, or, for the operator's own, as the engine."""
        if hook.tenant is not None:
            async with self._rt.db.tenant(hook.tenant) as connection:
                await self._write(connection, hook, new=new)
            return
        async with self._rt.db.connection() as connection, connection.transaction():
            await self._write(connection, hook, new=new)

    async def _write(self, connection: "Connection", hook: Hook, *, new: bool) -> None:
        if new:
            await connection.execute(
                "insert into hooks (id, adapter, tenant, account) values ($1, $2, $3, $4)",
                hook.id, hook.adapter, hook.tenant, hook.account,
            )  # fmt: skip
        kinds: Sequence[tuple[str, Sequence[SecretStr]]] = (
            ("secret", hook.secrets), ("verify_token", hook.verify_tokens),
        )  # fmt: skip
        for name, values in kinds:
            await self._vault(connection, hook.tenant).keep(f"hook:{hook.id}", name, values)
        counts = {name: len(values) for name, values in kinds}
        await self._audit(connection, "hook.add" if new else "hook.change", f"hook/{hook.id}", counts)

    def _vault(self, connection: "Connection", tenant: str | None) -> Vault:
        return Vault(connection, self._rt.keyring.sealer, tenant)

    async def _audit(self, connection: "Connection", action: Deed, subject: str, after: dict[str, Any]) -> None:
        await audit.write(connection, self._by, action, subject, self._account.tenant, after=after)

    def _blank(self) -> Hook:
        at = self._account.endpoint
        return Hook(id=token_urlsafe(24), adapter=at.adapter, tenant=self._account.tenant, account=at.account)

    def _url(self, hook: Hook) -> str:
        return f"{self._rt.settings.public_url}/hooks/{hook.adapter}/{hook.id}"


async def desk_of(rt: Runtime, by: Caller, endpoint: Endpoint) -> Desk:
    """For an account of the directory. Raises `NotFound`."""
    account = await rt.directory.account(endpoint)
    if account is None:
        raise NotFound(f"{endpoint} was removed meanwhile.")
    return Desk(rt, by, account)


# The tenant's own for this very account first, then its own for the channel, then the operator's.
_HOOK = """
select hooks.id, challenges.at as challenged_at from hooks left join challenges on challenges.hook = hooks.id
where adapter = $1 and (hooks.tenant is null or hooks.tenant = $2 and (account is null or account = $3))
order by account is null, hooks.tenant is null, created_at, hooks.id limit 1
"""

_SAME = """
insert into accounts (tenant, adapter, account, name, config, parent, created_at)
select tenant, adapter, $3, name, config, parent, created_at from accounts where (adapter, account) = ($1, $2)
"""

_RENAME = (
    "update links set customer_account = $3 where (customer_adapter, customer_account) = ($1, $2)",
    "update links set agent_account = $3 where (agent_adapter, agent_account) = ($1, $2)",
    "update hooks set account = $3 where (adapter, account) = ($1, $2)",
    "update onboarding_steps set account = $3 where (adapter, account) = ($1, $2)",
    "update health set account = $3 where (adapter, account) = ($1, $2)",
)
