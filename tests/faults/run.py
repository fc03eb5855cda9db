"""One run: a configuration, a workload and a schedule, all from one seed; a verdict, and the history it rests on."""

import asyncio
import json
import math
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.arsenal import arsenal, settle
from tests.faults.checker import Verdict, judge
from tests.faults.ground import UNKNOWN, Configuration, Ground, ground
from tests.faults.history import History, Record
from tests.faults.nemeses import Kind, Nemesis
from tests.faults.schedule import Strike, schedule
from tests.faults.workload import Workload
from tests.world import eventually
from xyper_engine.cli.parts import NoBroker
from xyper_engine.runtime import Runtime, open_runtime

PATIENCE = 150.0
"""Seconds, once all is well again, for everything to arrive."""
SETTLED = re.compile(r"send of unknown fate settled")


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a repetition needs."""

    configuration: Configuration
    seed: int
    seconds: float
    rate: float = 4.0
    """Messages of customers a second; agents' come on top."""
    pictures: float = 0.1
    customers: int = 8
    """Of each tenant."""
    wanted: Callable[[str, Kind], bool] = lambda _name, _kind: True
    """Which nemeses may strike."""
    tracks: Sequence[Sequence[Strike]] = ()
    """In place of those that the seed decides."""
    cloud: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the simulated Genesys."""
    patience: float = PATIENCE

    @property
    def text(self) -> str:
        return f"{self.configuration.name}, seed {self.seed}, {self.seconds:g} s, {self.rate:g} a second"


@dataclass
class Report:
    plan: str
    verdict: Verdict
    strikes: Counter[Kind] = field(default_factory=Counter)
    ends: int = 0
    """Processes that ended without a word: engines and servers."""
    boundaries: Counter[str] = field(default_factory=Counter)
    """At which engines died, each for certain."""
    letters: Sequence[str] = ()
    """Why messages became dead letters: none should."""
    seconds: float = 0.0
    told: str = ""
    """The end of the engines' logs, where something went wrong."""

    def json(self) -> dict[str, Any]:
        faults = {name: list(texts) for name, texts in self.verdict.faults.items()}
        unknown = dict(Counter(self.verdict.unknown.values()))
        counted = {"strikes": dict(self.strikes), "boundaries": dict(self.boundaries)}
        return {**asdict(self), "verdict": self.verdict.counts, "faults": faults, "unknown": unknown, **counted}


async def run(plan: Plan, history_file: Path | None = None, **ground_options: Any) -> Report:
    """Raises where the ground itself does not stand."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="xyper-run-") as name, History(history_file) as history:
        folder = Path(name)
        folder.chmod(0o711)  # `nobody`, as whom root runs PostgreSQL, has to reach its data
        history.add(Record("run", time.time(), text=plan.text))
        async with ground(plan.configuration, folder, plan.seed, plan.cloud, **ground_options) as it:
            load = Workload(
                it.world, it.tenants, plan.seed, customers=plan.customers, rate=plan.rate, pictures=plan.pictures,
                history=history,
            )  # fmt: skip
            report = Report(plan.text, Verdict())
            await _rage(plan, it, load, report)
            await load.verdict(plan.patience)
            async with open_runtime(it.settings, given=NoBroker()) as rt:
                said = await _once_settled(rt, min(plan.patience, 2 * UNKNOWN))
                await _look_into(rt, said, [one.engine.log for one in it.engines], history, report)
            for ends in (one.ends for one in it.engines):
                report.ends += len(ends)
                report.boundaries.update(at.partition(":")[0] for at, code in ends if at and code == -9)
            report.verdict = judge(history.records)
            report.told = "" if report.verdict.clean else it.log()
        report.seconds = time.monotonic() - began
    return report


async def _rage(plan: Plan, it: Ground, load: Workload, report: Report) -> None:
    """The workload, and all that happens to it, until both have ended and all is well again."""
    weapons = {name: one for name, one in arsenal(it).items() if plan.wanted(name, one.kind)}
    kinds = {name: one.kind for name, one in weapons.items()}
    tracks, until = plan.tracks or schedule(plan.seed, kinds, plan.seconds), time.monotonic() + plan.seconds
    async with asyncio.TaskGroup() as group:
        group.create_task(load.run())
        async with asyncio.TaskGroup() as striking:
            for track in tracks:
                latest = math.inf if plan.tracks else until
                striking.create_task(_follow(track, latest, weapons, load.history, report))
        await asyncio.sleep(max(0.0, until - time.monotonic()))
        load.finish()
    await settle(it)


async def _follow(
    track: Sequence[Strike], latest: float, weapons: Mapping[str, Nemesis], history: History, report: Report
) -> None:
    """Strike after strike until `latest`. Where one takes longer than it should all later ones are later: each has its
    time of quiet before it.
    """
    began = time.monotonic()
    for strike in track:
        await asyncio.sleep(max(0.0, began + strike.at - time.monotonic()))
        if time.monotonic() > latest:
            break
        await _strike(strike, weapons[strike.name], history, report)
        began += max(0.0, time.monotonic() - (began + strike.at + strike.hold))


async def _strike(strike: Strike, nemesis: Nemesis, history: History, report: Report) -> None:
    report.strikes[nemesis.kind] += 1
    report.ends += nemesis.kind == "kill" and "engine" not in strike.name
    history.add(Record("strike", time.time(), text=strike.name))
    await nemesis.strike()
    await asyncio.sleep(strike.hold)
    await nemesis.heal()
    history.add(Record("heal", time.time(), text=strike.name))


async def _once_settled(rt: Runtime, seconds: float) -> list[Any]:
    """All posts, as they stand once none is open any more, or time is up."""
    said: list[Any] = []

    async def settled() -> bool:
        said[:] = await rt.db.fetch("select event_id, external_id, state from posts")
        return all(row["state"] == "sent" for row in said)

    await eventually(settled, seconds)
    return said


async def _look_into(rt: Runtime, said: Sequence[Any], logs: Sequence[Path], history: History, report: Report) -> None:
    """What only the engine knows: sends whose answer never came, and dead letters."""
    names = {row["event_id"]: row["external_id"] for row in said}
    for event, how in _settled(logs).items():
        history.add(Record("unclear", id=names.get(event, event), how=how))
    for row in said:
        if row["state"] != "sent":
            history.add(Record("unclear", id=row["external_id"]))
    report.letters = [f"{one.reason}: {one.detail}" for one in await rt.dead_letters.list()]


def _settled(logs: Sequence[Path]) -> dict[str, str]:
    """By the event's id: how an unclear send was settled, by any engine."""
    found = {}
    for log in logs:
        for line in log.read_text("utf-8", errors="replace").splitlines():
            if SETTLED.search(line):
                told = json.loads(line)
                found[told["event_id"]] = told["outcome"]
    return found
