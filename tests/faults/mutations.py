"""`python -m tests.faults.mutations`: what the promise rests on is taken out, and the checker must go red.

Each mutation is a copy of the product with a few words changed, and a schedule that hits the gap for certain. Run
unchanged, the same schedules must leave the checker green: `--sound` does that.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.ground import JOURNAL, RABBITMQ, TWO, Configuration
from tests.faults.judge import faults
from tests.faults.run import Plan, Report, run
from tests.faults.schedule import Strike
from xyper_engine.settings import root

TREE = ("xyper_engine", "sql", "config", "widget_static", "xyper.toml")
_MAIN = "from xyper_engine.cli import app; app()"


@dataclass(frozen=True, slots=True)
class Mutation:
    name: str
    file: str
    before: str
    after: str
    configuration: Configuration
    tracks: Sequence[Sequence[Strike]]
    red: str
    """The verdict that must name it."""
    sql: str = ""
    """Done to the database before the engines start."""


MUTATIONS = (
    Mutation(
        "no unique key in the ledger",
        "xyper_engine/state/ledger.py",
        "  on conflict (key, n) do nothing\n",
        "",
        TWO,
        [[Strike(4.0 + 25.0 * n, f"engine 1 is replaced at {at}", 3.0) for n, at in enumerate(("found", "prepared"))]],
        "duplicated",
        sql="alter table posts drop constraint posts_pkey",
    ),
    Mutation(
        "200 before RabbitMQ has confirmed",
        "xyper_engine/edge/hooks.py",
        "await self._rt.broker.publish(batch)",
        "__import__('asyncio').ensure_future(self._rt.broker.publish(batch))",
        RABBITMQ,
        [
            [Strike(5.0 + 20.0 * n, "rabbitmq: black hole", 2.0) for n in range(2)],
            [Strike(6.2 + 20.0 * n, "kill engine 1", 1.0) for n in range(2)],
        ],
        "lost",
    ),
    Mutation(
        "no lanes",
        "xyper_engine/routing/consumer.py",
        "    return event.lane, *(",
        "    return event.id, *(",
        JOURNAL,
        [[Strike(2.0, "Genesys answers 500 now and then", 10.0), Strike(13.0, "WhatsApp answers 503", 2.0)]],
        "reordered",
    ),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.faults.mutations", description=__doc__)
    parser.add_argument("--only", default="", help="those in whose names this occurs")
    parser.add_argument("--sound", action="store_true", help="the same schedules, and nothing is changed")
    options = parser.parse_args()
    good = True
    for one in MUTATIONS:
        if options.only in one.name:
            report = asyncio.run(judged(one, sound=options.sound))
            found = ", ".join(f"{name} {len(texts)}" for name, texts in report.verdict.faults.items()) or "clean"
            as_it_should = (
                report.verdict.clean if options.sound else any(one.red in name for name in report.verdict.faults)
            )
            print(f"{one.name}: {found}{'' if as_it_should else ' – NOT AS IT SHOULD BE'}", flush=True)
            print(faults(report.verdict) if options.sound and not report.verdict.clean else "", end="")
            good = good and as_it_should
    return 0 if good else 1


async def judged(mutation: Mutation, *, sound: bool) -> Report:
    seconds = max(one.at + one.hold for track in mutation.tracks for one in track) + 3.0
    plan = Plan(mutation.configuration, 1, seconds, rate=4.0, pictures=0.0, tracks=mutation.tracks, patience=90.0)
    if sound:
        return await run(plan)
    with tempfile.TemporaryDirectory(prefix="xyper-mutated-") as folder:
        return await run(plan, command=mutated(mutation, Path(folder)), sql=mutation.sql)


def mutated(mutation: Mutation, folder: Path) -> Sequence[str]:
    """The command that starts the engine with its few words changed."""
    for name in TREE:
        kept = root() / name
        shutil.copytree(kept, folder / name) if kept.is_dir() else shutil.copy(kept, folder / name)
    file = folder / mutation.file
    text = file.read_text("utf-8")
    if text.count(mutation.before) != 1:
        raise ValueError(f"{mutation.name}: {mutation.file} does not say once: {mutation.before!r}")
    file.write_text(text.replace(mutation.before, mutation.after), "utf-8")
    return ("/usr/bin/env", f"PYTHONPATH={folder}", sys.executable, "-P", "-c", _MAIN, "serve", "--config")


if __name__ == "__main__":
    sys.exit(main())
