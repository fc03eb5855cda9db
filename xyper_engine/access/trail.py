"""Reading the audit: pages for people, newest first, and whole chains for whoever proves them elsewhere."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from xyper_engine.store.db import Database
from xyper_engine.tabular import row as line_of

BATCH = 1000
COLUMNS = ("who", "action", "subject")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines; None: any."""

    who: str | None = None
    action: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One change, in the very words that were hashed."""

    chain: str
    seq: int
    at: datetime
    body: str
    hash: str

    @property
    def told(self) -> dict[str, Any]:
        """Who, what, when, before → after."""
        read: dict[str, Any] = orjson.loads(self.body)
        return read


class Trail:
    """`tenant`: that tenant's chain alone, read as that tenant; None: all chains."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def page(
        self, tenant: str | None, wanted: Wanted, before: Sequence[object] | None, limit: int
    ) -> Sequence[Line]:
        """Newest first, from the line `before` on: (at, chain, seq) of the last one of the page before."""
        at, chain, seq = before or (None, None, None)
        names = wanted.who, wanted.action, wanted.subject, wanted.since, wanted.until
        async with self._db.within(tenant) as connection:
            rows = await connection.fetch(_PAGE, tenant, *names, at, chain, seq, limit)
        return [_line(row) for row in rows]

    async def walk(self, tenant: str | None, wanted: Wanted) -> AsyncIterator[Line]:
        """Everything, chain by chain and in order; no connection is held in between."""
        chain, seq = "" if tenant is None else tenant, 0
        names = wanted.who, wanted.action, wanted.subject, wanted.since, wanted.until
        while True:
            async with self._db.within(tenant) as connection:
                rows = await connection.fetch(_WALK, tenant, *names, chain, seq, BATCH)
            for row in rows:
                yield _line(row)
            if len(rows) < BATCH:
                return
            chain, seq = rows[-1]["chain"], rows[-1]["seq"]


async def as_jsonl(lines: AsyncIterator[Line]) -> AsyncIterator[bytes]:
    """A line each; `body` is the very text that was hashed."""
    async for line in lines:
        yield orjson.dumps({"chain": line.chain, "seq": line.seq, "hash": line.hash, "body": line.body}) + b"\n"


async def as_csv(lines: AsyncIterator[Line]) -> AsyncIterator[bytes]:
    """The same, with a few columns to filter by."""
    yield line_of(("chain", "seq", "hash", "at", *COLUMNS, "body"))
    async for line in lines:
        told = line.told
        yield line_of((line.chain, line.seq, line.hash, told["at"], *(told[name] for name in COLUMNS), line.body))


def _line(row: Any) -> Line:
    return Line(row["chain"], row["seq"], row["at"], row["body"], row["hash"].hex())


_WHERE = """
select chain, seq, at, body, hash from audit
where ($1::text is null or chain = $1) and ($2::text is null or who = $2) and ($3::text is null or action = $3)
  and ($4::text is null or subject = $4) and ($5::timestamptz is null or at >= $5)
  and ($6::timestamptz is null or at < $6)
"""
_PAGE = f"""{_WHERE}
  and ($7::timestamptz is null or (at, chain, seq) < ($7, $8::text, $9::bigint))
order by at desc, chain desc, seq desc limit $10
"""
_WALK = f"{_WHERE} and (chain, seq) > ($7, $8::bigint) order by chain, seq limit $9"
