"""Which webhooks are seen at a glance to hold one message; what is said of them must be what reading them says."""

import json

import pytest

from tests.plugins.whatsapp.webhooks import NUMBER, SAMPLES, entries, status, text, value, webhook
from xyper_engine.contract import Unparsed
from xyper_engine.model import Direction, Endpoint, Message
from xyper_engine.testing import raw_request
from xyper_whatsapp.from_wire import parse
from xyper_whatsapp.glance import sole

ONE = value([text()])


@pytest.mark.parametrize(
    "body",
    [
        webhook(ONE),
        json.dumps(json.loads(webhook(ONE)), indent=1).encode(),
        webhook(value([text(contacts=None)], contacts=None)),
        webhook(value([text(1, "é \U0001f600", context={"id": "wamid.0"})])),
        webhook(value([text(id=None)])),
        webhook(value(["no object"])),
    ],
)
def test_one_message(body: bytes) -> None:
    assert sole(body) == NUMBER
    assert len(parse(raw_request(body))) == 1


@pytest.mark.parametrize(
    "body",
    [
        webhook(value([text(1), text(2)])),
        webhook(value([])),
        webhook(value(None, [status()])),
        webhook(value([text()], [status()])),
        webhook(value([text()], errors=[{"code": 1}])),
        webhook(value([text()], something="new")),
        webhook(value(text())),
        webhook(value("x")),
        webhook(value([text()], metadata={})),
        webhook(value([text()], metadata={"phone_number_id": {}})),
        webhook(ONE, ONE),
        webhook(ONE, field="history"),
        entries([{"field": "messages", "value": ONE}], [{"field": "messages", "value": ONE}]),
        entries([]),
        entries(["x"]),
        b'{"entry": {"changes": 1}}',
        b"[1]",
        b"1",
        b"",
        b"{not json",
        webhook(value([text(1, "half \ud83d of a pair")])),
    ],
)
def test_anything_else(body: bytes) -> None:
    assert sole(body) is None


@pytest.mark.parametrize("name", sorted(str(file.relative_to(SAMPLES)) for file in SAMPLES.glob("*/*.json")))
def test_of_real_webhooks_it_says_what_reading_them_says(name: str) -> None:
    body = (SAMPLES / name).read_bytes()
    number, found = sole(body), parse(raw_request(body))
    messages = [one for one in found if isinstance(one, Message)]
    if number is not None:
        assert [one.origin for one in found if not isinstance(one, Unparsed)] == [
            Endpoint(adapter="whatsapp", account=number)
        ]
        assert [(one.record, one.direction) for one in messages] == [("live", Direction.inbound)]
