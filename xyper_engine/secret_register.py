"""All secrets that somebody may see, with when each is to be changed: for those who look after them."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from asyncpg import Record

from xyper_engine.abilities import DescribesAccounts, ProvesSecrets
from xyper_engine.errors import SettingsError
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.sealing import Cipher
from xyper_engine.tenants.vault import view
from xyper_engine.tenants.views import SecretView


@dataclass(frozen=True, slots=True)
class Sought:
    """Which ones; None: all."""

    tenant: str | None = None
    name: str | None = None
    state: str | None = None


class SecretLine(SecretView):
    tenant: str | None
    """Null: the operator's."""
    adapter: str
    """The channel that it is for."""
    made: bool
    """True for what we make up ourselves, and tell the vendor of."""
    expires_at: datetime | None
    """When the vendor lets it end, where it says so."""
    due_at: datetime | None
    """When it is to be changed at the latest; null for what is on its way out, and where nothing asks for it."""


class Register:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._every = timedelta(days=rt.settings.secrets.rotate_days) or None
        adapters = registry.adapters
        provers = {name: one for name, one in adapters.items() if isinstance(one, ProvesSecrets)}
        self._told = {(name, told) for name, one in provers.items() for told in one.tells}
        described = [one for one in adapters.values() if isinstance(one, DescribesAccounts)]
        self._needed = sorted({name for one in described for name in one.account_secrets})

    async def page(
        self, scope: str | None, sought: Sought, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[SecretLine]:
        """Oldest first, since those are due next; `after` is the last one of the page before."""
        if scope is not None and sought.tenant not in (None, scope):
            return ()
        at, id_ = after or (None, None)
        async with self._rt.db.within(scope) as connection:
            rows = await connection.fetch(
                _PAGE, scope or sought.tenant, sought.name, sought.state, at, id_, limit, self._needed, self._every
            )
        ciphers = await self._ciphers({row["tenant"] for row in rows})
        return [self._line(row, ciphers.get(row["tenant"])) for row in rows]

    async def _ciphers(self, tenants: Collection[str | None]) -> Mapping[str | None, Cipher]:
        """Those that there are: where a master key was lost, the fingerprints are missing and nothing else."""
        found: dict[str | None, Cipher] = {}
        with suppress(SettingsError):
            return await self._rt.keyring.ciphers(tenants)
        for tenant in tenants:
            with suppress(SettingsError):
                found[tenant] = await self._rt.keyring.cipher(tenant)
        return found

    def _line(self, row: Record, cipher: Cipher | None) -> SecretLine:
        told = view(self._rt.keyring.sealer, cipher, row)
        made = told.owner.startswith("hook:") and (row["adapter"], told.name) in self._told
        more = {name: row[name] for name in ("tenant", "adapter", "expires_at", "due_at")}
        return SecretLine(**told.model_dump(), **more, made=made)


# Of the page alone it is asked when the vendor lets them end: that is what takes time.
_PAGE = """
with page as (
  select * from (
    select *, case when pending then 'pending' when retires_at is not null then 'retiring' else 'current' end as state
    from secrets
  ) s
  where ($1::text is null or tenant = $1) and ($2::text is null or name = $2) and ($3::text is null or state = $3)
    and ($4::timestamptz is null or (created_at, id) > ($4, $5))
  order by created_at, id limit $6
)
select page.*, u.used_at, e.expires_at,
  coalesce(k.adapter, split_part(substr(page.owner, length('account:') + 1), '/', 1)) as adapter,
  case when page.state = 'current' then least(page.created_at + $8::interval, e.expires_at) end as due_at
from page left join secret_uses u on u.id = page.id left join hooks k on page.owner = 'hook:' || k.id
left join lateral (
  select min(h.expires_at) as expires_at from health h
  where h.tenant = page.tenant and page.owner = 'account:' || h.adapter || '/' || h.account
    and page.name = any($7::text[]) and page.state = 'current'
) e on true
order by page.created_at, page.id
"""
