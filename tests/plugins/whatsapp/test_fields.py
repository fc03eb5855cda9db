"""The other fields: calls, what was said elsewhere, handovers, and news of accounts and people."""

import json
from typing import Any

import pytest

from tests.plugins.whatsapp.webhooks import NUMBER, SHEENA, entries, status, text, value, webhook
from xyper_engine.contract import Unparsed
from xyper_engine.model import Message, Update
from xyper_engine.parts import Notice, Opaque, Text
from xyper_engine.testing import keys, raw_request
from xyper_whatsapp.from_wire import Parsed, parse

TEL, OURS = "tel:+16505551234", "15550783881"
ACCOUNT = f"account:{NUMBER}"
HELLO = Text(text="hello")
APP, MISSED = Notice(code="business_app"), Notice(code="missed_call")
ERROR = {"code": 131000, "title": "Something went wrong"}


def read(field: str, *, contacts: object = None, **content: object) -> list[Parsed]:
    return parse(raw_request(webhook(value(contacts=contacts or [SHEENA], **content), field=field)))


def brief(one: Parsed) -> tuple[Any, ...]:
    """An event as a table shows it: a message by its record, an update by its topic."""
    if isinstance(one, Message):
        return one.record, one.contact.address, one.external_id, *one.parts
    if isinstance(one, Update):
        return one.topic, one.contact.address, dict(one.value)
    assert isinstance(one, Unparsed)
    return ("unparsed", one.reason)


def call(**changes: object) -> dict[str, Any]:
    base = {"id": "wacid.1", "from": "16505551234", "to": OURS, "event": "connect", "direction": "USER_INITIATED"}
    return {**base, "timestamp": "1749416383", **changes}


def echo(number: int = 1, /, **changes: object) -> dict[str, Any]:
    return {**text(number), "from": OURS, "to": "16505551234", **changes}


def thread(*items: object, **changes: object) -> dict[str, Any]:
    return {"id": "16505551234", "messages": list(items), **changes}


TERMINATED, OUTWARD = call(event="terminate", duration=5), call(direction="BUSINESS_INITIATED", to="16505551234")
PAYMENT = status("captured", type="payment")
PHASE = {"phase": 1, "progress": 55}
DECLINED = {"errors": [{"code": 2593109, "title": "declined"}]}
WISH = {"wa_id": "16505551234", "category": "marketing_messages", "value": "stop", "timestamp": 1749416383}
ENTRY = {"type": "contact", "contact": {"full_name": "Ada", "phone_number": "+1 (650) 555-1234"}, "action": "add"}
STRANGE = {"type": "contact", "contact": {"full_name": "Ada"}}
PASSED = {"wa_id": "16505551234", "control_passed": {"new_owner": {"role": "agent"}}, "timestamp": "1749416383"}

