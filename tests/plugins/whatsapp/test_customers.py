"""What customers do: what goes before their words, how long the window opens, and who they turn out to be."""

from typing import Any

import pytest

from tests.plugins.whatsapp.webhooks import SHEENA, text, value, webhook
from xyper_engine.contract import Unparsed
from xyper_engine.model import Message, Part, Update
from xyper_engine.parts import Notice, Opaque, Referral, Text
from xyper_engine.testing import raw_request
from xyper_whatsapp.from_wire import Parsed, parse

TEL, NEW = "tel:+16505551234", "tel:+12195555358"
OLD_ID, NEW_ID, PARENT = "US.1", "US.2", "US.ENT.3"
HELLO = Text(text="hello")
AD = {"source_type": "ad", "source_id": "5", "headline": "Shoes", "welcome_message": {"text": "Hi"}}


def read(*values: object, field: str = "messages") -> list[Parsed]:
    return parse(raw_request(webhook(*values, field=field)))


def message(contacts: object = None, /, **changes: object) -> Message:
    (one,) = read(value([text(**changes)], contacts=contacts or [SHEENA]))
    assert isinstance(one, Message)
    return one


def urns(one: Message | Update) -> list[str]:
    return [one.contact.address, *one.contact.aliases]


BESIDE: list[tuple[dict[str, Any], tuple[Part, ...]]] = [
    ({"context": {"forwarded": True}}, (Notice(code="forwarded"), HELLO)),
    ({"context": {"forwarded": True, "frequently_forwarded": True}}, (Notice(code="forwarded_often"), HELLO)),
    (
        {"context": {"referred_product": {"catalog_id": "1", "product_retailer_id": "x"}}},
        (Notice(code="product", values={"product": "x"}), HELLO),
    ),
    ({"context": {"referred_product": 5, "forwarded": "yes"}}, (HELLO,)),
    ({"context": 5, "referral": []}, (HELLO,)),
    ({"referral": AD}, (Referral(kind="ad", id="5", headline="Shoes", greeting="Hi"), HELLO)),
    (
        {"referral": {"source_type": "post", "thumbnail_url": "https://t"}, "context": {"forwarded": True}},
        (Referral(kind="post", image="https://t"), Notice(code="forwarded"), HELLO),
    ),
    (
        {"referral": {"source_url": "https://a"}, "type": "hologram"},
        (Referral(url="https://a"), Opaque(label="hologram")),
    ),
]


@pytest.mark.parametrize(("beside", "parts"), BESIDE)
def test_what_goes_before_the_words(beside: dict[str, Any], parts: tuple[Part, ...]) -> None:
    assert message(**beside).parts == parts


@pytest.mark.parametrize(
    ("changes", "hours"),
    [
        ({}, 24),
        ({"type": "hologram"}, 24),
        ({"type": "unsupported"}, 24),
        ({"referral": AD}, 72),
        ({"referral": {}}, 24),
        ({"type": "reaction", "reaction": {"message_id": "m"}}, 0),
        ({"type": "system", "system": {"body": "x"}}, 0),
        ({"type": "edit", "edit": {}}, 0),
        ({"type": "revoke", "revoke": {}}, 0),
    ],
)
def test_how_long_the_window_opens(changes: dict[str, Any], hours: float) -> None:
    assert message(**changes).opens == hours


def test_a_message_of_a_group_is_the_groups_and_names_its_writer() -> None:
    one = message(group_id="Y2FwaV9n")
    assert urns(one) == ["group:Y2FwaV9n"]
    assert one.contact.name is None
    assert one.parts == (Notice(code="group_member", values={"name": "Sheena Nelson"}), HELLO)


@pytest.mark.parametrize(
    ("person", "name"),
    [
        ({"wa_id": "16505551234"}, "+16505551234"),
        ({"user_id": "US.1", "profile": {"username": "@sheena"}}, "sheena"),
        ({"user_id": "US.1"}, "US.1"),
    ],
)
def test_a_member_without_a_name_is_named_by_what_is_known(person: dict[str, Any], name: str) -> None:
    one = message([person], group_id="g", **{"from": None})
    assert one.parts[0] == Notice(code="group_member", values={"name": name})


@pytest.mark.parametrize("username", ["sheena", "@sheena"])
def test_a_username_is_for_display_only(username: str) -> None:
    one = message([{**SHEENA, "profile": {"username": username}}])
    assert (one.contact.username, one.contact.name, urns(one)) == ("sheena", None, [TEL])


