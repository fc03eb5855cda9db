"""What is posted to Meta for each event."""

from collections.abc import Mapping
from typing import Any, Literal

import pytest

from tests.plugins.whatsapp.accounts import SHEENA, TOKEN, account, message, receipt, stranger, target, typing
from tests.plugins.whatsapp.bodies import render
from xyper_engine.contract import Priority, Rate, Target
from xyper_engine.errors import Misconfigured, Unsupported
from xyper_engine.model import Contact, Message, Status, Utterance

BSUID = Contact(address="bsuid:US.1349")
BOTH = Contact(address="bsuid:US.1349", aliases=("tel:+16505551234",))
NOBODY = Contact(address="parent:US.ENT.1")
GROUP = Contact(address="group:Y2Fwd", aliases=("tel:+16505551234",))


def text(body: str, n: int = 0, *, link: bool = False, **changes: object) -> Mapping[str, Any]:
    item = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+16505551234",
        "type": "text",
        "text": {"preview_url": link, "body": body},
        "biz_opaque_callback_data": f"0198-a.{n}",
    }
    return {key: value for key, value in {**item, **changes}.items() if value is not None}


SEEN = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.latest"}
QUOTE = {"message_id": "wamid.0"}

Mark = Literal["typing", "published", "never"]
Case = tuple[Utterance, Target, Mark, list[Mapping[str, Any]]]

CASES: dict[str, Case] = {
    "a text": (message("hello"), target(), "typing", [text("hello")]),
    "parts": (message("one", "two"), target(), "typing", [text("one"), text("two", 1)]),
    "empty parts": (message("", "one", " \n", "two"), target(), "typing", [text("one"), text("two", 1)]),
    "a reply": (message("a", "b", reply_to="wamid.0"), target(), "typing", [text("a", context=QUOTE), text("b", 1)]),
    "a link": (message("see HTTPS://x.org"), target(), "typing", [text("see HTTPS://x.org", link=True)]),
    "no link": (message("http:// is"), target(), "typing", [text("http:// is")]),
    "no conversation yet": (message("hello"), stranger(), "typing", [text("hello")]),
    "user id": (message("a", contact=BSUID), stranger(), "typing", [text("a", to=None, recipient="US.1349")]),
    "both": (message("a", contact=BOTH), stranger(), "typing", [text("a")]),
    "phone of the conversation": (message("a", contact=BSUID), target(BOTH), "typing", [text("a")]),
    "id of the conversation": (
        message("a", contact=NOBODY), target(BSUID), "typing", [text("a", to=None, recipient="US.1349")]
    ),
    "group": (
        message("a", contact=GROUP), target(), "typing", [text("a", recipient_type="group", to="Y2Fwd")]
    ),
    "typing": (typing(), target(), "typing", [{**SEEN, "typing_indicator": {"type": "text"}}]),
    "typing, marked before": (typing(), target(), "published", [{**SEEN, "typing_indicator": {"type": "text"}}]),
    "typing would mark": (typing(), target(), "never", []),
    "typing into the blue": (typing(), target(latest=None), "typing", []),
    "typing to nobody": (typing(), stranger(), "typing", []),
    "published": (receipt(), target(), "published", [{**SEEN, "message_id": "wamid.0"}]),
    "published to nobody": (receipt(), stranger(), "published", [{**SEEN, "message_id": "wamid.0"}]),
    "published, unwanted": (receipt(), target(), "typing", []),
    "failed": (receipt(Status.failed), target(), "published", []),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bodies(case: str) -> None:
    event, to, mark_read, bodies = CASES[case]
    assert [payload.body for payload in render(event, to, mark_read=mark_read)] == bodies


@pytest.mark.parametrize(
    ("event", "action", "priority"),
    [
        (message("hello"), "message", Priority.message),
        (receipt(), "read", Priority.receipt),
        (typing(), "typing", Priority.typing),
    ],
)
def test_who_goes_first(event: Utterance, action: str, priority: Priority) -> None:
    (payload,) = render(event, target(), mark_read="published")
    assert (payload.action, payload.priority) == (action, priority)


def test_a_message_counts_against_its_pair_and_then_its_number() -> None:
    (payload,) = render(message("a"), target(), number_rate=80, pair_rate=0.25, pair_burst=45)
    pair, number = payload.rates
    assert number == Rate("whatsapp/106540352242922", 80, 10)
    assert (pair.per_second, pair.burst) == (0.25, 45)
    assert pair.bucket.startswith("whatsapp/106540352242922/")
    assert "6505551234" not in pair.bucket


def test_two_customers_are_two_pairs() -> None:
    (one,), (same,), (other,) = (
        render(message("a", contact=contact), target()) for contact in (SHEENA, SHEENA, Contact(address="tel:+391"))
    )
    assert one.rates == same.rates
    assert one.rates[0] != other.rates[0]
    assert one.rates[1] == other.rates[1]


def test_marks_count_against_the_number_only() -> None:
    (payload,) = render(typing(), target())
    assert [rate.bucket for rate in payload.rates] == ["whatsapp/106540352242922"]


@pytest.mark.parametrize("event", [message(), message(""), message(" ", "\n")])
def test_nothing_to_say(event: Message) -> None:
    with pytest.raises(Unsupported, match="no text"):
        render(event, target())


def test_nobody_to_say_it_to() -> None:
    with pytest.raises(Unsupported, match="neither a phone number nor a WhatsApp user id"):
        render(message("a", contact=NOBODY), stranger())


@pytest.mark.parametrize(
    ("token", "number", "words"),
    [
        (None, "1", "has no access_token"),
        ("", "1", "has no access_token"),
        (" \n", "1", "has no access_token"),
        ("EAAB\nHost: x", "1", "blanks or special characters"),
        ("schlüssel", "1", "blanks or special characters"),
        (TOKEN, "", "has no phone_number_id"),
    ],
)
def test_an_account_that_lacks_something(token: str | None, number: str, words: str) -> None:
    with pytest.raises(Misconfigured, match=words) as caught:
        render(message("a"), stranger(account(token, number)))
    assert "EAAB" not in str(caught.value)
