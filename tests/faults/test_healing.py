"""No engine listens while agents write, and Genesys gives its webhooks up: all of it is delivered once, in order.

The outage is five minutes at Genesys' own pace; here the pauses between its tries are fifty times shorter.
"""

import asyncio
from typing import Any

import pytest

from tests.faults.checker import Verdict, check
from tests.faults.conftest import Setting, Stage
from tests.world import World, eventually

pytestmark = pytest.mark.faults

CUSTOMERS = [f"39333000{n:04d}" for n in range(4)]
QUICK: dict[str, Any] = {"cloud": {"retry_pause": 0.1}, "healing": {"outage": 2.0, "margin": 5.0}}


class Agents:
    """Agents at work in every conversation of the first tenant; each text is numbered in its conversation."""

    def __init__(self, it: Stage) -> None:
        self._world = it.world
        self._tenant = it.tenants[0]
        self._threads: dict[str, str] = {}
        self._serial = 0
        self.said: list[str] = []

    async def begin(self) -> None:
        for customer in CUSTOMERS:
            await self._world.write(self._tenant, customer, f"{customer} hello")
        for row in await self._world.reached(len(CUSTOMERS)):
            self._threads[row["body"]["text"].split()[0]] = row["conversation"]

    async def say(self, times: int) -> None:
        for _ in range(times):
            self._serial += 1
            for customer, thread in self._threads.items():
                text = f"{customer} #{self._serial}"
                self.said.append(text)
                await self._world.say(thread, text)

    async def arrived(self) -> bool:
        return set(self.said) <= set(await texts(self._world))

    async def verdict(self) -> Verdict:
        await eventually(self.arrived, 60)
        await self._world.settled(30)
        return check(self.said, await texts(self._world))


async def texts(world: World) -> list[str]:
    return [row["text"] for row in (await world.call("GET", "/api/graph/sent"))["sent"]]


async def given_up(world: World, lost: int) -> None:
    """Until the simulated Genesys has given so many webhooks up."""

    async def enough() -> bool:
        return bool((await world.call("GET", "/api/webhooks/totals"))["lost"] >= lost)

    assert await eventually(enough, 30)


@pytest.mark.timeout(120)
async def test_what_agents_wrote_while_nobody_listened_arrives_once_and_in_order(stage: Setting) -> None:
    async with stage(tenants=1, **QUICK) as it:
        agents = Agents(it)
        await agents.begin()
        await agents.say(1)
        assert await eventually(agents.arrived)
        await it.engine.kill()
        await agents.say(5)
        await given_up(it.world, 5 * len(CUSTOMERS))
        starting = asyncio.create_task(it.engine.start())
        await agents.say(5)  # while it starts: some of it comes by webhook, behind what is healed
        await starting
        await agents.say(2)
        verdict = await agents.verdict()
        assert verdict.clean, (verdict, it.engine.tail())
        assert "messages were missed" in it.engine.tail()
        assert await it.world.violations() == []
