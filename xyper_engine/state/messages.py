"""Messages whole: what a quote, a reaction or an answer speaks of, and what the widget shows. Sealed at rest."""

from asyncio import Future
from collections.abc import Sequence
from typing import Any

from xyper_engine.grouping import Grouped
from xyper_engine.keyring import Keyring
from xyper_engine.model import Direction, Endpoint, Message, load
from xyper_engine.sealing import Cipher, context
from xyper_engine.store.db import Database


class Messages:
    def __init__(self, db: Database, keyring: Keyring) -> None:
        self._db = db
        self._keyring = keyring
        self._remember = Grouped(self._remember_all)

    def remember(self, message: Message) -> Future[None]:
        """Keep it; of two with one key the first stays."""
        return self._remember(message)

    async def find(self, endpoint: Endpoint, far_id: str) -> Message | None:
        """The message with this id at this account: one that came from there, or one that was posted there."""
        row = await self._db.fetchrow(_FIND, endpoint.adapter, endpoint.account, far_id)
        return await self._opened(row) if row else None

    async def latest(self, tenant: str, contact: str, direction: Direction) -> Message | None:
        """The newest message to (or from) a contact, by the address it was kept under."""
        row = await self._db.fetchrow(_LATEST, tenant, contact, direction.value)
        return await self._opened(row) if row else None

    async def _opened(self, row: Any) -> Message | None:
        bound = _bound(row["tenant"], row["id"])
        found = load(await self._keyring.open(row["tenant"], row["key_id"], row["sealed"], bound))
        return found if isinstance(found, Message) else None

    async def _remember_all(self, messages: Sequence[Message]) -> Sequence[None]:
        ciphers = await self._keyring.ciphers({message.tenant for message in messages})
        rows = [_row(message, ciphers[message.tenant]) for message in messages]
        await self._db.execute(_REMEMBER, *(list(column) for column in zip(*rows, strict=True)))
        return [None] * len(messages)


def _row(message: Message, cipher: Cipher) -> tuple[object, ...]:
    # The vendor's own fragment is kept by dead letters and queues; here it would double every body.
    body = message.__pydantic_serializer__.to_json(message, exclude={"raw"})
    sealed = cipher.seal(body, _bound(message.tenant, message.id))
    return (
        message.id, message.tenant, message.origin.adapter, message.origin.account, message.external_id,
        message.direction.value, message.contact.address, message.record, message.occurred_at, cipher.id, sealed,
    )  # fmt: skip


def _bound(tenant: str, message_id: str) -> str:
    return context(tenant, "message", message_id)


_REMEMBER = """
insert into messages (id, tenant, adapter, account, external_id, direction, contact, record, occurred_at, key_id,
                      sealed)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::timestamptz[], $10::text[], $11::bytea[])
on conflict do nothing
"""

# Posts know a message by our event's key, which is `<adapter>/<account>/<external id>` of where it came from.
_FIND = """
select id, tenant, key_id, sealed from messages where (adapter, account, external_id) = ($1, $2, $3)
union all
select m.id, m.tenant, m.key_id, m.sealed
from posts p join messages m
  on (m.adapter, m.account, m.external_id) = (p.origin_adapter, p.origin_account, p.external_id)
where (p.adapter, p.account, p.far_id) = ($1, $2, $3)
limit 1
"""

_LATEST = """
select id, tenant, key_id, sealed from messages
where tenant = $1 and contact = $2 and direction = $3 and record = 'live' order by occurred_at desc, id desc limit 1
"""
