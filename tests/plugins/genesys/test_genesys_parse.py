"""What Genesys' webhook says, and what Xyper makes of it."""

import hmac
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.plugins.genesys.test_genesys_content import CONTENT
from tests.plugins.genesys.test_genesys_odd import ELEMENTS
from tests.plugins.genesys.test_genesys_odd import JSON as ANY
from tests.plugins.genesys.world import GENESYS, INTEGRATION, THREAD
from xyper_engine.contract import Unparsed
from xyper_engine.errors import Malformed
from xyper_engine.model import AnyEvent, Direction, Message, Part, Reason, Receipt, Status, Typing, dump, load
from xyper_engine.parts import Text
from xyper_engine.testing import MOMENT, BatchSuite, raw_request
from xyper_genesys.adapter import Genesys
from xyper_genesys.from_wire import address_of, parse
from xyper_genesys.settings import GenesysSettings
from xyper_genesys.to_wire import id_of

SAMPLES = Path(__file__).parents[2] / "samples" / "genesys"
ID = "d7d58935af65a45e5234ac77de017a0a"
RECEIPT_ID = "5c0e7e4d8a4b4c0f9d0b7a6e5f4d3c2b"
WAMID = "wamid.HBgMMzkzMzMxMjM0NTY3FQIAEhgUM0E="
SENT_AT = datetime(2026, 11, 22, 21, 3, 5, 427_000, tzinfo=UTC)


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))


def read(item: object) -> AnyEvent | Unparsed:
    (event,) = parse(raw_request(json.dumps(item).encode()))
    return event


def changed(name: str, **changes: Any) -> Any:
    """A sample with other fields; `channel__time` reaches into `channel`, None leaves a field out."""
    item = sample(name)
    for key, value in changes.items():
        *way, last = key.split("__")
        place = item
        for step in way:
            place = place[step]
        place[last] = value
        if value is None:
            del place[last]
    return item


SAID: dict[str, list[Part]] = {
    "text": [Text(text="Buongiorno Mario, è pronto 👍")],
    "text_from_a_bot": [Text(text="I am a robot.")],
    "text_to_a_user_id": [Text(text="hello")],
    "text_without_channel_id": [Text(text="ciao")],
}


@pytest.mark.parametrize(("name", "parts"), SAID.items())
def test_a_message(name: str, parts: list[Part]) -> None:
    event = read(sample(name))
    assert isinstance(event, Message)
    assert list(event.parts) == parts
    assert (event.external_id, event.direction, event.origin) == (ID, Direction.outbound, GENESYS)
    assert (event.occurred_at, event.received_at, event.raw) == (SENT_AT, MOMENT, sample(name))


def test_every_sample_is_in_a_table() -> None:
    others = {"typing", "typing_bare", "receipt_published", "receipt_failed", "receipt_failed_without_reason"}
    assert {path.stem for path in SAMPLES.iterdir()} == SAID.keys() | CONTENT.keys() | others


def test_who_and_where() -> None:
    text, bot, user = (read(sample(name)) for name in ("text", "text_from_a_bot", "text_to_a_user_id"))
    assert isinstance(text, Message)
    assert isinstance(bot, Message)
    assert isinstance(user, Message)
    assert (text.contact.address, text.thread, text.author) == ("tel:+393331234567", THREAD, "human")
    assert bot.author == "bot"
    assert user.contact.address == "bsuid:US.13491208655302741918"


@pytest.mark.parametrize(("name", "duration"), [("typing", 7000), ("typing_bare", 5000)])
def test_typing(name: str, duration: int) -> None:
    event = read(sample(name))
    assert isinstance(event, Typing)
    assert event.duration_ms == duration
    assert event.external_id == f"{sample(name)['id']}:typing:2026-11-22T21:03:05.427Z"
    assert event.contact.address == "tel:+393331234567"


