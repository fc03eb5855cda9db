"""Mending a message that died: other words and values pass, another shape, foreign files and stray fields do not."""

from typing import Any

import pytest

from tests.letters import message
from xyper_engine.errors import Invalid
from xyper_engine.mending import mended, shown
from xyper_engine.model import Message

FILE: dict[str, Any] = {
    "type": "media",
    "kind": "image",
    "mime": "image/jpeg",
    "source": {"url": "https://far.example/1?sig=s"},
}
TEMPLATE: dict[str, Any] = {
    "type": "template", "name": "order", "language": "en", "header": [{"media": FILE}], "body": [{"text": "seventeen"}],
}  # fmt: skip


def of(*parts: dict[str, Any]) -> Message:
    return Message.model_validate({**message("1").model_dump(), "parts": list(parts)})


def test_another_text() -> None:
    after = mended(of({"type": "text", "text": "far too long"}), [{"type": "text", "text": "short"}])
    assert after.text == "short"


def test_a_templates_parameter_and_its_file_stays_where_it_is() -> None:
    """Whoever mends it never sees the address that opens the file, and cannot give another."""
    before = of(TEMPLATE)
    [part] = shown(before)
    assert "sig=s" not in str(part)
    part["body"][0]["text"] = "17"
    [after] = mended(before, [part]).parts
    whole = after.model_dump(mode="json")
    assert (whole["body"][0]["text"], whole["header"][0]["media"]["source"]["url"]) == ("17", FILE["source"]["url"])


def test_a_part_that_cannot_be_changed_is_given_back() -> None:
    before = of(FILE, {"type": "text", "text": "look"})
    picture, text = shown(before)
    after = mended(before, [picture, {**text, "text": "see"}])
    assert (after.parts[0], after.parts[1].text) == (before.parts[0], "see")


SMUGGLED = {"kind": "image", "source": {"url": "http://169.254.169.254/"}}
REFUSED: dict[str, tuple[list[dict[str, Any]], str]] = {
    "nothing is changed": ([{"type": "text", "text": "old"}, FILE], "parts: nothing is changed"),
    "one part less": ([{"type": "text", "text": "new"}], "parts: must be 2"),
    "another type": ([{"type": "opaque", "label": "x"}, FILE], "parts.0.type: must stay 'text'"),
    "no type": ([{"text": "new"}, FILE], "parts.0.type: must stay 'text'"),
    "nothing said": ([{"type": "text", "text": "  "}, FILE], "parts.0: must say something"),
    "no text at all": ([{"type": "text"}, FILE], "parts.0.text.text: Field required"),
    "a number": ([{"type": "text", "text": 7}, FILE], "parts.0.text.text: Input should be a valid string"),
    "a field too many": ([{"type": "text", "text": "new", "txt": "x"}, FILE], "parts.0.txt: is no field of it"),
    "another file": ([{"type": "text", "text": "new"}, {**FILE, "file": "7"}], "parts.1: of type 'media'"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_says_where(what: str) -> None:
    parts, words = REFUSED[what]
    before = of({"type": "text", "text": "old"}, FILE)
    given = [part if part is not FILE else shown(before)[1] for part in parts]
    with pytest.raises(Invalid, match=words):
        mended(before, given)


@pytest.mark.parametrize("media", [SMUGGLED, {**SMUGGLED, "type": "media"}])
def test_no_file_is_smuggled_into_a_template(media: dict[str, Any]) -> None:
    before = of(TEMPLATE)
    with pytest.raises(Invalid, match="file"):
        mended(before, [{**shown(before)[0], "header": [{"media": media}]}])
