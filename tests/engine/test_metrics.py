"""What `/metrics` tells: labels stay bounded however many tenants there are, and every alert speaks of what exists."""

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from xyper_engine.errors import FarSideDown, SendError
from xyper_engine.metrics import OTHER, Metrics
from xyper_engine.model import Endpoint
from xyper_engine.routing.breaker import Breaker, Breakers
from xyper_engine.sections import Breaker as BreakerSettings

CONFIG = Path(__file__).parents[2] / "config"
RULES = [rule for group in yaml.safe_load((CONFIG / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
TENANTS, MOST = 1000, 20


def series(metrics: Metrics) -> Mapping[str, dict[tuple[str, ...], float]]:
    """Each metric's values by its labels' values."""
    found: dict[str, dict[tuple[str, ...], float]] = defaultdict(dict)
    for family in metrics.registry.collect():
        for sample in family.samples:
            if not sample.name.endswith("_created"):
                found[sample.name][tuple(sample.labels.values())] = sample.value
    return found


def names(metrics: Metrics) -> set[str]:
    """Of all metrics, as Prometheus will know them."""
    ends = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
    return {one.name + end for one in metrics.registry.collect() for end in ends[one.type]}


async def trip(one: Breaker) -> None:
    with pytest.raises(SendError):
        async with one.passage():
            raise FarSideDown("away")


async def test_a_thousand_tenants_have_so_many_labels_and_no_count_is_lost() -> None:
    metrics = Metrics(MOST)
    breakers = Breakers(BreakerSettings(failures=1), metrics)
    for n in range(TENANTS):
        tenant = metrics.tenant(f"tenant-{n}")
        metrics.events.labels(tenant, "message", "inbound", "delivered").inc()
        metrics.retries.labels(tenant, "Throttled").inc()
        await trip(breakers.of(Endpoint(adapter="genesys", account=f"i-{n}")))
    found = series(metrics)
    for name in ("xyper_events_total", "xyper_retries_total", "xyper_breaker_open"):
        assert len(found[name]) == MOST + 1, name
        assert sum(found[name].values()) == TENANTS, name
    assert found["xyper_events_total"][OTHER, "message", "inbound", "delivered"] == TENANTS - MOST
    assert found["xyper_breaker_open"][("genesys/i-0",)] == 1


def test_who_has_a_label_keeps_it() -> None:
    metrics = Metrics(2)
    assert [metrics.tenant(name) for name in ("a", "b", "c", "a", "d", "b")] == ["a", "b", OTHER, "a", OTHER, "b"]


def test_nobody_has_a_label_where_none_may() -> None:
    assert Metrics(0).tenant("a") == OTHER


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_an_alert_names_metrics_and_labels_that_exist(rule: Mapping[str, Any]) -> None:
    metrics = Metrics()
    used = set(re.findall(r"\bxyper_\w+", rule["expr"]))
    assert used <= names(metrics)
    assert used or rule["expr"].startswith('up{job="xyper"}')
    by = [label for found in re.findall(r"by \(([^)]*)\)", rule["expr"]) for label in found.split(", ")]
    labels = {*re.findall(r"(\w+)(?:=|!=|=~)\"", rule["expr"]), *by}
    known = {label for one in metrics.registry.collect() for label in labels_of(metrics, one.name)}
    assert labels <= known | {"le", "instance", "job"}


def labels_of(metrics: Metrics, name: str) -> tuple[str, ...]:
    found = metrics.registry._names_to_collectors[name]
    return tuple(getattr(found, "_labelnames", ()))


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_an_alert_says_what_is_wrong_and_how_bad_that_is(rule: Mapping[str, Any]) -> None:
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["expr"].count("(") == rule["expr"].count(")")


def test_an_alert_is_there_for_everything_that_stands_for_trouble() -> None:
    spoken = {name for rule in RULES for name in re.findall(r"\bxyper_\w+", rule["expr"])}
    quiet = {  # to look at, not to wake for
        "xyper_event_seconds", "xyper_held", "xyper_health_checks", "xyper_live_connections", "xyper_mapping",
        "xyper_queue_seconds",
    }  # fmt: skip
    for one in Metrics().registry.collect():
        assert one.name in quiet or any(name.startswith(one.name) for name in spoken), one.name


def test_prometheus_loads_the_alerts() -> None:
    config = yaml.safe_load((CONFIG / "prometheus.yml").read_text())
    assert [(CONFIG / name).is_file() for name in config["rule_files"]] == [True]
