"""The engine is killed while an agent sends from the widget: what was clicked is in both conversations once, in order.

Genesys takes each line and answers late, so that the webhook comes first and a kill falls into every gap there is.
"""

import asyncio
import random
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from tests.conftest import Configure
from tests.faults.conftest import Setting, Stage
from tests.flows.widget import CLOUD, MARIA, ONE, allow_sign_in, signed_in
from tests.world import eventually
from xyper_engine.cli.parts import NoBroker
from xyper_engine.runtime import open_runtime

pytestmark = pytest.mark.faults
KILLS, CLICKS = 3, 4
LATE = 250.0
"""Milliseconds between a line in Genesys and the answer to it."""


class Page:
    """A widget that tries each click until it is taken, with one key."""

    def __init__(self, it: Stage, http: aiohttp.ClientSession, thread: str, token: str) -> None:
        self._url = f"{it.engine.url}/widget/api/v1/tenants/{ONE.id}/conversations/{thread}/messages"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._http = http

    async def click(self, text: str) -> None:
        body, headers = {"parts": [{"type": "text", "text": text}]}, {**self._headers, "Idempotency-Key": str(uuid4())}

        async def taken() -> bool:
            try:
                async with self._http.post(self._url, json=body, headers=headers) as answer:
                    return answer.status == 202
            except aiohttp.ClientError:
                return False

        assert await eventually(taken, 60)


async def test_killed_while_an_agent_sends(stage: Setting, configure: Configure) -> None:
    async with stage(tenants=1, cloud=CLOUD) as it, aiohttp.ClientSession() as http:
        async with open_runtime(configure({**it.values, "broker": {}}), given=NoBroker()) as rt:
            await allow_sign_in(rt, it.world, it.engine.url)
        await it.world.write(ONE, MARIA, "Hello")
        thread = str((await it.world.reached(1))[0]["conversation"])
        page = Page(it, http, thread, await ready(it, thread))
        await it.world.knobs("cloud", answer_after_ms=LATE)
        said = [f"line {n}" for n in range(KILLS * CLICKS)]
        clicking = asyncio.create_task(clicked(page, said))
        for n in range(KILLS):
            assert await eventually(lambda n=n: enough(it, n * CLICKS + 1), 60)
            await asyncio.sleep(random.uniform(0, 2 * LATE / 1000))
            await it.engine.kill()
            await it.engine.start()
        await clicking
        assert await eventually(lambda: enough(it, len(said)), 90), await transcript(it)
        await it.world.settled()
        assert await transcript(it) == said
        assert [row["body"]["text"]["body"] for row in await it.world.sent(len(said), 60)] == said
        assert await it.world.violations() == []


async def ready(it: Stage, thread: str) -> str:
    """An access token, once the engine knows the conversation and the way to sign in."""
    found: list[str] = []

    async def signed() -> bool:
        try:
            found.append(await signed_in(it.engine.url, "ines", thread))
        except (AssertionError, KeyError):
            return False
        return True

    assert await eventually(signed)
    return found[0]


async def clicked(page: Page, said: list[str]) -> None:
    for text in said:
        await page.click(text)


async def transcript(it: Stage) -> list[str]:
    found: dict[str, Any] = await it.world.conversation(ONE, MARIA)
    return [one["text"] for one in found["messages"] if one["direction"] == "outbound"]


async def enough(it: Stage, count: int) -> bool:
    return len(await transcript(it)) >= count
