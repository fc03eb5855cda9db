"""The audit: who did what, when and from where, in a chain of hashes.

Every change is written in the transaction that makes it: there is no change without its line and no line without its
change. Each tenant has a chain of its own, and what concerns no tenant is one more (its name is ""). A line's hash
covers the line before it, so an altered, removed or inserted line breaks the chain there; the chain's head tells how
long it is, so what is cut off at the end is missed, too. Whoever owns the database could write a whole chain anew:
against that, keep its head (`heads`) somewhere else.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from xyper_engine.access.caller import Caller
from xyper_engine.access.deeds import Deed
from xyper_engine.model import now
from xyper_engine.saying import said
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

FIRST = bytes(32)
"""What the first line of a chain follows."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a chain does not hold, and why."""

    chain: str
    seq: int
    why: str

    @property
    def named(self) -> str:
        """The place, for people."""
        return f"line {self.seq} of {f'tenant {self.chain}' if self.chain else 'what concerns no tenant'}"


async def write(
    connection: "Connection",
    by: Caller,
    action: Deed,
    subject: str,
    tenant: str | None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """One line, in the transaction of `connection`. No secret may stand in `before` or `after`: put a fingerprint."""
    at = now()
    body = orjson.dumps(
        {
            "at": at, "action": action, "subject": subject, "tenant": tenant, "kind": by.kind, "who": by.id,
            "name": by.name, "role": by.role, "address": by.address, "request_id": by.request_id,
            "before": before, "after": after,
        },
        default=str, option=orjson.OPT_UTC_Z,
    )  # fmt: skip
    chain = tenant or ""
    await connection.execute("insert into audit_heads (chain) values ($1) on conflict do nothing", chain)
    head = await connection.fetchrow("select seq, hash from audit_heads where chain = $1 for update", chain)
    assert head is not None  # noqa: S101  it was just made
    seq, hash_ = head["seq"] + 1, link(head["hash"], body)
    await connection.execute(_ADD, chain, seq, tenant, at, by.id, action, subject, body.decode(), hash_)
    await connection.execute("update audit_heads set (seq, hash) = ($2, $3) where chain = $1", chain, seq, hash_)


def link(before: bytes, body: bytes) -> bytes:
    """The hash of a line that follows the one with the hash `before`."""
    return hashlib.sha256(before + body).digest()


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: how many lines it has, and the hash of the last one."""

    chain: str
    seq: int
    hash: bytes


async def heads(db: Database, tenant: str | None = None) -> Sequence[Head]:
    """Of all chains, or the tenant's; also of one whose head is gone: its lines then are more than none."""
    async with db.within(tenant) as connection:
        rows = await connection.fetch(_HEADS, FIRST, tenant)
    return [Head(row["chain"], row["seq"], row["hash"]) for row in rows]


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of a walk along the chains."""

    lines: int
    broken: Sequence[Broken]


async def broken(db: Database) -> AsyncIterator[Broken]:
    """Walk every chain; what does not hold. Nothing where all is well."""
    async for step in walk(db, None, [head.chain for head in await heads(db)]):
        for fault in step.broken:
            yield fault


async def walk(db: Database, tenant: str | None, chains: Sequence[str]) -> AsyncIterator[Step]:
    """Each chain, a thousand lines at a time, read as `tenant`; no connection is held in between. After a broken line
    it goes on from what stands there."""
    for chain in chains:
        seq, hash_ = 0, FIRST
        while True:
            async with db.within(tenant) as connection:
                rows = await connection.fetch(_READ, chain, seq, FIRST)
            if rows[0]["seq"] is None:
                break
            found = []
            for row in rows:
                if row["seq"] != seq + 1:
                    found.append(Broken(chain, seq + 1, said("audit.missing", "missing")))
                elif why := _wrong(row, hash_):
                    found.append(Broken(chain, row["seq"], why))
                seq, hash_ = row["seq"], row["hash"]
            yield Step(len(rows), found)
        length = rows[0]["length"]
        ends = (seq, hash_) == (length, rows[0]["head"])
        words = "the chain ends here, but had {lines} lines"
        yield Step(0, () if ends else [Broken(chain, seq + 1, said("audit.short", words, lines=length))])


def _wrong(row: Any, before: bytes) -> str:
    body = orjson.loads(row["body"])
    if link(before, row["body"].encode()) != row["hash"]:
        return said("audit.altered", "altered, or the line before it is gone")
    named = {name: row[name] for name in ("tenant", "who", "action", "subject")}
    if any(body[name] != value for name, value in named.items()) or datetime.fromisoformat(body["at"]) != row["at"]:
        return said("audit.columns", "its columns say something else than the line itself")
    return ""


_ADD = """
insert into audit (chain, seq, tenant, at, who, action, subject, body, hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

_HEADS = """
select chain, coalesce(seq, 0) as seq, coalesce(hash, $1) as hash
from (select distinct chain from audit where $2::text is null or chain = $2) lines
full join (select * from audit_heads where $2::text is null or chain = $2) heads using (chain) order by chain
"""

# With the head in the same moment: a line that is being added is neither missed nor taken for one that is too many.
_READ = """
select l.*, coalesce(h.seq, 0) as length, coalesce(h.hash, $3) as head
from (values ($1)) one(chain) left join audit_heads h using (chain)
left join lateral (
  select seq, tenant, at, who, action, subject, body, hash from audit
  where chain = $1 and seq > $2 order by seq limit 1000
) l on true order by l.seq
"""
