"""No engine listens while agents write, and Genesys gives its webhooks up: all of it is delivered once, in order.

The outage is five minutes at Genesys' own pace; here the pauses between its tries are fifty times shorter, by the
simulator's own setting. All parts are embedded ones, or all are real servers.
"""

import asyncio
import json
from itertools import pairwise
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from tests.faults import processes
from tests.faults.checker import Verdict, check
from tests.faults.conftest import Setting, Stage
from tests.world import World, eventually
from xyper_engine.model import new_id
from xyper_sim.webhooks import GENESYS

pytestmark = pytest.mark.faults

CUSTOMERS = [f"39333000{n:04d}" for n in range(4)]
PAUSE = GENESYS.first / 50
QUICK: dict[str, Any] = {"cloud": {"retry_pause": PAUSE}, "healing": {"outage": 2.0, "margin": 0.5}}


@pytest_asyncio.fixture(params=["embedded", pytest.param("real", marks=pytest.mark.real)])
async def broker(request: pytest.FixtureRequest) -> dict[str, Any]:
    """All parts."""
    if request.param == "embedded":
        return {}
    server = {name: request.getfixturevalue(f"{name}_server") for name in ("rabbitmq", "redis", "postgresql")}
    return {
        "broker": {"url": server["rabbitmq"].url, "prefix": f"{new_id()}.", "publish_timeout": 2.0},
        "cache": {"url": server["redis"].url},
        "database": {"url": await server["postgresql"].database()},
    }


class Agents:
    """Agents at work in every conversation of the first tenant; each text is numbered in its conversation."""

    def __init__(self, it: Stage) -> None:
        self._world = it.world
        self._tenant = it.tenants[0]
        self._threads: dict[str, str] = {}
        self._serial = 0
        self.said: list[str] = []

    @classmethod
    async def at_work(cls, it: Stage) -> "Agents":
        """Every customer has written, and was answered once."""
        agents = cls(it)
        for customer in CUSTOMERS:
            await it.world.write(agents._tenant, customer, f"{customer} hello")
        for row in await it.world.reached(len(CUSTOMERS)):
            agents._threads[row["body"]["text"].split()[0]] = row["conversation"]
        await agents.say(1)
        return agents

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


