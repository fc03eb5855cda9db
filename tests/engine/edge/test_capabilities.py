"""The capability document: what may be said now, and a version that changes with it and with nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.engine.test_model import CONTACT
from xyper_engine.contract import Limits, MediaLimit
from xyper_engine.conversation import Conversation
from xyper_engine.edge.capabilities import capabilities
from xyper_engine.model import Endpoint
from xyper_engine.parts import MediaKind
from xyper_engine.policy import Policy, WindowPolicy

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIMITS = Limits(
    text=4096,
    parts=frozenset({"text", "media"}),
    media={MediaKind.image: MediaLimit(("image/jpeg", "image/png"), 5_000_000)},
    window=24,
)


def document(until: datetime | None, limits: Limits = LIMITS, policy: Policy | None = None) -> Any:
    customer, agent = Endpoint(adapter="whatsapp", account="1"), Endpoint(adapter="genesys", account="2")
    conversation = Conversation(
        id="c", tenant="acme", customer=customer, agent=agent, contact=CONTACT, window_until=until
    )
    return capabilities(limits, conversation, policy or Policy(), AT)


def test_an_open_window() -> None:
    found = document(AT + timedelta(hours=1))
    assert found["window"] == {"open": True, "until": "2026-11-22T13:00:00Z", "policy": "refuse"}
    assert found["media"] == {"image": {"mimes": ["image/jpeg", "image/png"], "size": 5_000_000}}
    assert (found["text"], found["parts"], found["choices"]) == (4096, ["media", "text"], None)


def test_a_closed_window() -> None:
    closed = {"open": False, "until": None, "policy": "hold"}
    holding = Policy(window=WindowPolicy.hold)
    assert document(None, policy=holding)["window"] == document(AT, policy=holding)["window"] == closed


def test_a_channel_without_a_window() -> None:
    assert document(None, Limits(text=4000))["window"] is None


def test_the_version_follows_the_content() -> None:
    one, same, other = document(AT), document(None), document(AT + timedelta(hours=1))
    assert one["version"] == same["version"] != other["version"]
