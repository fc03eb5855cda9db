"""Every kind of part, as what a customer is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.plugins.whatsapp.accounts import NUMBER, SHEENA, target
from tests.plugins.whatsapp.bodies import render, said, saying
from xyper_engine.contract import Target
from xyper_engine.errors import Unsupported
from xyper_engine.model import Direction, Message, Part
from xyper_engine.parts import (
    Choice,
    ContactCard,
    FormReply,
    Location,
    LocationRequest,
    Media,
    MediaKind,
    Notice,
    Opaque,
    Order,
    OrderItem,
    Phone,
    Reaction,
    Referral,
    Text,
)
from xyper_engine.testing import MOMENT

MB = 1024 * 1024
MIMES = {
    MediaKind.image: "image/jpeg",
    MediaKind.video: "video/mp4",
    MediaKind.audio: "audio/mpeg",
    MediaKind.voice: "audio/ogg; codecs=opus",
    MediaKind.sticker: "image/webp",
    MediaKind.document: "application/pdf",
}


def media(kind: str, **changes: Any) -> Media:
    values = {"kind": MediaKind(kind), "mime": MIMES[MediaKind(kind)], "file": "file-1", **changes}
    return Media(**values)


def text(body: str, *, preview: bool = False) -> Mapping[str, Any]:
    return {"type": "text", "text": {"preview_url": preview, "body": body}}


def file(kind: str, **content: Any) -> Mapping[str, Any]:
    return {"type": kind, kind: {"id": "file-1", **content}}


WORDS = Text(text="see here")
LONG = "x" * 1025

CASES: dict[str, tuple[Sequence[Part], Sequence[Mapping[str, Any]]]] = {
    "an image": ([media("image")], [file("image")]),
    "an image's caption": ([media("image", caption="look")], [file("image", caption="look")]),
    "a blank caption": ([media("image", caption=" ")], [file("image")]),
    "a long caption": ([media("image", caption=LONG)], [file("image"), text(LONG)]),
    "a video": ([media("video", caption="look")], [file("video", caption="look")]),
    "an audio file": ([media("audio", name="song.mp3")], [file("audio")]),
    "an audio file's caption": ([media("audio", caption="listen")], [file("audio"), text("listen")]),
    "a voice message": ([media("voice")], [file("audio", voice=True)]),
    "a sticker": ([media("sticker", size=100 * 1024)], [file("sticker")]),
    "a sticker that moves": ([media("sticker", size=500 * 1024, animated=True)], [file("sticker")]),
    "a big sticker": ([media("sticker", size=100 * 1024 + 1, name="s.webp")], [file("document", filename="s.webp")]),
    "a document": ([media("document", name="a.pdf", caption="b")], [file("document", filename="a.pdf", caption="b")]),
    "a document of any type": ([media("document", mime="application/x-odd")], [file("document")]),
    "a file without a type": ([media("image", mime="")], [file("image")]),
    "a link": ([media("image", file=None, link="https://x.org/a")], [
        {"type": "image", "image": {"link": "https://x.org/a"}}
    ]),
    "a text and a file": ([WORDS, media("image")], [file("image", caption="see here")]),
    "a file and a text": ([media("document"), WORDS], [file("document", caption="see here")]),
    "a text and a captioned file": ([WORDS, media("image", caption="a")], [
        text("see here"), file("image", caption="a")
    ]),
    "a text and a voice message": ([WORDS, media("voice")], [text("see here"), file("audio", voice=True)]),
    "a long text and a file": ([Text(text=LONG), media("image")], [text(LONG), file("image")]),
    "a text and two files": ([WORDS, media("image"), media("video")], [
        file("image", caption="see here"), file("video")
    ]),
    "two texts and a file": ([WORDS, Text(text="b"), media("image")], [text("see here"), file("image", caption="b")]),
    "a place": ([Location(latitude=1.5, longitude=-2, name="Here", address="Road 1")], [
        {"type": "location", "location": {"latitude": 1.5, "longitude": -2.0, "name": "Here", "address": "Road 1"}}
    ]),
    "a place without a name": ([Location(latitude=1, longitude=2, address="Road 1")], [
        {"type": "location", "location": {"latitude": 1.0, "longitude": 2.0, "name": "Road 1"}}
    ]),
    "a bare place": ([Location(latitude=1, longitude=2)], [
        {"type": "location", "location": {"latitude": 1.0, "longitude": 2.0}}
    ]),
    "a question for a place": ([LocationRequest(body="Where?")], [
        {"type": "interactive", "interactive": {
            "type": "location_request_message", "body": {"text": "Where?"}, "action": {"name": "send_location"},
        }}
    ]),
    "a reaction": ([Reaction(about="wamid.1", emoji="👍")], [
        {"type": "reaction", "reaction": {"message_id": "wamid.1", "emoji": "👍"}}
    ]),
    "a reaction taken back": ([Reaction(about="wamid.1", emoji=None)], [
        {"type": "reaction", "reaction": {"message_id": "wamid.1", "emoji": ""}}
    ]),
    "a choice": ([Choice(id="1", title="Yes")], [text("Yes")]),
    "an unknown thing": ([Opaque(label="poll")], [text("[poll]")]),
    "an advertisement": ([Referral(headline="Buy", url="https://x.org")], [text("Buy – https://x.org", preview=True)]),
    "an order": ([Order(items=(OrderItem(product="p", quantity=2),))], [text("2 × p")]),
    "an empty order": ([Order(), WORDS], [text("see here")]),
    "a form": ([FormReply(name="flow", answers={"a": 1})], [text("a: 1")]),
    "a notice": ([Notice(code="missed_call")], [text("[missed_call]")]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bodies(case: str) -> None:
    parts, expected = CASES[case]
    assert said(*parts) == expected


def test_only_files_of_ours_are_handed_over() -> None:
    linked = media("image", file=None, link="https://x.org/a")
    (ours, theirs) = render(saying(media("image"), linked), target())
    assert (ours.media, theirs.media) == ((media("image"),), ())


CARD = ContactCard(
    name="John Smith",
    first_name="John",
    last_name="Smith",
    phones=(
        Phone(number="+1 (940) 555-1234", label="Home", account="19405551234"),
        Phone(number="+1 555", label="MOBILE"),
        Phone(number="1"),
    ),
    emails=("j@x.org",),
    addresses=("1 Hacker Way, Menlo Park",),
    urls=("https://x.org",),
    company="X",
    title="Manager",
    birthday="2012-08-18",
)
CONTACT = {
    "name": {"formatted_name": "John Smith", "first_name": "John", "last_name": "Smith"},
    "phones": [
        {"phone": "+1 (940) 555-1234", "type": "HOME", "wa_id": "19405551234"},
        {"phone": "+1 555"},
        {"phone": "1"},
    ],
    "emails": [{"email": "j@x.org"}],
    "addresses": [{"street": "1 Hacker Way, Menlo Park"}],
    "urls": [{"url": "https://x.org"}],
    "org": {"company": "X", "title": "Manager"},
    "birthday": "2012-08-18",
}
BARE = {"name": {"formatted_name": "Ann", "first_name": "Ann"}}


def test_contacts_next_to_each_other_are_one_message() -> None:
    ann = ContactCard(name="Ann")
    assert said(CARD, ann, WORDS, ann) == [
        {"type": "contacts", "contacts": [CONTACT, BARE]},
        text("see here"),
        {"type": "contacts", "contacts": [BARE]},
    ]


def test_no_more_contacts_than_whatsapp_takes() -> None:
    assert [len(body["contacts"]) for body in said(*[CARD] * 6)] == [5, 1]


TOO_MUCH: dict[str, tuple[Part, str]] = {
    "a text": (Text(text="x" * 4097), "4097 characters, and WhatsApp takes at most 4096"),
    "a caption": (media("audio", caption="x" * 4097), "4097 characters"),
    "a type": (media("image", mime="image/gif"), "no image/gif as image, only image/jpeg, image/png"),
    "a size": (media("image", size=5 * MB + 100_000), r"5\.1 MB, and WhatsApp takes at most 5\.0 MB as image"),
    "a document's size": (media("document", size=100 * MB + 1), r"at most 100\.0 MB"),
    "a file of nowhere": (media("image", file=None), "stored nowhere"),
    "a reaction to the unknown": (Reaction(about="g-7", emoji="👍"), "not known on WhatsApp"),
}


@pytest.mark.parametrize("case", TOO_MUCH)
def test_what_cannot_be_said_is_refused_in_words(case: str) -> None:
    part, words = TOO_MUCH[case]
    with pytest.raises(Unsupported, match=words):
        said(part)


def speaking_of(external_id: str) -> Target:
    """A target that knows the customer's message which is meant."""
    original = Message(
        direction=Direction.inbound,
        origin=NUMBER,
        contact=SHEENA,
        external_id=external_id,
        occurred_at=MOMENT,
        parts=(WORDS,),
    )
    return replace(target(), original=original)


def test_a_quote_stands_at_the_first_message_and_never_at_a_reaction() -> None:
    quoting, reacting = WORDS, Reaction(about="wamid.1", emoji="👍")
    assert [body.get("context") for body in said(quoting, reacting, quoting, reply_to="wamid.0")] == [
        {"message_id": "wamid.0"}, None, None
    ]  # fmt: skip
    assert "context" not in said(reacting, reply_to="wamid.0")[0]


@pytest.mark.parametrize(
    ("reply_to", "original", "quoted"),
    [
        ("wamid.0", "wamid.9", "wamid.0"),
        ("g-7", "wamid.9", "wamid.9"),
        ("g-7", "g-7", None),
        (None, "wamid.9", None),
    ],
)
def test_a_quote_names_whatsapps_own_id(reply_to: str | None, original: str, quoted: str | None) -> None:
    (body,) = said(WORDS, to=speaking_of(original), reply_to=reply_to)
    assert body.get("context") == (quoted and {"message_id": quoted})


def test_a_reaction_names_whatsapps_own_id() -> None:
    (body,) = said(Reaction(about="g-7", emoji="👍"), to=speaking_of("wamid.9"))
    assert body["reaction"]["message_id"] == "wamid.9"
