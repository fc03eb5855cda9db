"""The vocabulary: what queues hold must be readable by older and newer engines."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

from xyper_engine.model import (
    AnyEvent,
    Contact,
    Direction,
    Endpoint,
    Message,
    Reason,
    Receipt,
    Status,
    Typing,
    dump,
    load,
    new_id,
)
from xyper_engine.parts import Opaque, Text

WHEN = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ORIGIN = Endpoint(adapter="whatsapp", account="106540352242922")
CONTACT = Contact(address="tel:+16505551234", aliases=("bsuid:US.1349",), name="Sheena")
SCHEMA = Path(__file__).parent / "event_schema.json"

MESSAGE = Message(
    direction=Direction.inbound,
    origin=ORIGIN,
    tenant="acme",
    contact=CONTACT,
    external_id="wamid.1",
    occurred_at=WHEN,
    parts=(Text(text="hello"), Opaque(label="poll")),
)
RECEIPT = Receipt(
    direction=Direction.inbound,
    origin=ORIGIN,
    contact=CONTACT,
    external_id="wamid.1:failed",
    occurred_at=WHEN,
    about="wamid.1",
    status=Status.failed,
    reason=Reason(code="131047", message="Re-engagement message"),
)
TYPING = Typing(direction=Direction.outbound, origin=ORIGIN, contact=CONTACT, external_id="t:1", occurred_at=WHEN)


@pytest.mark.parametrize("event", [MESSAGE, RECEIPT, TYPING], ids=lambda event: event.kind)
def test_an_event_survives_the_queue(event: AnyEvent) -> None:
    assert load(dump(event)) == event


def test_what_a_newer_engine_added_is_ignored() -> None:
    body = json.loads(dump(MESSAGE))
    body["added_later"] = {"a": 1}
    body["parts"][0]["added_later"] = True
    assert load(json.dumps(body).encode()) == MESSAGE


@pytest.mark.parametrize(
    "field", ["id", "tenant", "thread", "extras", "raw", "to", "received_at", "author", "reply_to"]
)
def test_what_an_older_engine_did_not_write_has_a_default(field: str) -> None:
    body = json.loads(dump(MESSAGE))
    del body[field]
    assert isinstance(load(json.dumps(body).encode()), Message)


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(ValidationError):
        load(b'{"kind": "dance"}')


def test_events_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        MESSAGE.tenant = "other"  # type: ignore[misc]


def test_key_and_lane() -> None:
    assert MESSAGE.key == "whatsapp/106540352242922/wamid.1"
    assert MESSAGE.lane == "whatsapp/106540352242922/tel:+16505551234"
    assert MESSAGE.text == "hello\n[poll]"


def test_a_contact_knows_its_phone_and_its_bsuid() -> None:
    assert CONTACT.phone == "+16505551234"
    assert CONTACT.bsuid == "US.1349"
    assert Contact(address="bsuid:US.1349").phone is None


def test_ids_are_uuid_version_7_and_sort_by_time() -> None:
    ids = [new_id() for _ in range(3)]
    assert all(UUID(one).version == 7 for one in ids)
    assert len(set(ids)) == 3


def test_statuses_rise_and_failed_yields_to_delivered() -> None:
    assert [status.value for status in sorted(Status, key=lambda status: status.rank)] == [
        "published",
        "sent",
        "failed",
        "delivered",
        "read",
        "played",
    ]


def test_the_json_schema_is_pinned() -> None:
    """A change here changes what is stored in every queue: add fields with defaults only, then update the file."""
    schema = TypeAdapter(AnyEvent).json_schema()
    assert schema == json.loads(SCHEMA.read_text()), "write the new schema to event_schema.json if it only adds"
