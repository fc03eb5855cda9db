"""Fit: long text is split at borders that a reader would choose, and nothing is cut off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.test_model import MESSAGE
from xyper_engine.contract import Limits
from xyper_engine.parts import Opaque, Text
from xyper_engine.routing.fit import fit, split

FAMILY = "👩‍👩‍👧"


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("short", 10, ["short"]),
        ("one two three", 8, ["one two", "three"]),
        ("one two\nthree four", 11, ["one two", "three four"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("abc" + FAMILY, 5, ["abc", FAMILY]),
        ("ae\u0301e\u0301", 4, ["ae\u0301", "e\u0301"]),
        ("🇮🇹🇫🇷", 3, ["🇮🇹", "🇫🇷"]),
        ("👍🏽👍🏽", 3, ["👍🏽", "👍🏽"]),
    ],
)
def test_split(text: str, limit: int, pieces: list[str]) -> None:
    assert list(split(text, limit)) == pieces


@given(st.text(min_size=1, max_size=300), st.integers(min_value=1, max_value=40))
def test_no_piece_is_too_long_and_only_borders_are_lost(text: str, limit: int) -> None:
    pieces = list(split(text, limit))
    assert all(len(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_a_message_that_fits_is_left_alone() -> None:
    assert fit(MESSAGE, Limits(text=100)) is MESSAGE


def test_a_long_text_becomes_several_parts() -> None:
    message = MESSAGE.model_copy(update={"parts": (Text(text="one two three"),)})
    assert fit(message, Limits(text=8)).parts == (Text(text="one two"), Text(text="three"))


def test_what_a_channel_has_no_word_for_gets_a_name() -> None:
    message = MESSAGE.model_copy(update={"parts": (Text(text="hi"),)})
    assert fit(message, Limits(text=8, parts=frozenset({"opaque"}))).parts == (Opaque(label="text"),)
