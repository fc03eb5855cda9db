"""Each cell of the matrix, proved: the parts go away and come back under an engine at work."""

import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from tests.faults.degraded import Seen, Site, site
from tests.faults.matrix import MATRIX, Part, When, block, shown

pytestmark = [pytest.mark.faults, pytest.mark.real]

BACK = 30.0
"""Seconds in which all must work again."""
AWAY = (When.start, When.lost)


@dataclass
class Row:
    """What was seen of one part's row."""

    part: Part
    seen: dict[When, list[Seen]] = field(default_factory=dict)
    stopped_in: float = 0.0
    """Seconds in which the engine stopped while the part was away."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=list(Part))
async def row(request: pytest.FixtureRequest) -> AsyncIterator[Row]:
    """The part is lost and comes back; then the engine starts without it, and it comes back again."""
    row = Row(request.param)
    with tempfile.TemporaryDirectory(prefix="xyper-degraded-") as folder:
        async with site(row.part, Path(folder)) as it:
            mark = it.mark()
            await it.server.kill()
            row.seen[When.lost] = [await it.look(mark)]
            row.seen[When.back] = [await _back(it)]
            await it.server.kill()
            began = time.monotonic()
            await it.engine.stop()
            row.stopped_in, mark = time.monotonic() - began, it.mark()
            await it.engine.spawn()
            await it.alive()
            row.seen[When.start] = [await it.look(mark)]
            row.seen[When.back].append(await _back(it))
    yield row


async def _back(it: Site) -> Seen:
    mark = it.mark()
    await it.server.start()
    await it.ready()
    seen = await it.look(mark, patience=BACK)
    seen.verdicts = [*await it.ended(), await it.photos()]
    return seen


@pytest.mark.parametrize("when", list(When))
def test_cell(row: Row, when: When) -> None:
    for seen in row.seen[when]:
        assert seen.cell == MATRIX[row.part, when]
        assert [verdict for verdict in seen.verdicts if not verdict.clean] == []
        assert len(seen.verdicts) == (3 if when is When.back else 0)


@pytest.mark.parametrize("when", list(When))
def test_it_lives_and_says_who_is_away(row: Row, when: When) -> None:
    away = when in AWAY
    for seen in row.seen[when]:
        status, parts = seen.ready
        assert (seen.live, status) == (200, 503 if away else 200)
        assert [name for name, state in parts.items() if state != "ok" and name != "engine"] == [row.part.name] * away
        assert [name for name, well in seen.check.items() if not well] == [row.part.name] * away


@pytest.mark.parametrize("when", AWAY)
def test_it_says_so_once_and_does_not_spin(row: Row, when: When) -> None:
    [seen] = row.seen[when]
    assert round(seen.cpu, 4) <= 0.02  # measured in ticks of the clock
    assert len(seen.said) == len(set(seen.said)), seen.said


def test_it_stops_in_order_while_a_part_is_away(row: Row) -> None:
    assert row.stopped_in < 10


def test_the_readme_shows_this_matrix() -> None:
    assert shown() == block()
