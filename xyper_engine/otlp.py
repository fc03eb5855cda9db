"""What was told of an event (`spans.py`) as OpenTelemetry's spans, exported by OTLP over HTTP. Runs in a thread.

    message inbound                         from the webhook to the end, told by whoever ends it
    ├ webhook whatsapp                      told by the engine that took it
    │ └ publish inbound.<tenant>
    └ process message                       one for each try
      ├ transformer <name>
      └ POST /api/v2/…                      the vendor's path, as a template

The root's id follows from the event's, like the trace's: so nobody has to know it to hang something below it, and a
receipt links to the message that it speaks of. Attributes are those of `_NAMES` and nothing else.
"""

import logging
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.trace.status import Status, StatusCode

from xyper_engine import __version__
from xyper_engine.model import new_id
from xyper_engine.sections import Otel
from xyper_engine.tracing import Step, Stored, Trace

_PATH = "/v1/traces"
_NAMES = {
    "method": "http.request.method", "route": "url.template", "status": "http.response.status_code",
    "error": "error.type", "correlation": "xyper.correlation", "did": "xyper.did", "how": "xyper.how",
    "reason": "xyper.reason", "why": "xyper.why", "outcome": "xyper.outcome", "code": "xyper.code",
    "after": "xyper.after", "payloads": "xyper.payloads", "parts": "xyper.parts", "files": "xyper.files",
    "again": "xyper.again", "name": "xyper.name",
}  # fmt: skip
"""The facts of a trace's steps that are told, and as what: vendors' words, numbers and names of ours."""
_SCOPE = InstrumentationScope("xyper", __version__)


class OtlpExporter:
    def __init__(self, settings: Otel) -> None:
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # it logs each failure; ours are counted
        self._exporter = OTLPSpanExporter(
            settings.endpoint.rstrip("/") + _PATH,
            headers={name: value.get_secret_value() for name, value in settings.headers.items()},
            timeout=settings.timeout,
            compression=Compression.Gzip,
        )
        self._resource = Resource(
            {"service.name": settings.service, "service.version": __version__, "service.instance.id": new_id()}
        )

    def export(self, told: Sequence[Stored | Trace]) -> bool:
        """One request for all of it."""
        try:
            spans = [span for one in told for span in self._spans(one)]
            return self._exporter.export(spans) is SpanExportResult.SUCCESS
        except Exception:  # noqa: BLE001  requests has errors of many kinds; a span is worth none of them
            return False

    def shutdown(self) -> None:
        self._exporter.shutdown()  # type: ignore[no-untyped-call]

    def _spans(self, told: Stored | Trace) -> Iterator[ReadableSpan]:
        if isinstance(told, Stored):
            return self._arrived(told)
        return self._tried(told)

    def _arrived(self, stored: Stored) -> Iterator[ReadableSpan]:
        came, about = stored.arrival, {"messaging.message.id": stored.event}
        if came.request:
            about["xyper.request"] = came.request
        top = self._span(
            f"webhook {came.adapter}", root_of(stored.event), (came.received, came.stored), about,
            kind=SpanKind.SERVER, links=_of_proxy(came.parent),
        )  # fmt: skip
        yield top
        name, about = f"publish {stored.queue}", {"messaging.destination.name": stored.queue}
        yield self._span(name, top.context, (came.verified, came.stored), about, kind=SpanKind.PRODUCER)

    def _tried(self, trace: Trace) -> Iterator[ReadableSpan]:
        event, steps = trace.event, [step for step in trace.steps if step[1] != "stored"]
        began, (ended, what, facts) = min(at for at, _, _ in steps), steps[-1]
        about = {"messaging.message.id": event.id, "xyper.tenant": event.tenant, **_told(facts)}
        links = () if trace.message == event.id else (Link(root_of(trace.message)),)
        root = root_of(event.id)
        if what == "ended":
            name, times = f"{event.kind} {event.direction}", (event.received_at.timestamp(), ended)
            status = _status(facts["outcome"] == "dead")
            yield self._span(name, None, times, about, context=root, links=links, status=status)
        tried = self._span(
            f"process {event.kind}", root, (began, ended), about, kind=SpanKind.CONSUMER, links=links,
            status=_status(what != "ended"), events=[_moment(step) for step in steps if "ms" not in step[2]],
        )  # fmt: skip
        yield tried
        for step in steps:
            if "ms" in step[2]:
                yield self._took(step, tried.context)

    def _took(self, step: Step, parent: SpanContext) -> ReadableSpan:
        """A step that took time."""
        began, what, facts = step
        times, told = (began, began + facts["ms"] / 1000), _told(facts)
        if what != "called":
            return self._span(f"{what} {facts.get('name', '')}".rstrip(), parent, times, told)
        name, status = f"{facts['method']} {facts['route']}", _status(not 200 <= facts.get("status", 0) < 300)
        return self._span(name, parent, times, told, kind=SpanKind.CLIENT, status=status)

    def _span(
        self,
        name: str,
        parent: SpanContext | None,
        times: tuple[float, float],
        attributes: Mapping[str, Any],
        *,
        context: SpanContext | None = None,
        **more: Any,
    ) -> ReadableSpan:
        began, ended = times
        return ReadableSpan(
            name, context or _below(parent), parent, self._resource, attributes,
            start_time=_ns(began), end_time=_ns(max(began, ended)), instrumentation_scope=_SCOPE, **more,
        )  # fmt: skip


def root_of(event: str) -> SpanContext:
    """The root of an event's trace: the trace's id is the event's, the span's is the random half of it."""
    number = UUID(event).int
    return _context(number, number & (2**64 - 1))


def _below(parent: SpanContext | None) -> SpanContext:
    if parent is None:
        raise ValueError("A root has an id of its own: see root_of.")
    return _context(parent.trace_id, random.getrandbits(64) or 1)


def _context(trace: int, span: int) -> SpanContext:
    return SpanContext(trace, span, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _of_proxy(traceparent: str | None) -> Sequence[Link]:
    """Whoever stands in front may have a trace of its own: ours points to it, and does not trust it with our ids."""
    if traceparent is None:
        return ()
    found = get_current_span(TraceContextTextMapPropagator().extract({"traceparent": traceparent}, Context()))
    return (Link(found.get_span_context()),) if found.get_span_context().is_valid else ()


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {_NAMES[name]: value for name, value in facts.items() if name in _NAMES}


def _moment(step: Step) -> Event:
    at, what, facts = step
    return Event(what, _told(facts), _ns(at))


def _status(failed: bool) -> Status:
    return Status(StatusCode.ERROR if failed else StatusCode.UNSET)


def _ns(seconds: float) -> int:
    return int(seconds * 1_000_000_000)
