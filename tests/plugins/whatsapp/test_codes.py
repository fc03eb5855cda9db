"""The table of Meta's error codes."""

from itertools import pairwise

import pytest

from xyper_whatsapp.codes import ROWS, Verdict, look_up


def test_the_rows_are_in_order_and_do_not_overlap() -> None:
    assert all(row.first <= row.last for row in ROWS)
    assert all(before.last < after.first for before, after in pairwise(ROWS))


def test_every_row_says_what_happened() -> None:
    assert all(row.words.endswith(".") for row in ROWS)


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        (131056, Verdict.pair),
        (133016, Verdict.wait),
        (2494100, Verdict.retry),
        (2494199, Verdict.reject),
        (199, None),
        (300, None),
        (138039, None),
        (-1, None),
    ],
)
def test_a_code(code: int, verdict: Verdict | None) -> None:
    row = look_up(code)
    assert (row.verdict if row else None) == verdict
