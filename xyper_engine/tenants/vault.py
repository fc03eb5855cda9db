"""The `secrets` table: several values of one name may be valid at once, which is how a secret is changed in peace."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from asyncpg import Record
from pydantic import SecretStr

from xyper_engine.errors import SettingsError
from xyper_engine.sealing import Sealer, context

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection


async def keep(
    connection: "Connection", sealer: Sealer, tenant: str | None, owner: str, name: str, values: Sequence[SecretStr]
) -> None:
    """Make `values`, newest first, the valid ones; those that were valid before keep their age."""
    wanted = [value.get_secret_value() for value in values]
    bound = context(tenant, owner, name)
    rows = await connection.fetch("select * from secrets where owner = $1 and name = $2", owner, name)
    known = {opened(sealer, row): row["created_at"] for row in rows}
    gone = [row["created_at"] for row in rows if opened(sealer, row) not in wanted]
    await connection.execute(
        "delete from secrets where owner = $1 and name = $2 and created_at = any($3)", owner, name, gone
    )
    new = [(place, *sealer.seal(value, bound)) for place, value in enumerate(wanted) if value not in known]
    await connection.executemany(
        """insert into secrets (tenant, owner, name, key_id, sealed, created_at)
           values ($1, $2, $3, $5, $6, now() - $4 * interval '1 millisecond')""",
        [(tenant, owner, name, *row) for row in new],
    )


def opened(sealer: Sealer, row: Record) -> str | None:
    """None where the key is not ours any more: whoever puts the secret again replaces it."""
    try:
        return sealer.open(row["key_id"], row["sealed"], context(row["tenant"], row["owner"], row["name"]))
    except SettingsError:
        return None
