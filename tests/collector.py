"""A small OpenTelemetry collector: it takes what OTLP brings over HTTP, and remembers it as it came and as spans."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class Seen:
    """One span."""

    name: str
    trace: str
    id: str
    parent: str
    kind: int
    links: Sequence[str]
    """The traces that it points to."""
    attributes: Mapping[str, Any]
    began: int
    ended: int
    failed: bool
    events: Sequence[str]


class Collector:
    def __init__(self) -> None:
        self.url = ""
        self.bodies: list[bytes] = []
        self.headers: list[Mapping[str, str]] = []
        self.spans: list[Seen] = []
        self.status = 200
        """What it answers; with anything but 200 it takes nothing."""
        self.holds = asyncio.Event()
        """Nothing is answered until this is set."""
        self.holds.set()
        self._grew = asyncio.Event()

    async def has(self, enough: Callable[[Sequence[Seen]], bool], timeout: float = 20.0) -> Sequence[Seen]:
        """Its spans, once they are `enough`."""
        try:
            async with asyncio.timeout(timeout):
                while not enough(self.spans):
                    self._grew.clear()
                    await self._grew.wait()
        except TimeoutError:
            raise AssertionError(f"The collector has {sorted(span.name for span in self.spans)}.") from None
        return self.spans

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()  # aiohttp undoes the gzip
        await self.holds.wait()
        if self.status == 200:
            self.headers.append(dict(request.headers))
            self.bodies.append(gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body)
            self.spans += _spans(self.bodies[-1])
            self._grew.set()
        return web.Response(status=self.status)


def _spans(body: bytes) -> list[Seen]:
    request = ExportTraceServiceRequest.FromString(body)
    return [_seen(span) for of in request.resource_spans for scope in of.scope_spans for span in scope.spans]


def _seen(span: Span) -> Seen:
    told = {one.key: getattr(one.value, one.value.WhichOneof("value") or "string_value") for one in span.attributes}
    return Seen(
        span.name, span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(), span.kind,
        [link.trace_id.hex() for link in span.links], told, span.start_time_unix_nano, span.end_time_unix_nano,
        span.status.code == 2, [event.name for event in span.events],
    )  # fmt: skip


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """On a free port."""
    collector = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield collector
    finally:
        collector.holds.set()
        await runner.cleanup()
