"""What each kind of message costs between the wires, and what a full webhook of Meta's costs the edge.

`kinds`: microseconds to read a sample of one vendor, fit it and say it in the other vendor's words; no I/O.
`full_batch`: 1,000 messages in one body of 3 MB (Meta's own bounds), relative to a bare handler that checks the same
signature, parses the same body and keeps nothing.
"""

import hashlib
import hmac
import io
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import orjson

from tests.bench.helper import helper
from tests.bench.rounds import HOOK, TENANT
from tests.bench.stage import Engine
from tests.world import APP_SECRET
from xyper_engine.contract import Adapter, Target
from xyper_engine.errors import Unsupported
from xyper_engine.model import Account, Endpoint, Message
from xyper_engine.parts import Media
from xyper_engine.phrases import phrases
from xyper_engine.routing.fit import fit
from xyper_engine.testing import raw_request
from xyper_genesys.adapter import Genesys
from xyper_genesys.settings import GenesysSettings
from xyper_whatsapp.adapter import WhatsApp
from xyper_whatsapp.settings import WhatsAppSettings

SAMPLES = Path(__file__).parents[1] / "samples"
MESSAGES = 1000
BODY = 3_000_000
"""Bytes."""


def kinds(repeats: int) -> dict[str, dict[str, float]]:
    """By sample: `read_us` and `say_us`, medians; only samples that bring messages."""
    whatsapp, genesys = WhatsApp(WhatsAppSettings()), Genesys(GenesysSettings())
    ways = (("whatsapp", whatsapp, genesys), ("genesys", genesys, whatsapp))
    found: dict[str, dict[str, float]] = {}
    for name, came, goes in ways:
        for file in sorted((SAMPLES / name).rglob("*.json")):
            figures = _one(file.read_bytes(), came, goes, repeats)
            if figures:
                found[f"{name} {file.stem.replace('_', ' ')}"] = figures
    return found


def _one(body: bytes, came: Adapter, goes: Adapter, repeats: int) -> dict[str, float] | None:
    request = raw_request(body)
    said = [event for event in came.parse(request) if isinstance(event, Message)]
    if not said:
        return None
    message = said[0].model_copy(update={"parts": tuple(map(_stored, said[0].parts))})
    to = _target(came, goes)
    english = phrases("en")

    def say() -> None:
        with suppress(Unsupported):  # to say why not is work too
            goes.render(fit(message, goes.limits, english), to)

    return {"read_us": _microseconds(lambda: came.parse(request), repeats), "say_us": _microseconds(say, repeats)}


def _stored(part: Any) -> Any:
    """As it is once claimed."""
    stored = {"file": "f", "link": "https://xyper.example/files/f", "name": "file", "size": 1, "sha256": "ab"}
    return part.model_copy(update=stored) if isinstance(part, Media) else part


def _target(came: Adapter, goes: Adapter) -> Target:
    secrets = {"access_token": "t", "client_secret": "s"}
    config = {"region": "mypurecloud.com", "client_id": "c"}
    accounts = [
        Account.model_validate(
            {"tenant": "t", "endpoint": Endpoint(adapter=one.name, account="1"), "secrets": secrets, "config": config}
        )
        for one in (goes, came)
    ]
    return Target(account=accounts[0], peer=accounts[1])


def _microseconds(work: Callable[[], object], repeats: int) -> float:
    taken = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return median(taken) * 1e6


async def full_batch(rounds: int) -> Mapping[str, float]:
    """Milliseconds `accepted` by our edge (verified, split, stored durably, 200) and by the `bare` one; `ratio`."""
    async with AsyncExitStack() as stack:
        engine = Engine({})
        await engine.furnish([TENANT])
        await engine.turn(TENANT, "suspended")  # what comes of the messages afterwards is not what is measured
        await stack.enter_async_context(engine)
        _, its = await stack.enter_async_context(helper("tests.bench.bare", "edge", APP_SECRET))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        taken: dict[str, list[float]] = {engine.url: [], f"http://127.0.0.1:{its['port']}": []}
        for n in range(rounds):
            for url, times in taken.items():
                times.append(await _accepted(http, url + HOOK, _batch(n)))
    ours, bare = (median(times) * 1e3 for times in taken.values())
    return {"accepted": ours, "bare": bare, "ratio": ours / bare}


async def _accepted(http: aiohttp.ClientSession, url: str, body: bytes) -> float:
    digest = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={digest}", "Content-Type": "application/json"}
    begun = time.perf_counter()
    async with http.post(url, data=io.BytesIO(body), headers=headers) as answer:
        assert answer.status == 200, await answer.text()
    return time.perf_counter() - begun


def _batch(series: int) -> bytes:
    words = "x" * (BODY // MESSAGES - 200)
    messages = [
        {
            "from": f"1650555{n % 50:04}",
            "id": f"wamid.batch.{series}.{n}",
            "timestamp": "1763812800",
            "type": "text",
            "text": {"body": words},
        }
        for n in range(MESSAGES)
    ]
    metadata = {"display_phone_number": "15550783881", "phone_number_id": TENANT.number}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "messages": messages}
    entry = {"id": "waba", "changes": [{"field": "messages", "value": value}]}
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})
