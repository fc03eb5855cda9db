"""Whether the audit's chains hold: asked often, walked a little at a time, and known for a while."""

import asyncio

from tests.engine.access.test_audit import by_the_owner, change, lines
from xyper_engine.access.integrity import WORST, Integrity
from xyper_engine.settings import Settings
from xyper_engine.store.db import Database

__all__ = ["lines"]


async def test_all_holds_and_what_was_found_stands_for_a_while(lines: Database) -> None:
    integrity = Integrity(lines)
    first = await integrity.told(None)
    assert (first.chains, first.lines, first.walked, first.broken) == (2, 7, 7, [])
    assert first.done_at is not None
    await change(lines, 8)
    assert await integrity.told(None) is first
    assert (await Integrity(lines).told(None)).lines == 8


async def test_it_goes_on_where_it_stopped(lines: Database) -> None:
    integrity, walked = Integrity(lines, moment=0.0), []
    while (verdict := await integrity.told(None)).done_at is None:
        walked.append(verdict.walked)
    assert (walked, verdict.walked) == ([2, 2, 7, 7], 7)  # two chains: a stretch of each, then its end


async def test_a_line_that_is_added_meanwhile_is_no_fault(lines: Database) -> None:
    integrity = Integrity(lines, moment=0.0)
    for _ in range(3):
        assert (await integrity.told(None)).done_at is None
    await change(lines, 6)
    while (verdict := await integrity.told(None)).done_at is None:
        assert verdict.broken == []
    assert (verdict.lines, verdict.walked, verdict.broken) == (7, 8, [])


async def test_a_walk_that_was_cut_off_is_no_verdict(lines: Database) -> None:
    integrity = Integrity(lines, moment=0.0)
    await integrity.told(None)
    cut = asyncio.create_task(integrity.told(None))
    await asyncio.sleep(0)
    cut.cancel()
    await asyncio.wait([cut])
    while (verdict := await integrity.told(None)).done_at is None:
        assert verdict.walked <= 7
    assert verdict.walked == 7


async def test_of_a_tenant_its_own_chain_alone(lines: Database, settings: Settings) -> None:
    await by_the_owner(settings, "update audit set who = 'other' where (chain, seq) = ('acme', 3)")
    own, other, every = [await Integrity(lines).told(scope) for scope in ("acme", "other", None)]
    assert [(one.chain, one.seq) for one in own.broken] == [("acme", 3)]
    assert (other.chains, other.broken) == (0, [])
    assert every.broken == own.broken


async def test_of_many_faults_the_first_are_told(lines: Database, settings: Settings) -> None:
    for n in range(6, 40):
        await change(lines, n)
    await by_the_owner(settings, "update audit set who = 'other' where chain = 'acme'")
    verdict = await Integrity(lines).told("acme")
    assert [one.seq for one in verdict.broken] == list(range(1, WORST + 1))
