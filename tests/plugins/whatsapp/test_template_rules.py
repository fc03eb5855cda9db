"""What Meta would refuse is said in one sentence each, and what the customer will read is known beforehand."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.plugins.whatsapp.approved import (
    body,
    buttons,
    carousel,
    component,
    file,
    header,
    kept,
    shown,
    template,
    words,
)
from xyper_engine.parts import Location, Media, MediaKind
from xyper_engine.template import ApprovedTemplate, Parameter, Template, TemplateButton, TemplateCard
from xyper_whatsapp.template_rules import completed, faults, unusable

TWO = kept(body("Hello {{1}}, order {{2}} left us, {{1}}!"))
NAMED = kept(body("Hello {{first_name}}, order {{order}} left us."), format="NAMED")
TEXT_HEADER = kept(header("Order {{1}}"), body("It left us."))
IMAGE, VIDEO, DOCUMENT, PLACE = (
    kept(shown(kind), body("Look!")) for kind in ("IMAGE", "VIDEO", "DOCUMENT", "LOCATION")
)
URL = {"type": "URL", "text": "Track", "url": "https://shop.example/{{1}}"}
FIXED = {"type": "URL", "text": "Shop", "url": "https://shop.example/"}
STOP = {"type": "QUICK_REPLY", "text": "Stop"}
CODE = {"type": "COPY_CODE", "text": "Copy"}
FLOW = {"type": "FLOW", "text": "Book", "flow_id": "1"}
CALL = {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+15550783881"}
OTP_URL = {"type": "URL", "text": "Copy code", "url": "https://www.whatsapp.com/otp/code/?code=otp{{1}}"}
BUTTONS = kept(body("Hi"), buttons(URL, STOP, FLOW, CALL))
COUPON = kept(body("Hi"), buttons(CODE))
ONE_TIME = kept(body("*{{1}}* is your verification code."), buttons(OTP_URL), category="AUTHENTICATION")
CARDS = kept(
    body("Our offers, {{1}}"),
    carousel((shown("IMAGE"), body("For {{1}}"), buttons(URL)), (shown("IMAGE"), body("Plain"), buttons(STOP))),
)
PICTURE = (Parameter(media=file()),)


def button(index: int, kind: str, value: str = "") -> TemplateButton:
    return TemplateButton(index=index, kind=kind, value=value)


def first_card(**changes: Any) -> TemplateCard:
    given = {"header": PICTURE, "body": words("you"), "buttons": (button(0, "url", "a"),), **changes}
    return TemplateCard(**given)


PLAIN_CARD = TemplateCard(header=PICTURE)
TRACK = button(0, "url", "42")

GOOD: list[tuple[str, ApprovedTemplate, Template]] = [
    ("no variables", kept(body("Hi")), template()),
    ("a variable used twice", TWO, template("Ana", "77")),
    ("names, in any order", NAMED, template(body=words(order="77", first_name="Ana"))),
    ("words in the header", TEXT_HEADER, template(header=words("77"))),
    ("an image", IMAGE, template(header=PICTURE)),
    ("a link to an image", IMAGE, template(header=(Parameter(media=Media(kind=MediaKind.image, link="https://x")),))),
    ("a video", VIDEO, template(header=(Parameter(media=file(MediaKind.video)),))),
    ("a document", DOCUMENT, template(header=(Parameter(media=file(MediaKind.document)),))),
    ("a place", PLACE, template(header=(Parameter(location=Location(latitude=1, longitude=2)),))),
    ("the end of a URL", BUTTONS, template(buttons=(TRACK,))),
    ("payloads", BUTTONS, template(buttons=(TRACK, button(1, "quick_reply", "stop"), button(2, "flow", "token")))),
    ("a code of 15", COUPON, template(buttons=(button(0, "copy_code", "A" * 15),))),
    ("a one-time password", ONE_TIME, template("123456", buttons=(button(0, "url", "123456"),))),
    ("a carousel", CARDS, template("Ana", cards=(first_card(), PLAIN_CARD))),
    (
        "lower case",
        kept(component("body", "Hi {{1}}"), component("header", format="image")),
        template("A", header=PICTURE),
    ),
]

BAD: list[tuple[str, ApprovedTemplate, Template, Sequence[str]]] = [
    ("too few values", TWO, template("Ana"), ["The body has 2 variables, and 1 value given."]),
    ("too many values", kept(body("Hi")), template("Ana"), ["The body has no variables, and 1 value given."]),
    (
        "an empty value",
        kept(body("{{1}}")),
        template(" "),
        ["Value 1 of the body is empty, which WhatsApp does not take."],
    ),
    ("no words", kept(body("{{1}}")), template(body=PICTURE), ["Value 1 of the body must be words."]),
    (
        "two lines",
        kept(body("{{1}}")),
        template("a\nb"),
        ["Value 1 of the body has a line break, a tab or more than four blanks in a row: WhatsApp takes one line."],
    ),
    (
        "blanks",
        kept(body("{{1}}")),
        template("a     b"),
        ["Value 1 of the body has a line break, a tab or more than four blanks in a row: WhatsApp takes one line."],
    ),
    (
        "no names",
        NAMED,
        template("Ana", "77"),
        ["The body's variables have names: first_name, order. Give each value with its name."],
    ),
    (
        "wrong names",
        NAMED,
        template(body=words(first_name="Ana", nickname="A")),
        ["The body lacks a value for order.", "The body has no variable nickname."],
    ),
    (
        "a name twice",
        NAMED,
        template(body=(*words(first_name="A", order="7"), *words(order="8"))),
        ["The body has more than one value for order."],
    ),
    (
        "one without a name",
        NAMED,
        template(body=(*words("7"), *words(first_name="A", order="7"))),
        ["The body has no variable without a name."],
    ),
    ("a header's words", TEXT_HEADER, template(), ["The header has 1 variable, and no values given."]),
    (
        "a header too many",
        kept(body("Hi")),
        template(header=PICTURE),
        ["The template has no header, but a value for one is given."],
    ),
    ("no image", IMAGE, template(), ["The header is an image: give one file of that kind."]),
    ("words for an image", IMAGE, template(header=words("x")), ["The header is an image: give one file of that kind."]),
    (
        "a document for an image",
        IMAGE,
        template(header=(Parameter(media=file(MediaKind.document)),)),
        ["The header is an image, and the file given is a document."],
    ),
    (
        "a file without a place",
        IMAGE,
        template(header=(Parameter(media=Media(kind=MediaKind.image)),)),
        ["The file for the header is not stored anywhere."],
    ),
    ("no place", PLACE, template(header=PICTURE), ["The header is a place: give one location."]),
    ("a product", kept(shown("PRODUCT")), template(), ["The header is a product, which cannot be filled in here."]),
    (
        "no end of a URL",
        BUTTONS,
        template(),
        ["Button 1 opens a page whose address ends with a value: give it, without blanks."],
    ),
    (
        "blanks in a URL",
        BUTTONS,
        template(buttons=(button(0, "url", "a b"),)),
        ["Button 1 opens a page whose address ends with a value: give it, without blanks."],
    ),
    (
        "a value for a fixed URL",
        kept(buttons(FIXED)),
        template(buttons=(button(0, "url", "a"),)),
        ["Button 1 takes no value."],
    ),
    (
        "a value for a number",
        BUTTONS,
        template(buttons=(TRACK, button(3, "phone_number", "1"))),
        ["Button 4 takes no value."],
    ),
    (
        "another kind",
        BUTTONS,
        template(buttons=(TRACK, button(1, "flow", "x"))),
        ["Button 2 is a quick_reply button, and the value given is for a flow button."],
    ),
    ("no such button", kept(body("Hi")), template(buttons=(TRACK,)), ["The template has no button 1."]),
    ("a button twice", BUTTONS, template(buttons=(TRACK, TRACK)), ["Button 1 has more than one value."]),
    (
        "a long payload",
        BUTTONS,
        template(buttons=(TRACK, button(1, "quick_reply", "x" * 257))),
        ["Button 2 has a payload of 257 characters; at most 256 are possible."],
    ),
    ("no code", COUPON, template(), ["Button 1 copies a code: give the code."]),
    (
        "a long code",
        COUPON,
        template(buttons=(button(0, "copy_code", "A" * 16),)),
        ["Button 1 copies a code of 16 characters; at most 15 are possible."],
    ),
    (
        "a long password",
        ONE_TIME,
        template("1" * 16, buttons=(button(0, "url", "1" * 16),)),
        [
            "A one-time password has at most 15 characters.",
            "Button 1 copies a code of 16 characters; at most 15 are possible.",
        ],
    ),
    (
        "products",
        kept(buttons({"type": "MPM", "text": "See"})),
        template(),
        ["Button 1 is a mpm button, which cannot be filled in here."],
    ),
    (
        "one card too few",
        CARDS,
        template("Ana", cards=(first_card(),)),
        ["The template has 2 cards, and 1 card given."],
    ),
    ("no carousel", kept(body("Hi")), template(cards=(PLAIN_CARD,)), ["The template has no cards, and 1 card given."]),
    (
        "faults in a card",
        CARDS,
        template("Ana", cards=(first_card(body=(), buttons=()), TemplateCard())),
        [
            "Card 1's body has 1 variable, and no values given.",
            "Card 1's button 1 opens a page whose address ends with a value: give it, without blanks.",
            "Card 2's header is an image: give one file of that kind.",
        ],
    ),
    (
        "an offer that ends",
        kept(body("Hi"), component("LIMITED_TIME_OFFER", limited_time_offer={"text": "x", "has_expiration": True})),
        template(),
        ["The template has a limited-time offer, which cannot be filled in here."],
    ),
    (
        "a long header",
        kept(header("{{1}}"), body("Hi")),
        template(header=words("x" * 61)),
        ["With its values the header has 61 characters; at most 60 are possible."],
    ),
    (
        "a long body",
        kept(header("Hi"), body("{{1}}")),
        template("x" * 1025),
        ["With its values the body has 1025 characters; at most 1024 are possible."],
    ),
]


@pytest.mark.parametrize(("approved", "said"), [case[1:] for case in GOOD], ids=[case[0] for case in GOOD])
def test_what_meta_takes_passes(approved: ApprovedTemplate, said: Template) -> None:
    assert faults(said, approved) == []


@pytest.mark.parametrize(("approved", "said", "told"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_what_meta_refuses_is_said(approved: ApprovedTemplate, said: Template, told: Sequence[str]) -> None:
    assert faults(said, approved) == told


def test_a_body_alone_may_be_long() -> None:
    assert faults(template("x" * 2000), kept(body("{{1}}"))) == []


@pytest.mark.parametrize(
    ("status", "reason", "told"),
    [
        ("PENDING", "", "cannot be sent: Meta is still reviewing it."),
        ("REJECTED", "INVALID_FORMAT", "cannot be sent: Meta has rejected it (INVALID_FORMAT)."),
        ("paused", "", "cannot be sent: Meta has paused it, because customers blocked or reported it."),
        ("BRAND_NEW_STATUS", "", "cannot be sent: its status is BRAND_NEW_STATUS."),
        ("", "", "cannot be sent: its status is unknown."),
    ],
)
def test_what_is_not_approved_is_named_with_its_reason(status: str, reason: str, told: str) -> None:
    found = unusable(kept(body("Hi"), status=status, reason=reason))
    assert found == f"The template 'order_update' in en_US {told}"


def test_what_is_approved_is_usable() -> None:
    assert unusable(kept(body("Hi"))) is None


@pytest.mark.parametrize(
    ("approved", "said", "read"),
    [
        (TWO, template("Ana", "77"), "Hello Ana, order 77 left us, Ana!"),
        (NAMED, template(body=words(order="77", first_name="Ana")), "Hello Ana, order 77 left us."),
        (
            kept(header("Order {{1}}"), body("Left."), component("FOOTER", "Acme"), buttons(STOP, FIXED)),
            template(header=words("77")),
            "Order 77\nLeft.\nAcme\n[Stop] [Shop]",
        ),
        (CARDS, template("Ana", cards=(first_card(), PLAIN_CARD)), "Our offers, Ana\nFor you\n[Track]\nPlain\n[Stop]"),
    ],
)
def test_it_is_known_what_the_customer_reads(approved: ApprovedTemplate, said: Template, read: str) -> None:
    assert completed(said, approved).text == read


def test_a_one_time_password_is_given_once() -> None:
    """Meta wants it in the body and in the button."""
    said = completed(template("123456"), ONE_TIME)
    assert said.buttons == (button(0, "url", "123456"),)
    assert faults(said, ONE_TIME) == []
