"""What queues and databases cannot hold is mended, and costs the rest of a webhook nothing."""

import pytest

from tests.plugins.whatsapp.webhooks import NUMBER, text, value, webhook
from xyper_engine.errors import Malformed
from xyper_engine.model import dump, load
from xyper_engine.testing import keys, messages, raw_request
from xyper_whatsapp.from_wire import Parsed, parse


def read(body: bytes) -> list[Parsed]:
    return parse(raw_request(body))


@pytest.mark.parametrize(
    ("escaped", "read_as"),
    [
        (rb"cut \ud83e", "cut \ufffd"),
        (rb"cut \udd28 here", "cut \ufffd here"),
        (rb"\ud83e\ud83e\udd28", "\ufffd🤨"),
        (rb"a\u0000b", "a\ufffdb"),
        (rb"\ud83e\udd28\u0000", "🤨\ufffd"),
        (rb"a\\u0000b", r"a\u0000b"),
        (rb"a\\\u0000b", "a\\\ufffdb"),
        (rb"\u00e4\/\"", 'ä/"'),
    ],
)
def test_what_no_database_can_hold_is_mended(escaped: bytes, read_as: str) -> None:
    body = webhook(value([text(1, "SAID"), text(2, "after")])).replace(b"SAID", escaped)
    one, after = messages(read(body))
    assert (one.text, after.text) == (read_as, "after")
    assert load(dump(one)) == one


def nested(depth: int) -> bytes:
    return webhook(value([text(1, extra="DEEP")])).replace(b'"DEEP"', b"[" * depth + b"]" * depth)


@pytest.mark.parametrize("depth", [10, 100, 150])
def test_a_nested_item_is_read_and_can_be_queued(depth: int) -> None:
    (one,) = messages(read(nested(depth)))
    assert load(dump(one)) == one


@pytest.mark.parametrize("depth", [168, 200, 400, 1000, 5000, 100_000])
def test_what_is_nested_too_deep_costs_nothing_else(depth: int) -> None:
    bomb = rb'{"\"[{": "]}\\", "a": ' + b"[" * depth + b"5" + b"]" * depth + b"}"
    body = webhook(value([text(1), text(2, extra="DEEP"), text(3)])).replace(b'"DEEP"', bomb)
    found = messages(read(body))
    assert [one.text for one in found] == ["hello"] * 3
    assert all(load(dump(one)) == one for one in found)


@pytest.mark.parametrize("body", [b"[" * 5000, b'{"a":' * 5000, b"[" * 5000 + b"]" * 5000, b'{"a":"' + b"{" * 5000])
def test_depth_without_a_webhook_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        read(body)


def test_a_full_body_of_flat_items_is_not_taken_for_deep() -> None:
    assert len(read(webhook(value([text(n) for n in range(1000)])))) == 1000


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert keys(read(b"\xef\xbb\xbf" + webhook(value([text()])))) == [f"whatsapp/{NUMBER}/wamid.1"]
