"""What the API reads, before a full database: how long each kind of reading takes, and which indices serve it."""

import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, cast

from tests.bench.filler import OFTEN, ONCE, RARE, contact
from xyper_engine.conversation import Conversation
from xyper_engine.keyring import Keyring
from xyper_engine.model import Contact, Endpoint, now
from xyper_engine.sealing import Sealer
from xyper_engine.settings import Settings
from xyper_engine.state.figure_rows import GROUPS, By
from xyper_engine.state.figures import Asked, Figures
from xyper_engine.state.timeline import of_conversation, timelines
from xyper_engine.state.tracking import Tracking, Wanted
from xyper_engine.store.db import Database, open_database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

PAGE = 51
WHOSE = "load0"
"""Whose messages are read."""
SEARCHES = {
    "rare": RARE, "frequent": OFTEN[0], "two frequent": " ".join(OFTEN), "frequent and rare": f"{OFTEN[0]} {RARE}",
    "of long ago": ONCE, "in no message": "nowhere",
}  # fmt: skip
AIMS = {"hot path": 1.1, "message": 50, "trace": 50, "page": 50, "search": 300, "statistics": 200}
"""What must not be exceeded: a ratio, and milliseconds."""

Named = tuple[str, str]
"""A key of `AIMS`, and a name."""
Read = Callable[[Database, int], Awaitable[object]]
"""The number tells one try from the next."""


@dataclass(frozen=True)
class Figure:
    aim: str
    """A key of `AIMS`."""
    name: str
    value: float
    plan: Sequence[str] = ()
    """The lines that name an index, or a table that is read whole."""

    @property
    def holds(self) -> bool:
        return self.value <= AIMS[self.aim]

    def __str__(self) -> str:
        verdict = "holds" if self.holds else "DOES NOT HOLD"
        head = f"{self.aim}, {self.name}: {self.value:.2f} (at most {AIMS[self.aim]}: {verdict})"
        return "\n    ".join((head, *self.plan))


class _Explaining(Database):
    """Each query is explained first, on the connection and with the settings with which it is made."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.plan: dict[str, None] = {}

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["Connection"]:
        async with self._db.connection() as connection:
            yield cast("Connection", _Explained(connection, self.plan))


class _Explained:
    def __init__(self, connection: "Connection", plan: dict[str, None]) -> None:
        self._connection = connection
        self._plan = plan

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def fetch(self, sql: str, *values: object) -> Sequence[Any]:
        await self._explain(sql, values)
        return await self._connection.fetch(sql, *values)

    async def fetchrow(self, sql: str, *values: object) -> Any:
        await self._explain(sql, values)
        return await self._connection.fetchrow(sql, *values)

    async def _explain(self, sql: str, values: Sequence[object]) -> None:
        """One line for all partitions that are read in the same way."""
        lines = [row[0] for row in await self._connection.fetch(f"explain {sql}", *values)]
        for line, following in pairwise([*lines, ""]):
            if found := _SCAN.search(line):
                whole = "" if following.strip().startswith("Index Cond") else ", no condition"
                self._plan.setdefault(_PARTITION.sub(r"\1_…", found[0]) + whole)


async def figures(settings: Settings, rounds: int, days: int) -> Sequence[Figure]:
    """Milliseconds of each kind of reading, as medians; `days` of statistics."""
    async with open_database(settings) as db:
        keyring = Keyring(db, Sealer.from_settings(settings))
        reads = {**_ids(keyring, await db.fetch(_SOME, WHOSE)), **await _pages(db, keyring), **_statistics(days)}
        times: Mapping[Named, list[float]] = defaultdict(list)
        for n in range(rounds):
            for named, read in reads.items():
                began = time.perf_counter()
                found = await read(db, n)
                times[named].append(1000 * (time.perf_counter() - began))
                assert found or _may_be_empty(*named), f"{named} found nothing"
        return [Figure(*named, median(times[named]), await _plan(db, read)) for named, read in reads.items()]


async def _plan(db: Database, read: Read) -> Sequence[str]:
    explaining = _Explaining(db)
    await read(explaining, 0)
    return tuple(explaining.plan)


def _may_be_empty(aim: str, name: str) -> bool:
    return aim == "search" or name.endswith("next page")


def _ids(keyring: Keyring, some: Sequence[Any]) -> Mapping[Named, Read]:
    """One message, what became of it, and how: by each of its ids."""

    def message(name: str) -> Read:
        return lambda db, n: Tracking(db, keyring).one(WHOSE, some[n % len(some)][name])

    def trace(name: str) -> Read:
        async def read(db: Database, n: int) -> object:
            async with db.tenant(WHOSE) as connection:
                return await timelines(connection, some[n % len(some)][name], WHOSE)

        return read

    async def thread(db: Database, n: int) -> object:
        async with db.tenant(WHOSE) as connection:
            found, _ = await of_conversation(connection, some[n % len(some)]["thread"], WHOSE, None, PAGE)
        return found

    names = {"our id": "id", "wamid": "external_id", "the far id": "far_id"}
    return {
        **{("message", f"by {name}"): message(id_) for name, id_ in names.items()},
        **{("trace", f"by {name}"): trace(id_) for name, id_ in names.items()},
        ("trace", "by a Genesys conversation"): thread,
    }


async def _pages(db: Database, keyring: Keyring) -> Mapping[Named, Read]:
    """The first one of each kind, and the one that follows."""

    def read(wanted: Wanted, before: str | None) -> Read:
        return lambda db, _: Tracking(db, keyring).page(WHOSE, wanted, before, PAGE)

    asked = {
        ("page", "of a conversation"): Wanted(conversation=_conversation(7)),
        ("page", "of a tenant"): Wanted(),
        **{("search", name): Wanted(words=words) for name, words in SEARCHES.items()},
    }
    reads: dict[Named, Read] = {}
    for (aim, name), wanted in asked.items():
        reads[aim, name] = read(wanted, None)
        if page := await Tracking(db, keyring).page(WHOSE, wanted, None, PAGE):
            reads[aim, f"{name}, next page"] = read(wanted, page[-1].id)
    return reads


def _statistics(days: int) -> Mapping[Named, Read]:
    last = now().date()
    first = last - timedelta(days=days - 1)

    def read(what: str, by: By) -> Read:
        asked = Asked.of(what, first, last, by, frozenset(GROUPS))
        return lambda db, _: Figures(db).read(WHOSE, asked)

    kinds: Sequence[tuple[str, By]] = (("funnel", "day"), ("funnel", "total"), ("latency", "day"))
    return {("statistics", f"of {days} days, {what} by {by}"): read(what, by) for what, by in kinds}


def _conversation(n: int) -> Conversation:
    at, agent = (Endpoint(adapter=name, account=WHOSE) for name in ("whatsapp", "genesys"))
    return Conversation(id="x", tenant=WHOSE, customer=at, agent=agent, contact=Contact(address=contact(0, n)))


_SCAN = re.compile(r"(?:Bitmap Index|Index Only|Index|Seq) Scan (?:Backward )?(?:using \S+ )?on \S+")
_PARTITION = re.compile(r"(messages|traces)_(?:load_\d+|\d{4}_\d\d|\d{8}|other)")

# From all days of which there are traces.
_SOME = """
select m.id, m.external_id, 'g-' || m.id as far_id, c.thread from messages m
join conversations c on c.id = m.tenant || m.contact
where m.tenant = $1 and m.id >= xyper_first_id(now() - interval '13 days') order by md5(m.id) limit 20
"""
