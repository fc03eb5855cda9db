"""Whatever JSON a webhook holds: nothing but `Malformed` is raised, and no valid neighbour is lost."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.plugins.whatsapp.webhooks import status, text, value
from xyper_engine.contract import Unparsed
from xyper_engine.errors import Malformed
from xyper_engine.model import dump, load
from xyper_engine.testing import messages, raw_request
from xyper_whatsapp.from_wire import parse

KEYS = (
    *("object", "entry", "id", "changes", "field", "value", "metadata", "phone_number_id", "contacts", "messages"),
    *("statuses", "errors", "from", "from_user_id", "wa_id", "user_id", "profile", "name", "timestamp", "type", "text"),
    *("body", "status", "recipient_id", "recipient_type", "context", "error_data", "details", "code", "caption"),
)
WORDS = (
    "messages",
    "text",
    "image",
    "unsupported",
    "sent",
    "failed",
    "group",
    "16505551234",
    "US.1",
    "wamid.9",
    "",
    "0",
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS)
    | st.text(st.characters(), max_size=20)
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner),
    max_leaves=30,
)


def like(item: dict[str, Any]) -> st.SearchStrategy[Any]:
    """`item` with some of its values replaced by anything."""
    return st.dictionaries(st.sampled_from(sorted(item)), anything, max_size=3).map(lambda over: {**item, **over})


items = anything | like(text(9)) | like(status())
values = anything | like(value([text(9)], [status()])) | items.map(lambda one: value([one], [one]))
changes = anything | values.map(lambda one: {"field": "messages", "value": one})
entries = anything | st.lists(changes, max_size=3).map(lambda held: {"id": "1", "changes": held})
bodies = anything | st.lists(entries, max_size=3).map(lambda held: {"object": "o", "entry": held})


def encode(body: object) -> bytes:
    return json.dumps(body).encode()


@settings(max_examples=100, deadline=None)
@given(bodies)
def test_nothing_but_malformed_is_raised(body: object) -> None:
    try:
        parsed = parse(raw_request(encode(body)))
    except Malformed:
        assert not isinstance(body, dict)
        return
    assert parsed
    for one in parsed:
        if isinstance(one, Unparsed):
            assert all(isinstance(again, Unparsed) for again in parse(raw_request(one.raw)))
        else:
            assert load(dump(one)).key == one.key
            (again,) = parse(raw_request(encode(one.raw)))
            assert not isinstance(again, Unparsed)
            assert again.key == one.key


@settings(max_examples=100, deadline=None)
@given(items, changes, entries)
def test_no_valid_neighbour_is_lost(item: object, change: object, entry: object) -> None:
    good = [text(n, f"number {n}") for n in range(6)]
    inner = {"field": "messages", "value": value([good[1], item, good[2]], [item])}
    first = {"id": "1", "changes": [{"field": "messages", "value": value([good[0]])}, inner, change]}
    last = {"id": "2", "changes": [change, {"field": "messages", "value": value([good[3]])}]}
    parsed = parse(raw_request(encode({"object": "o", "entry": [first, entry, last]})))
    found = [one.external_id for one in messages(parsed) if one.text.startswith("number ")]
    assert [one for one in found if one in {"wamid.0", "wamid.1", "wamid.2", "wamid.3"}] == [
        f"wamid.{n}" for n in range(4)
    ]
