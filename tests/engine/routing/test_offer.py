"""Choices: as buttons where they fit, else as a list, else as numbered text. Nothing of them is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xyper_engine.contract import ChoiceLimits
from xyper_engine.model import Part
from xyper_engine.parts import Choices, Media, MediaKind, Option, Text
from xyper_engine.phrases import phrases
from xyper_engine.routing.offer import offered

EN = phrases("en")
WHATSAPP = ChoiceLimits(
    buttons=3, button=20, rows=10, row=24, description=72, body=1024, list_body=4096, header=60, footer=60
)


OPTIONS = st.builds(Option, id=st.text(), title=st.text(max_size=90), description=st.text(max_size=90))


def choices(count: int, title: str = "Option", **more: object) -> Choices:
    options = tuple(Option(id=f"id-{n}", title=f"{title} {n}") for n in range(count))
    return Choices.model_validate({"body": "Which?", "options": options, **more})


def shapes(part: Choices) -> list[str]:
    return [_shape(one) for one in offered(part, WHATSAPP, EN)]


def _shape(part: Part) -> str:
    if isinstance(part, Choices):
        return f"list {len(part.options)}" if part.button else f"buttons {len(part.options)}"
    return part.type


@pytest.mark.parametrize(
    ("part", "shape"),
    [
        (choices(1), ["buttons 1"]),
        (choices(3), ["buttons 3"]),
        (choices(4), ["list 4"]),
        (choices(10), ["list 10"]),
        (choices(11), ["text"]),
        (choices(3, "A title of more than 20"), ["list 3"]),
        (choices(3, "x" * 80), ["text"]),
        (choices(2, kind="date"), ["list 2"]),
        (choices(2, body="x" * 1025), ["text", "buttons 2"]),
        (choices(5, body="x" * 4096), ["list 5"]),
        (choices(5, body="x" * 4097), ["text", "list 5"]),
        (choices(2, body=""), ["buttons 2"]),
        (choices(5, media=Media(kind=MediaKind.image)), ["media", "text"]),
    ],
)
def test_shapes(part: Choices, shape: list[str]) -> None:
    assert shapes(part) == shape


def test_two_equal_titles_are_no_buttons() -> None:
    twins = Choices(body="?", options=(Option(id="1", title="Same"), Option(id="2", title="Same")))
    assert shapes(twins) == ["list 2"]


def test_a_title_too_long_for_a_row_stands_whole_in_its_description() -> None:
    (part,) = offered(choices(1, "A title that is quite long indeed"), WHATSAPP, EN)
    assert isinstance(part, Choices)
    assert part.options[0].title == "A title that is quite l…"
    assert part.options[0].description == "A title that is quite long indeed 0"


def test_a_header_or_footer_that_is_too_long_joins_the_body() -> None:
    (part,) = offered(choices(1, header="h" * 61, footer="f" * 61), WHATSAPP, EN)
    assert isinstance(part, Choices)
    assert (part.header, part.footer) == (None, None)
    assert part.body == f"{'h' * 61}\nWhich?\n{'f' * 61}"


def test_without_any_form_they_are_numbered() -> None:
    (part,) = offered(choices(2), None, EN)
    assert part == Text(text="Which?\n1. Option 0\n2. Option 1\nPlease answer with a number.")


@given(
    st.lists(
        st.builds(Option, id=st.text(), title=st.text(max_size=90), description=st.text(max_size=90)), max_size=14
    ),
    st.text(max_size=5000),
)
def test_no_word_of_any_option_is_lost(options: list[Option], body: str) -> None:
    said = list(offered(Choices(body=body, options=tuple(options)), WHATSAPP, EN))
    text = "\n".join(f"{part.text}\n{_descriptions(part)}" for part in said)
    assert all(option.title.strip() in text and option.description.strip() in text for option in options)


def _descriptions(part: Part) -> str:
    return "\n".join(option.description for option in part.options) if isinstance(part, Choices) else ""
