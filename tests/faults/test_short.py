"""The short run: what is fiercest, on either broker. `python -m tests.faults.long` is the long one.

On the journal the engine dies at every boundary there is, each for certain. On RabbitMQ, with two engines, all real
servers fall while messages are under way; and where a balancer brings webhooks to both, order outlives RabbitMQ.
"""

import random
from itertools import accumulate
from pathlib import Path
from typing import get_args

import pytest

from tests.faults.arsenal import NOT_BY_ITSELF
from tests.faults.ground import JOURNAL, SPREAD, TWO
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
    plan = Plan(JOURNAL, SEED, 30.0, rate=8.0, tracks=(track, vendors), cloud=PATIENT)
    report = await run(plan, tmp_path / "history.jsonl")
    assert_clean(report, 100)
    assert set(report.boundaries) == set(wanted)


@pytest.mark.real
@pytest.mark.timeout(300)
async def test_everything_falls_while_two_engines_work(tmp_path: Path) -> None:
    first = beside(
        ("kill engine 1", 0.5, 1.0),
        ("kill rabbitmq", 2.0, 1.0),
        ("engine 1 is replaced at claimed", 3.0, 0.5),
        ("kill postgresql", 1.5, 1.0),
        ("freeze engine 2", 3.0, 1.0),
        ("kill redis", 1.0, 0.5),
        ("kill s3", 1.0, 0.5),
        ("kill engine 2", 0.5, 1.0),
    )
    second = beside(
        ("genesys: reset", 2.0, 1.0),
        ("WhatsApp takes and says nothing", 3.0, 1.0),
        ("postgresql: black hole", 3.0, 2.0),
        ("hooks: sliced", 3.0, 1.0),
        ("Genesys' tokens end", 1.0, 1.0),
        ("the clock of engine 1 jumps +3600", 5.0, 1.0),
        ("WhatsApp sends webhooks twice and out of order", 5.0, 1.0),
    )
    plan = Plan(TWO, SEED, first[-1].at + 3.0, rate=8.0, tracks=(first, second))
    assert_clean(await run(plan, tmp_path / "history.jsonl"), 150)


@pytest.mark.real
@pytest.mark.timeout(300)
async def test_webhooks_go_to_both_engines_while_rabbitmq_is_away(tmp_path: Path) -> None:
    """What each of them kept meanwhile, and what comes while it is fed, is one conversation."""
    track = beside(("kill rabbitmq", 6.0, 1.0))
    # Many customers: nobody writes twice within the milliseconds in which engines tell each other of what they keep.
    plan = Plan(SPREAD, SEED, 20.0, rate=25.0, customers=40, pictures=0.0, tracks=(track,))
    assert_clean(await run(plan, tmp_path / "history.jsonl"), 500)
