"""Content that is unusual, incomplete or wrong is read as far as it goes."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.plugins.genesys.test_genesys_content import CDN, file, option
from xyper_engine.model import Part
from xyper_engine.parts import Choices, Media, MediaKind, Opaque, Source, Text
from xyper_engine.template import Parameter, Template
from xyper_genesys.content import parts_of


def said(*elements: object, text: str | None = None) -> list[Part]:
    return parts_of({"text": text, "content": list(elements)})


def attached(**fields: object) -> object:
    return {"contentType": "Attachment", "attachment": fields}


KINDS = {
    ("Image", "image/jpeg", "a.jpg"): MediaKind.image,
    ("File", "image/svg+xml", "a.svg"): MediaKind.image,
    ("File", "VIDEO/mp4", "a.mp4"): MediaKind.video,
    ("Video", "application/octet-stream", "a"): MediaKind.video,
    ("Audio", "", ""): MediaKind.audio,
    ("Audio", "audio/webm", "a.webm"): MediaKind.voice,
    ("Audio", "audio/ogg", "a.opus"): MediaKind.voice,
    ("Audio", "audio/mp4", "Voice 001.m4a"): MediaKind.voice,
    ("Audio", "audio/ogg", "song.ogg"): MediaKind.audio,
    ("File", "application/pdf", "voice.pdf"): MediaKind.document,
    ("", "", ""): MediaKind.document,
}


@pytest.mark.parametrize("case", KINDS)
def test_how_a_file_is_shown(case: tuple[str, str, str]) -> None:
    media_type, mime, name = case
    (part,) = said(attached(mediaType=media_type, mime=mime, filename=name, url=f"{CDN}/1"))
    assert isinstance(part, Media)
    assert part.kind is KINDS[case]


QUICK = {"contentType": "QuickReply", "quickReply": {"text": "Yes", "payload": "y"}}
YES = option("Yes", "y")
NO_ACTIONS = {"contentType": "Card", "card": {"title": "Shirt", "description": "Linen"}}
PICTURED = {"contentType": "Card", "card": {"title": "Shirt", "image": f"{CDN}/1"}}
ODD: dict[str, tuple[list[Part], list[Part]]] = {
    "a file that only has an id": (
        said(attached(id="f-1", mediaType="Audio")),
        [Media(kind=MediaKind.audio, source=Source(id="f-1"))],
    ),
    "a file that is nowhere": (said(attached(mediaType="Image")), [Opaque(label="image")]),
    "a file's size that is none": (
        said(attached(url=f"{CDN}/1", contentSizeBytes=True, sha256="short")),
        [file(MediaKind.document, f"{CDN}/1")],
    ),
    "a caption that repeats the text": (
        said(attached(url=f"{CDN}/1", text="look"), text="look"),
        [Text(text="look"), file(MediaKind.document, f"{CDN}/1")],
    ),
    "replies without a question": (said(QUICK), [Choices(body="", options=(YES,))]),
    "replies around a file": (
        said(QUICK, attached(url=f"{CDN}/1"), QUICK, text="Well?"),
        [Choices(body="Well?", options=(YES, YES)), file(MediaKind.document, f"{CDN}/1")],
    ),
    "replies that say nothing": (
        said({"contentType": "QuickReply", "quickReply": {}}, text="Well?"),
        [Text(text="Well?"), Opaque(label="quick reply")],
    ),
    "a question without replies": (
        said({"contentType": "QuickReplyV2", "quickReplyV2": {"title": "Well?"}}),
        [Text(text="Well?")],
    ),
    "a reply without a title": (
        said({"contentType": "QuickReply", "quickReply": {"payload": "y"}}),
        [Choices(body="", options=(option("y"),))],
    ),
    "a page without a title": (
        said({"card": {"title": "Shirt", "actions": [{"type": "Link", "url": CDN}, {"type": "Link"}]}}),
        [Choices(kind="card", body="Shirt", options=(option(CDN, url=CDN),))],
    ),
    "a card to read": (said(NO_ACTIONS), [Text(text="Shirt\nLinen")]),
    "a card to look at": (said(PICTURED), [file(MediaKind.image, f"{CDN}/1", caption="Shirt")]),
    "a picture alone": (said({"card": {"image": f"{CDN}/1"}}), [file(MediaKind.image, f"{CDN}/1")]),
    "a card that is a link": (
        said({"card": {"title": "Shirt", "defaultAction": {"type": "Link", "text": "Look", "url": CDN}}}),
        [Choices(kind="card", body="Shirt", options=(option("Look", CDN, url=CDN),))],
    ),
    "a default action beside others": (
        said({"card": {"title": "S", "actions": [{"text": "A"}], "defaultAction": {"type": "Link", "url": CDN}}}),
        [Choices(kind="card", body="S", options=(option("A"),))],
    ),
    "a picture and a film": (
        said({"card": {"image": f"{CDN}/1", "video": f"{CDN}/2", "actions": [{"text": "A"}]}}),
        [
            file(MediaKind.video, f"{CDN}/2"),
            Choices(kind="card", body="", options=(option("A"),), media=file(MediaKind.image, f"{CDN}/1")),
        ],
    ),
    "an empty card": (said({"card": {}}), [Opaque(label="card")]),
    "an empty carousel": (said({"contentType": "Carousel", "carousel": {"cards": 3}}), [Opaque(label="carousel")]),
    "days without times": (
        said({"datePicker": {"title": "When?", "dateMinimum": "2026-11-30T00:00:00Z", "dateMaximum": "some day"}}),
        [Text(text="When?\n2026-11-30 00:00 UTC – some day")],
    ),
    "an appointment at a place": (
        said(
            {
                "datePicker": {
                    "imageUrl": CDN,
                    "location": {"address": "Milano"},
                    "availableTimes": [{"dateTime": "?"}, {}],
                }
            }
        ),
        [
            Text(text="Milano"),
            Choices(kind="date", body="", options=(option("?"),), media=file(MediaKind.image, CDN)),
        ],
    ),
    "a list of one section": (
        said({"listPicker": {"sections": [{"title": "All", "items": [{"id": "1"}, {"title": "B"}, {}]}]}}),
        [Choices(kind="list", body="", options=(option("1"), option("B")))],
    ),
    "an empty form": (said({"contentType": "Form", "form": {}}), [Opaque(label="form")]),
    "a place that is none": (
        said({"contentType": "Location", "location": {"latitude": 200, "longitude": True, "text": "here"}}),
        [Text(text="here")],
    ),
    "a place without words": (said({"location": {"latitude": 1.5, "longitude": "9"}}), [Opaque(label="location")]),
    "a text element": (said({"contentType": "Text", "text": {"body": "hi"}}, text="hi"), [Text(text="hi")]),
    "a further text": (
        said({"contentType": "Text", "text": {"body": "you"}}, text="hi"),
        [Text(text="hi"), Text(text="you")],
    ),
    "a text element without text": (said({"contentType": "Text", "text": {}}), [Opaque(label="text")]),
    "a reaction": (
        said({"contentType": "Reactions", "reactions": [{"reactionType": "Like", "count": 1}]}, text="hi"),
        [Text(text="hi"), Opaque(label="reactions")],
    ),
    "two notifications": (
        said({"template": {"body": {"text": "one"}}}, {"template": {"body": {"text": "two"}}}, text="first"),
        [Text(text="first"), Text(text="two")],
    ),
    "a header that the text repeats": (
        said({"template": {"header": {"text": "Hi"}, "footer": {"text": "Bye"}}}, text="Hi Mario"),
        [Text(text="Hi Mario\nBye")],
    ),
    "a template without its language": (
        said({"template": {"id": "ns@name", "body": {"text": "words"}}}),
        [Text(text="words")],
    ),
    "a template without a namespace": (
        said({"template": {"id": "name", "language": "it", "body": {"text": "words"}}}),
        [Text(text="words")],
    ),
    "a template without values": (
        said({"template": {"id": "ns@name", "language": "it", "buttons": [{"type": "Url"}, {"type": "?"}]}}),
        [Template(name="name", language="it")],
    ),
    "positions in another order": (
        said(
            {
                "template": {
                    "id": "ns@name",
                    "language": "it",
                    "body": {
                        "text": "{{1}} {{2}}",
                        "parameters": [{"name": "2", "text": "b"}, {"name": "1", "text": "a"}],
                    },
                }
            }
        ),
        [Template(name="name", language="it", body=(Parameter(text="a"), Parameter(text="b")), rendered="a b")],
    ),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_ones_are_read_as_far_as_they_go(case: str) -> None:
    found, expected = ODD[case]
    assert found == expected


NAMES = """
contentType attachment quickReply quickReplyV2 card carousel datePicker listPicker form location template text
title url id payload actions cards items sections availableTimes dateTime duration latitude longitude body header
footer buttons parameters name language type mediaType mime contentSizeBytes receivedMessage
"""
FIELDS = st.sampled_from(NAMES.split())
WORDS = st.sampled_from(["Attachment", "Link", "https://a.example/1", "ns@name", "2026-11-30T12:00:00Z", "", " ", "1"])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9)
    | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=5),
    max_leaves=25,
)
ELEMENTS = st.dictionaries(FIELDS, JSON, max_size=4)


@settings(deadline=None)
@given(st.lists(ELEMENTS | JSON, max_size=3), st.none() | st.text(max_size=9))
def test_whatever_it_holds_something_is_said_for_each_object(content: list[Any], text: str | None) -> None:
    parts = said(*content, text=text)
    objects = [element for element in content if isinstance(element, dict)]
    assert len(parts) > 0 or not objects
    if text and text.strip():
        assert any(text in part.text for part in parts)