async def reported(it: Stage) -> dict[str, Any]:
    """What a reconciliation of the last hour says."""
    config = it.folder / "engine.toml"
    process = await asyncio.create_subprocess_exec(
        processes.SCRIPTS / "xyper", "reconcile", it.tenants[0].id, "--hours", "1", "--json", "--config", config,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    told: dict[str, Any] = json.loads(out)
    return {**told, "code": process.returncode}


async def assert_zero(it: Stage) -> None:
    told = await reported(it)
    differs = ("failed", "missed", "unreadable", "gone", "silent", "code")
    assert {name: told[name] for name in differs} == dict.fromkeys(differs, 0), told
    assert told["looked"] == told["conversations"] == len(CUSTOMERS)


async def missed(it: Stage, agents: Agents, times: int) -> None:
    """The engine ends without a word, and so many texts in each conversation are given up."""
    assert await eventually(agents.arrived)
    await it.engine.kill()
    before = (await it.world.call("GET", "/api/webhooks/totals"))["lost"]
    await agents.say(times)
    await given_up(it.world, before + times * len(CUSTOMERS))
    await assert_given_up_as_genesys_does(it.world)


async def assert_given_up_as_genesys_does(world: World) -> None:
    """After as many tries, and with pauses as many times shorter: what is scaled is the pause and nothing else."""
    hooks = await world.call("GET", "/api/webhooks?side=cloud")
    lost = [hook["attempts"] for hook in hooks if hook["state"] == "lost"]
    assert {len(tries) for tries in lost} == {GENESYS.tries}
    pauses = [b["at"] - a["at"] - a["seconds"] for tries in lost for a, b in pairwise(tries)]
    assert min(pauses) >= PAUSE * 0.9
    assert sorted(pauses)[len(pauses) // 2] < PAUSE * 5


@pytest.mark.timeout(120)
async def test_what_agents_wrote_while_nobody_listened_arrives_once_and_in_order(stage: Setting) -> None:
    async with stage(tenants=1, **QUICK) as it:
        agents = await Agents.at_work(it)
        await missed(it, agents, 5)
        starting = asyncio.create_task(it.engine.start())
        await agents.say(5)  # while it starts: some of it comes by webhook, behind what is healed
        await starting
        await agents.say(2)
        verdict = await agents.verdict()
        assert verdict.clean, (verdict, it.engine.tail())
        assert "messages were missed" in it.engine.tail()
        await assert_zero(it)
        assert await it.world.violations() == []


@pytest.mark.timeout(120)
async def test_the_engine_is_killed_in_the_middle_of_healing(stage: Setting) -> None:
    async with stage(tenants=1, **QUICK) as it:
        agents = await Agents.at_work(it)
        await missed(it, agents, 6)
        await it.world.knobs("graph", latency_ms=200)
        await it.engine.start()
        for n in (2, 4):
            assert await eventually(lambda n=n: reached(it.world, n * len(CUSTOMERS)))
            await it.engine.kill()
            await agents.say(1)
            await it.engine.start()
        await it.world.knobs("graph", latency_ms=0)
        verdict = await agents.verdict()
        assert verdict.clean, (verdict, it.engine.tail())
        await assert_zero(it)


@pytest.mark.real
@pytest.mark.timeout(120)
@pytest.mark.parametrize("broker", ["real"], indirect=True)
async def test_of_two_engines_one_heals(stage: Setting) -> None:
    """Both start at once after the outage: what is found missed is ordered once, and delivered once.

    The outage is long enough for beats to be late on a busy machine, and to the second one the first is not away.
    """
    outage = 8.0
    async with stage(tenants=1, **QUICK | {"healing": {"outage": outage, "margin": 0.5}}) as it:
        agents = await Agents.at_work(it)
        await missed(it, agents, 4)
        assert await eventually(lambda: silent(it, outage))
        async with asyncio.TaskGroup() as group:
            group.create_task(it.engine.start())
            async with processes.engine(*it.second()):
                await agents.say(2)
                verdict = await agents.verdict()
                assert verdict.clean, (verdict, it.engine.tail())
                await assert_zero(it)
        assert await reconciled(it) == [("outage", len(CUSTOMERS)), ("asked", len(CUSTOMERS))]


@pytest.mark.real
@pytest.mark.timeout(120)
@pytest.mark.parametrize("broker", ["real"], indirect=True)
async def test_one_of_two_engines_is_killed_in_the_middle_of_healing(stage: Setting) -> None:
    """The other goes on where it stopped."""
    async with stage(tenants=1, **QUICK) as it:
        agents = await Agents.at_work(it)
        await missed(it, agents, 6)
        await it.world.knobs("graph", latency_ms=200)
        await it.engine.start()
        async with processes.engine(*it.second()) as other:
            assert await eventually(lambda: reached(it.world, 2 * len(CUSTOMERS)))
            await it.engine.kill()
            await it.world.connect(it.tenants, other.url)
            await agents.say(2)
            await it.world.knobs("graph", latency_ms=0)
            verdict = await agents.verdict()
            assert verdict.clean, (verdict, it.engine.tail())
            await assert_zero(it)


async def silent(it: Stage, seconds: float) -> bool:
    """Whether no engine was there for so long."""
    connection = await asyncpg.connect(it.values["database"]["url"])
    try:
        return bool(await connection.fetchval(_SILENT, seconds))
    finally:
        await connection.close()


async def reconciled(it: Stage) -> list[tuple[str, int]]:
    """Every reconciliation so far, with its cause and its conversations."""
    connection = await asyncpg.connect(it.values["database"]["url"])
    try:
        rows = await connection.fetch("select cause, conversations from reconciliations order by asked_at")
    finally:
        await connection.close()
    return [(row["cause"], row["conversations"]) for row in rows]


async def reached(world: World, count: int) -> bool:
    return len(await texts(world)) >= count


_SILENT = "select max(beat_at) < now() - make_interval(secs => $1) from engines"