def test_who_shares_the_own_number_on_request_is_known_by_it() -> None:
    card = {"origin": "contact_request", "phones": [{"phone": "+1 650", "wa_id": "US.9"}, {"wa_id": "16505551234"}]}
    shared = {"type": "contacts", "contacts": [{"phones": [{"wa_id": "4915112345"}]}, card]}
    hidden = {"from": None, "from_user_id": OLD_ID}
    assert urns(message([{}], **shared, **hidden)) == [f"bsuid:{OLD_ID}", TEL]
    assert urns(message(**shared)) == [TEL]


def test_a_card_that_was_not_asked_for_is_somebody_else() -> None:
    shared = {"type": "contacts", "contacts": [{"phones": [{"wa_id": "4915112345"}]}]}
    assert urns(message([{}], **shared, **{"from": None, "from_user_id": OLD_ID})) == [f"bsuid:{OLD_ID}"]


NUMBERS = Notice(code="number_changed", values={"old": "+16505551234", "new": "+12195555358"})
USER_ID = Notice(code="user_id_changed")
HIDDEN = {"from": None, "from_user_id": OLD_ID}

CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any], list[str], Part]] = {
    "a new number": ({}, {"type": "user_changed_number", "wa_id": "12195555358"}, [TEL, NEW], NUMBERS),
    "a new number, as it was": (
        {"from": "12195555358"},
        {"type": "customer_changed_number", "new_wa_id": "12195555358", "customer": "16505551234"},
        [TEL, NEW],
        NUMBERS,
    ),
    "a new number and user id": (
        {"from_user_id": OLD_ID},
        {"type": "user_changed_number", "wa_id": "12195555358", "user_id": NEW_ID, "parent_user_id": PARENT},
        [TEL, NEW, f"bsuid:{NEW_ID}", f"parent:{PARENT}", f"bsuid:{OLD_ID}"],
        NUMBERS,
    ),
    "the sender is the new identity": (
        {"from": "12195555358", "from_user_id": NEW_ID},
        {"type": "user_changed_number", "wa_id": "12195555358", "user_id": NEW_ID, "previous_user_id": OLD_ID},
        [f"bsuid:{OLD_ID}", NEW, f"bsuid:{NEW_ID}"],
        Notice(code="system", values={"words": "moved"}),
    ),
    "nothing but the new identity": (
        {"from": "12195555358"},
        {"type": "user_changed_number", "wa_id": "12195555358"},
        [NEW],
        Notice(code="system", values={"words": "moved"}),
    ),
    "a new user id": (
        HIDDEN,
        {"type": "user_changed_user_id", "user_id": NEW_ID},
        [f"bsuid:{OLD_ID}", f"bsuid:{NEW_ID}"],
        USER_ID,
    ),
    "a user id in place of a number": (
        {"from": OLD_ID},
        {"type": "user_changed_user_id", "user_id": NEW_ID, "wa_id": "US.x"},
        [f"bsuid:{OLD_ID}", f"bsuid:{NEW_ID}"],
        USER_ID,
    ),
    "all user ids": (
        {"from": None},
        {
            "type": "user_changed_user_id",
            "user_id": NEW_ID,
            "previous_user_id": OLD_ID,
            "parent_user_id": PARENT,
            "previous_parent_user_id": "US.ENT.0",
        },
        [f"bsuid:{OLD_ID}", f"bsuid:{NEW_ID}", f"parent:{PARENT}", "parent:US.ENT.0"],
        USER_ID,
    ),
    "nobody but the contact": ({"from": None}, {"type": "user_changed_user_id"}, [TEL], USER_ID),
    "a new phone": ({}, {"type": "user_identity_changed"}, [TEL], Notice(code="identity_changed")),
    "a new phone, as it was": ({}, {"type": "customer_identity_changed"}, [TEL], Notice(code="identity_changed")),
    "something newer": ({}, {"type": "user_moved_house"}, [TEL], Notice(code="system", values={"words": "moved"})),
    "something wordless": ({}, {"type": "user_moved_house", "body": None}, [TEL], Opaque(label="user_moved_house")),
    "something nameless": ({}, {"type": [], "body": 5}, [TEL], Opaque(label="system")),
}


@pytest.mark.parametrize("case", CHANGES)
def test_who_a_customer_was_and_is(case: str) -> None:
    changes, system, known, part = CHANGES[case]
    one = message(type="system", system={"body": "moved", **system}, **changes)
    assert urns(one) == known
    assert one.parts == (part,)


def test_a_system_message_of_nobody_cannot_be_read() -> None:
    (one,) = read(value([text(type="system", system={"type": "user_changed_user_id"}, **{"from": None})], contacts=[]))
    assert isinstance(one, Unparsed)
    assert one.reason == "It names neither a phone number nor a user id."
