"""The checker must find what it is there to find."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.checker import Verdict, check, judge
from tests.faults.history import History, Op, Record, Way, line_of, read

SENT = ["a #0", "b #0", "a #1", "a #2"]


@pytest.mark.parametrize(
    ("arrived", "fault"),
    [
        (["a #0", "a #1", "b #0", "a #2"], None),
        (["a #0", "a #1", "a #2"], "lost"),
        (["a #0", "b #0", "a #1", "a #2", "a #1"], "duplicated to customers"),
        (["a #0", "b #0", "a #2", "a #1"], "reordered"),
        (["a #0", "b #0", "a #1", "a #2", "c #0"], "unexpected"),
    ],
)
def test_each_fault_is_named(arrived: list[str], fault: str | None) -> None:
    verdict = check(SENT, arrived)
    assert verdict.clean == (fault is None)
    assert list(verdict.faults) == ([fault] if fault else [])


def said(serial: int, at: float, way: Way = "in", lane: str = "a") -> list[Record]:
    """Attempted at this second, its webhook called at once and taken half a second later."""
    text = f"{lane} {way} #{serial}"
    return [
        Record("attempted", at, way, lane, text, f"id-{text}"),
        Record("acknowledged", at + 0.5, id=f"id-{text}", begun=at),
    ]


def arrived(serial: int, way: Way = "in", lane: str = "a", **more: str) -> Record:
    return replace(Record("arrived", 9.0, way, lane, f"{lane} {way} #{serial}"), **more)  # type: ignore[arg-type]


def of(op: Op, serial: int, begun: float, at: float) -> Record:
    """A webhook of `a in #serial`."""
    return Record(op, at, id=f"id-a in #{serial}", begun=begun)


TWO = [*said(0, 1.0), *said(1, 2.0)]

STORIES: dict[str, tuple[list[Record], Verdict]] = {
    "all is well": ([*TWO, arrived(0), arrived(1)], Verdict(2, 2, 2)),
    "lost, though acknowledged": ([*TWO, arrived(0)], Verdict(2, 2, 1, lost=("a in #1",))),
    "lost, and never acknowledged": ([*said(0, 1.0)[:1]], Verdict(1, 0, 0, lost=("a in #0",))),
    "twice to the agent": (
        [*TWO, arrived(0), arrived(1), arrived(0)],
        Verdict(2, 2, 1, duplicated_to_agents=("a in #0",)),
    ),
    "twice to the customer": (
        [*said(0, 1.0, "out"), arrived(0, "out"), arrived(0, "out")],
        Verdict(1, 1, 0, duplicated_to_customers=("a out #0",)),
    ),
    "out of order": ([*TWO, arrived(1), arrived(0)], Verdict(2, 2, 2, reordered=("a in #0",))),
    "turned round by its vendor, and in the order in which it was said": (
        [*said(0, 3.0)[:1], *said(1, 1.0), of("acknowledged", 0, 3.0, 3.5), arrived(0), arrived(1)],
        Verdict(2, 2, 2),
    ),
    "the second copy of a message is no matter of order": (
        [*TWO, arrived(0), arrived(1), arrived(0)],
        Verdict(2, 2, 1, duplicated_to_agents=("a in #0",)),
    ),
    "no order between conversations": (
        [*said(0, 1.0), *said(0, 2.0, lane="b"), arrived(0, lane="b"), arrived(0)],
        Verdict(2, 2, 2),
    ),
    "no order between the two ways": (
        [*said(0, 1.0), *said(0, 2.0, "out"), arrived(0, "out"), arrived(0)],
        Verdict(2, 2, 2),
    ),
    "no order where the vendor's webhooks overlapped": (
        [*said(0, 1.0)[:1], *said(1, 1.1)[:1], of("acknowledged", 0, 1.0, 3.0), of("acknowledged", 1, 2.0, 2.5),
         arrived(1), arrived(0)],
        Verdict(2, 2, 2),
    ),
    "a webhook that came twice ended with its first 200": (
        [*TWO, of("acknowledged", 0, 1.0, 4.0), arrived(1), arrived(0)],
        Verdict(2, 2, 2, reordered=("a in #0",)),
    ),
    "given up, and read back": (
        [*said(0, 1.0)[:1], of("given up", 0, 1.0, 1.9), *said(1, 2.0), arrived(0), arrived(1)],
        Verdict(2, 1, 2, recovered=("a in #0",)),
    ),
    "given up, and read back too late": (
        [*said(0, 1.0)[:1], of("given up", 0, 1.0, 1.9), *said(1, 2.0), arrived(1), arrived(0)],
        Verdict(2, 1, 2, recovered=("a in #0",), reordered=("a in #0",)),
    ),
    "late, and Xyper says so": (
        [*said(0, 1.0), arrived(0, text="Delayed by 2 minutes:\na in #0")],
        Verdict(1, 1, 1),
    ),
    "stored, and the answer got lost": ([*said(0, 1.0)[:1], arrived(0)], Verdict(1, 0, 1, recovered=("a in #0",))),
    "nobody said it": ([arrived(7)], Verdict(unexpected=("a in #7 in a",))),
    "in somebody else's conversation": (
        [*said(0, 1.0), arrived(0, lane="b", text="a in #0")],
        Verdict(1, 1, 0, lost=("a in #0",), unexpected=("a in #0 in b",)),
    ),
    "back to who said it": (
        [*said(0, 1.0), arrived(0, "out", text="a in #0")],
        Verdict(1, 1, 0, lost=("a in #0",), unexpected=("a in #0 in a",)),
    ),
    "what a vendor must not see": (
        [*said(0, 1.0), arrived(0), Record("violation", text="after_final")],
        Verdict(1, 1, 1, unexpected=("after_final",)),
    ),
    "an unclear send that was settled": (
        [*said(0, 1.0), arrived(0), Record("unclear", id="id-a in #0", how="read-back")],
        Verdict(1, 1, 1, unknown={"a in #0": "read-back"}),
    ),
    "an unclear send that never was": (
        [*said(0, 1.0), arrived(0), Record("unclear", id="id-a in #0")],
        Verdict(1, 1, 1, unknown={"a in #0": ""}),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("records", "verdict"), STORIES.values(), ids=list(STORIES))
def test_each_story_has_its_verdict(records: list[Record], verdict: Verdict) -> None:
    assert judge(records) == verdict
    assert verdict.clean == (not any((verdict.lost, verdict.duplicated_to_agents, verdict.duplicated_to_customers,
                                      verdict.reordered, verdict.unexpected, verdict.unresolved)))  # fmt: skip


def test_a_history_is_written_as_it_comes_and_read_again(tmp_path: Path) -> None:
    with History(tmp_path / "history.jsonl") as history:
        for record in TWO:
            history.add(record)
    with (tmp_path / "history.jsonl").open() as lines:
        assert list(read(lines)) == TWO == history.records


def test_a_line_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match="line 2 is not a record"):
        list(read([line_of(TWO[0]), json.dumps({"what": 1})]))


@pytest.mark.parametrize(("count", "code"), [(2, 0), (1, 1)])
def test_a_written_history_is_judged_alone(tmp_path: Path, count: int, code: int) -> None:
    file = tmp_path / "history.jsonl"
    file.write_text("\n".join(map(line_of, [*TWO, arrived(0), arrived(1)][: 4 + count])) + "\n", "utf-8")
    told = subprocess.run(
        [sys.executable, "-m", "tests.faults.judge", file], capture_output=True, text=True, check=False
    )
    assert (told.returncode, '"attempted": 2' in told.stdout) == (code, True), told
    assert ("lost:\n  a in #1" in told.stdout) == bool(code)
