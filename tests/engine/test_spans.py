"""What is told to a collector is bounded, never in anybody's way, and counted where the collector does not take it."""

import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.collector import Collector, Seen, collecting
from tests.conftest import Configure
from xyper_engine import spans as spans_module
from xyper_engine.errors import SettingsError
from xyper_engine.metrics import Metrics
from xyper_engine.model import Contact, Direction, Endpoint, Message, new_id
from xyper_engine.parts import Text
from xyper_engine.spans import ROOM, Spans
from xyper_engine.tracing import Arrival, Trace


def message(id_: str = "") -> Message:
    return Message(
        id=id_ or new_id(), direction=Direction.inbound, origin=Endpoint(adapter="whatsapp", account="1"), tenant="t",
        contact=Contact(address="tel:+393331234567"), external_id="wamid.x", occurred_at=datetime.now(UTC),
        parts=(Text(text="words"),),
    )  # fmt: skip


def ended(event: Message, *, outcome: str = "delivered") -> Trace:
    trace = Trace(event, event.received_at.timestamp())
    trace.step("taken", kind=event.kind)
    trace.since(time.time() - 0.25, "transformer", name="greeting", did="changed it")
    with trace.call("POST", "/messages", {"text": "words"}) as call:
        call.answered(503, {"error": "words"}, "correlation-1")
    trace.step("ended", outcome=outcome)
    return trace


@asynccontextmanager
async def telling(configure: Configure, endpoint: str, **more: Any) -> AsyncIterator[tuple[Spans, Metrics]]:
    metrics = Metrics()
    async with Spans.open(metrics, configure({"otel": {"endpoint": endpoint, **more}})) as spans:
        yield spans, metrics


def counted(metrics: Metrics) -> Mapping[str, float]:
    counts = {
        sample.labels["became"]: sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == "xyper_otel_total"
    }
    return {became: count for became, count in counts.items() if count}


def named(collector: Collector, name: str) -> Seen:
    [found] = [span for span in collector.spans if span.name == name]
    return found


async def test_each_step_that_took_time_is_a_span_and_each_other_one_an_event(configure: Configure) -> None:
    event = message()
    async with collecting() as collector, telling(configure, collector.url) as (spans, _):
        spans.ended(ended(event, outcome="dead"))
        await collector.has(lambda seen: len(seen) == 4)
        root, process = named(collector, "message inbound"), named(collector, "process message")
        transformer, call = named(collector, "transformer greeting"), named(collector, "POST /messages")
        assert {span.trace for span in collector.spans} == {event.id.replace("-", "")}
        assert (root.failed, call.failed, transformer.failed) == (True, True, False)
        assert {transformer.parent, call.parent} == {process.id}
        assert transformer.attributes["xyper.did"] == "changed it"
        assert 0.2 < (transformer.ended - transformer.began) / 1e9 < 1
        assert list(process.events) == ["taken", "ended"]
        assert b"words" not in collector.bodies[0]


async def test_each_try_is_told_and_the_root_at_the_end(configure: Configure) -> None:
    event = message()
    first = Trace(event, event.received_at.timestamp())
    first.step("taken")
    first.step("to be repeated", reason="Throttled", after=0.5)
    async with collecting() as collector, telling(configure, collector.url) as (spans, _):
        spans.ended(first)
        await collector.has(lambda seen: len(seen) == 1)
        [tried] = collector.spans
        assert (tried.name, tried.failed) == ("process message", True)
        assert tried.attributes["xyper.reason"] == "Throttled"
        spans.ended(ended(event))
        await collector.has(lambda seen: len(seen) == 5)
        assert named(collector, "message inbound").id == tried.parent


async def test_a_proxys_trace_is_pointed_to(configure: Configure) -> None:
    outer = f"00-{'a' * 32}-{'b' * 16}-01"
    async with collecting() as collector, telling(configure, collector.url) as (spans, _):
        for parent in (outer, "nonsense", None):
            spans.stored(new_id(), "in.t", Arrival("whatsapp", 1.0, 2.0, 3.0, "r-1", parent))
        await collector.has(lambda seen: len(seen) == 6)
        links = [span.links for span in collector.spans if span.name == "webhook whatsapp"]
        assert sorted(map(list, links)) == [[], [], ["a" * 32]]


async def test_what_waits_is_told_at_the_end(configure: Configure) -> None:
    async with collecting() as collector:
        async with telling(configure, collector.url) as (spans, metrics):
            spans.ended(ended(message()))
        assert len(collector.spans) == 4
        assert counted(metrics) == {"taken": 1}


async def test_a_share_is_chosen_by_the_id_alone(configure: Configure) -> None:
    ids = [new_id() for _ in range(400)]
    chosen: list[set[str]] = []
    for _ in range(2):
        async with collecting() as collector:
            async with telling(configure, collector.url, ratio=0.25) as (spans, _):
                for id_ in ids:
                    spans.stored(id_, "in.t", Arrival("whatsapp", 1.0, 2.0, 3.0, "", None))
            chosen.append({span.trace for span in collector.spans})
    assert chosen[0] == chosen[1]
    assert 50 < len(chosen[0]) < 150


@pytest.mark.parametrize("status", [400, 503])
async def test_what_a_collector_refuses_is_counted(configure: Configure, status: int) -> None:
    async with collecting() as collector:
        collector.status = status
        async with telling(configure, collector.url, timeout=0.2) as (spans, metrics):
            spans.ended(ended(message()))
        assert counted(metrics) == {"refused": 1}


async def test_a_collector_that_is_not_there_is_counted(configure: Configure, unused_tcp_port: int) -> None:
    async with telling(configure, f"http://127.0.0.1:{unused_tcp_port}", timeout=0.2) as (spans, metrics):
        spans.ended(ended(message()))
    assert counted(metrics) == {"refused": 1}


async def test_a_collector_that_hangs_delays_nobody_and_has_no_room_without_end(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spans_module, "PAUSE", 0.01)
    async with collecting() as collector:
        collector.holds.clear()
        async with telling(configure, collector.url, timeout=0.3) as (spans, metrics):
            began = time.monotonic()
            for _ in range(ROOM + 7):
                spans.stored(new_id(), "in.t", Arrival("whatsapp", 1.0, 2.0, 3.0, "", None))
            assert time.monotonic() - began < 1
            assert counted(metrics) == {"no room": 7}
        assert time.monotonic() - began < 3
        assert counted(metrics)["refused"] == ROOM
        collector.holds.set()


def test_who_does_not_ask_for_spans_does_not_load_the_sdk() -> None:
    probe = "import sys, xyper_engine.cli, xyper_engine.engine; sys.exit('requests' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0


async def test_without_the_sdk_a_person_is_told_what_to_install(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xyper_engine.otlp", None)
    with pytest.raises(SettingsError, match=r"^\[otel\] endpoint: .*xyper\[otel\]"):
        async with telling(configure, "http://127.0.0.1:1"):
            pass


async def test_switched_off_nothing_is_told(configure: Configure) -> None:
    async with telling(configure, "") as (spans, metrics):
        spans.ended(ended(message()))
    assert not spans.on
    assert counted(metrics) == {}
