"""A sentence: English wherever text is taken, and a code with values for whoever says it in another language."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from xyper_engine.errors import Rejected
from xyper_engine.saying import Quoted, Value, again, quoted, said, sayings

MOMENT = datetime(2026, 11, 26, 8, 5, tzinfo=UTC)
INNER = said("inner", "two of {count}", count=3)


@pytest.mark.parametrize(
    ("value", "english", "told"),
    [
        ("genesys/1", "genesys/1", "genesys/1"),
        (1_234_567, "1234567", 1_234_567),
        (99.5, "99.5", 99.5),
        (MOMENT, "2026-11-26 08:05 UTC", {"at": "2026-11-26T08:05:00+00:00"}),
        (timedelta(minutes=12), "12 minutes", {"seconds": 720.0}),
        (Quoted("No."), "No.", {"quote": "No."}),
        (["a", "b", "c"], "a, b and c", ["a", "b", "c"]),
        (INNER, "two of 3", {"code": "inner", "values": {"count": 3}, "words": "two of 3"}),
        ([INNER], "two of 3", [{"code": "inner", "values": {"count": 3}, "words": "two of 3"}]),
    ],
)
def test_what_fills_a_gap(value: Value, english: str, told: Any) -> None:
    sentence = said("outer", "It is {value}.", value=value)
    assert sentence == f"It is {english}."
    assert sayings(detail=sentence, todo="a vendor's") == {"detail": {"code": "outer", "values": {"value": told}}}


def test_it_survives_a_copy_a_store_and_an_error() -> None:
    for kept in (deepcopy(INNER), again(str(INNER), sayings(it=INNER)["it"]), str(Rejected(INNER, code="1"))):
        assert kept == "two of 3"
        assert sayings(it=kept) == sayings(it=INNER)


def test_what_is_not_ours_is_quoted() -> None:
    assert quoted(INNER) is INNER
    assert sayings(it=said("outer", "{why}", why=quoted("No.")))["it"]["values"] == {"why": {"quote": "No."}}
