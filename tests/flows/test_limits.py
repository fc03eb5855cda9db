"""Limits are for the API: under one call a minute for everybody, no webhook is lost, and none waits."""

import asyncio

import aiohttp
import pytest

from tests.flows import wire
from tests.flows.conftest import Build
from tests.world import Tenant

ONE = Tenant(1)
COUNT = 40


@pytest.fixture(params=["embedded"])
async def parts() -> dict[str, object]:
    """The edge is the same on any parts."""
    return {}


async def test_webhooks_are_stored_while_the_api_is_shut(build: Build) -> None:
    limits = dict.fromkeys(("address", "person", "key", "tenant", "sign_in", "refused"), "1/minute")
    async with build(settings={"limits": limits}) as bridge, aiohttp.ClientSession() as http:
        calls = [await http.get(f"{bridge.url}/api/v1/openapi.json") for _ in range(2)]
        assert [answer.status for answer in calls] == [200, 429]
        bodies = [
            wire.body(wire.entry(ONE, wire.change(ONE.number, [wire.text(f"wamid.{n}", f"hello {n}")])))
            for n in range(COUNT)
        ]
        answers = await asyncio.gather(*(wire.post(bridge.url, body) for body in bodies))
        assert [status for status, _ in answers] == [200] * COUNT
        assert len(await bridge.world.reached(COUNT)) == COUNT
