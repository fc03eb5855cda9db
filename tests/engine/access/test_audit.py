"""The audit's chains: a line for each change, and no way to touch one without a trace."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import orjson
import pytest

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.access.trail import Trail, Wanted, as_csv, as_jsonl
from xyper_engine.settings import Settings
from xyper_engine.store.db import Database

BY = Caller.host().at("192.0.2.1", "a-request")


async def change(db: Database, n: int, tenant: str | None = "acme", **more: Any) -> None:
    async with db.connection() as connection, connection.transaction():
        await audit.write(connection, BY, more.pop("action", "reply.change"), f"thing/{n}", tenant, **more)


async def faults(db: Database) -> list[tuple[str, int]]:
    return [(fault.chain, fault.seq) async for fault in audit.broken(db)]


@pytest.fixture
async def lines(db: Database) -> Database:
    """Five lines of acme, two of nobody's."""
    for n in range(1, 6):
        await change(db, n, before={"n": n}, after={"n": n + 1})
    for n in (1, 2):
        await change(db, n, None)
    return db


async def by_the_owner(settings: Settings, sql: str, *args: object) -> None:
    """What only the database's owner can do: neither the engine's role nor a tenant's may touch a line."""
    connection = await asyncpg.connect(settings.database.url.get_secret_value())
    try:
        await connection.execute(sql, *args)
    finally:
        await connection.close()


async def test_all_chains_hold(lines: Database) -> None:
    assert await faults(lines) == []
    assert [(head.chain, head.seq) for head in await audit.heads(lines)] == [("", 2), ("acme", 5)]


@pytest.mark.parametrize(
    ("what", "sql", "seq"),
    [
        ("altered", "update audit set body = replace(body, '\"n\":3', '\"n\":4') where (chain, seq) = ('acme', 3)", 3),
        ("a column altered", "update audit set who = 'other' where (chain, seq) = ('acme', 3)", 3),
        ("its time altered", "update audit set at = at - interval '1 hour' where (chain, seq) = ('acme', 3)", 3),
        ("moved to a tenant", "update audit set tenant = 'other' where (chain, seq) = ('acme', 3)", 3),
        ("removed", "delete from audit where (chain, seq) = ('acme', 3)", 3),
        ("the first one removed", "delete from audit where (chain, seq) = ('acme', 1)", 1),
        ("truncated", "delete from audit where chain = 'acme' and seq > 3", 4),
        ("all of it removed", "delete from audit where chain = 'acme'", 1),
        ("the head set back", "update audit_heads set seq = 4 where chain = 'acme'", 6),
        ("the head's hash changed", "update audit_heads set hash = sha256('x') where chain = 'acme'", 6),
        ("the head removed", "delete from audit_heads where chain = 'acme'", 6),
        (
            "inserted",
            "insert into audit select chain, 6, tenant, at, who, action, subject, body, hash from audit "
            "where (chain, seq) = ('acme', 5)",
            6,
        ),
    ],
)
async def test_what_was_done_to_a_chain_is_found(
    lines: Database, settings: Settings, what: str, sql: str, seq: int
) -> None:
    await by_the_owner(settings, sql)
    assert (await faults(lines))[0] == ("acme", seq), what


async def test_of_two_swapped_lines_both_are_found(lines: Database, settings: Settings) -> None:
    await by_the_owner(
        settings,
        "update audit set (body, hash) = (other.body, other.hash) from audit other "
        "where audit.chain = 'acme' and other.chain = 'acme' and audit.seq in (2, 4) and other.seq = 6 - audit.seq",
    )
    assert {seq for _, seq in await faults(lines)} >= {2, 4}


async def test_only_one_chain_is_broken(lines: Database, settings: Settings) -> None:
    await by_the_owner(settings, "update audit set body = '{}' where (chain, seq) = ('', 1)")
    assert {chain for chain, _ in await faults(lines)} == {""}


async def test_a_line_and_its_change_are_one(lines: Database) -> None:
    async with lines.connection() as connection:
        undone = connection.transaction()
        await undone.start()
        await audit.write(connection, BY, "reply.change", "thing/9", "acme")
        await undone.rollback()
    assert len(await Trail(lines).page("acme", Wanted(), None, 100)) == 5
    assert await faults(lines) == []


async def test_a_line_tells_who_did_what_from_where(lines: Database) -> None:
    [newest] = await Trail(lines).page("acme", Wanted(), None, 1)
    told = newest.told
    assert {name: told[name] for name in ("kind", "action", "subject", "address", "request_id", "before", "after")} == {
        "kind": "host", "action": "reply.change", "subject": "thing/5", "address": "192.0.2.1",
        "request_id": "a-request", "before": {"n": 5}, "after": {"n": 6},
    }  # fmt: skip


async def test_a_tenants_trail_is_its_own(lines: Database) -> None:
    await change(lines, 1, "other")
    assert {line.chain for line in await Trail(lines).page("acme", Wanted(), None, 100)} == {"acme"}
    assert {line.chain for line in await Trail(lines).page(None, Wanted(), None, 100)} == {"acme", "other", ""}


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (Wanted(), 6),
        (Wanted(action="key.add"), 1),
        (Wanted(action="nothing"), 0),
        (Wanted(subject="thing/2"), 1),
        (Wanted(who=BY.id), 6),
        (Wanted(who="nobody"), 0),
        (Wanted(since=datetime.now(UTC) - timedelta(hours=1)), 6),
        (Wanted(until=datetime.now(UTC) - timedelta(hours=1)), 0),
    ],
)
async def test_it_is_searched(lines: Database, wanted: Wanted, count: int) -> None:
    await change(lines, 9, action="key.add")
    assert len(await Trail(lines).page("acme", wanted, None, 100)) == count
    assert len([line async for line in Trail(lines).walk("acme", wanted)]) == count


@pytest.mark.parametrize("tenant", ["acme", None])
async def test_an_export_proves_itself(lines: Database, tenant: str | None) -> None:
    """Whoever has it needs nothing of ours to walk the chains."""
    before: dict[str, bytes] = {}
    async for written in as_jsonl(Trail(lines).walk(tenant, Wanted())):
        line = orjson.loads(written)
        expected = hashlib.sha256(before.get(line["chain"], bytes(32)) + line["body"].encode()).digest()
        assert expected.hex() == line["hash"]
        before[line["chain"]] = expected
    heads = {head.chain: head.hash for head in await audit.heads(lines)}
    assert before == {chain: hash_ for chain, hash_ in heads.items() if tenant in (None, chain)}


async def test_as_csv(lines: Database) -> None:
    rows = [row async for row in as_csv(Trail(lines).walk("acme", Wanted()))]
    assert rows[0] == b"chain,seq,hash,at,who,action,subject,body\r\n"
    assert len(rows) == 6


async def test_many_at_once_are_one_chain(db: Database) -> None:
    await asyncio.gather(*(change(db, n) for n in range(40)))
    assert await faults(db) == []
    assert (await audit.heads(db))[-1].seq == 40
