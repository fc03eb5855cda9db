"""What has been kept long enough goes, and what belongs to nobody; what somebody still needs stays."""

import asyncio
import os
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import Configure
from xyper_engine.errors import NotFound
from xyper_engine.media.folder import ASIDE, FolderStore
from xyper_engine.media.stream import once
from xyper_engine.model import Endpoint, new_id, now
from xyper_engine.parts import MediaKind
from xyper_engine.policy import Policy
from xyper_engine.routing.housekeeper import keeping_house, sweep
from xyper_engine.runtime import open_runtime
from xyper_engine.sealing import Sealer
from xyper_engine.state import retention as module
from xyper_engine.state.files import Files, Owner
from xyper_engine.state.retention import Retention, Swept
from xyper_engine.store.db import Database

OWNER = Owner("acme", "whatsapp/1/wamid.1", 0, "tel:+16505551234", MediaKind.image)
LONG_AGO = "2020/01"


class Shelf:
    """A folder of files whose age a test sets."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.db = db
        self.folder = folder
        self.store = FolderStore(folder)
        self.files = Files(db, self.store, Sealer([bytes(32)]), "")

    async def keep(self, body: bytes, days: float, n: int = 0, tenant: str = "acme") -> str:
        """A file that came so many days ago; returns its id."""
        owner = replace(OWNER, n=n, tenant=tenant, event_key=f"{tenant}/1/wamid.1")
        file = await self.files.keep_bytes(owner, body)
        await self.db.execute(
            "update files set created_at = now() - make_interval(secs => $2) where id = $1", file.id, days * 86400
        )
        return file.id

    async def leave(self, key: str, days: float) -> None:
        """An object without a row."""
        await self.store.put(key, once(b"left over"), mime="")
        when = time.time() - days * 86400
        os.utime(self.folder / key, (when, when))

    async def sweep(self) -> Swept:
        return await Retention(self.db, self.store).sweep()

    async def state(self, file_id: str) -> str:
        return (await self.files.get(file_id)).state

    def lying(self) -> list[str]:
        return sorted(str(file.relative_to(self.folder)) for file in self.folder.rglob("*") if file.is_file())


@pytest.fixture
async def shelf(db: Database, tmp_path: Path) -> Shelf:
    for tenant, policy in (("acme", {}), ("brief", {"media_days": 2})):
        await db.execute("insert into tenants (id, name, policy) values ($1, $1, $2)", tenant, policy)
    return Shelf(db, tmp_path / "media")


async def test_each_tenant_keeps_its_files_as_long_as_it_decided(shelf: Shelf) -> None:
    kept = [await shelf.keep(b"1", 364, 1), await shelf.keep(b"2", 1, 1, "brief")]
    gone = [await shelf.keep(b"3", 366, 2), await shelf.keep(b"4", 3, 2, "brief")]
    assert await shelf.sweep() == Swept(files=2, objects=2, orphans=0)
    assert [await shelf.state(one) for one in kept + gone] == ["stored", "stored", "gone", "gone"]
    assert len(shelf.lying()) == 2
    assert await shelf.sweep() == Swept(0, 0, 0)
    with pytest.raises(NotFound, match="gone"):
        await anext(shelf.files.open(gone[0]))


async def test_bytes_that_a_newer_file_shares_stay(shelf: Shelf) -> None:
    old, new = await shelf.keep(b"same", 400, 1), await shelf.keep(b"same", 1, 2)
    assert await shelf.sweep() == Swept(files=1, objects=0, orphans=0)
    assert [await shelf.state(old), await shelf.state(new)] == ["gone", "stored"]
    assert b"".join([chunk async for chunk in shelf.files.open(new)]) == b"same"
    await shelf.db.execute("update files set created_at = now() - interval '400 days'")
    assert await shelf.sweep() == Swept(files=1, objects=1, orphans=0)
    assert shelf.lying() == []


async def test_a_file_that_is_gone_is_not_fetched_again(shelf: Shelf) -> None:
    await shelf.keep(b"1", 400)
    await shelf.sweep()
    again = await shelf.files.keep_bytes(replace(OWNER, event_key="acme/1/wamid.1"), b"1")
    assert (again.state, shelf.lying()) == ("gone", [])


async def test_the_same_bytes_come_again_while_the_old_ones_go(shelf: Shelf) -> None:
    """Whichever is first: what the new file names is there."""
    for n in range(20):
        body = b"%d" % n
        await shelf.keep(body, 400, 2 * n)
        new, _ = await asyncio.gather(
            shelf.files.keep_bytes(replace(OWNER, n=2 * n + 1, event_key="acme/1/wamid.1"), body), shelf.sweep()
        )
        assert b"".join([chunk async for chunk in shelf.files.open(new.id)]) == body


ORPHANS = {
    "old": (f"acme/{LONG_AGO}/{new_id()}", 30, True),
    "infected": (f"acme/quarantine/{LONG_AGO}/{new_id()}", 30, True),
    "young": (f"acme/{LONG_AGO}/{new_id()}", 6, False),
    "of this month, where a try may yet write": (f"acme/{now():%Y/%m}/{new_id()}", 30, False),
    "of no tenant of ours": (f"stranger/{LONG_AGO}/{new_id()}", 30, False),
    "not of our shape": ("acme/precious.pdf", 30, False),
}


@pytest.mark.parametrize(("key", "days", "goes"), ORPHANS.values(), ids=ORPHANS)
async def test_what_belongs_to_no_file_goes(shelf: Shelf, key: str, days: float, goes: bool) -> None:
    await shelf.leave(key, days)
    assert await shelf.sweep() == Swept(0, 0, int(goes))
    assert shelf.lying() == ([] if goes else [key])


async def test_old_objects_of_files_that_are_kept_are_no_orphans(shelf: Shelf) -> None:
    """Neither its own file's nor that of another with the same bytes, whose own file is gone."""
    first, second = await shelf.keep(b"same", 400, 1), await shelf.keep(b"same", 100, 2)
    key = f"acme/{LONG_AGO}/{first}"
    await shelf.leave(key, 400)
    await shelf.db.execute("update files set object = $1", key)
    await shelf.sweep()
    assert [await shelf.state(first), await shelf.state(second)] == ["gone", "stored"]
    assert key in shelf.lying()


