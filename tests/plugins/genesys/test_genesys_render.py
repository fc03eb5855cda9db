"""What Xyper says to Genesys, checked against the models of Genesys' official SDK."""

import re
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import orjson
import pytest

from tests.plugins.genesys.sdk import CUSTOM_ATTRIBUTES, unknown_to_the_sdk
from tests.plugins.genesys.world import AT, MARIO, WHATSAPP, message, receipt, target, typing
from xyper_engine.contract import Payload, Priority, Rate, Target
from xyper_engine.errors import Misconfigured, Unsupported
from xyper_engine.model import Account, Contact, Endpoint, Message, Reason, Status, Utterance
from xyper_engine.parts import Opaque, Text
from xyper_genesys.adapter import Genesys
from xyper_genesys.settings import GenesysSettings, Hosts
from xyper_genesys.to_wire import ATTRIBUTES_LIMIT

LAB = GenesysSettings(regions={"lab": Hosts(api="http://127.0.0.1:1", login="http://127.0.0.1:1")})
BSUID = Contact(address="bsuid:US.13491208655302741918", aliases=("tel:+16505551234",))


def render(event: Utterance, to: Target | None = None) -> list[Payload]:
    return list(Genesys(LAB).render(event, to or target()))


def body(event: Utterance, to: Target | None = None) -> Any:
    (payload,) = render(event, to)
    return payload.body


def test_a_text() -> None:
    assert body(message(reply_to="wamid.Q")) == {
        "channel": {
            "messageId": "wamid.A",
            "time": "2026-11-22T10:00:00.007Z",
            "from": {"id": "+393331234567", "idType": "Phone", "nickname": "Mario R."},
            "metadata": {
                "customAttributes": {
                    "xyper_channel": "whatsapp",
                    "xyper_account": "106540352242922",
                    "xyper_contact": "tel:+393331234567",
                    "xyper_phone": "+393331234567",
                    "xyper_reply_to": "wamid.Q",
                    "wa_phone_number_id": "106540352242922",
                }
            },
        },
        "text": "ciao",
    }


def test_each_part_is_a_message_with_an_id_of_its_own() -> None:
    bodies = [one.body for one in render(message(parts=(Text(text="a"), Opaque(label="poll"), Text(text="b"))))]
    assert [one["text"] for one in bodies] == ["a", "[poll]", "b"]
    assert [one["channel"]["messageId"] for one in bodies] == ["wamid.A", "wamid.A.1", "wamid.A.2"]


def test_nothing_to_say() -> None:
    with pytest.raises(Unsupported, match="no parts"):
        render(message(parts=()))


CUSTOMERS = {
    "phone": (MARIO, {"id": "+393331234567", "idType": "Phone", "nickname": "Mario R."}),
    "nameless": (Contact(address="tel:+1650"), {"id": "+1650", "idType": "Phone"}),
    "user id": (BSUID, {"id": "US.13491208655302741918", "idType": "Opaque"}),
    "another channel": (Contact(address="sms:4711"), {"id": "sms:4711", "idType": "Opaque"}),
}


@pytest.mark.parametrize("case", CUSTOMERS)
def test_genesys_knows_a_customer_by_the_address_alone(case: str) -> None:
    contact, expected = CUSTOMERS[case]
    assert body(message(contact=contact))["channel"]["from"] == expected
    nameless = {key: value for key, value in expected.items() if key != "nickname"}
    assert body(receipt(contact=contact))["channel"]["to"] == nameless
    assert body(typing(contact=contact))["channel"]["from"] == nameless


def test_times_are_utc_with_milliseconds() -> None:
    rome = AT.astimezone(timezone(timedelta(hours=1)))
    assert body(message(occurred_at=rome))["channel"]["time"] == "2026-11-22T10:00:00.007Z"


def attributes(event: Message, to: Target | None = None) -> dict[str, str]:
    found: dict[str, str] = body(event, to)["channel"]["metadata"]["customAttributes"]
    return found


def test_attributes_of_another_channel_have_no_whatsapp_number() -> None:
    to = Target(target().account, Account(tenant="acme", endpoint=Endpoint(adapter="sms", account="4711")))
    assert attributes(message(), to)["xyper_channel"] == "sms"
    assert "wa_phone_number_id" not in attributes(message(), to)


def test_attributes_from_other_plugins_are_strings() -> None:
    event = message(extras={"genesys": {"customAttributes": {"vip": True, "score": 7, "none": None}}})
    assert attributes(event) == attributes(message()) | {"vip": "True", "score": "7"}


def test_what_the_tenant_allows_of_the_context_is_told_before_other_plugins_and_within_the_limit() -> None:
    known = {"language": "it", "history": "h" * 2000, "tier": '{"name":"gold"}'}
    event = message(extras={"genesys": {"customAttributes": {"vip": True, "much": "m" * 1700}}})
    told = {"xyper_context_language": "it", "xyper_context_tier": '{"name":"gold"}', "vip": "True"}
    assert attributes(event, replace(target(), attributes=known)) == attributes(message()) | told


def test_attributes_that_do_not_fit_are_left_out_whole() -> None:
    extra = {"large": "ß" * ATTRIBUTES_LIMIT, "medium": "m" * 1500, "small": "s", "more": "m" * 200}
    event = message(extras={"genesys": {"customAttributes": extra}})
    assert attributes(event) == attributes(message()) | {"medium": "m" * 1500, "small": "s"}
    assert len(orjson.dumps(attributes(event))) <= ATTRIBUTES_LIMIT


FINAL = {
    Status.delivered: "Delivered",
    Status.read: "Delivered",
    Status.played: "Delivered",
    Status.failed: "Failed",
    Status.sent: None,
    Status.published: None,
}


