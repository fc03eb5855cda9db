"""The end of a tenant: nothing of it is left in any part, nothing of another is touched, and the audit says so."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.directory import HOST, add_tenant, service
from tests.engine.store.test_isolation import BORN, ROWS, insert
from tests.engine.tenants.world import acme, sealer
from xyper_engine.access import audit
from xyper_engine.access.trail import Trail, Wanted
from xyper_engine.broker import topology
from xyper_engine.broker.journal import Journal
from xyper_engine.broker.port import Outgoing
from xyper_engine.errors import Conflict, NotFound, Unavailable
from xyper_engine.media.folder import FolderStore
from xyper_engine.media.stream import once
from xyper_engine.store.db import Database
from xyper_engine.tenants import purge as module
from xyper_engine.tenants.purge import Purge


@dataclass
class Estate:
    """What the tenants `a` and `b` have: a row in every table, files, and messages in their queues."""

    db: Database
    store: FolderStore
    broker: Journal

    @property
    def work(self) -> Purge:
        return Purge(self.db, self.store, self.broker)

    async def rows_of(self, tenant: str) -> dict[str, int]:
        counts = {}
        for table in ROWS:
            owner = "id" if table == "tenants" else "tenant"
            counts[table] = await self.db.fetchval(f"select count(*) from {table} where {owner} = $1", tenant)
        return counts

    async def objects_of(self, tenant: str) -> list[str]:
        later = await self.db.fetchval("select now() + interval '1 day'")
        return [key async for key in self.store.keys(before=later, tenant=tenant)]


@pytest.fixture
async def estate(db: Database, tmp_path: Path) -> AsyncIterator[Estate]:
    broker = await Journal.open(tmp_path / "journal", 1 << 30)
    store = FolderStore(tmp_path / "media")
    for tenant in ("a", "b"):
        for table in ROWS:
            if table not in ("audit", *BORN):
                sql, values = insert(table, tenant)
                await db.execute(sql, *values)
        await store.put(f"{tenant}/2026/11/one", once(b"1"), mime="")
        await store.put(f"{tenant}/quarantine/2026/11/two", once(b"2"), mime="")
        await broker.declare(topology.of_tenant(tenant))
        await broker.publish([Outgoing(queue, "1", b"x") for queue in topology.of_tenant(tenant)])
    await db.execute("update holds set released_at = now(), released_by = 'me', released_why = 'closed'")
    await db.execute("update tenants set (state, delete_at) = ('deleting', now()) where id = 'a'")
    try:
        yield Estate(db, store, broker)
    finally:
        await broker.close()


async def test_nothing_is_left_in_any_part_and_the_neighbour_keeps_all(estate: Estate) -> None:
    before = await estate.rows_of("b")
    assert await estate.work.due() == ["a"]
    await estate.work.purge("a")
    left = await estate.rows_of("a")
    assert {table for table, count in left.items() if count} == {"audit"}
    assert await estate.objects_of("a") == []
    for queue in topology.of_tenant("a"):
        with pytest.raises(NotFound):
            await estate.broker.depth(queue)
    assert await estate.rows_of("b") == before
    assert len(await estate.objects_of("b")) == 2
    assert [(await estate.broker.depth(queue)).ready for queue in topology.of_tenant("b")] == [1, 1, 1]
    assert await estate.work.due() == []


@pytest.mark.parametrize("names", [None, ["tel:+16505550199"]], ids=["everybody", "one person"])
async def test_a_tenant_stays_while_anybody_of_it_is_held(estate: Estate, names: list[str] | None) -> None:
    await estate.db.execute(
        "insert into holds (id, tenant, names, reason, held_by) values ('h', 'a', $1, 'case', 'me')", names
    )
    assert await estate.work.due() == []
    release = "update holds set released_at = now(), released_by = 'me', released_why = 'closed' where id = 'h'"
    await estate.db.execute(release)
    assert await estate.work.due() == ["a"]


async def test_many_rows_go_in_batches(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 10)
    await estate.db.execute(
        "insert into ledger (key, tenant, event_id, outcome) select 'k' || n, 'a', n::text, 'delivered' "
        "from generate_series(1, 35) n"
    )
    await estate.db.execute(
        "insert into posts (key, n, tenant, event_id, adapter, account, external_id, contact, origin_adapter, "
        "origin_account, last) select 'k' || n, 0, 'a', n::text, 'w', '1', n::text, 'c', 'g', 'g', true "
        "from generate_series(1, 50) n"
    )
    await estate.db.execute(
        "insert into contacts (id, tenant, adapter, address, merged_into) "
        "select 'c' || n, 'a', 'w', n::text, case when n > 1 then 'c' || (n - 1) end from generate_series(1, 25) n"
    )
    await estate.work.purge("a")
    assert {table for table, count in (await estate.rows_of("a")).items() if count} == {"audit"}


async def test_what_was_left_undone_is_done_by_the_next_round(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever step fails: the tenant is still there, and due, until all are done."""
    for step in ("_entrances", "_objects", "_rows", "_queues", "_name"):

        async def away(self: Purge, tenant: str) -> None:
            raise Unavailable("away")

        with monkeypatch.context() as patch:
            patch.setattr(Purge, step, away)
            with pytest.raises(Unavailable):
                await estate.work.purge("a")
        assert await estate.work.due() == ["a"]
    await estate.work.purge("a")
    assert await estate.work.due() == []