RECEIPTS = {
    "receipt_published": (Status.published, WAMID, None),
    "receipt_failed": (Status.failed, WAMID, Reason(code="MediaTypeNotAllowed", message="not on the list")),
    "receipt_failed_without_reason": (Status.failed, None, None),
}


@pytest.mark.parametrize(("name", "expected"), RECEIPTS.items())
def test_a_receipt(name: str, expected: tuple[Status, str | None, Reason | None]) -> None:
    event = read(sample(name))
    assert isinstance(event, Receipt)
    assert (event.status, event.reference, event.reason) == expected
    assert (event.about, event.external_id) == (RECEIPT_ID, f"{RECEIPT_ID}:{event.status}")
    assert (event.origin, event.contact.address) == (GENESYS, "tel:+393331234567")
    assert (event.direction, event.final) == (Direction.outbound, False)


UNREADABLE = {
    "unknown type": changed("text", type="Presence"),
    "no type": changed("text", type=None),
    "no channel": changed("text", channel=None),
    "no customer": changed("text", channel__to=None),
    "no integration": changed("text_without_channel_id", channel__from=None),
    "the integration on both sides": changed("text", channel__to__id=INTEGRATION, channel__from=None),
    "no id": changed("text", id=None, channel__messageId=None),
    "nothing said": changed("text", text=" ", content=[]),
    "content of a wrong shape": changed("text", text=None, content={"a": 1}),
    "the customer's own": changed("text", direction="Inbound"),
    "unknown event": changed("typing", events=[{"eventType": "Presence"}, 3]),
    "unknown status": changed("receipt_published", status="Removed"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_is_kept_whole(case: str) -> None:
    event = read(UNREADABLE[case])
    assert isinstance(event, Unparsed)
    assert json.loads(event.raw) == UNREADABLE[case]
    assert event.reason.startswith("it")


@pytest.mark.parametrize(("case", "origin"), [("unknown type", GENESYS), ("no channel", None)])
def test_what_cannot_be_read_names_its_account(case: str, origin: object) -> None:
    event = read(UNREADABLE[case])
    assert isinstance(event, Unparsed)
    assert event.origin == origin


TIMES = {
    "2026-11-22T22:03:05.427+01:00": SENT_AT,
    "2026-11-22T21:03:05.427": SENT_AT,
    "2026-11-22T21:03:05Z": SENT_AT - timedelta(milliseconds=427),
    "yesterday": MOMENT,
    "0001-01-01T00:00:00+14:00": MOMENT,
    "": MOMENT,
}


@pytest.mark.parametrize(("time", "expected"), TIMES.items())
def test_the_far_sides_clock(time: str, expected: datetime) -> None:
    event = read(changed("text", channel__time=time))
    assert not isinstance(event, Unparsed)
    assert event.occurred_at == expected
    assert event.occurred_at.tzinfo is UTC


TOLERATED = {
    "unknown fields": changed("text", novelty={"deep": [1]}),
    "other capitals": changed("text", type="text", direction="OUTBOUND"),
    "no message id of its own": changed("text", id=None),
    "an empty element": changed("text", content=[{}, 3, None]),
}


@pytest.mark.parametrize("case", TOLERATED)
def test_tolerated(case: str) -> None:
    event = read(TOLERATED[case])
    assert isinstance(event, Message)
    assert event.external_id == ID


@pytest.mark.parametrize("duration", [0, -5, "7000", None, 2.5])
def test_a_typing_of_unreadable_length_is_a_usual_one(duration: object) -> None:
    event = read(changed("typing", events=[{"eventType": "Typing", "typing": {"type": "On", "duration": duration}}]))
    assert isinstance(event, Typing)
    assert event.duration_ms == 5000


def test_a_failure_without_a_code_is_a_general_one() -> None:
    event = read(changed("receipt_failed", reasons=[{"message": "gone"}]))
    assert isinstance(event, Receipt)
    assert event.reason == Reason(code="GeneralError", message="gone")


def test_half_an_emoji_costs_one_character_and_not_the_message() -> None:
    body = json.dumps(changed("text", text="cut \ud83d")).encode()
    (event,) = parse(raw_request(body))
    assert isinstance(event, Message)
    assert event.text == "cut ?"
    assert load(dump(event)) == event


@pytest.mark.parametrize("body", [b'{"text": NaN}', b"[" * 5000])
def test_what_a_lenient_parser_takes_is_still_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(raw_request(body))


IDS = st.one_of(
    st.from_regex(r"\+[0-9]{1,20}", fullmatch=True),
    st.from_regex(r"[A-Z]{2}\.[0-9A-Za-z]{1,40}", fullmatch=True),
    st.from_regex(r"sms:[0-9]{1,9}", fullmatch=True),
    st.emails(),
)


@settings(deadline=None)
@given(IDS)
def test_an_id_comes_back_from_its_address(wire_id: str) -> None:
    assert id_of(address_of(wire_id)) == wire_id


@settings(deadline=None)
@given(st.from_regex(r"[0-9]{1,20}", fullmatch=True))
def test_a_phone_is_one_customer_with_or_without_plus(digits: str) -> None:
    assert address_of(digits) == address_of(f"+{digits}") == f"tel:+{digits}"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text()
    | st.sampled_from(["Text", "Outbound", "Typing"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
PLACES = ("id", "type", "channel", "direction", "text", "content", "events", "status", "reasons", "conversationId")
DEEP = ("channel__to", "channel__from", "channel__time", "channel__id", "channel__messageId")


@settings(deadline=None)
@given(
    st.sampled_from(["text", "quick_replies", "canned_response_without_text", "typing", "receipt_failed"]),
    st.fixed_dictionaries({"content": st.lists(ELEMENTS, max_size=3)})
    | st.dictionaries(st.sampled_from(PLACES), JSON, max_size=3)
    | st.dictionaries(st.sampled_from(DEEP), JSON, max_size=3),
)
def test_no_body_is_lost_whatever_stands_in_its_fields(name: str, changes: dict[str, Any]) -> None:
    item = changed(name, **changes)
    event = read(item)
    if isinstance(event, Unparsed):
        assert json.loads(event.raw) == item
    else:
        assert event.raw == item
        assert load(dump(event)) == event


@settings(deadline=None)
@given(st.binary() | st.builds(lambda value: json.dumps(value).encode(), JSON | ANY))
def test_a_body_is_read_or_malformed_and_nothing_else(body: bytes) -> None:
    with suppress(Malformed):
        assert parse(raw_request(body))


class TestGenesys(BatchSuite):
    """A list of messages is no documented body, but it is read; so the suite for batches holds as well."""

    def adapter(self) -> Genesys:
        return Genesys(GenesysSettings())

    def sign(self, body: bytes, secret: str) -> Mapping[str, str]:
        proof = b64encode(hmac.digest(secret.encode(), body, sha256)).decode()
        return {"x-hub-signature-256": f"sha256={proof}"}

    def item(self, number: int, text: str) -> object:
        return changed("text", id=f"{number:032x}", text=text)

    def batch(self, items: Sequence[object]) -> bytes:
        return json.dumps(list(items)).encode()


class TestOneMessageABody(TestGenesys):
    """The documented body: one message, not in a list."""

    def batch(self, items: Sequence[object]) -> bytes:
        return json.dumps(items[0] if len(items) == 1 else list(items)).encode()


def test_there_is_no_handshake() -> None:
    suite = TestGenesys()
    assert suite.adapter().challenge(raw_request(method="GET", query={"hub.challenge": "1"}), suite.hook("one")) is None


def test_metas_hexadecimal_signature_is_not_genesys() -> None:
    suite = TestGenesys()
    proof = hmac.new(b"one", suite.body(), sha256).hexdigest()
    assert suite.refusal(suite.body(), {"X-Hub-Signature-256": f"sha256={proof}"}, "one") == 403
