"""Changing keys: what another key sealed is sealed anew with the first one."""

from xyper_engine.sealing import Sealer, context
from xyper_engine.store.db import Database


async def rotate(db: Database, sealer: Sealer) -> int:
    """Seal anew, with the first key, what another key sealed; returns how many. All or nothing."""
    async with db.connection() as connection, connection.transaction():
        rows = await connection.fetch(
            "select tenant, owner, name, created_at, key_id, sealed from secrets where key_id <> $1 for update",
            sealer.key_id,
        )
        for row in rows:
            bound = context(row["tenant"], row["owner"], row["name"])
            await connection.execute(
                "update secrets set key_id = $1, sealed = $2 where (owner, name, created_at) = ($3, $4, $5)",
                *sealer.seal(sealer.open(row["key_id"], row["sealed"], bound), bound),
                row["owner"],
                row["name"],
                row["created_at"],
            )
    return len(rows)