@pytest.mark.parametrize(("status", "said"), FINAL.items())
def test_only_how_it_ended_is_told(status: Status, said: str | None) -> None:
    assert [one.body["status"] for one in render(receipt(status))] == ([said] if said else [])
    assert render(receipt(status, final=False)) == []


def test_a_delivery() -> None:
    assert body(receipt(Status.read)) == {
        "id": "d7d5",
        "channel": {"to": {"id": "+393331234567", "idType": "Phone"}, "time": "2026-11-22T10:00:00.007Z"},
        "status": "Delivered",
        "isFinalReceipt": True,
    }


REASONS = {
    "131047": "MessageNotAllowed",
    "131026": "InvalidDestination",
    "131056": "RateLimited",
    "131051": "UnsupportedMessage",
    "131053": "MediaTypeNotAllowed",
    "131050": "RecipientOptedOut",
    "opted out": "RecipientOptedOut",
    "132012": "InvalidMessageStructure",
    "131000": "ServerError",
    "unsupported": "UnsupportedMessage",
    "999999": "GeneralError",
    "": "GeneralError",
}


@pytest.mark.parametrize(("code", "expected"), REASONS.items())
def test_why_it_failed(code: str, expected: str) -> None:
    failed = body(receipt(Status.failed, reason=Reason(code=code, message="in words")))
    assert failed["reasons"] == [{"code": expected, "message": f"{code} in words".strip()}]


GIVEN_UP = {"131047 (#131047) too late": "MessageNotAllowed", "no words for it": "GeneralError", "": "GeneralError"}


@pytest.mark.parametrize(("detail", "expected"), GIVEN_UP.items())
def test_what_was_given_up_here_keeps_metas_reason(detail: str, expected: str) -> None:
    failed = body(receipt(Status.failed, reason=Reason(code="rejected", message=detail)))
    assert failed["reasons"] == [{"code": expected, "message": f"rejected {detail}".strip()}]


def test_a_failure_without_a_reason_still_has_words() -> None:
    expected = [{"code": "GeneralError", "message": "The message was not delivered."}]
    assert body(receipt(Status.failed))["reasons"] == expected


def test_typing() -> None:
    (payload,) = render(typing())
    channel = {"from": {"id": "+393331234567", "idType": "Phone"}, "time": "2026-11-22T10:00:00.007Z"}
    assert payload.body == {"channel": channel, "events": [{"eventType": "Typing"}]}


def test_typing_never_opens_a_conversation() -> None:
    assert render(typing(), target(thread=None)) == []
    assert render(typing(), Target(target().account, target().peer)) == []


def test_priorities_and_one_budget_per_client() -> None:
    payloads = [*render(message()), *render(receipt()), *render(typing())]
    assert [one.priority for one in payloads] == [Priority.message, Priority.receipt, Priority.typing]
    assert [one.action for one in payloads] == ["message", "receipt", "typing"]
    assert {one.rates for one in payloads} == {(Rate("genesys:lab:client-1", per_second=4.5, burst=30.0),)}


def test_the_region_has_one_budget_under_any_of_its_names() -> None:
    names = ("eu-central-1", "mypurecloud.de", "prod-euc1")
    buckets = {render(message(), target(config={"region": name}))[0].rates[0].bucket for name in names}
    assert buckets == {"genesys:eu-central-1:client-1"}


INCOMPLETE: dict[str, dict[str, Any]] = {
    "region": {"config": {"region": ""}},
    "client_id": {"config": {"client_id": None}},
    "'mars'": {"config": {"region": "mars"}},
}


@pytest.mark.parametrize("lacking", INCOMPLETE)
def test_an_incomplete_account_is_named(lacking: str) -> None:
    with pytest.raises(Misconfigured, match=re.escape(lacking)):
        render(message(), target(**INCOMPLETE[lacking]))


def test_an_account_without_its_secret_is_named() -> None:
    bare = target().account.model_copy(update={"secrets": {}})
    with pytest.raises(Misconfigured, match="client_secret"):
        render(message(), Target(bare, Account(tenant="acme", endpoint=WHATSAPP)))


MESSAGE = "OpenInboundNormalizedMessage"

SAID: dict[str, tuple[Utterance, str, list[str]]] = {
    "message": (message(reply_to="wamid.Q"), MESSAGE, [f"{MESSAGE}{CUSTOM_ATTRIBUTES}"]),
    "message of a user id": (message(contact=BSUID), MESSAGE, [f"{MESSAGE}{CUSTOM_ATTRIBUTES}"]),
    "delivered": (receipt(Status.read), "OpenInboundNormalizedReceipt", []),
    "failed": (receipt(Status.failed), "OpenInboundNormalizedReceipt", []),
    "typing": (typing(), "OpenInboundNormalizedEvent", []),
    **{
        f"failed with {code}": (
            receipt(Status.failed, reason=Reason(code=code, message="in words")),
            "OpenInboundNormalizedReceipt",
            [],
        )
        for code in REASONS
    },
}


@pytest.mark.parametrize("case", SAID)
def test_the_official_sdk_knows_every_field(case: str) -> None:
    event, model, gaps = SAID[case]
    assert unknown_to_the_sdk(orjson.loads(orjson.dumps(body(event))), model, model) == gaps


def test_the_check_against_the_sdk_finds_faults() -> None:
    wrong = body(receipt()) | {"status": "Read", "wamid": "x", "isFinalReceipt": "yes"}
    wrong["channel"]["to"]["idType"] = "Telephone"
    assert unknown_to_the_sdk(wrong, "OpenInboundNormalizedReceipt", "") == [
        ".channel.to.idType 'Telephone' is no value of it",
        ".status 'Read' is no value of it",
        ".isFinalReceipt is no bool",
        ".wamid is unknown",
    ]