async def test_uploads_that_the_far_side_forgot_are_forgotten(shelf: Shelf) -> None:
    number = Endpoint(adapter="whatsapp", account="1")
    await shelf.files.note_upload("acme", number, "a", "image/png", "1", now())
    await shelf.sweep()
    assert await shelf.db.fetchval("select count(*) from uploads") == 0


async def test_partial_files_of_processes_that_died_go(shelf: Shelf) -> None:
    await shelf.store.tidy()
    await shelf.store.ping()
    for name, days in (("old", 2.0), ("young", 0.5)):
        await aged(shelf.folder / ASIDE / name, days)
    await shelf.store.tidy()
    assert shelf.lying() == [f"{ASIDE}/young"]


async def aged(file: Path, days: float) -> None:
    file.write_bytes(b"half")
    os.utime(file, (time.time() - days * 86400,) * 2)


AGES = {
    "messages": (
        "insert into messages (id, tenant, adapter, account, external_id, direction, contact, occurred_at, key_id, "
        "sealed) values (xyper_first_id($3) || '-7000-' || $1, $2, 'w', '1', $1, 'inbound', 'c', $3, 'k', 's')",
        "message_days",
    ),
    "waiting": (
        "insert into waiting (id, tenant, adapter, account, contact, key_id, sealed, since) "
        "values ($1, $2, 'w', '1', 'c', 'k', 's', $3)",
        "message_days",
    ),
    "ledger": (
        "insert into ledger (key, tenant, event_id, outcome, finished_at) values ($1, $2, $1, 'delivered', $3)",
        "ledger_days",
    ),
    "dead_letters": (
        "insert into dead_letters (id, tenant, source, queue, reason, body, died_at) "
        "values ($1, $2, 'route', 'q', 'r', 'b', $3)",
        "dead_letter_days",
    ),
}
"""How a row of each class is put, and by which days of the policy it goes."""


