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
from xyper_engine.model import now
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
    action: str,
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


async def heads(db: Database) -> Sequence[Head]:
    """Of all chains; also of one whose head is gone: its lines then are more than none."""
    return [Head(row["chain"], row["seq"], row["hash"]) for row in await db.fetch(_HEADS, FIRST)]


async def broken(db: Database) -> AsyncIterator[Broken]:
    """Walk every chain; what does not hold. Nothing where all is well."""
    for head in await heads(db):
        async for fault in _walk(db, head.chain, head.seq, head.hash):
            yield fault


async def _walk(db: Database, chain: str, length: int, head: bytes) -> AsyncIterator[Broken]:
    """One chain, a thousand lines at a time. After a broken line it goes on from what stands there."""
    seq, hash_ = 0, FIRST
    while rows := await db.fetch(_READ, chain, seq):
        for row in rows:
            if row["seq"] != seq + 1:
                yield Broken(chain, seq + 1, "missing")
            elif why := _wrong(row, hash_):
                yield Broken(chain, row["seq"], why)
            seq, hash_ = row["seq"], row["hash"]
    if (seq, hash_) != (length, head):
        yield Broken(chain, seq + 1, f"the chain ends here, but had {length} lines")


def _wrong(row: Any, before: bytes) -> str:
    body = orjson.loads(row["body"])
    if link(before, row["body"].encode()) != row["hash"]:
        return "altered, or the line before it is gone"
    named = {name: row[name] for name in ("tenant", "who", "action", "subject")}
    if any(body[name] != value for name, value in named.items()) or datetime.fromisoformat(body["at"]) != row["at"]:
        return "its columns say something else than the line itself"
    return ""


_ADD = """
insert into audit (chain, seq, tenant, at, who, action, subject, body, hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

_HEADS = """
select chain, coalesce(seq, 0) as seq, coalesce(hash, $1) as hash
from (select distinct chain from audit) lines full join audit_heads using (chain) order by chain
"""

_READ = """
select seq, tenant, at, who, action, subject, body, hash from audit
where chain = $1 and seq > $2 order by seq limit 1000
"""
