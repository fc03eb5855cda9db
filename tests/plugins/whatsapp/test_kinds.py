"""What a message says, type by type: whole, with pieces missing, and with pieces of the wrong type."""

from typing import Any

import pytest

from xyper_engine.model import Part
from xyper_engine.parts import (
    Choice,
    ContactCard,
    FormReply,
    Location,
    Media,
    MediaKind,
    Notice,
    Opaque,
    Order,
    OrderItem,
    Phone,
    Reaction,
    Source,
    Text,
)
from xyper_whatsapp.kinds import digest, said

SHA = "9b4e2915fd8445d6a8a53c859063c0d3e6d7de2f986367588151703a00cb4832"
ERROR = {"code": 131060, "title": "This message is unavailable", "error_data": {"details": "Look at the phone."}}
UNKNOWN = {"code": 131051, "title": "Message type unknown"}
FILE = Source(id="7")
FAILED = Notice(code="failed_inbound", values={"words": "Look at the phone."})


def reply(kind: str, answer: object) -> dict[str, Any]:
    return {"type": "interactive", "interactive": {"type": kind, kind: answer}}


def of(kind: str, content: object, **beside: object) -> dict[str, Any]:
    return {"type": kind, kind: content, **beside}


MEDIA: list[tuple[dict[str, Any], tuple[Part, ...]]] = [
    (of("video", {"id": "7", "caption": "look"}), (Media(kind=MediaKind.video, caption="look", source=FILE),)),
    (of("audio", {"id": "7", "voice": False}), (Media(kind=MediaKind.audio, source=FILE),)),
    (of("audio", {"id": "7", "voice": True}), (Media(kind=MediaKind.voice, source=FILE),)),
    (of("voice", {"id": "7"}), (Media(kind=MediaKind.voice, source=FILE),)),
    (of("document", {"id": 7, "filename": "a.pdf"}), (Media(kind=MediaKind.document, name="a.pdf", source=FILE),)),
    (of("sticker", {"id": "7", "animated": True}), (Media(kind=MediaKind.sticker, animated=True, source=FILE),)),
    (of("image", {"url": "https://x/y"}), (Media(kind=MediaKind.image, source=Source(url="https://x/y")),)),
    (of("image", {"id": [], "mime_type": 5, "caption": "words"}), (Opaque(label="image"), Text(text="words"))),
    (of("image", None, errors=[ERROR]), (FAILED,)),
    (of("media_placeholder", None), (Opaque(label="media_placeholder"),)),
]
PLACES: list[tuple[dict[str, Any], tuple[Part, ...]]] = [
    (of("location", {"latitude": "1.5", "longitude": 2}), (Location(latitude=1.5, longitude=2),)),
    (of("location", {"latitude": 1, "longitude": True, "name": "Here"}), (Opaque(label="location"), Text(text="Here"))),
    (of("location", {"latitude": "inf", "longitude": "x"}), (Opaque(label="location"),)),
    (of("location", {"latitude": "9" * 400, "longitude": 1}), (Opaque(label="location"),)),
]
CARDS: list[tuple[dict[str, Any], tuple[Part, ...]]] = [
    (
        of("contacts", [
            {
                "name": {"first_name": "Ada", "last_name": "King"},
                "phones": [{"phone": "+44 1", "type": "WORK"}, {"wa_id": "441"}, {}, 5],
                "emails": [{"email": "a@b.c"}, {}], "urls": [{"url": "https://a"}],
                "addresses": [{"street": "1 Way", "city": "London", "zip": 5}, {}],
                "org": {"company": "Acme", "title": "Countess"}, "birthday": "1815-12-10",
            },
            5,
        ]),
        (
            ContactCard(
                name="Ada King", first_name="Ada", last_name="King", emails=("a@b.c",), urls=("https://a",),
                phones=(Phone(number="+44 1", label="WORK"), Phone(number="441", account="441"), Phone(number="?")),
                addresses=("1 Way, London",), company="Acme", title="Countess", birthday="1815-12-10",
            ),
        ),
    ),
    (of("contacts", [{"org": {"company": "Acme"}}]), (ContactCard(name="Acme", company="Acme"),)),
    (of("contacts", [{"phones": [{"phone": "1"}]}]), (ContactCard(name="1", phones=(Phone(number="1"),)),)),
    (of("contacts", [{}]), (ContactCard(name="?"),)),
    (of("contacts", [{"origin": "contact_request"}]), (ContactCard(name="?", requested=True),)),
    (of("contacts", [{}], origin="contact_request"), (ContactCard(name="?", requested=True),)),
    (of("contacts", []), (Opaque(label="contacts"),)),
    (of("contacts", None), (Opaque(label="contacts"),)),
]  # fmt: skip
ANSWERS: list[tuple[dict[str, Any], tuple[Part, ...]]] = [
    (of("button", {"payload": "p", "text": "t"}), (Choice(id="p", title="t"),)),
    (of("button", {"payload": "p"}), (Choice(id="p", title="p"),)),
    (of("button", {"text": "t"}), (Choice(id="t", title="t"),)),
    (of("button", {}), (Opaque(label="button"),)),
    (reply("button_reply", {"id": "a", "title": "A"}), (Choice(id="a", title="A"),)),
    (reply("list_reply", {"id": "a", "title": "A", "description": "d"}), (Choice(id="a", title="A", description="d"),)),
    (reply("list_reply", {"description": "d"}), (Opaque(label="list_reply"),)),
    (reply("product_card", {"title": "Shoes"}), (Opaque(label="product_card"), Text(text="Shoes"))),
    (reply("product_card", 5), (Opaque(label="product_card"),)),
    (reply("call_permission_reply", {"response": "reject"}),
     (Notice(code="call_permission", values={"response": "reject"}),)),
    (reply("call_permission_reply", {}), (Opaque(label="call_permission_reply"),)),
    ({"type": "interactive"}, (Opaque(label="interactive"),)),
    ({"type": "interactive", "errors": [ERROR]}, (FAILED,)),
    ({"type": "interactive", "interactive": {"type": []}}, (Opaque(label="interactive"),)),
]  # fmt: skip
FORMS: list[tuple[dict[str, Any], tuple[Part, ...]]] = [
    (reply("nfm_reply", {"name": "flow", "body": "Sent", "response_json": '{"a":"b"}'}),
     (FormReply(name="flow", answers={"a": "b"}, summary="Sent"),)),
    (reply("nfm_reply", {"response_json": {"a": 1}}), (FormReply(name="form", answers={"a": 1}),)),
    (reply("nfm_reply", {"response_json": "{}"}), (FormReply(name="form"),)),
    (reply("nfm_reply", {"response_json": "{broken"}), (FormReply(name="form", unread="{broken"),)),
    (reply("nfm_reply", {"response_json": "[1]"}), (FormReply(name="form", unread="[1]"),)),
    (reply("nfm_reply", {"response_json": "[" * 300}), (FormReply(name="form", unread="[" * 300),)),
    (reply("nfm_reply", {"response_json": '{"a":"\\u0000"}'}), (FormReply(name="form", answers={"a": "\ufffd"}),)),
    (reply("nfm_reply", {"body": "Sent"}), (Opaque(label="nfm_reply"), Text(text="Sent"))),
]  # fmt: skip
ACTS: list[tuple[dict[str, Any], tuple[Part, ...]]] = [
    (of("reaction", {"message_id": "m", "emoji": "👍"}), (Reaction(about="m", emoji="👍"),)),
    (of("reaction", {"message_id": "m", "emoji": ""}), (Reaction(about="m", emoji=None),)),
    (of("reaction", {"message_id": "m"}), (Reaction(about="m", emoji=None),)),
    (of("reaction", {"emoji": "👍"}), (Opaque(label="reaction"),)),
    (of("edit", {"original_message_id": "m", "message": of("text", {"body": "new"})}),
     (Notice(code="edited", about="m"), Text(text="new"))),
    (of("edit", {"message": of("hologram", {})}), (Notice(code="edited"), Opaque(label="hologram"))),
    (of("edit", {"original_message_id": "m"}), (Notice(code="edited", about="m"),)),
    (of("edit", {}), (Opaque(label="edit"),)),
    (of("revoke", {"original_message_id": "m"}), (Notice(code="deleted", about="m"),)),
    (of("revoke", {}), (Opaque(label="revoke"),)),
    (of("request_welcome", None), (Notice(code="welcome"),)),
]  # fmt: skip
ORDERS: list[tuple[dict[str, Any], tuple[Part, ...]]] = [
    (of("order", {"catalog_id": 5, "text": "please", "product_items": [
        {"product_retailer_id": "x", "quantity": "2", "item_price": "1.5", "currency": "EUR"}, 5, {"quantity": 0}]}),
     (Order(catalog="5", note="please", items=(
         OrderItem(product="x", quantity=2, price=1.5, currency="EUR"), OrderItem(product="?", quantity=0))),)),
    (of("order", {"catalog_id": "5"}), (Opaque(label="order"),)),
]  # fmt: skip
REST: list[tuple[dict[str, Any], tuple[Part, ...]]] = [
    (of("unsupported", {"type": "poll"}, errors=[UNKNOWN]), (Notice(code="unsupported", values={"kind": "poll"}),)),
    (of("unsupported", None, errors=[UNKNOWN]), (Notice(code="unsupported", values={"kind": "unknown"}),)),
    (of("unsupported", None, errors=[ERROR]), (FAILED,)),
    (of("unsupported", None, errors=[{"code": 5}]), (Notice(code="failed_inbound", values={"words": "5"}),)),
    (of("unknown", None), (Notice(code="unsupported", values={"kind": "unknown"}),)),
    (of("ephemeral", {}), (Opaque(label="ephemeral"),)),
    (of("hologram", {"body": "hi"}), (Opaque(label="hologram"), Text(text="hi"))),
    (of("text", {"body": 5}), (Opaque(label="text"),)),
    (of("text", "words"), (Opaque(label="text"),)),
    ({}, (Notice(code="unsupported", values={"kind": "unknown"}),)),
]


@pytest.mark.parametrize(("item", "parts"), MEDIA + PLACES + CARDS + ANSWERS + FORMS + ACTS + ORDERS + REST)
def test_what_a_message_says(item: dict[str, Any], parts: tuple[Part, ...]) -> None:
    assert said(item) == parts


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("m04pFf2ERdaopTyFkGPA0+bX3i+YY2dYgVFwOgDLSDI=", SHA),
        (SHA, SHA),
        (SHA.upper(), SHA),
        ("4654+8g=", None),
        ("a1b2c3d4e5f6...", None),
        ("é" * 64, None),
        ("z" * 64, None),
        (5, None),
        (None, None),
    ],
)
def test_a_digest_is_read_in_either_encoding(written: object, read: str | None) -> None:
    assert digest(written) == read
