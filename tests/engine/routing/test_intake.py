"""What the edge writes into a queue is what any engine reads there, whatever a vendor put into it."""

from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import pytest

from xyper_engine.model import (
    Contact,
    Direction,
    Endpoint,
    Message,
    Reason,
    Receipt,
    Status,
    Typing,
    Update,
    dump,
    load,
)
from xyper_engine.parts import Location, Media, Opaque, Text

HEAD: dict[str, Any] = {
    "direction": Direction.inbound,
    "origin": Endpoint(adapter="whatsapp", account="106540352242922"),
    "contact": Contact(address="tel:+16505551234", aliases=("bsuid:US.1349",), name="Zoë \U0001f600"),
    "external_id": "wamid.1",
    "occurred_at": datetime(2026, 11, 22, 10, 0, 0, 120_000, tzinfo=UTC),
}
EVENTS = {
    "message": Message(
        **HEAD,
        parts=(Text(text="a\u2028b"), Opaque(label="poll"), Location(latitude=37.48, longitude=-122.148)),
        raw={"entry": [{"n": 1.5, "none": None, "yes": True}]},
        extras={"genesys": {"tags": ["a"]}},
    ),
    "file": Message(**HEAD, parts=(Media(kind="image", caption="see", mime="image/png"),)),
    "receipt": Receipt(**HEAD, about="wamid.0", status=Status.failed, reason=Reason(code="131047", message="no")),
    "typing": Typing(**HEAD),
    "update": Update(**HEAD, topic="account_update", value={"event": "x"}),
    "elsewhere": Typing(**{**HEAD, "occurred_at": datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=5)))}),
    "frozen raw": Typing(**HEAD, raw=MappingProxyType({"a": MappingProxyType({"b": 1})})),
    "a number beyond 64 bits": Typing(**HEAD, raw={"n": 2**70}),
}


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_an_event_survives_the_edge(event: Message | Receipt | Typing | Update) -> None:
    assert load(dump(event, tenant="acme")) == event.model_copy(update={"tenant": "acme"})
