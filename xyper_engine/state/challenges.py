"""When a vendor's handshake with a webhook address last succeeded: the proof that the vendor can reach it."""

from xyper_engine.model import Hook
from xyper_engine.store.db import Database


class Challenges:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def seen(self, hook: Hook) -> None:
        """Just now. Raises `Unavailable`."""
        await self._db.execute(
            "insert into challenges (hook, tenant) values ($1, $2) on conflict (hook) do update set at = now()",
            hook.id,
            hook.tenant,
        )
