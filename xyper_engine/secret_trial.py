"""A change of a secret, and what is needed to prove it: whose it is, the adapter, the accounts that speak for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_urlsafe

from pydantic import SecretStr

from xyper_engine.abilities import ProvesSecrets, Trial
from xyper_engine.errors import NotFound, Unsupported
from xyper_engine.model import Account, Endpoint, Hook
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime

OVERLAP = timedelta(hours=24)
_SOME = 5
"""Accounts that a proof of the operator's app secret may be tried with."""


@dataclass(frozen=True, slots=True)
class Change:
    """One secret to change. Without a tenant: one of the operator's webhook addresses."""

    tenant: str | None
    owner: str
    """`account:<adapter>/<account>` or `hook:<id>`."""
    name: str
    value: SecretStr | None = None
    """None: make one up."""
    overlap: timedelta = OVERLAP


class Desk:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._registry = registry

    async def prepare(self, change: Change) -> tuple[ProvesSecrets, Trial]:
        """Raises `NotFound`, or `Unsupported` where no plugin can prove it."""
        kind, _, rest = change.owner.partition(":")
        value = change.value or SecretStr(token_urlsafe(32))
        if kind == "hook":
            hook = await self._hook(change.tenant, rest)
            url = f"{self._rt.settings.public_url}/hooks/{hook.adapter}/{hook.id}"
            trial = Trial(change.name, value, await self._served(hook), hook, url)
            return self._prover(hook.adapter), trial
        if kind == "account" and change.tenant is not None and all(rest.partition("/")):
            account = await self._account(change.tenant, rest)
            return self._prover(account.endpoint.adapter), Trial(change.name, value, [account])
        raise NotFound(f"{change.owner} is no owner of secrets: write `account:<adapter>/<account>` or `hook:<id>`.")

    def _prover(self, name: str) -> ProvesSecrets:
        adapter: object = self._registry.adapter(name)
        if not isinstance(adapter, ProvesSecrets):
            raise Unsupported(
                f"No plugin can prove secrets of {name!r}: change them with `xyper tenants add --update`."
            )
        return adapter

    async def _hook(self, tenant: str | None, id_: str) -> Hook:
        adapter = await self._rt.db.fetchval(
            "select adapter from hooks where id = $1 and tenant is not distinct from $2", id_, tenant
        )
        hook = await self._rt.directory.hook(adapter, id_) if adapter else None
        if hook is None:
            raise NotFound(f"{whose(tenant)} has no webhook address {id_}.")
        return hook

    async def _account(self, tenant: str, written: str) -> Account:
        adapter, _, name = written.partition("/")
        account = await self._rt.directory.account(Endpoint(adapter=adapter, account=name))
        if account is None or account.tenant != tenant or account.endpoint.account != name:
            raise NotFound(f"{tenant} has no account {written}.")
        return account

    async def _served(self, hook: Hook) -> Sequence[Account]:
        """The accounts whose webhooks come to this address; of the operator's, a few."""
        rows = await self._rt.db.fetch(
            _SERVED, hook.adapter, hook.tenant, hook.account, _SOME if not hook.tenant else None
        )
        found = [
            await self._rt.directory.account(Endpoint(adapter=hook.adapter, account=row["account"])) for row in rows
        ]
        return [one for one in found if one is not None]


def whose(tenant: str | None) -> str:
    return f"Tenant {tenant}" if tenant else "The operator"


_SERVED = """
select account from accounts a join tenants t on t.id = a.tenant
where a.adapter = $1 and case
  when $2::text is not null then a.tenant = $2 and ($3::text is null or a.account = $3)
  else t.state = 'active' and not exists (select from hooks h where h.tenant = a.tenant and h.adapter = $1) end
order by a.created_at, account limit $4
"""
