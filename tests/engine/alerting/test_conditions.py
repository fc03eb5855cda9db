"""What is wrong enough to tell: a table of what engines tell, and of budgets."""

from datetime import timedelta
from typing import Any

import pytest

from xyper_engine.alerting.conditions import of_budget, of_engines
from xyper_engine.certificate import CertificateView
from xyper_engine.model import now
from xyper_engine.saying import span
from xyper_engine.sections import Alerts
from xyper_engine.state.objectives import BudgetView
from xyper_engine.state.pulses import BreakerView, CanaryView, PulseView, QueueView, SpoolView

HOST = "xyper.example.com"


def pulse(**more: Any) -> PulseView:
    return PulseView(engine="e", host="h", version="1", started_at=now(), at=now(), **more)


def breaker(seconds: float) -> BreakerView:
    return BreakerView(tenant="acme", account="genesys/1", seconds=seconds, failures=9, reason="FarSideDown 503")


def queue(age: float) -> QueueView:
    return QueueView(tenant="acme", queue="inbound", age=age, waiting=1, consumers=1)


def shown(days: float, fault: str = "") -> CertificateView:
    return CertificateView(host=HOST, expires_at=now() + timedelta(days=days), fault=fault, at=now())


FOUND: dict[str, tuple[dict[str, Any], list[tuple[str | None, str, str]]]] = {
    "all is well": ({"breakers": (breaker(60),), "queues": (queue(30),), "parts": {"broker": "ok"}}, []),
    "paused for long": ({"breakers": (breaker(121),)}, [("acme", "breaker", "genesys/1")]),
    "a message waits": ({"queues": (queue(400),)}, [("acme", "age", "inbound")]),
    "a part is away": ({"parts": {"cache": "Redis is away", "broker": "ok"}}, [(None, "part", "cache")]),
    "half a spool": ({"spool": SpoolView(messages=1, used=60, limit=100)}, [(None, "spool", "h")]),
    "an old spool": ({"spool": SpoolView(messages=1, used=1, limit=100, age=301)}, [(None, "spool", "h")]),
    "clocks": ({"clocks": {"graph.facebook.com": 45.0, "b": 3.0}}, [(None, "clock", "graph.facebook.com")]),
    "the canary": ({"canary": CanaryView(sent=2, lost=1, failing=True)}, [(None, "canary", "lost")]),
    "a certificate for long": ({"certificate": shown(40)}, []),
    "a certificate that ends": ({"certificate": shown(3)}, [(None, "certificate", HOST)]),
    "one that does not hold": ({"certificate": shown(90, "It does not hold.")}, [(None, "certificate", HOST)]),
    "nobody could look": ({"certificate": CertificateView(host=HOST, fault="No answer.", at=now())}, []),
}


@pytest.mark.parametrize("what", FOUND)
def test_what_engines_tell(what: str) -> None:
    told, expected = FOUND[what]
    found = list(of_engines([pulse(**told)], Alerts()))
    assert [(one.tenant, one.topic, one.subject) for one in found] == expected
    assert all(one.words.strip().endswith((".", "?", "away")) for one in found)


def test_the_same_of_two_engines_is_one_thing() -> None:
    away = pulse(parts={"cache": "Redis is away"}, breakers=(breaker(200),))
    found = {(one.topic, one.subject) for one in of_engines([away, away.model_copy(update={"engine": "f"})], Alerts())}
    assert found == {("part", "cache"), ("breaker", "genesys/1")}


def budget(**more: Any) -> BudgetView:
    usual = {"good": 990, "total": 1000, "kept": 0.5, "burn_hour": 1.0, "burn_six": 1.0, "burn_day": 1.0}
    return BudgetView.model_validate({"tenant": "acme", "at": now(), "share": 99.0, "seconds": 10, **usual, **more})


@pytest.mark.parametrize(
    ("given", "subjects"),
    [
        ({}, []),
        ({"kept": 0.0}, ["left"]),
        ({"kept": -3.0, "burn_hour": 20.0, "burn_six": 7.0}, ["left", "burn"]),
        ({"burn_hour": 20.0, "burn_six": 7.0}, ["burn"]),
        ({"burn_hour": 20.0, "burn_six": 2.0}, []),
        ({"kept": -9.0, "good": 6, "total": 10}, []),
    ],
)
def test_budgets(given: dict[str, Any], subjects: list[str]) -> None:
    assert [one.subject for one in of_budget(budget(**given))] == subjects


@pytest.mark.parametrize(("seconds", "words"), [(60, "60 seconds"), (600, "10 minutes"), (10_800, "3 hours")])
def test_times_in_words(seconds: float, words: str) -> None:
    assert span(seconds) == words
