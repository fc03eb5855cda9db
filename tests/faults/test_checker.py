"""The checker must find what it is there to find."""

import pytest

from tests.faults.checker import check

SENT = ["a #0", "b #0", "a #1", "a #2"]


@pytest.mark.parametrize(
    ("arrived", "fault"),
    [
        (["a #0", "a #1", "b #0", "a #2"], None),
        (["a #0", "a #1", "a #2"], "lost"),
        (["a #0", "b #0", "a #1", "a #2", "a #1"], "duplicated"),
        (["a #0", "b #0", "a #2", "a #1"], "reordered"),
        (["a #0", "b #0", "a #1", "a #2", "c #0"], "unexpected"),
    ],
)
def test_each_fault_is_named(arrived: list[str], fault: str | None) -> None:
    verdict = check(SENT, arrived)
    assert verdict.clean == (fault is None)
    for name in ("lost", "duplicated", "reordered", "unexpected"):
        assert bool(getattr(verdict, name)) == (name == fault), name
