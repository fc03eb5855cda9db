"""Whatever JSON a webhook holds: nothing but `Malformed` is raised, and no valid neighbour is lost."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.plugins.whatsapp.webhooks import SAMPLES, status, text, value
from xyper_engine.contract import Unparsed
from xyper_engine.errors import Malformed
from xyper_engine.model import dump, load
from xyper_engine.testing import messages, raw_request
from xyper_whatsapp.from_wire import parse

REAL = [json.loads(file.read_bytes()) for file in sorted(SAMPLES.glob("*/*.json"))]
Path = tuple[Any, ...]


def paths(held: Any, at: Path = ()) -> Iterator[Path]:
    """Where every value of a webhook stands."""
    inner = held.items() if isinstance(held, dict) else enumerate(held) if isinstance(held, list) else ()
    for key, one in inner:
        yield (*at, key)
        yield from paths(one, (*at, key))


def nested(depth: int) -> object:
    held: object = "core"
    for _ in range(depth):
        held = [held]
    return held


KEYS = sorted({path[-1] for one in REAL for path in paths(one) if isinstance(path[-1], str)})
FIELDS = ["messages", "calls", "smb_message_echoes", "history", "smb_app_state_sync", "standby", "messaging_handovers"]
NEWS = ["user_preferences", "account_update", "hologram"]
WORDS = [
    *("text", "image", "contacts", "interactive", "nfm_reply", "reaction", "order", "system", "edit", "unsupported"),
    *("sent", "failed", "group", "16505551234", "US.1", "wamid.9", "", "0", "connect", "user_changed_number"),
    *("contact_request", '{"a":1}', "{", "[[", "9" * 400, "1e999", "m04pFf2ERdaopTyFkGPA0+bX3i+YY2dYgVFwOgDLSDI="),
]

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


deep = st.integers(0, 300).map(lambda depth: text(9, extra=nested(depth)))
items = anything | like(text(9)) | like(status()) | deep
values = anything | like(value([text(9)], [status()])) | items.map(lambda one: value([one], [one]))
changes = anything | st.builds(
    lambda field, one: {"field": field, "value": one}, st.sampled_from(FIELDS + NEWS), values
)
entries = anything | st.lists(changes, max_size=3).map(lambda held: {"id": "1", "changes": held})
bodies = anything | st.lists(entries, max_size=3).map(lambda held: {"object": "o", "entry": held})


@st.composite
def spoiled(draw: st.DrawFn) -> Any:
    """A real webhook of which some values are missing or something else."""
    held = json.loads(json.dumps(draw(st.sampled_from(REAL))))
    for _ in range(draw(st.integers(1, 4))):
        *above, key = draw(st.sampled_from(list(paths(held)) or [("object",)]))
        parent = held
        for step in above:
            parent = parent[step]
        parent[key] = draw(anything)
        if draw(st.booleans()):
            del parent[key]
    return held


def encode(body: object) -> bytes:
    return json.dumps(body).encode()


def check(body: object) -> None:
    """Every event can be queued, and what was kept of it is the same event again."""
    parsed = parse(raw_request(encode(body)))
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
@given(bodies)
def test_nothing_but_malformed_is_raised(body: object) -> None:
    try:
        check(body)
    except Malformed:
        assert not isinstance(body, dict)


@settings(max_examples=200, deadline=None)
@given(spoiled())
def test_a_real_webhook_that_is_spoiled_is_read_all_the_same(body: object) -> None:
    check(body)


@settings(max_examples=100, deadline=None)
@given(items, changes, entries, spoiled())
def test_no_valid_neighbour_is_lost(item: object, change: object, entry: object, real: dict[str, Any]) -> None:
    good = [text(n, f"number {n}") for n in range(4)]
    inner = {"field": "messages", "value": value([good[1], item, good[2]], [item])}
    first = {"id": "1", "changes": [{"field": "messages", "value": value([good[0]])}, inner, change]}
    last = {"id": "2", "changes": [change, {"field": "messages", "value": value([good[3]])}]}
    real_entries = real.get("entry")
    others = real_entries if isinstance(real_entries, list) else [real_entries]
    parsed = parse(raw_request(encode({"object": "o", "entry": [first, entry, *others, last]})))
    found = [one.external_id for one in messages(parsed) if one.text.startswith("number ")]
    assert [one for one in found if one in {f"wamid.{n}" for n in range(4)}] == [f"wamid.{n}" for n in range(4)]
