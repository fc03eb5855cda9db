"""The short run: the engine dies at every boundary there is, each for certain.

`make faults` is the long one, on RabbitMQ and with two engines too.
"""

import random
from itertools import accumulate
from pathlib import Path
from typing import get_args

import pytest

from tests.faults.arsenal import NOT_BY_ITSELF
from tests.faults.ground import JOURNAL
from tests.faults.judge import faults
from tests.faults.run import Plan, Report, run
from tests.faults.schedule import Strike
from xyper_engine.boundary import Boundary

pytestmark = pytest.mark.faults

SEED = 20261126


def beside(*track: tuple[str, float, float]) -> list[Strike]:
    """What strikes, for how long, and how long it is quiet afterwards."""
    begins = accumulate((hold + rest for _, hold, rest in track), initial=1.0)
    return [Strike(at, name, hold) for at, (name, hold, _) in zip(begins, track, strict=False)]


def assert_clean(report: Report, least: int) -> None:
    print(report.json()["verdict"], dict(report.boundaries))
    assert report.verdict.clean, (report.plan, faults(report.verdict), report.told)
    assert report.letters == []
    assert report.verdict.attempted >= least


PATIENT = {"retry_pause": 15.0}
"""Genesys' webhooks are tried for 25 seconds; an engine that dies every other second is away at each of its tries."""


@pytest.mark.timeout(300)
async def test_the_engine_dies_at_every_boundary(tmp_path: Path) -> None:
    wanted = [at for at in get_args(Boundary) if at not in NOT_BY_ITSELF]
    random.Random(SEED).shuffle(wanted)
    track = beside(*((f"engine 1 dies at {at}", 0.1, 0.5) for at in wanted))
    vendors = beside(("WhatsApp sends webhooks twice", 12.0, 1.0), ("Genesys takes and hangs up", 6.0, 1.0))
    plan = Plan(JOURNAL, SEED, 30.0, rate=8.0, tracks=(track, vendors), cloud=PATIENT, asks=True)
    report = await run(plan, tmp_path / "history.jsonl")
    assert_clean(report, 100)
    assert set(report.boundaries) == set(wanted)
