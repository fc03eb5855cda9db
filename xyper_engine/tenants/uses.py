"""When each secret was last of use: noted in memory at every use, written down in groups now and then.

It tells which value of a rotation the vendor still works with: it may be a minute old, and a crash may lose that much.
"""

from datetime import datetime

from xyper_engine.model import Account, Hook, now
from xyper_engine.store.db import Database
from xyper_engine.store.rows import given


class SecretUses:
    def __init__(self) -> None:
        self._seen: dict[str, datetime] = {}

    def proved(self, hook: Hook, place: int, at: datetime) -> None:
        """The secret at this place of `hook.secrets` proved a request."""
        self._seen[hook.secret_ids[place]] = at

    def shook_hands(self, hook: Hook, place: int) -> None:
        """The token at this place of `hook.verify_tokens` was the one in a handshake."""
        self._seen[hook.verify_token_ids[place]] = now()

    def opened(self, account: Account, name: str) -> None:
        """The vendor took this secret of the account. One that we do not keep is not noted."""
        if id_ := account.secret_ids.get(name):
            self._seen[id_] = now()

    async def flush(self, db: Database) -> None:
        """Write down what was noted. Raises `Unavailable`; then it is written with the next."""
        seen, self._seen = self._seen, {}
        if not seen:
            return
        try:
            await db.execute(_NOTE, list(seen.items()))
        except BaseException:
            self._seen = seen | self._seen
            raise


_NOTE = f"""
insert into secret_uses (id, tenant, used_at)
select s.id, s.tenant, seen.at
from {given("id text, at timestamptz")} seen join secrets s on s.id = seen.id
on conflict (id) do update set used_at = greatest(secret_uses.used_at, excluded.used_at)
"""  # noqa: S608  constants
