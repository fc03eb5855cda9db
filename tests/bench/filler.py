"""A month of messages, made by a process of its own: `filling.py` has two of them, one for each core.

Messages have a sealed body and keyed hashes of its words, so they are made here and copied. Their posts and their lines
in the ledger follow from them: the server makes those. A month's indices are made when it is full.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg

from tests.bench.helper import obey, run
from xyper_engine.keyring import Keyring
from xyper_engine.model import new_id
from xyper_engine.sealing import Cipher, Sealer
from xyper_engine.settings import Settings
from xyper_engine.state.messages import bound
from xyper_engine.store.db import open_database

if TYPE_CHECKING:
    Session = asyncpg.Connection[asyncpg.Record]

CONTACTS = 5000
"""Of each tenant."""
DAYS = 300
OFTEN, ONCE, RARE = ("often", "usual"), "campaign", "word15000"
"""The first are each in 30 % of all messages, the second in half of the first 30 days', and in none since."""
_SHARE, _ONCE_DAYS = 0.3, 30
_WORDS = tuple(f"word{n}" for n in range(20_000))
_BODY = (
    '{"id":"%s","kind":"message","direction":"inbound","origin":{"adapter":"whatsapp","account":"%s"},'
    '"contact":{"address":"%s","name":"Somebody"},"external_id":"wamid.%s","parts":[{"type":"text","text":"%s"}]}'
)


@dataclass(frozen=True)
class Span:
    """The whole load: so many messages, evenly from `began` on."""

    began: datetime
    messages: int

    def at(self, n: int) -> datetime:
        return self.began + n * self._step

    def first(self, at: datetime) -> int:
        """The first message that came then or later."""
        return min(max(-((self.began - at) // self._step), 0), self.messages)

    @property
    def _step(self) -> timedelta:
        return timedelta(days=DAYS) / self.messages


@dataclass(frozen=True)
class Share:
    """A tenant of the load, and its words as the index holds them: the later one stands, the rarer it is."""

    n: int
    cipher: Cipher
    hashes: dict[str, int]

    def message(self, n: int, at: datetime, day: int) -> tuple[Any, ...]:
        tenant, id_, whom = f"load{self.n}", _id_at(at), contact(self.n, n)
        words = list({_WORDS[int(random.random() ** 4 * len(_WORDS))] for _ in range(10)})
        words += [word for word in OFTEN if random.random() < _SHARE]
        words += [ONCE] if day < _ONCE_DAYS and n % 2 else []
        body = _BODY % (id_, tenant, whom, id_, " ".join(words))
        sealed = self.cipher.seal(body.encode(), bound(tenant, id_))
        return (
            id_, tenant, "whatsapp", tenant, f"wamid.{id_}", "inbound", whom, at, self.cipher.id, sealed, "genesys",
            tenant, ["text"], [self.hashes[word] for word in words], at,
        )  # fmt: skip


def contact(tenant: int, n: int) -> str:
    return f"tel:+4915{tenant:02d}{n % CONTACTS:07d}"


async def session(url: str) -> "Session":
    """As who migrates: engines may make no tables. Foreign keys are not checked, and no trigger fires."""
    opened: Session = await asyncpg.connect(url)
    await opened.execute("set session_replication_role = replica; set maintenance_work_mem = '256MB';"
                         "set synchronous_commit = off; set timezone = 'UTC'")  # fmt: skip
    return opened


async def _month(command: dict[str, Any]) -> dict[str, Any]:
    """Make this month's table, from its first message up to the next month's."""
    span = Span(datetime.fromisoformat(command["began"]), command["messages"])
    shares = await _shares(Path(command["data_dir"]), command["url"], command["tenants"])
    table, copier = command["table"], await session(command["url"])
    try:
        await copier.execute(f"create table {table} (like messages including defaults including constraints)")
        rows = _rows(shares, span, range(*command["numbers"]))
        await copier.copy_records_to_table(table, records=rows, columns=_COLUMNS.split())
        for sql in (_POSTS, _LEDGER, *command["indices"]):
            await copier.execute(sql.format(table=table))
    finally:
        await copier.close()
    return {"made": len(range(*command["numbers"]))}


async def _shares(data_dir: Path, url: str, tenants: int) -> Sequence[Share]:
    settings = Settings.model_validate({"data_dir": data_dir, "database": {"url": url}})
    async with open_database(settings) as db:
        keyring = Keyring(db, Sealer.from_settings(settings))
        return [_share(n, await keyring.cipher(f"load{n}")) for n in range(tenants)]


def _share(n: int, cipher: Cipher) -> Share:
    words = (*_WORDS, *OFTEN, ONCE)
    return Share(n, cipher, dict(zip(words, cipher.blinded(words), strict=True)))


def _rows(shares: Sequence[Share], span: Span, numbers: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """In the order of their time, as they would have come."""
    for n in numbers:
        yield shares[n % len(shares)].message(n // len(shares), span.at(n), n * DAYS // span.messages)


def _id_at(at: datetime) -> str:
    stamp = f"{int(at.timestamp() * 1000):012x}"
    return f"{stamp[:8]}-{stamp[8:]}-7{new_id()[15:]}"


_COLUMNS = (
    "id tenant adapter account external_id direction contact occurred_at key_id sealed to_adapter to_account kinds "
    "words routed_at"
)

_POSTS = """
insert into posts (key, n, tenant, event_id, adapter, account, external_id, contact, origin_adapter, origin_account,
  last, state, far_id, sending_at, sent_at, status, status_at, kind)
select adapter || '/' || account || '/' || external_id, 0, tenant, id, to_adapter, to_account, external_id, contact,
  adapter, account, true, 'sent', 'g-' || id, occurred_at, occurred_at, 1,
  jsonb_build_object('published', occurred_at), 'text'
from {table}
"""

_LEDGER = """
insert into ledger (key, tenant, event_id, outcome, finished_at)
select adapter || '/' || account || '/' || external_id, tenant, id, 'delivered', occurred_at from {table}
"""

if __name__ == "__main__":
    run(obey(_month))
