"""`python -m tests.bench.loaded [--messages N] [--tenants N]`: Xyper before a full database, to an empty one.

N messages with their posts and ledger lie in the months before, of ten tenants (`filling.py`). Then the whole way
(`rounds.py`, d) is measured before both databases, in interleaved rounds; and what the API reads is timed in one
tenant's share: a message by each kind of id, a conversation's page, searches, with the plans.
"""

import argparse
import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import uvloop

from tests import servers
from tests.bench.filling import OFTEN, ONCE, RARE, contact, fill
from tests.bench.helper import Helper, cpu_seconds, helper
from tests.bench.rounds import HOOK, SETTLE, TENANT
from tests.bench.stage import Engine, pointed
from tests.servers import PostgreSQL
from tests.world import APP_SECRET
from xyper_engine.conversation import Conversation
from xyper_engine.keyring import Keyring
from xyper_engine.model import Contact, Endpoint, new_id
from xyper_engine.sealing import Sealer
from xyper_engine.state.search import FEW, HOLDING
from xyper_engine.state.tracking import Tracking, Wanted
from xyper_engine.store.db import Database, open_database

PAGE = 51
WHOSE = "load0"
"""Whose messages are read."""
SEARCHES = {
    "rare": RARE, "frequent": OFTEN[0], "two frequent": " ".join(OFTEN), "frequent and rare": f"{OFTEN[0]} {RARE}",
    "of long ago": ONCE, "in no message": "nowhere",
}  # fmt: skip


async def reads(engine: Engine, rounds: int) -> Mapping[str, Any]:
    """Milliseconds of each kind of reading, as medians; and which index serves it."""
    async with open_database(engine.settings) as db:
        keyring = Keyring(db, Sealer.from_settings(engine.settings))
        tracking = Tracking(db, keyring)
        some = await db.fetch("select id, external_id from messages where tenant = $1 order by id limit 20", WHOSE)
        wanted = {
            "a conversation's page": Wanted(conversation=_conversation(0, 7)),
            "a tenant's page": Wanted(),
            **{f"search, {name}": Wanted(words=words) for name, words in SEARCHES.items()},
        }
        times: dict[str, list[float]] = defaultdict(list)
        for n in range(rounds):
            row = some[n % len(some)]
            for name, id_ in (("our id", row["id"]), ("wamid", row["external_id"]), ("far id", f"g-{row['id']}")):
                with _timed(times[f"a message by {name}"]):
                    assert (await tracking.one(WHOSE, id_)).id == row["id"]
            for name, query in wanted.items():
                with _timed(times[name]):
                    page = await tracking.page(WHOSE, query, None, PAGE)
                with _timed(times[f"{name}, next page"]):
                    await tracking.page(WHOSE, query, page[-1].id if page else None, PAGE)
        plans = await _plans(db, keyring)
    return {**{f"{name}, ms": round(1000 * median(taken), 2) for name, taken in times.items()}, **plans}


@contextmanager
def _timed(taken: list[float]) -> Iterator[None]:
    began = time.perf_counter()
    yield
    taken.append(time.perf_counter() - began)


async def _plans(db: Database, keyring: Keyring) -> Mapping[str, str]:
    """The lines of PostgreSQL's plans that name the index."""
    hashes = (await keyring.cipher(WHOSE)).blinded([RARE])
    asked = {"a search": (HOLDING, hashes, "", None, FEW + 1)}
    plans = {name: await db.fetch(f"explain {sql}", *values) for name, (sql, *values) in asked.items()}
    return {
        f"plan of {name}": next(row[0].strip() for row in plan if "Index" in row[0]) for name, plan in plans.items()
    }


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
        assert seen["count"] == messages, f"{name}: {seen} of {messages}"
        await asyncio.sleep(settle)
        spent = self._spent(engine) - before
        await engine.turn(TENANT, "suspended")
        return 1e6 * spent / messages, (messages - 1) / (seen["last"] - seen["first"])

    def _spent(self, engine: Engine) -> float:
        return cpu_seconds(engine.pid) + cpu_seconds(self.postgres.pid, tree=True)


@asynccontextmanager
async def opened(postgres: PostgreSQL, messages: int, tenants: int) -> AsyncIterator[tuple[Ways, float]]:
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
                seconds = await fill(engine.settings, url, messages, tenants)
            engines[name] = await stack.enter_async_context(engine)
        yield Ways(gun, far, postgres, engines), seconds


async def figures(postgres: PostgreSQL, messages: int, rounds: int, shot: int, tenants: int = 10) -> Mapping[str, Any]:
    async with opened(postgres, messages, tenants) as (ways, seconds):
        found: dict[str, list[float]] = {name: [] for name in ways.engines}
        for _ in range(rounds):
            for name in ways.engines:
                found[name].append(await ways.cpu(name, shot))
        empty, loaded = (median(found[name]) for name in ("empty", "loaded"))
        told = {"messages": messages, "loading, s": round(seconds, 1), "empty, us": empty, "loaded, us": loaded}
        return {**told, "ratio": loaded / empty, **await reads(ways.engines["loaded"], 10 * rounds)}


async def main(messages: int, tenants: int, rounds: int) -> None:
    with servers.postgresql() as postgres:
        for name, value in (await figures(postgres, messages, rounds, 6000, tenants)).items():
            print(f"{name}: {value}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.loaded", description="What a full database costs.")
    parser.add_argument("--messages", type=int, default=10_000_000)
    parser.add_argument("--tenants", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(given.messages, given.tenants, given.rounds))
