"""Who works on a replay: one engine at a time, another one where that one is gone, tenants side by side."""

import asyncio

import pytest

from tests.engine.tenants.world import keyring
from tests.letters import letter
from xyper_engine.access.caller import Caller
from xyper_engine.dead_office import DeadOffice
from xyper_engine.state.dead_letters import DeadLetters
from xyper_engine.state.dead_replays import DeadReplays, Replay
from xyper_engine.state.dead_search import Wanted
from xyper_engine.store.db import Database


@pytest.fixture
async def letters(db: Database) -> DeadLetters:
    await db.execute("insert into tenants (id, name) values ('acme', 'Acme'), ('other', 'Other')")
    found = DeadLetters(db, keyring(db))
    for name, tenant in {"c": "acme", "a": "acme", "b": "acme", "d": "other", "e": None}.items():
        await found.bury(letter(name, tenant=tenant))
    return found


async def ask(db: Database, *ids: str) -> list[Replay]:
    chosen = await DeadOffice(db, keyring(db)).replay(Caller.host(), None, Wanted(ids=ids or None))
    return list(chosen.replays)


async def test_tenants_go_side_by_side_and_one_ones_replays_after_each_other(
    db: Database, letters: DeadLetters
) -> None:
    work = DeadReplays(db, letters)
    [first], others = await ask(db, "a"), await ask(db)
    assert {one.tenant: one.total for one in others} == {None: 1, "acme": 2, "other": 1}
    claimed = await work.claim()
    assert {one.id for one in claimed} == {first.id, *(one.id for one in others if one.tenant != "acme")}
    assert await work.claim() == []
    for one in await work.next(first.id, 9):
        await letters.replayed(one)
    await work.finish(first.id)
    [second] = await work.claim()
    assert [one.id for one in await work.next(second.id, 9)] == ["b", "c"], "as they came to us"


async def test_of_many_engines_one_takes_it_and_the_next_goes_on_where_that_one_died(
    db: Database, letters: DeadLetters
) -> None:
    [asked] = await ask(db, "a", "b")
    engines = [DeadReplays(db, letters) for _ in range(6)]
    claimed = await asyncio.gather(*(engine.claim() for engine in engines))
    assert [one.id for some in claimed for one in some] == [asked.id]
    [first, _] = await engines[0].next(asked.id, 9)
    await letters.replayed(first)
    await db.execute("update dead_replays set leased_until = now() - interval '1 second'")
    [again] = await engines[1].claim()
    assert (again.replayed, again.left) == (1, 1)
    assert [one.id for one in await engines[1].next(asked.id, 9)] == ["b"]


async def test_it_does_not_end_before_all_of_it_is_done(db: Database, letters: DeadLetters) -> None:
    work = DeadReplays(db, letters)
    [asked] = await ask(db, "a", "b")
    await work.finish(asked.id)
    assert [one.id for one in await work.claim()] == [asked.id]


async def test_what_no_key_opens_any_more_is_refused_and_the_rest_goes_on(db: Database, letters: DeadLetters) -> None:
    work = DeadReplays(db, letters)
    [asked] = await ask(db, "a", "b")
    await db.execute("update dead_letters set key_id = 'kgone' where id = 'a'")
    assert [one.id for one in await work.next(asked.id, 1)] == ["b"]
    office = DeadOffice(db, keyring(db))
    assert (await office.progress("acme", asked.id)).refused == 1
    assert "was destroyed" in (await office.page("acme", Wanted(), None, 1))[0].detail
