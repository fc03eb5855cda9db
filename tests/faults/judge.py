"""`python -m tests.faults.judge history.jsonl`: what a written history proves. Ends with 1 where it is not clean."""

import argparse
import json
import sys
from pathlib import Path

from tests.faults.checker import Verdict, judge
from tests.faults.history import read

SHOWN = 20
"""Texts of one fault that are printed."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.faults.judge", description=__doc__)
    parser.add_argument("history", type=Path)
    with parser.parse_args().history.open(encoding="utf-8") as lines:
        records = list(read(lines))
    verdict = judge(records)
    for run in (one for one in records if one.op == "run"):
        print(run.text)
    print(json.dumps(verdict.counts, indent=2))
    print(faults(verdict))
    return 0 if verdict.clean else 1


def faults(verdict: Verdict) -> str:
    """What went wrong, text by text."""
    lines = []
    for name, texts in verdict.faults.items():
        lines += [f"{name}:", *(f"  {text}" for text in texts[:SHOWN])]
        lines += [f"  and {len(texts) - SHOWN} more"] if len(texts) > SHOWN else []
    return "\n".join(lines) or "clean"


if __name__ == "__main__":
    sys.exit(main())
