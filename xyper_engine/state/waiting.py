"""Agents' messages that wait until the customer writes, because the channel's window is closed. Sealed at rest."""

from collections.abc import Sequence

from xyper_engine.model import Endpoint, Message, dump, load
from xyper_engine.sealing import Sealer, context
from xyper_engine.store.db import Database


class Waiting:
    def __init__(self, db: Database, sealer: Sealer) -> None:
        self._db = db
        self._sealer = sealer

    async def hold(self, message: Message, to: Endpoint, contact: str) -> None:
        """Keep it for the account that it was going to, under the customer's lasting address; twice is once."""
        key_id, sealed = self._sealer.seal(dump(message).decode(), _bound(message.tenant, message.id))
        await self._db.execute(
            "insert into waiting (id, tenant, adapter, account, contact, key_id, sealed) "
            "values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
            message.id, message.tenant, to.adapter, to.account, contact, key_id, sealed,
        )  # fmt: skip

    async def of(self, account: Endpoint, contact: str) -> Sequence[Message]:
        """What waits for this customer, oldest first."""
        rows = await self._db.fetch(
            "select id, tenant, key_id, sealed from waiting where (adapter, account, contact) = ($1, $2, $3) "
            "order by since, id",
            account.adapter, account.account, contact,
        )  # fmt: skip
        opened = [
            load(self._sealer.open(row["key_id"], row["sealed"], _bound(row["tenant"], row["id"])).encode())
            for row in rows
        ]
        return [message for message in opened if isinstance(message, Message)]

    async def release(self, ids: Sequence[str]) -> None:
        """They are in the queue again."""
        await self._db.execute("delete from waiting where id = any($1::text[])", list(ids))


def _bound(tenant: str, message_id: str) -> str:
    return context(tenant, "waiting", message_id)
