"""Fills a database with messages as they would lie there after months, by COPY into tables without indices.

Each has a sealed body, keyed hashes of its words, its post and its line in the ledger. Indices are made when all is in;
a month of messages gets them when it becomes a partition. Foreign keys are not checked meanwhile.
"""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

import asyncpg

from xyper_engine.keyring import Keyring
from xyper_engine.model import new_id, now
from xyper_engine.sealing import Cipher, Sealer
from xyper_engine.settings import Settings
from xyper_engine.state.messages import bound
from xyper_engine.store.db import open_database

if TYPE_CHECKING:
    Session = asyncpg.Connection[asyncpg.Record]

CONTACTS = 5000
"""Of each tenant."""
DAYS = 300
BATCH = 10_000
OFTEN, ONCE, RARE = ("often", "usual"), "campaign", "word15000"
"""The first are each in 30 % of all messages, the second in half of the first 30 days', and in none since."""
_SHARE, _ONCE_DAYS = 0.3, 30
_WORDS = tuple(f"word{n}" for n in range(20_000))
_BODY = (
    '{"id":"%s","kind":"message","direction":"inbound","origin":{"adapter":"whatsapp","account":"%s"},'
    '"contact":{"address":"%s","name":"Somebody"},"external_id":"wamid.%s","parts":[{"type":"text","text":"%s"}]}'
)


@dataclass(frozen=True)
class Given:
    """A message as the three tables have it."""

    month: int
    message: tuple[Any, ...]
    post: tuple[Any, ...]
    entry: tuple[Any, ...]


@dataclass(frozen=True)
class Share:
    """A tenant of the load, and its words as the index holds them: the later one stands, the rarer it is."""

    n: int
    cipher: Cipher
    hashes: dict[str, int]

    @property
    def tenant(self) -> str:
        return f"load{self.n}"

    def row(self, id_: str, n: int, at: datetime, day: int) -> Given:
        tenant, whom, key = self.tenant, contact(self.n, n), f"whatsapp/{self.tenant}/wamid.{id_}"
        words = list({_WORDS[int(random.random() ** 4 * len(_WORDS))] for _ in range(10)})
        words += [word for word in OFTEN if random.random() < _SHARE]
        words += [ONCE] if day < _ONCE_DAYS and n % 2 else []
        body = _BODY % (id_, tenant, whom, id_, " ".join(words))
        sealed = self.cipher.seal(body.encode(), bound(tenant, id_))
        return Given(
            at.year * 12 + at.month - 1,
            (id_, tenant, "whatsapp", tenant, f"wamid.{id_}", "inbound", whom, at, self.cipher.id, sealed, "genesys",
             tenant, ["text"], [self.hashes[word] for word in words], at),
            (key, 0, tenant, id_, "genesys", tenant, f"wamid.{id_}", whom, "whatsapp", tenant, True, "sent", f"g-{id_}",
             at, at, 1, '{"published": "2026-11-22T00:00:00+00:00"}'),
            (key, tenant, id_, "delivered", at),
        )  # fmt: skip


def contact(tenant: int, n: int) -> str:
    return f"tel:+4915{tenant:02d}{n % CONTACTS:07d}"


async def fill(settings: Settings, url: str, messages: int, tenants: int) -> float:
    """Fill the database at this address, which engines with these settings serve; the seconds it took."""
    began = time.monotonic()
    shares = await _shares(settings, tenants)
    async with AsyncExitStack() as stack:
        copiers = [await _session(stack, url) for _ in range(3)]  # as who migrates: engines may make no tables
        indices = await _without_indices(copiers[0])
        for month, rows in groupby(_given(shares, messages), lambda given: given.month):
            await copiers[0].execute(_MONTH.format(month))
            await _copied(copiers, month, rows)
        for sql in (*_ATTACHED, *indices, *_REST, "vacuum analyze"):
            await copiers[0].execute(sql)
    return time.monotonic() - began


async def _shares(settings: Settings, tenants: int) -> Sequence[Share]:
    async with open_database(settings) as db:
        await db.execute("insert into tenants (id, name) select 'load' || n, 'L' from generate_series(0, $1) n",
                         tenants - 1)  # fmt: skip
        keyring = Keyring(db, Sealer.from_settings(settings))
        return [_share(n, await keyring.cipher(f"load{n}")) for n in range(tenants)]