FIELDS: dict[str, tuple[list[Parsed], list[tuple[Any, ...]]]] = {
    "a missed call": (read("calls", calls=[call()]), [("live", TEL, "wacid.1", MISSED)]),
    "a call that ended": (read("calls", calls=[TERMINATED]), [("calls", TEL, {"calls": [TERMINATED]})]),
    "a call of ours": (read("calls", calls=[OUTWARD]), [("calls", TEL, {"calls": [OUTWARD]})]),
    "calls, a status and more": (
        read("calls", calls=[call(), 5], statuses=[status("RINGING", type="call")], errors=[ERROR]),
        [
            ("live", TEL, "wacid.1", MISSED),
            ("unparsed", "It is not an object."),
            ("statuses", TEL, {"statuses": [status("RINGING", type="call")]}),
            ("errors", ACCOUNT, {"errors": [ERROR]}),
        ],
    ),
    "a call without an id": (read("calls", calls=[call(id=None)]), [("unparsed", "It has no id.")]),
    "a payment": (read("messages", statuses=[PAYMENT]), [("statuses", TEL, {"statuses": [PAYMENT]})]),
    "a newer status": (
        read("messages", statuses=[status("warning")]),
        [("statuses", TEL, {"statuses": [status("warning")]})],
    ),
    "errors alone": (read("messages", errors=[ERROR]), [("errors", ACCOUNT, {"errors": [ERROR]})]),
    "errors beside words": (
        read("messages", messages=[text()], errors=[ERROR]),
        [("live", TEL, "wamid.1", HELLO), ("errors", ACCOUNT, {"errors": [ERROR]})],
    ),
    "errors beside a wordless message": (
        read("messages", messages=[text(type="interactive")], errors=[ERROR]),
        [("live", TEL, "wamid.1", Notice(code="failed_inbound", values={"words": "Something went wrong"}))],
    ),
    "errors beside a status": (
        read("messages", statuses=[PAYMENT], errors=[ERROR]),
        [("statuses", TEL, {"statuses": [PAYMENT]}), ("errors", ACCOUNT, {"errors": [ERROR]})],
    ),
    "tracked clicks": (
        read("messages", user_actions=[{"a": 1}]),
        [("user_actions", ACCOUNT, {"user_actions": [{"a": 1}]})],
    ),
    "an echo": (read("smb_message_echoes", message_echoes=[echo()]), [("echo", TEL, "wamid.1", APP, HELLO)]),
    "an echo the other way round": (
        read("smb_message_echoes", message_echoes=[{**echo(to=OURS), "from": "16505551234"}]),
        [("echo", TEL, "wamid.1", APP, HELLO)],
    ),
    "an echo that is forwarded": (
        read("smb_message_echoes", message_echoes=[echo(context={"forwarded": True})]),
        [("echo", TEL, "wamid.1", APP, Notice(code="forwarded"), HELLO)],
    ),
    "an echo without an id": (
        read("smb_message_echoes", message_echoes=[echo(id=None), echo(2)]),
        [("unparsed", "It has no id."), ("echo", TEL, "wamid.2", APP, HELLO)],
    ),
    "history": (
        read("history", history=[{"metadata": PHASE, "threads": [thread(text(1), echo(2), 5), thread(text(3))]}]),
        [
            ("history", TEL, "wamid.1", HELLO),
            ("history", TEL, "wamid.2", APP, HELLO),
            ("unparsed", "It has no id."),
            ("history", TEL, "wamid.3", HELLO),
        ],
    ),
    "history of a hidden number": (
        read("history", history=[{"threads": [thread(text(1), id=None, context={"user_id": "US.1"})]}]),
        [("history", "bsuid:US.1", "wamid.1", HELLO)],
    ),
    "a file of the history": (
        read("history", history=[{"threads": [thread(text(1, type="media_placeholder"))]}], messages=[text(1)]),
        [
            ("history", TEL, "wamid.1:media_placeholder", Opaque(label="media_placeholder")),
            ("history", TEL, "wamid.1", HELLO),
        ],
    ),
    "history declined": (read("history", history=[DECLINED]), [("history", ACCOUNT, {"history": [DECLINED]})]),
    "history that is odd": (
        read("history", history=[5, {"threads": [5, {}], "metadata": PHASE}]),
        [
            ("history", ACCOUNT, {"history": [5]}),
            ("history", ACCOUNT, {"history": [{"metadata": PHASE, "threads": [5]}]}),
            ("history", ACCOUNT, {"history": [{"metadata": PHASE, "threads": [{}]}]}),
        ],
    ),
    "an address book": (
        read("smb_app_state_sync", state_sync=[ENTRY, STRANGE]),
        [
            ("smb_app_state_sync", TEL, {"state_sync": [ENTRY]}),
            ("smb_app_state_sync", ACCOUNT, {"state_sync": [STRANGE]}),
        ],
    ),
    "standby": (
        read("standby", standby={"messages": [text(1)], "message_echoes": [echo(2)], "statuses": [status()]}),
        [
            ("standby", TEL, "wamid.1", HELLO),
            ("standby", TEL, "wamid.2", APP, HELLO),
            ("statuses", TEL, {"statuses": [status()]}),
        ],
    ),
    "standby in a list": (
        read("standby", standby=[{"messages": [text(1)]}, 5, {"messages": [text(2)], "errors": [ERROR]}], odd=[1]),
        [
            ("standby", TEL, "wamid.1", HELLO),
            ("unparsed", "It is not an object."),
            ("standby", TEL, "wamid.2", HELLO),
            ("errors", ACCOUNT, {"errors": [ERROR]}),
            ("odd", ACCOUNT, {"odd": [1]}),
        ],
    ),
    "standby at once": (read("standby", messages=[text(1)]), [("standby", TEL, "wamid.1", HELLO)]),
    "a wish": (
        read("user_preferences", user_preferences=[WISH, {"value": "stop"}]),
        [
            ("user_preferences", TEL, {"user_preferences": [WISH]}),
            ("user_preferences", ACCOUNT, {"user_preferences": [{"value": "stop"}]}),
        ],
    ),
}


