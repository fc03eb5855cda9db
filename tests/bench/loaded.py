"""`python -m tests.bench.loaded [--messages N] [--rounds N]`: Xyper before a full database, to an empty one.

N messages with their posts and ledger lie in the months before, in ten tenants. Then the whole way (`rounds.py`, d) is
measured before both databases, in interleaved rounds; and what the API reads is timed in one tenant's share: a message
by each kind of id, a conversation's page, a search for a rare word and for a common one, with the plans.
"""

import argparse
import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import asyncpg
import uvloop

from tests import servers
from tests.bench.helper import Helper, cpu_seconds, helper
from tests.bench.rounds import HOOK, SETTLE, TENANT
from tests.bench.stage import Engine, pointed
from tests.servers import PostgreSQL
from tests.world import APP_SECRET
from xyper_engine.conversation import Conversation
from xyper_engine.keyring import Keyring
from xyper_engine.model import Contact, Endpoint, new_id, now
from xyper_engine.sealing import Cipher, Sealer
from xyper_engine.state import tracking as tracked
from xyper_engine.state.messages import array, bound
from xyper_engine.store.db import open_database

TENANTS = 10
CONTACTS = 5000
"""Of each tenant."""
DAYS = 300
BATCH = 20_000
RARE, COMMON = "word15000", "word5"
_WORDS = tuple(f"word{n}" for n in range(20_000))
_BODY = b'{"kind":"message"}'


@dataclass(frozen=True)
class Share:
    """A tenant of the load, and its words as the index holds them: the later one stands, the rarer it is."""

    n: int
    cipher: Cipher
    hashes: Sequence[int]

    @property
    def tenant(self) -> str:
        return f"load{self.n}"

    def row(self, id_: str, n: int) -> tuple[Any, ...]:
        words = array({self.hashes[int(random.random() ** 4 * len(self.hashes))] for _ in range(10)})
        sealed = self.cipher.seal(_BODY, bound(self.tenant, id_))
        return id_, self.tenant, f"wamid.{id_}", contact(self.n, n), self.cipher.id, sealed, words


def contact(tenant: int, n: int) -> str:
    return f"tel:+4915{tenant:02d}{n % CONTACTS:07d}"


async def load(engine: Engine, url: str, messages: int) -> float:
    """Fill the database that this engine serves; the seconds it took."""
    began = time.monotonic()
    async with open_database(engine.settings) as db:
        await db.execute(
            "insert into tenants (id, name) select 'load' || n, 'L' from generate_series(0, $1) n", TENANTS - 1
        )
        keyring = Keyring(db, Sealer.from_settings(engine.settings))
        shares = [await _share(keyring, n) for n in range(TENANTS)]
    connection = await asyncpg.connect(url)  # as who migrates: engines may make no tables
    try:
        await connection.execute(_MONTHS)
        await connection.execute("create temp table given (id text collate \"C\", tenant text, external_id text, "
                                 "contact text, key_id text, sealed bytea, words text)")  # fmt: skip
        for rows in _batches(shares, messages):
            await connection.copy_records_to_table("given", records=rows)
            for sql in (*_FILL, "truncate given"):
                await connection.execute(sql)
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()
    return time.monotonic() - began


async def _share(keyring: Keyring, n: int) -> Share:
    cipher = await keyring.cipher(f"load{n}")
    return Share(n, cipher, cipher.blinded(_WORDS))