def _share(n: int, cipher: Cipher) -> Share:
    words = (*_WORDS, *OFTEN, ONCE)
    return Share(n, cipher, dict(zip(words, cipher.blinded(words), strict=True)))


async def _session(stack: AsyncExitStack, url: str) -> "Session":
    session: Session = await asyncpg.connect(url)
    stack.push_async_callback(session.close)
    await session.execute("set session_replication_role = replica; set maintenance_work_mem = '256MB';"
                          "set synchronous_commit = off")  # fmt: skip
    return session


async def _without_indices(session: "Session") -> Sequence[str]:
    """Drops what is no constraint of posts and ledger; the statements that make them again."""
    found = await session.fetch(_INDICES)
    for row in found:
        await session.execute(f"drop index {row['indexname']}")
    return [row["indexdef"] for row in found]


async def _copied(copiers: Sequence["Session"], month: int, rows: Iterator[Given]) -> None:
    """The three tables side by side, and the next rows are made meanwhile."""
    while group := list(islice(rows, BATCH)):
        given = ([row.message for row in group], [row.post for row in group], [row.entry for row in group])
        tables = (f"messages_load_{month}", "posts", "ledger")
        await asyncio.gather(*(
            copier.copy_records_to_table(table, records=records, columns=columns)
            for copier, table, records, columns in zip(copiers, tables, given, _COLUMNS, strict=True)
        ))  # fmt: skip


def _given(shares: Sequence[Share], messages: int) -> Iterator[Given]:
    """In the order of their time, as they would have come."""
    began, step = now() - timedelta(days=DAYS), timedelta(days=DAYS) / messages
    for n in range(messages):
        at = began + n * step
        yield shares[n % len(shares)].row(_id_at(at), n // len(shares), at, n * DAYS // messages)


def _id_at(at: datetime) -> str:
    stamp = f"{int(at.timestamp() * 1000):012x}"
    return f"{stamp[:8]}-{stamp[8:]}-7{new_id()[15:]}"


_INDICES = """
select indexname, indexdef from pg_indexes where schemaname = 'public' and tablename in ('posts', 'ledger')
  and indexname not in (select conname from pg_constraint)
"""

_MONTH = "create table messages_load_{} (like messages including defaults including constraints)"

_COLUMNS = tuple(names.split() for names in (
    "id tenant adapter account external_id direction contact occurred_at key_id sealed to_adapter to_account kinds "
    "words routed_at",
    "key n tenant event_id adapter account external_id contact origin_adapter origin_account last state far_id "
    "sending_at sent_at status status_at",
    "key tenant event_id outcome finished_at",
))  # fmt: skip

# The months make room for what an engine made when it started, save the present one's and those to come.
_ATTACHED = (
    "drop table messages_before",
    """
    do $$
    declare
      load record;
      month timestamptz;
      upto timestamptz;
    begin
      for load in select relname, substring(relname from '[0-9]+$')::int as n from pg_class
        where relname ~ '^messages_load_[0-9]+$' order by 2
      loop
        month := make_timestamptz(load.n / 12, load.n % 12 + 1, 1, 0, 0, 0, 'UTC');
        upto := (month at time zone 'utc' + interval '1 month') at time zone 'utc';
        execute format('create unique index on %I (adapter, account, external_id)', load.relname);
        execute format('alter table messages attach partition %I for values from (%L) to (%L)', load.relname,
          xyper_first_id(month), xyper_first_id(upto));
      end loop;
    end $$
    """,
)

_REST = (
    """insert into accounts (tenant, adapter, account)
       select id, a, id from tenants, unnest(array['whatsapp', 'genesys']) a where starts_with(id, 'load')
       on conflict do nothing""",
    """insert into conversations (id, tenant, customer_adapter, customer_account, agent_adapter, agent_account, contact)
       select tenant || contact, tenant, 'whatsapp', tenant, 'genesys', tenant, contact
       from (select distinct tenant, contact from messages where starts_with(tenant, 'load')) t""",
)