@pytest.mark.parametrize("case", FIELDS)
def test_what_a_field_brings(case: str) -> None:
    found, expected = FIELDS[case]
    assert list(map(brief, found)) == expected


@pytest.mark.parametrize("case", FIELDS)
def test_what_was_kept_can_be_read_again(case: str) -> None:
    for one in FIELDS[case][0]:
        raw = one.raw if isinstance(one, Unparsed) else json.dumps(one.raw).encode()
        assert list(map(brief, parse(raw_request(raw)))) == [brief(one)]


@pytest.mark.parametrize(
    ("item", "owner"),
    [
        (PASSED, "agent"),
        ({"from": "16505551234", "new_owner_role": "META_AI"}, "META_AI"),
        ({"recipient": "16505551234", "control_taken": {"new_owner": "app"}}, "app"),
        ({"user_id": "US.1"}, "?"),
    ],
)
def test_a_handover_is_told_in_the_conversation_it_is_of(item: dict[str, Any], owner: str) -> None:
    for found in (read("messaging_handovers", messaging_handovers=[item]), read("messaging_handovers", **item)):
        (one,) = found
        assert isinstance(one, Message)
        assert one.parts == (Notice(code="handover", values={"owner": owner}),)
        assert (one.contact.phone or one.contact.bsuid, one.opens) in (("+16505551234", 0), ("US.1", 0))
        assert keys(parse(raw_request(json.dumps(one.raw).encode()))) == [one.key]


def test_a_handover_of_nobody_is_news_of_the_account() -> None:
    (one,) = read("messaging_handovers", contacts=[5], messaging_handovers=[{"id": "1"}])
    assert brief(one) == ("messaging_handovers", ACCOUNT, {"messaging_handovers": [{"id": "1"}]})


EMPTY = ("messages", "calls", "smb_message_echoes", "history", "smb_app_state_sync", "standby", "user_preferences")


@pytest.mark.parametrize("field", [*EMPTY, "security", "business_username_update", "a field of next year"])
def test_a_change_of_another_shape_is_kept_as_news(field: str) -> None:
    (one,) = read(field, messages=[])
    assert isinstance(one, Update)
    assert (one.topic, one.value) == (field, value([]))
    (again,) = parse(raw_request(json.dumps(one.raw).encode()))
    assert brief(again) == brief(one)


def test_news_without_a_number_is_of_the_account_above_it() -> None:
    change = {"field": "account_update", "value": {"event": "X"}}
    body = {"object": "whatsapp_business_account", "entry": [{"id": "5", "time": 1749416383, "changes": [change]}]}
    (one,) = parse(raw_request(json.dumps(body).encode()))
    assert isinstance(one, Update)
    assert (str(one.origin), one.contact.address, one.raw) == ("whatsapp/5", "account:5", body)
    assert one.occurred_at.timestamp() == 1749416383


def test_news_that_come_again_are_the_same_and_news_of_another_time_are_not() -> None:
    def key(time: int, news: dict[str, Any]) -> list[str]:
        entry = {"id": "5", "time": time, "changes": [{"field": "account_update", "value": news}]}
        return keys(parse(raw_request(json.dumps({"entry": [entry]}).encode())))

    assert key(1, {"a": 1, "b": 2}) == key(1, {"b": 2, "a": 1})
    assert len({*key(1, {"a": 1}), *key(2, {"a": 1}), *key(1, {"a": 2})}) == 3


def test_a_field_that_needs_a_number_is_not_guessed_without_one() -> None:
    body = entries([{"field": "calls", "value": {"calls": [call()]}}])
    assert list(map(brief, parse(raw_request(body)))) == [("unparsed", "The change names no account.")]
