"""Fit: long text is split at borders that a reader would choose, and nothing is cut off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.test_model import MESSAGE
from xyper_engine.contract import Limits
from xyper_engine.model import Message, Part
from xyper_engine.parts import Location, Notice, Text
from xyper_engine.phrases import phrases
from xyper_engine.routing.fit import fit
from xyper_engine.routing.split import split

EN = phrases("en")
AGENTS = Limits(text=4000, parts=frozenset({"text", "media", "choice"}), languages=True)
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


def message(*parts: Part, reply_to: str | None = None) -> Message:
    return MESSAGE.model_copy(update={"parts": parts, "reply_to": reply_to})


def test_a_message_that_fits_is_left_alone() -> None:
    assert fit(MESSAGE, Limits(text=100), EN) is MESSAGE


def test_a_long_text_becomes_several_parts() -> None:
    fitted = fit(message(Text(text="one two three")), Limits(text=8), EN)
    assert fitted.parts == (Text(text="one two"), Text(text="three"))


def test_what_a_channel_has_no_form_for_is_said_in_words() -> None:
    place = Location(latitude=1.5, longitude=-2, name="Here")
    (said,) = fit(message(place), AGENTS, EN).parts
    assert said.text == "📍 Location\nHere\nhttps://www.google.com/maps/search/?api=1&query=1.500000,-2.000000"
    assert fit(message(place), Limits(text=99, parts=frozenset({"location"})), EN).parts == (place,)


def test_words_of_ours_share_a_bubble_with_the_text_they_belong_to() -> None:
    fitted = fit(message(Notice(code="forwarded"), Text(text="hi"), Text(text="there")), AGENTS, EN)
    assert [part.text for part in fitted.parts] == ["↪ Forwarded\nhi", "there"]


def test_a_quote_begins_with_the_first_line_of_the_original() -> None:
    original = message(Text(text="What time is it?\nAnd where?"))
    assert fit(message(Text(text="Noon"), reply_to="x"), AGENTS, EN, original).text == "↩ What time is it?\nNoon"
    assert fit(message(Text(text="Noon"), reply_to="x"), AGENTS, EN, None).text == "Noon"


def test_a_customer_is_never_shown_a_quote_in_words() -> None:
    answer = message(Text(text="Noon"), reply_to="x")
    assert fit(answer, Limits(text=99), EN, message(Text(text="?"))) is answer
