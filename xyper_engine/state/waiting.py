"""Agents' messages that wait until the customer writes, because the channel's window is closed. Sealed at rest."""

from collections.abc import Sequence

from xyper_engine.keyring import Keyring
from xyper_engine.model import Endpoint, Message, dump, load
from xyper_engine.sealing import context
from xyper_engine.store.db import Database


class Waiting:
    def __init__(self, db: Database, keyring: Keyring) -> None:
        self._db = db
        self._keyring = keyring

    async def hold(self, message: Message, to: Endpoint, contact: str) -> None:
        """Keep it for the account that it was going to, under the customer's lasting address; twice is once."""
        cipher = await self._keyring.cipher(message.tenant)
        sealed = cipher.seal(dump(message), bound(message.tenant, message.id))
        await self._db.execute(
            "insert into waiting (id, tenant, adapter, account, contact, key_id, sealed) "
            "values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
            message.id, message.tenant, to.adapter, to.account, contact, cipher.id, sealed,
        )  # fmt: skip

    async def of(self, account: Endpoint, contact: str) -> Sequence[Message]:
        """What waits for this customer, oldest first."""
        rows = await self._db.fetch(
            "select id, tenant, key_id, sealed from waiting where (adapter, account, contact) = ($1, $2, $3) "
            "order by since, id",
            account.adapter, account.account, contact,
        )  # fmt: skip
        opened = [
            load(await self._keyring.open(row["tenant"], row["key_id"], row["sealed"], bound(row["tenant"], row["id"])))
            for row in rows
        ]
        return [message for message in opened if isinstance(message, Message)]

    async def release(self, ids: Sequence[str]) -> None:
        """They are in the queue again."""
        await self._db.execute("delete from waiting where id = any($1::text[])", list(ids))


def bound(tenant: str, message_id: str) -> str:
    """What a sealed body is bound to."""
    return context(tenant, "waiting", message_id)