async def test_while_an_engine_still_consumes_its_queue_the_tenant_stays(estate: Estate) -> None:
    class Deaf:
        def deliver(self, delivery: object) -> None: ...
        def lost(self) -> None: ...

    subscription = await estate.broker.consume("in.a", Deaf(), 1)
    with pytest.raises(Conflict, match=r"in\.a has a consumer"):
        await estate.work.purge("a")
    assert await estate.work.due() == ["a"]
    await subscription.close()
    await estate.work.purge("a")


async def test_what_is_written_meanwhile_goes_with_the_next_round(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed = estate.broker.remove

    async def busy(queues: Sequence[str]) -> None:
        await removed(queues)
        sql, values = insert("conversations", "a")
        await estate.db.execute(sql, *values)

    monkeypatch.setattr(estate.broker, "remove", busy)
    with pytest.raises(Conflict, match="Something was written for tenant a"):
        await estate.work.purge("a")
    monkeypatch.undo()
    await estate.work.purge("a")
    assert await estate.work.due() == []


async def test_a_webhooks_unreadable_items_go_with_it(estate: Estate) -> None:
    letter = (
        "insert into dead_letters (id, source, queue, adapter, account, hook, reason, body) "
        "values ($1, 'unparsed', 'unparsed', 'whatsapp', $2, $3, 'r', 'b')"
    )
    for id_, account, hook in (
        ("by its hook", None, "a"), ("by its number", "a", "operator"), ("of the neighbour", "b", "operator"),
        ("of nobody", None, "operator"),
    ):  # fmt: skip
        await estate.db.execute(letter, id_, account, hook)
    await estate.work.purge("a")
    rows = await estate.db.fetch("select id from dead_letters where tenant is null order by 1")
    assert [row["id"] for row in rows] == ["of nobody", "of the neighbour"]


async def actions(db: Database, tenant: str | None) -> Sequence[str]:
    return [line.told["action"] async for line in Trail(db).walk(tenant, Wanted())]


async def test_whoever_bears_the_name_afterwards_has_nothing_in_common(db: Database, estate: Estate) -> None:
    """Neither rows nor what was written of the one before; for a Xyper administrator the whole chain holds."""
    tenants = service(db, sealer())
    await add_tenant(db, sealer(), acme())
    await tenants.delete(HOST, "acme", timedelta(0))
    await estate.work.purge("acme")
    with pytest.raises(NotFound):
        await tenants.show("acme")
    await add_tenant(db, sealer(), acme(name="Another", hooks=[]))
    view = await tenants.show("acme")
    assert (view.name, view.state, view.version > 0, view.hooks) == ("Another", "active", True, ())
    assert await actions(db, "acme") == ["tenant.add"]
    async with db.connection() as connection:
        rows = await connection.fetch("select action from audit where chain = 'acme' order by seq")
    assert [row["action"] for row in rows] == ["tenant.add", "tenant.delete", "tenant.purge", "tenant.add"]
    assert [fault async for fault in audit.broken(db) if fault.chain == "acme"] == []


async def test_who_is_resumed_in_time_is_not_purged(db: Database, estate: Estate) -> None:
    await add_tenant(db, sealer(), acme())
    line = await service(db, sealer()).delete(HOST, "acme", timedelta(hours=1))
    assert (line.state, await estate.work.due()) == ("deleting", ["a"])
    await service(db, sealer()).resume(HOST, "acme")
    await db.execute("update tenants set delete_at = now() - interval '1 day' where id = 'a'")
    assert await estate.work.due() == ["a"]
