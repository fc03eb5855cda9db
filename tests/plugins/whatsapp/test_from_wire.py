"""Webhooks of Meta's, field by field: who wrote, when, what, and what is kept of the rest."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.plugins.whatsapp.webhooks import NUMBER, SHEENA, entries, status, text, value, webhook
from xyper_engine.contract import Unparsed
from xyper_engine.model import Endpoint, Message, Reason, Receipt, Update
from xyper_engine.testing import MOMENT, keys, messages, raw_request
from xyper_whatsapp.from_wire import Parsed, parse

USER, PARENT = "US.13491208655302741918", "US.ENT.11815799212886844830"
BOTH = {**SHEENA, "user_id": USER, "parent_user_id": PARENT}
HIDDEN = {"profile": {"name": "Sheena Nelson"}, "user_id": USER}
OTHER = {"profile": {"name": "Someone Else"}, "wa_id": "4915112345", "user_id": "DE.1"}
TEL, BSUID = "tel:+16505551234", f"bsuid:{USER}"


def read(body: bytes) -> list[Parsed]:
    return parse(raw_request(body))


def message(contacts: object = None, **changes: object) -> Message:
    (one,) = read(webhook(value([text(**changes)], contacts=contacts or [SHEENA])))
    assert isinstance(one, Message)
    return one


def receipt(word: str = "sent", /, **changes: object) -> Receipt:
    (one,) = read(webhook(value(statuses=[status(word, **changes)], contacts=None)))
    assert isinstance(one, Receipt)
    return one


def unparsed(body: bytes) -> Unparsed:
    (one,) = read(body)
    assert isinstance(one, Unparsed)
    return one


SENDERS: dict[str, tuple[dict[str, Any], list[Any], list[str], str | None]] = {
    "phone only": ({}, [SHEENA], [TEL], "Sheena Nelson"),
    "phone and user id": ({"from_user_id": USER}, [SHEENA], [TEL, BSUID], "Sheena Nelson"),
    "all from the contact": ({}, [BOTH], [TEL, BSUID, f"parent:{PARENT}"], "Sheena Nelson"),
    "hidden phone": ({"from": None, "from_user_id": USER}, [HIDDEN], [BSUID], "Sheena Nelson"),
    "hidden phone, empty": ({"from": "", "from_user_id": USER}, [{**HIDDEN, "wa_id": ""}], [BSUID], "Sheena Nelson"),
    "user id inside from": ({"from": USER}, [HIDDEN], [BSUID], "Sheena Nelson"),
    "phone by the contact": (
        {"from": None, "from_user_id": USER},
        [BOTH, OTHER],
        [TEL, BSUID, f"parent:{PARENT}"],
        "Sheena Nelson",
    ),
    "nobody but one contact": ({"from": None}, [HIDDEN], [BSUID], "Sheena Nelson"),
    "several contacts": ({"from": "4915112345"}, [SHEENA, OTHER], ["tel:+4915112345", "bsuid:DE.1"], "Someone Else"),
    "a stranger": ({"from": "391"}, [SHEENA, OTHER], ["tel:+391"], None),
    "a stranger to the only contact": ({"from": "391"}, [OTHER], ["tel:+391"], None),
    "a number": ({"from": 16505551234}, [SHEENA], [TEL], "Sheena Nelson"),
    "other digits": ({"from": "١٦٥"}, [{}], ["bsuid:١٦٥"], None),
    "words for ids": ({"from_user_id": "US 1", "from_parent_user_id": "US 2"}, [SHEENA], [TEL], "Sheena Nelson"),
    "no profile": ({}, [{"wa_id": "16505551234"}], [TEL], None),
    "an empty name": ({}, [{**SHEENA, "profile": {"name": ""}}], [TEL], None),
    "no contacts": ({}, [None], [TEL], None),
    "broken contacts": ({}, [5, {"wa_id": [], "user_id": {}, "profile": 5}], [TEL], None),
    "parent": ({"from_parent_user_id": PARENT}, [SHEENA], [TEL, f"parent:{PARENT}"], "Sheena Nelson"),
}


@pytest.mark.parametrize("case", SENDERS)
def test_who_wrote(case: str) -> None:
    item, contacts, urns, name = SENDERS[case]
    contact = message(contacts, **item).contact
    assert [contact.address, *contact.aliases] == urns
    assert contact.name == name


def test_a_message_of_nobody_is_not_given_to_the_only_contact_of_a_batch() -> None:
    before, nobody = read(webhook(value([text(1), text(2, **{"from": None})])))
    assert isinstance(before, Message)
    assert isinstance(nobody, Unparsed)


USELESS_STAMPS: list[object] = [None, "", "now", "0", -5, [], {}, "9" * 30, "9" * 5000, 1e300, "1749416383.5"]


@pytest.mark.parametrize(
    ("stamp", "moment"),
    [
        ("1749416383", datetime(2025, 6, 8, 20, 59, 43, tzinfo=UTC)),
        (1749416383, datetime(2025, 6, 8, 20, 59, 43, tzinfo=UTC)),
        ("1749416383250", datetime(2025, 6, 8, 20, 59, 43, 250_000, tzinfo=UTC)),
        *((useless, MOMENT) for useless in USELESS_STAMPS),
    ],
)
def test_when_it_was_written(stamp: object, moment: datetime) -> None:
    assert message(timestamp=stamp).occurred_at == moment


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"type": "text", "text": {"body": ""}}, "[text]"),
        ({"type": "text", "text": None}, "[text]"),
        ({"type": None}, "[unsupported] unknown"),
        ({"type": {"a": 1}}, "[unsupported] unknown"),
        ({"type": "hologram", "hologram": {"id": "5"}}, "[hologram]"),
        ({"type": "image", "image": {"caption": "Taj Mahal"}}, "[image]\nTaj Mahal"),
        ({"type": "image", "image": {"caption": 5}}, "[image]"),
        ({"type": "unsupported", "unsupported": {"type": "poll"}}, "[unsupported] poll"),
    ],
)
def test_what_it_says(item: dict[str, object], words: str) -> None:
    assert message(**item).text == words


def test_a_reply_names_what_it_answers() -> None:
    assert message(context={"from": "15550783881", "id": "wamid.0"}).reply_to == "wamid.0"
    assert message(context={"forwarded": True}).reply_to is None


def test_a_receipt_tells_how_far_a_message_came() -> None:
    one = receipt("delivered", biz_opaque_callback_data="0198.0")
    assert (one.about, one.status, one.external_id, one.reference) == (
        "wamid.1",
        "delivered",
        "wamid.1:delivered",
        "0198.0",
    )
    assert one.contact.address == TEL
    assert one.origin == Endpoint(adapter="whatsapp", account=NUMBER)


@pytest.mark.parametrize(
    ("changes", "urns", "key"),
    [
        ({"recipient_id": None, "recipient_user_id": USER}, [BSUID], "wamid.1:sent"),
        (
            {"recipient_user_id": USER, "recipient_parent_user_id": PARENT},
            [TEL, BSUID, f"parent:{PARENT}"],
            "wamid.1:sent",
        ),
        ({"parent_recipient_user_id": PARENT}, [TEL, f"parent:{PARENT}"], "wamid.1:sent"),
        (
            {"recipient_type": "group", "recipient_id": "Y2FwaV9n", "recipient_participant_id": "391"},
            ["tel:+391"],
            "wamid.1:sent:391",
        ),
        (
            {"recipient_type": "group", "recipient_id": "Y2FwaV9n", "recipient_participant_user_id": USER},
            [BSUID],
            f"wamid.1:sent:{USER}",
        ),
    ],
)
def test_whom_a_receipt_speaks_of(changes: dict[str, object], urns: list[str], key: str) -> None:
    one = receipt(**changes)
    assert [one.contact.address, *one.contact.aliases] == urns
    assert one.external_id == key


@pytest.mark.parametrize(
    ("errors", "reason"),
    [
        ([{"code": 131047, "title": "t", "error_data": {"details": "d"}}], Reason(code="131047", message="d")),
        ([{"code": 131047, "title": "t", "message": "m"}], Reason(code="131047", message="m")),
        ([{"code": "131047", "title": "t", "error_data": 5}], Reason(code="131047", message="t")),
        ([{"href": "x"}], Reason(code="", message="")),
        ([], None),
        ([5], None),
        (5, None),
    ],
)
def test_why_a_message_failed(errors: object, reason: Reason | None) -> None:
    assert receipt("failed", errors=errors).reason == reason


KEPT: dict[str, list[bytes]] = {
    "It has no id.": [
        webhook(value(statuses=[status(id=None)])),
        webhook(value([text(id=None)])),
        webhook(value([text(id="x" * 300)])),
        webhook(value([text(id={})])),
    ],
    "It names neither a phone number nor a user id.": [
        webhook(value(statuses=[status(recipient_id=None)], contacts=None)),
        webhook(value([text(**{"from": None})], contacts=None)),
        webhook(value([text(**{"from": True})], contacts=[SHEENA, OTHER])),
    ],
    "Its group has no id.": [webhook(value([text(group_id={"a": 1})]))],
    "It is not an object.": [webhook(value("text")), webhook(value([7])), webhook(value(statuses=[None]))],
    "The change names no account.": [
        webhook(value([text()], metadata={})),
        webhook(value([text()], metadata=5)),
        webhook(value([text()], metadata={"phone_number_id": True})),
        b'{"entry":[{"changes":[{"field":"account_update","value":{}}]}]}',
    ],
    "The change names no field.": [entries([{"value": value([text()])}]), entries([{"field": {}, "value": {}}])],
    "The change has no value.": [webhook(None), webhook([]), entries([None]), entries([{"field": "messages"}])],
    "The entry has no changes.": [entries([]), b'{"entry":[5]}', b'{"entry":[{"changes":{}}]}'],
    "The webhook has no entry.": [b"{}", b'{"entry":[]}', b'{"entry":{}}'],
}


@pytest.mark.parametrize(("reason", "body"), [(reason, body) for reason, bodies in KEPT.items() for body in bodies])
def test_what_cannot_be_read_is_kept_whole(reason: str, body: bytes) -> None:
    one = unparsed(body)
    assert one.reason == reason
    assert unparsed(one.raw) == one


def test_every_entry_change_message_and_status_is_read_in_order() -> None:
    mixed = value(statuses=[status(), status("read")], messages=[text(1), 5, text(2)], errors=[{"code": 131000}])
    body = entries(
        [{"field": "messages", "value": mixed}, {"field": "account_update", "value": {"event": "X"}}],
        [{"field": "messages", "value": value([text(3)], metadata={"phone_number_id": "2"})}],
    )
    assert [place(one) for one in read(body)] == [
        f"{NUMBER}/wamid.1",
        "It is not an object.",
        f"{NUMBER}/wamid.2",
        f"{NUMBER}/wamid.1:sent",
        f"{NUMBER}/wamid.1:read",
        f"{NUMBER} errors",
        "419561257915470 account_update",
        "2/wamid.3",
    ]


def place(one: Parsed) -> str:
    if isinstance(one, Unparsed):
        return one.reason
    return f"{one.origin.account} {one.topic}" if isinstance(one, Update) else one.key.removeprefix("whatsapp/")


def test_the_kept_fragment_holds_only_the_item_and_its_own_contact() -> None:
    first, _ = messages(read(webhook(value([text(1), text(2, **{"from": "4915112345"})], contacts=[OTHER, SHEENA]))))
    assert first.raw is not None
    held = first.raw["entry"][0]["changes"][0]["value"]
    assert (held["contacts"], held["messages"]) == ([SHEENA], [text(1)])


def test_reordered_statuses_have_the_same_key() -> None:
    turned = json.dumps(json.loads(webhook(value(statuses=[status()]))), sort_keys=True).encode()
    assert keys(read(turned)) == [f"whatsapp/{NUMBER}/wamid.1:sent"]