def _batches(shares: Sequence[Share], messages: int) -> Iterator[Sequence[tuple[Any, ...]]]:
    """In the order of their time, as they would have come."""
    began, step = now() - timedelta(days=DAYS), timedelta(days=DAYS) / messages
    for first in range(0, messages, BATCH):
        numbers = range(first, min(first + BATCH, messages))
        yield [shares[n % TENANTS].row(_id_at(began + n * step), n // TENANTS) for n in numbers]


def _id_at(at: datetime) -> str:
    stamp = f"{int(at.timestamp() * 1000):012x}"
    return f"{stamp[:8]}-{stamp[8:]}-7{new_id()[15:]}"


async def reads(engine: Engine, rounds: int) -> Mapping[str, Any]:
    """Milliseconds of each kind of reading, as medians; and which index serves a search."""
    async with open_database(engine.settings) as db:
        tracking = tracked.Tracking(db, Keyring(db, Sealer.from_settings(engine.settings)))
        some = await db.fetch("select id, external_id from messages where tenant = 'load3' order by id limit 20")
        wanted: Mapping[str, tracked.Wanted] = {
            "a conversation's page": tracked.Wanted(conversation=_conversation(3, 7)),
            "a tenant's page": tracked.Wanted(),
            f"search, rare ({RARE})": tracked.Wanted(words=RARE),
            f"search, common ({COMMON})": tracked.Wanted(words=COMMON),
        }
        times: dict[str, list[float]] = {}
        for n in range(rounds):
            row = some[n % len(some)]
            for name, id_ in (("our id", row["id"]), ("wamid", row["external_id"]), ("far id", f"g-{row['id']}")):
                began = time.perf_counter()
                assert (await tracking.one("load3", id_)).id == row["id"]
                times.setdefault(f"a message by {name}", []).append(time.perf_counter() - began)
            for name, query in wanted.items():
                began = time.perf_counter()
                await tracking.page("load3", query, None, 51)
                times.setdefault(name, []).append(time.perf_counter() - began)
        hashes = (await Keyring(db, Sealer.from_settings(engine.settings)).cipher("load3")).blinded([RARE])
        plan = await db.fetch(f"explain {tracked.HOLDING}", hashes, tracked.RARE + 1)
    found = {f"{name}, ms": round(1000 * median(taken), 2) for name, taken in times.items()}
    return {**found, "plan of a search": next(row[0].strip() for row in plan if "Index" in row[0])}


def _conversation(tenant: int, n: int) -> Conversation:
    at, agent = (Endpoint(adapter=name, account=f"load{tenant}") for name in ("whatsapp", "genesys"))
    whom = Contact(address=contact(tenant, n))
    return Conversation(id="x", tenant=f"load{tenant}", customer=at, agent=agent, contact=whom)


@dataclass
class Ways:
    """The whole way, before each database."""

    gun: Helper
    far: Helper
    postgres: PostgreSQL
    engines: Mapping[str, Engine]

    async def cpu(self, name: str, messages: int) -> float:
        """Microseconds of CPU for a message, the engine's and PostgreSQL's."""
        return (await self.whole(name, messages))[0]

    async def whole(self, name: str, messages: int, settle: float = SETTLE) -> tuple[float, float]:
        """That, and how many messages a second."""
        engine = self.engines[name]
        plan = [[TENANT.number, str(16505550000 + n % 500)] for n in range(messages)]
        shot = await self.gun.ask(port=engine.port, path=HOOK, secret=APP_SECRET, series=new_id()[-12:], plan=plan,
                                  rate=0, connections=64)  # fmt: skip
        assert not shot["bad"]
        await self.far.ask(begin=True)
        before = self._spent(engine)
        await engine.turn(TENANT, "active")
        seen = await self.far.ask(wanted=messages, timeout=240)
        assert seen["count"] == messages
        await asyncio.sleep(settle)
        spent = self._spent(engine) - before
        await engine.turn(TENANT, "suspended")
        return 1e6 * spent / messages, (messages - 1) / (seen["last"] - seen["first"])

    def _spent(self, engine: Engine) -> float:
        return cpu_seconds(engine.pid) + cpu_seconds(self.postgres.pid, tree=True)


@asynccontextmanager
async def opened(postgres: PostgreSQL, messages: int) -> AsyncIterator[tuple[Ways, float]]:
    async with AsyncExitStack() as stack:
        gun, _ = await stack.enter_async_context(helper("tests.bench.load"))
        far, at = await stack.enter_async_context(helper("tests.bench.far"))
        engines, seconds = {}, 0.0
        for name in ("empty", "loaded"):
            url = await postgres.database()
            engine = Engine({"database": {"url": url}, "routing": {"concurrency": 64}, **pointed(at["port"])})
            await engine.furnish([TENANT])
            await engine.turn(TENANT, "suspended")
            if name == "loaded":
                seconds = await load(engine, url, messages)
            engines[name] = await stack.enter_async_context(engine)
        yield Ways(gun, far, postgres, engines), seconds


async def figures(postgres: PostgreSQL, messages: int, rounds: int, shot: int) -> Mapping[str, Any]:
    async with opened(postgres, messages) as (ways, seconds):
        found: dict[str, list[float]] = {name: [] for name in ways.engines}
        for _ in range(rounds):
            for name in ways.engines:
                found[name].append(await ways.cpu(name, shot))
        empty, loaded = (median(found[name]) for name in ("empty", "loaded"))
        told = {"messages": messages, "loading, s": round(seconds, 1), "empty, us": empty, "loaded, us": loaded}
        return {**told, "ratio": loaded / empty, **await reads(ways.engines["loaded"], 10 * rounds)}


_MONTHS = f"""
do $$
declare month timestamptz;
begin
  drop table messages_before;
  for n in -{DAYS // 28}..0 loop
    month := date_trunc('month', now() at time zone 'utc') at time zone 'utc' + make_interval(months => n);
    execute format('create table messages_load_%s partition of messages for values from (%L) to (%L)', n + 100,
      xyper_first_id(month), xyper_first_id(month + interval '1 month'));
    execute format('create unique index on messages_load_%s (adapter, account, external_id)', n + 100);
  end loop;
end $$
"""

_FILL = (
    """insert into messages (id, tenant, adapter, account, external_id, direction, contact, occurred_at, key_id, sealed,
         to_adapter, to_account, kinds, words)
       select id, tenant, 'whatsapp', tenant, external_id, 'inbound', contact, now(), key_id, sealed, 'genesys', tenant,
         '{text}', words::bigint[] from given""",
    """insert into posts (key, n, tenant, event_id, adapter, account, external_id, contact, origin_adapter,
         origin_account, last, state, far_id, sent_at, status, status_at)
       select 'whatsapp/' || tenant || '/' || external_id, 0, tenant, id, 'genesys', tenant, external_id, contact,
         'whatsapp', tenant, true, 'sent', 'g-' || id, now(), 1, '{"published": "2026-11-22T00:00:00+00:00"}'
       from given""",
    """insert into ledger (key, tenant, event_id, outcome)
       select 'whatsapp/' || tenant || '/' || external_id, tenant, id, 'delivered' from given""",
    """insert into accounts (tenant, adapter, account)
       select tenant, a, tenant from (select distinct tenant from given) t, unnest(array['whatsapp', 'genesys']) a
       on conflict do nothing""",
    """insert into conversations (id, tenant, customer_adapter, customer_account, agent_adapter, agent_account, contact)
       select tenant || contact, tenant, 'whatsapp', tenant, 'genesys', tenant, contact
       from (select distinct tenant, contact from given) t on conflict do nothing""",
)


async def main(messages: int, rounds: int) -> None:
    with servers.postgresql() as postgres:
        for name, value in (await figures(postgres, messages, rounds, 6000)).items():
            print(f"{name}: {value}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.loaded", description="What a full database costs.")
    parser.add_argument("--messages", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(given.messages, given.rounds))
