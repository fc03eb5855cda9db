"""Messages whole: what a quote, a reaction or an answer speaks of, and what the widget shows. Sealed at rest.

In clear beside a body stand its ids, its kinds, the customer's address, and keyed hashes of its words: whoever has the
database and not the tenant's data key reads no word, but sees which messages have one in common. The table is made of
partitions by the id, a UUIDv7, so by the time a message came; `tracking.py` reads what became of each.
"""

from asyncio import Future
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson

from xyper_engine.grouping import Grouped
from xyper_engine.keyring import Keyring
from xyper_engine.model import Direction, Endpoint, Message, dump, load
from xyper_engine.parts import Media, Notice, Reaction
from xyper_engine.sealing import Cipher, context
from xyper_engine.state.words import words_of
from xyper_engine.store.db import Database
from xyper_engine.store.rows import given

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection


class Messages:
    def __init__(self, db: Database, keyring: Keyring) -> None:
        self._db = db
        self._keyring = keyring
        self._remember = Grouped(self._remember_all)

    def remember(self, message: Message, to: Endpoint) -> Future[None]:
        """Keep it, on its way to this account; of two with one key the first stays."""
        return self._remember((message, to))

    async def find(self, endpoint: Endpoint, far_id: str) -> Message | None:
        """The message with this id at this account: one that came from there, or one that was posted there."""
        row = await self._db.fetchrow(_FIND, endpoint.adapter, endpoint.account, far_id)
        return await opened(self._keyring, row) if row else None

    async def latest(self, tenant: str, contact: str, direction: Direction) -> Message | None:
        """The newest message to (or from) a contact, by the address it was kept under."""
        row = await self._db.fetchrow(_LATEST, tenant, contact, direction.value)
        return await opened(self._keyring, row) if row else None

    async def amend(self, connection: "Connection", message: Message) -> None:
        """What it says was changed before anybody was told it; void where retention emptied it, or nobody knows it."""
        cipher = await self._keyring.cipher(message.tenant)
        words = cipher.blinded(words_of(message.text))
        sealed = _sealed(message, cipher)
        await connection.execute(_AMEND, message.tenant, message.id, cipher.id, sealed, kinds_of(message), words)

    async def _remember_all(self, items: Sequence[tuple[Message, Endpoint]]) -> Sequence[None]:
        ciphers = await self._keyring.ciphers({message.tenant for message, _ in items})
        rows = [_row(message, to, ciphers[message.tenant]) for message, to in items]
        bodies = [_sealed(message, ciphers[message.tenant]) for message, _ in items]
        await self._db.execute(_REMEMBER, rows, bodies)
        return [None] * len(items)


async def opened(keyring: Keyring, row: Any) -> Message | None:
    """The message that a row with `id`, `tenant`, `key_id` and `sealed` holds; None once retention emptied it."""
    if not row["sealed"]:
        return None
    place = bound(row["tenant"], row["id"])
    found = load(await keyring.open(row["tenant"], row["key_id"], row["sealed"], place))
    return found if isinstance(found, Message) else None


def kinds_of(message: Message) -> list[str]:
    """What it is made of: the types of its parts, and for files `image`, `video`, `audio`, …"""
    return list(dict.fromkeys(part.kind.value if isinstance(part, Media) else part.type for part in message.parts))


def about_of(message: Message) -> str | None:
    """The far side's id of the message that this one reacts to, edits or deletes."""
    return next((part.about for part in message.parts if isinstance(part, Reaction | Notice) and part.about), None)


def array(values: Sequence[int | str]) -> str:
    """As PostgreSQL writes a list of numbers or plain words: JSON's, in other brackets."""
    return f"{{{orjson.dumps(values)[1:-1].decode()}}}"


def _row(message: Message, to: Endpoint, cipher: Cipher) -> tuple[object, ...]:
    return (
        message.id, message.tenant, message.origin.adapter, message.origin.account, message.external_id,
        message.direction.value, message.contact.address, message.record, message.occurred_at, cipher.id, to.adapter,
        to.account, message.thread, array(kinds_of(message)), array(cipher.blinded(words_of(message.text))),
        about_of(message),
    )  # fmt: skip


def _sealed(message: Message, cipher: Cipher) -> bytes:
    # The vendor's own fragment is kept by dead letters and queues; here it would double every body.
    return cipher.seal(dump(message, raw=None), bound(message.tenant, message.id))


def bound(tenant: str, message_id: str) -> str:
    """What a sealed body is bound to."""
    return context(tenant, "message", message_id)


_GIVEN = given(
    "id text, tenant text, adapter text, account text, external_id text, direction text, contact text, record text, "
    "occurred_at timestamptz, key_id text, to_adapter text, to_account text, thread text, kinds text[], words "
    "bigint[], about text",
    "sealed bytea",
)
_REMEMBER = f"""
insert into messages (id, tenant, adapter, account, external_id, direction, contact, record, occurred_at, key_id,
                      sealed, to_adapter, to_account, thread, kinds, words, about)
select id, tenant, adapter, account, external_id, direction, contact, record, occurred_at, key_id, sealed, to_adapter,
       to_account, thread, kinds, words, about
from {_GIVEN} g
on conflict do nothing
"""  # noqa: S608  constants

_AMEND = """
update messages set key_id = $3, sealed = $4, kinds = $5, words = $6 where tenant = $1 and id = $2 and sealed <> ''
"""

# Posts know a message by our event's key, which is `<adapter>/<account>/<external id>` of where it came from.
_FIND = """
(select id, tenant, key_id, sealed from messages where (adapter, account, external_id) = ($1, $2, $3)
 order by id desc limit 1)
union all
select m.id, m.tenant, m.key_id, m.sealed
from posts p join messages m
  on (m.adapter, m.account, m.external_id) = (p.origin_adapter, p.origin_account, p.external_id)
where (p.adapter, p.account, p.far_id) = ($1, $2, $3)
limit 1
"""

_LATEST = """
select id, tenant, key_id, sealed from messages
where tenant = $1 and contact = $2 and direction = $3 and record = 'live' order by id desc limit 1
"""
