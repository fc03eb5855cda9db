"""Parts in words: what an agent reads where Genesys has no form for what a customer did."""

import pytest

from tests.engine.test_model import MESSAGE
from xyper_engine.model import Message, Part
from xyper_engine.parts import (
    Choice,
    Choices,
    ContactCard,
    FormReply,
    Location,
    Media,
    MediaKind,
    Notice,
    Opaque,
    Option,
    Order,
    OrderItem,
    Phone,
    Reaction,
    Referral,
    Text,
)
from xyper_engine.phrases import phrases
from xyper_engine.routing.words import first_line, in_words
from xyper_engine.template import Template

EN = phrases("en")
YES_NO = Choices(
    body="Go on?",
    header="Q",
    footer="thanks",
    options=(
        Option(id="y", title="Yes", description="of course"),
        Option(id="n", title="No"),
        Option(id="", title="Terms", url="https://x.example"),
    ),
)

WORDS: dict[str, tuple[Part, str]] = {
    "text": (Text(text="hi"), "hi"),
    "opaque": (Opaque(label="poll"), "[poll]"),
    "media": (
        Media(kind=MediaKind.document, name="a.pdf", caption="see", link="https://l"),
        "[Document]\na.pdf\nsee\nhttps://l",
    ),
    "location": (
        Location(latitude=1, longitude=2, address="Via X"),
        "📍 Location\nVia X\nhttps://www.google.com/maps/search/?api=1&query=1.000000,2.000000",
    ),
    "contact": (
        ContactCard(name="Ada", company="A", title="CTO", phones=(Phone(number="+1", label="WORK"),), emails=("a@b",)),
        "👤 Contact: Ada\nCTO – A\n+1 (work)\na@b",
    ),
    "choices": (
        YES_NO,
        "Q\nGo on?\n1. Yes – of course\n2. No\nTerms: https://x.example\nthanks\nPlease answer with a number.",
    ),
    "choice": (Choice(id="y", title="Yes"), "Yes"),
    "template": (Template(name="hello", language="en"), "Template: hello"),
    "template, rendered": (Template(name="hello", language="en", rendered="Hi Ada"), "Hi Ada"),
    "reaction": (Reaction(about="x", emoji="👍"), "reacted 👍 to an earlier message"),
    "reaction, removed": (Reaction(about="x", emoji=None), "took back a reaction"),
    "referral": (Referral(headline="Sale", body="50 %", url="https://ad"), "Came through the ad: Sale\n50 %\nhttps://ad"),
    "referral of a post": (Referral(kind="post", headline="Sale"), "Came through the post: Sale"),
    "order": (
        Order(items=(OrderItem(product="A", quantity=2, price=1.5, currency="EUR"), OrderItem(product="B")), note="so"),
        "🛒 Order\n2 × A, 1.50 EUR each\n1 × B\nso",
    ),
    "form": (FormReply(name="flow", answers={"age": 7, "flow_token": "t"}), "📋 Form filled in: flow\nage: 7"),
    "form, unread": (FormReply(name="flow", unread="{oops"), "📋 Form filled in: flow\n{oops"),
    "notice": (Notice(code="number_changed", values={"old": "+1", "new": "+2"}),
               "The customer's phone number changed from +1 to +2"),
    "permission": (Notice(code="call_permission", values={"response": "accept"}), "The customer allows calls"),
    "deleted": (Notice(code="deleted", about="x"), "🗑 Deleted an earlier message"),
    "a notice without a phrase": (Notice(code="new_thing", values={"what": "it"}), "[new_thing] it"),
}  # fmt: skip


@pytest.mark.parametrize("case", WORDS)
def test_in_words(case: str) -> None:
    part, words = WORDS[case]
    assert in_words(part, EN) == words


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (Reaction(about="x", emoji="👍"), "reacted 👍 to: hello"),
        (Reaction(about="x", emoji=None), "took back the reaction to: hello"),
        (Notice(code="deleted", about="x"), "🗑 Deleted the message: hello"),
        (Notice(code="edited", about="x"), "✏ Edited the message: hello"),
    ],
)
def test_in_words_about_a_kept_message(part: Part, words: str) -> None:
    assert in_words(part, EN, said(Text(text="hello\nworld"))) == words


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        ((Notice(code="forwarded"), Text(text="hello\nworld")), "hello"),
        ((Media(kind=MediaKind.image),), "Photo"),
        ((Media(kind=MediaKind.image, name="a.jpg", caption="us"),), "us"),
        ((Text(text="x" * 200),), "x" * 119 + "…"),
        ((Referral(headline="Sale"),), ""),
    ],
)
def test_first_line(parts: tuple[Part, ...], line: str) -> None:
    assert first_line(said(*parts), EN) == line


def said(*parts: Part) -> Message:
    return MESSAGE.model_copy(update={"parts": parts})
