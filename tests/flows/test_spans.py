"""A message is one trace, from webhook to vendor's answer, through whichever broker; its statuses point to it."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.collector import Seen, collecting
from tests.flows.conftest import Bridge, Build

MARIA = "393331234567"
SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5


def named(spans: Sequence[Seen], name: str) -> Seen:
    [found] = [span for span in spans if span.name == name]
    return found


def of(spans: Sequence[Seen], trace: str) -> list[Seen]:
    return [span for span in spans if span.trace == trace]


async def id_of(bridge: Bridge, direction: str) -> str:
    found: str = await bridge.engine.rt.db.fetchval("select id from messages where direction = $1", direction)
    return found.replace("-", "")


def telling(url: str, **more: Any) -> Mapping[str, Any]:
    return {"otel": {"endpoint": url, **more}}


async def test_one_trace_from_the_webhook_to_the_vendors_answer(build: Build) -> None:
    async with collecting() as collector, build(settings=telling(collector.url, headers={"x-key": "k"})) as bridge:
        await bridge.world.write(bridge.tenants[0], MARIA, "my secret words")
        await bridge.world.reached(1)
        spans = await collector.has(lambda seen: any(span.name == "message inbound" for span in seen))
        trace = await id_of(bridge, "inbound")
        spans = of(await collector.has(lambda seen: len(of(seen, trace)) >= 5), trace)
        root = named(spans, "message inbound")
        webhook, publish = named(spans, "webhook whatsapp"), named(spans, "publish in.tenant-1")
        process = named(spans, "process message")
        call = named(spans, "POST /api/v2/conversations/messages/{integration}/inbound/open/message")
        assert (webhook.kind, publish.kind, process.kind, call.kind) == (SERVER, PRODUCER, CONSUMER, CLIENT)
        assert (root.parent, webhook.parent, publish.parent) == ("", root.id, webhook.id)
        assert (process.parent, call.parent) == (root.id, process.id)
        assert root.began <= webhook.began <= publish.began <= process.began <= call.began <= call.ended <= root.ended
        assert call.attributes["http.response.status_code"] == 200
        assert call.attributes["xyper.correlation"]
        assert "taken" in process.events
        assert root.attributes["xyper.outcome"] == "delivered"
        assert collector.headers[0]["x-key"] == "k"


async def test_statuses_are_traces_of_their_own_that_point_to_the_message(build: Build) -> None:
    async with collecting() as collector, build(settings=telling(collector.url)) as bridge:
        await bridge.world.write(bridge.tenants[0], MARIA, "hello")
        [first] = await bridge.world.reached(1)
        said = await bridge.world.say(first["conversation"], "an answer in words")
        await bridge.world.reached(1, kind="receipt")
        trace = await id_of(bridge, "outbound")
        spans = await collector.has(lambda seen: any(span.links == [trace] and not span.parent for span in seen))
        [status, *_] = [span for span in spans if span.links == [trace] and not span.parent]
        assert status.name == "receipt inbound"
        assert status.trace != trace
        assert named(of(spans, status.trace), "webhook whatsapp").parent == status.id
        told = b"".join(collector.bodies)
        assert b"tenant-1" in told
        wamid = (await bridge.world.sent(1))[0]["wamid"]
        assert not [word for word in (MARIA, wamid, said, "hello", "answer in words") if word.encode() in told]
