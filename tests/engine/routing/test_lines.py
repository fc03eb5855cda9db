"""What stands in the agents' conversation for what it cannot show."""

import pytest

from tests.engine.test_model import MESSAGE
from xyper_engine.model import Part
from xyper_engine.parts import Location, LocationRequest, Media, MediaKind, Reaction, Text
from xyper_engine.phrases import phrases
from xyper_engine.routing.lines import line_of
from xyper_engine.template import Template

LINES: dict[str, tuple[list[Part], str]] = {
    "a text": ([Text(text="  as it is\n*really* ")], "  as it is\n*really* "),
    "a file": ([Media(kind=MediaKind.document, name="bill.pdf")], "📎 bill.pdf"),
    "a file with words": ([Media(kind=MediaKind.image, name="a.png", caption="Look")], "📎 a.png\nLook"),
    "a voice message": ([Media(kind=MediaKind.voice)], "📎 Sprachnachricht"),
    "several": ([Text(text="Both:"), Media(kind=MediaKind.image, name="a.png")], "Both:\n📎 a.png"),
    "a place": ([Location(latitude=1, longitude=2, name="Here")],
                "📍 Standort\nHere\nhttps://www.google.com/maps/search/?api=1&query=1.000000,2.000000"),
    "a question for a place": ([LocationRequest(body="Wo?")], "📍 Standort angefragt\nWo?"),
    "a template": ([Template(name="n", language="de", rendered="Ihr Paket kommt.")], "Ihr Paket kommt."),
    "a reaction": ([Reaction(about="wamid.1", emoji="👍")], "hat mit 👍 auf eine frühere Nachricht reagiert"),
    "what is too long": ([Text(text="x" * 300)], "x" * 199 + "…"),
}  # fmt: skip


@pytest.mark.parametrize(("parts", "line"), LINES.values(), ids=LINES.keys())
def test_lines(parts: list[Part], line: str) -> None:
    message = MESSAGE.model_copy(update={"parts": tuple(parts)})
    assert line_of(message, phrases("de"), 200) == line
