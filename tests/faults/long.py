"""`make faults`, or `python -m tests.faults.long --minutes 30 --seed 7`: the long run; a table, and JSON.

Every configuration has its share of the minutes. Ends with 1 where anything was lost, doubled, reordered or unexpected.
The same seed says the same and strikes the same; `--only "two engines"` takes one configuration alone.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.faults.ground import CONFIGURATIONS
from tests.faults.judge import faults
from tests.faults.run import Plan, Report, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.faults.long", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="of workload, all configurations together")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--rate", type=float, default=5.0, help="messages of customers a second")
    parser.add_argument("--only", choices=list(CONFIGURATIONS), action="append")
    parser.add_argument("--strikes", default="", help="only nemeses in whose names this occurs")
    parser.add_argument("--out", type=Path, default=Path("var/faults"), help="folder for histories and JSON")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    print(f"seed {options.seed}", flush=True)
    reports = asyncio.run(all_of(options))
    (options.out / "report.json").write_text(json.dumps([one.json() for one in reports], indent=2), "utf-8")
    print(table(reports))
    return 0 if all(one.verdict.clean for one in reports) else 1


async def all_of(options: argparse.Namespace) -> list[Report]:
    names, reports = options.only or list(CONFIGURATIONS), []
    for name in names:
        plan = Plan(
            CONFIGURATIONS[name], options.seed, options.minutes * 60 / len(names), options.rate,
            wanted=lambda nemesis, _kind: options.strikes in nemesis,
        )  # fmt: skip
        print(f"{time.strftime('%H:%M:%S')} {plan.text}", flush=True)
        report = await run(plan, options.out / f"{name.replace(' ', '-')}.jsonl")
        print(json.dumps(report.json()["verdict"]), faults(report.verdict), report.told, sep="\n", flush=True)
        reports.append(report)
    return reports


def table(reports: Sequence[Report]) -> str:
    """As the README shows it: a row for each count, a column for each configuration."""
    rows = {"": [one.plan.partition(",")[0] for one in reports]}
    for name in reports[0].verdict.counts:
        rows[name] = [f"{one.verdict.counts[name]:,}" for one in reports]
    rows["processes killed"] = [str(one.ends) for one in reports]
    rows["of these at a boundary"] = [f"{one.boundaries.total()} ({len(one.boundaries)} boundaries)" for one in reports]
    rows["other strikes"] = [
        str(one.strikes.total() - one.strikes["kill"] - one.strikes["boundary"]) for one in reports
    ]
    rows["dead letters"] = [str(len(one.letters)) for one in reports]
    rows["minutes"] = [f"{one.seconds / 60:.1f}" for one in reports]
    lines = [f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items()]
    return "\n".join([lines[0], "|---" * (len(reports) + 1) + "|", *lines[1:]])


if __name__ == "__main__":
    sys.exit(main())
