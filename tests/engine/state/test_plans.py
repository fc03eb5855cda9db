"""Plans of a message's statements: rows are looked up by key, however young the table's statistics are.

PostgreSQL keeps a statement's plan while the table grows, so one that reads all of a small table is slow soon.
"""

import asyncpg
import pytest

from xyper_engine.state import ledger, receipts
from xyper_engine.store.db import Database

ROWS = 2000
STATEMENTS = {"sending": ledger._SENDING, "sent": ledger._SENT, "looked at": ledger._LOOK, "raised": receipts._RAISE}


@pytest.mark.parametrize("name", STATEMENTS)
async def test_posts_are_looked_up_by_key(db: Database, url: str, name: str) -> None:
    await db.execute("insert into tenants (id, name) values ('acme', 'A')")
    await db.execute(
        "insert into posts (key, n, tenant, event_id, adapter, account, external_id, contact, origin_adapter, "
        "origin_account, last, state) select 'k' || i, 0, 'acme', 'e' || i, 'whatsapp', '1', 'x' || i, 'tel:1', "
        "'genesys', '2', true, 'sent' from generate_series(1, $1::int) i",
        ROWS,
    )
    owner = await asyncpg.connect(url)
    await owner.execute("analyze posts")
    await owner.close()
    plan = [row[0].strip() for row in await db.fetch(f"explain {STATEMENTS[name]}", [])]
    reads = [(line, plan[n + 1]) for n, line in enumerate(plan) if "posts_pkey on posts" in line]
    assert reads, plan
    assert all(below.startswith("Index Cond:") and "key =" in below for _, below in reads), plan