@pytest.mark.parametrize("table", AGES)
async def test_each_tenant_keeps_its_rows_as_long_as_it_decided(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    """In batches smaller than what is there; and what is kept for a day less than it may be, stays."""
    monkeypatch.setattr(module, "BATCH", 3)
    sql, field = AGES[table]
    usual = int(getattr(Policy(), field))
    if table == "ledger":  # what became of messages is known as long as they are
        usual = max(usual, Policy().message_days)
    await shelf.db.execute(
        "update tenants set policy = $1 where id = 'brief'",
        {field: 40, **({"message_days": 40} if table == "ledger" else {})},
    )
    for tenant, days in (("acme", usual), ("brief", 40)):
        for n, age in enumerate([days - 1] * 2 + [days + 1] * 5):
            await shelf.db.execute(sql, f"{tenant}-{n}", tenant, now() - timedelta(days=age))
    swept = await shelf.sweep()
    kept = await shelf.db.fetch(f"select tenant, count(*) from {table} group by 1 order by 1")
    assert [tuple(row) for row in kept] == [("acme", 2), ("brief", 2)]
    assert (swept.messages, swept.ledger, swept.dead_letters) == {
        "messages": (10, 0, 0), "waiting": (10, 0, 0), "ledger": (0, 10, 0), "dead_letters": (0, 0, 10),
    }[table]  # fmt: skip
    assert await shelf.sweep() == Swept(0, 0, 0)


async def test_posts_go_with_the_event_that_they_were_made_for(shelf: Shelf) -> None:
    for key, days in (("old", 366), ("young", 364)):
        await shelf.db.execute(AGES["ledger"][0], key, "acme", now() - timedelta(days=days))
        await shelf.db.execute(
            "insert into posts (key, n, tenant, event_id, adapter, account, external_id, contact, origin_adapter, "
            "origin_account, last) values ($1, 0, 'acme', $1, 'w', '1', $1, 'c', 'g', 'g', true)",
            key,
        )
    assert (await shelf.sweep()).ledger == 1
    assert [row["key"] for row in await shelf.db.fetch("select key from posts")] == ["young"]


async def test_letters_of_no_tenant_go_by_the_usual_days(shelf: Shelf) -> None:
    for id_, days in (("old", 91), ("young", 89)):
        await shelf.db.execute(AGES["dead_letters"][0], id_, None, now() - timedelta(days=days))
    assert (await shelf.sweep()).dead_letters == 1
    assert [row["id"] for row in await shelf.db.fetch("select id from dead_letters")] == ["young"]


@pytest.mark.parametrize("table", AGES)
async def test_old_rows_are_found_by_an_index(shelf: Shelf, table: str) -> None:
    """However many there are: no table is read as a whole."""
    sql, days = module._BY_AGE[table]
    plan = "\n".join(
        row[0] for row in await shelf.db.fetch(f"explain {sql.replace('$1', str(days)).replace('$2', '3')}")
    )
    assert "Index Scan" in plan
    assert f"Seq Scan on {table}" not in plan


@pytest.mark.parametrize("media", ["folder", pytest.param("s3", marks=pytest.mark.real)])
async def test_a_round_of_the_housekeeper(
    request: pytest.FixtureRequest, configure: Configure, url: str, media: str
) -> None:
    """A server that knows no lifecycle rules is no trouble."""
    place = request.getfixturevalue("s3_server").url if media == "s3" else "folder:"
    async with open_runtime(configure({"database": {"url": url}, "media": {"url": place}})) as rt, keeping_house(rt):
        await rt.db.execute("insert into tenants (id, name) values ('acme', 'Acme')")
        file = await rt.files.keep_bytes(OWNER, b"1")
        assert (await sweep(rt)).files == 0
        await rt.db.execute("update files set created_at = now() - interval '400 days'")
        assert await sweep(rt) == Swept(1, 1, 0)
        assert (await rt.files.get(file.id)).state == "gone"


HELD = {"the person": ["c"], "somebody else": ["d"], "everybody": None}
SORTED_BY_PERSONS = {"messages", "waiting"}


@pytest.mark.parametrize("whom", HELD)
async def test_what_is_held_stays_until_it_is_released(shelf: Shelf, whom: str) -> None:
    """Of what is not sorted by persons, a hold of anybody keeps all."""
    hold = "insert into holds (id, tenant, names, reason, held_by) values ('h', 'acme', $1, 'case', 'me')"
    await shelf.db.execute(hold, HELD[whom])
    for table, (sql, _) in AGES.items():
        await shelf.db.execute(sql, f"{table}-1", "acme", now() - timedelta(days=4000))
    file = await shelf.keep(b"1", 4000)
    await shelf.db.execute("update files set contact = 'c'")
    stays = set(AGES) - (SORTED_BY_PERSONS if whom == "somebody else" else set())
    await shelf.sweep()
    assert {table for table in AGES if await shelf.db.fetchval(f"select count(*) from {table}")} == stays
    assert await shelf.state(file) == ("gone" if whom == "somebody else" else "stored")
    await shelf.db.execute("update holds set released_at = now(), released_by = 'me', released_why = 'closed'")
    await shelf.sweep()
    assert [table for table in AGES if await shelf.db.fetchval(f"select count(*) from {table}")] == []
    assert await shelf.state(file) == "gone"


async def test_a_hold_keeps_a_person_under_names_that_come_later(shelf: Shelf) -> None:
    await shelf.db.execute(
        "insert into holds (id, tenant, names, reason, held_by) values ('h', 'acme', '{tel:+1}', 'case', 'me')"
    )
    await shelf.db.execute("insert into contacts (id, tenant, adapter, address) values ('1', 'acme', 'w', 'tel:+1')")
    for urn in ("tel:+1", "c"):
        await shelf.db.execute("insert into contact_urns values ('acme', 'w', $1, '1')", urn)
    await shelf.db.execute(AGES["messages"][0], "m", "acme", now() - timedelta(days=4000))
    assert (await shelf.sweep()).messages == 0
    assert await shelf.db.fetchval("select names from holds") == ["c", "tel:+1"]


async def test_what_messages_said_may_go_before_they_do(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 3)
    await shelf.db.execute("update tenants set policy = $1 where id = 'brief'", {"body_days": 10})
    for tenant in ("acme", "brief"):
        for n, age in enumerate([9] * 2 + [11] * 7):
            await shelf.db.execute(AGES["messages"][0], f"{tenant}-{n}", tenant, now() - timedelta(days=age))
    await shelf.db.execute("update messages set words = '{1}'")
    assert (await shelf.sweep()).bodies == 7
    left = (
        "select tenant, count(*), count(*) filter (where sealed = '' and words = '{}') from messages "
        "group by 1 order by 1"
    )
    assert [tuple(row) for row in await shelf.db.fetch(left)] == [("acme", 9, 0), ("brief", 9, 7)]
    assert await shelf.sweep() == Swept(0, 0, 0)


async def test_who_was_forgotten_is_remembered_as_long_as_events_are(shelf: Shelf) -> None:
    for n, days in enumerate((89, 91)):
        await shelf.db.execute("insert into tombstones values ('acme', $1, $2)", n, now() - timedelta(days=days))
    await shelf.sweep()
    assert [row["mark"] for row in await shelf.db.fetch("select mark from tombstones")] == [0]
