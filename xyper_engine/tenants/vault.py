"""The `secrets` table: several values of one name may be valid at once, which is how a secret is changed in peace.

Each is sealed by its tenant's data key, or by that of what belongs to no tenant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from xyper_engine.errors import SettingsError
from xyper_engine.keyring import MARK, data_key
from xyper_engine.model import new_id
from xyper_engine.sealing import Cipher, Sealer, context
from xyper_engine.tenants.views import SecretView

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection


@dataclass(frozen=True, slots=True)
class Vault:
    """The secrets of one tenant, or the operator's, in the caller's transaction."""

    connection: "Connection"
    sealer: Sealer
    tenant: str | None

    async def keep(self, owner: str, name: str, values: Sequence[SecretStr]) -> None:
        """Make `values`, newest first, the valid ones; those that were valid before keep their age."""
        wanted = [value.get_secret_value() for value in values]
        cipher = await self._cipher()
        rows = await self._rows(owner, name)
        known = {_opened(self.sealer, cipher, row): row["id"] for row in rows}
        stay = [known[value] for value in wanted if value in known]
        await self.connection.execute(_RESTRICT, owner, name, stay)
        new = [(place, value) for place, value in enumerate(wanted) if value not in known]
        for place, value in new:
            await self._insert(cipher, owner, name, value, place)

    async def add(self, owner: str, name: str, value: SecretStr, *, pending: bool) -> str:
        """One more valid value; its id."""
        return await self._insert(await self._cipher(), owner, name, value.get_secret_value(), 0, pending=pending)

    async def succeed(self, id_: str, owner: str, name: str, overlap: timedelta) -> None:
        """This value is the current one now; the others of its name are valid for so long yet."""
        await self.connection.execute(_SUCCEED, id_, owner, name, overlap)

    async def holds(self, owner: str, name: str, value: SecretStr) -> bool:
        """Whether this very value is one of its name."""
        cipher, wanted = await self._cipher(), value.get_secret_value()
        return any(_opened(self.sealer, cipher, row) == wanted for row in await self._rows(owner, name))

    async def remove(self, id_: str) -> None:
        await self.connection.execute(
            "delete from secrets where id = $1 and tenant is not distinct from $2", id_, self.tenant
        )

    async def views(self, owner: str | None = None) -> tuple[SecretView, ...]:
        """All, or one owner's; by owner and name, newest first. Never a value."""
        rows = await self.connection.fetch(_VIEW, self.tenant, owner)
        if not rows:
            return ()
        try:
            cipher = await self._cipher()
        except SettingsError:
            cipher = None
        return tuple(view(self.sealer, cipher, row) for row in rows)

    async def _cipher(self) -> Cipher:
        return await data_key(self.connection, self.sealer, self.tenant)

    async def _rows(self, owner: str, name: str) -> Sequence[Any]:
        return await self.connection.fetch("select * from secrets where owner = $1 and name = $2", owner, name)

    async def _insert(
        self, cipher: Cipher, owner: str, name: str, value: str, place: int, *, pending: bool = False
    ) -> str:
        id_, sealed = new_id(), cipher.seal(value.encode(), context(self.tenant, owner, name))
        await self.connection.execute(_INSERT, self.tenant, owner, name, cipher.id, sealed, place, id_, pending)
        return id_


def _opened(sealer: Sealer, cipher: Cipher, row: Any) -> str | None:
    """None where the key is not ours any more: whoever puts the secret again replaces it."""
    bound = context(row["tenant"], row["owner"], row["name"])
    try:
        if not row["key_id"].startswith(MARK):
            return sealer.open(row["key_id"], row["sealed"], bound)
        return cipher.open(row["sealed"], bound).decode() if row["key_id"] == cipher.id else None
    except SettingsError:
        return None


def view(sealer: Sealer, cipher: Cipher | None, row: Any) -> SecretView:
    """What is told of a row, with its last use; without its key there is no fingerprint."""
    value = _opened(sealer, cipher, row) if cipher else None
    return SecretView(
        id=row["id"],
        owner=row["owner"],
        name=row["name"],
        state="pending" if row["pending"] else "retiring" if row["retires_at"] else "current",
        fingerprint="" if cipher is None or value is None else cipher.fingerprint(value),
        created_at=row["created_at"],
        used_at=row["used_at"],
        retires_at=row["retires_at"],
    )


_VIEW = """
select s.*, u.used_at from secrets s left join secret_uses u on u.id = s.id
where s.tenant is not distinct from $1 and ($2::text is null or s.owner = $2)
order by s.owner, s.name, s.created_at desc, s.id
"""

_INSERT = """
insert into secrets (tenant, owner, name, key_id, sealed, created_at, id, pending)
values ($1, $2, $3, $4, $5, now() - $6 * interval '1 millisecond', $7, $8)
"""

_RESTRICT = """
with gone as (delete from secrets where owner = $1 and name = $2 and id <> all($3::text[]))
update secrets set retires_at = null, pending = false where id = any($3::text[])
"""

# An overlap that began earlier goes on to its own end.
_SUCCEED = """
update secrets set
  pending = pending and id <> $1,
  retires_at = case when id <> $1 then least(retires_at, now() + $4) end
where owner = $2 and name = $3
"""
