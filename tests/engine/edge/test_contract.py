"""The API keeps to its description: schemathesis tries every operation of a running engine, well and badly formed.

No answer is a fault of ours, each has a documented status, type and shape, what breaks the description is refused, and
without a proof nothing is answered. `schemathesis.toml` beside this says how much is tried; the same each time.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.bench.stage import Engine
from tests.engine.edge.front import UNLIMITED
from tests.servers import PostgreSQL
from tests.world import Tenant, far_sides, simulated, world_of
from xyper_engine.access.caller import Caller
from xyper_engine.access.keys import ApiKeys
from xyper_engine.access.roles import Action, Role, actions_of
from xyper_engine.model import Contact, Endpoint, Link
from xyper_engine.state.conversations import Conversations
from xyper_engine.store.db import open_database

pytestmark = [pytest.mark.real, pytest.mark.timeout(400)]

CONFIG = Path(__file__).with_name("schemathesis.toml")
TENANT = Tenant(1)


@pytest.fixture
async def engine(postgresql_server: PostgreSQL) -> AsyncIterator[Engine]:
    """`xyper serve` between both simulated vendors, with one tenant."""
    async with world_of(simulated([TENANT])) as world:
        values: Mapping[str, Any] = {
            "database": {"url": await postgresql_server.database()},
            "limits": UNLIMITED,
            "plugins": far_sides(world.url),
            "log": {"level": "info", "format": "json"},
        }
        engine = Engine(values)
        await engine.furnish([TENANT])
        async with engine:
            yield engine


async def test_it_keeps_to_its_description(engine: Engine, tmp_path: Path) -> None:
    async with open_database(engine.settings) as db:
        _, key = await ApiKeys(db).add(Caller.host(), "schemathesis", list(actions_of(Role.xyper_admin)))
    said = await schemathesis(f"{engine.url}/api/v1/openapi.json", "--url", engine.url, key=key, folder=tmp_path)
    assert bugs(engine) == []
    assert {line["route"] for line in lines(engine) if line["event"] == "call" and line["status"] < 300}, said


async def test_the_widget_keeps_to_it(engine: Engine, tmp_path: Path) -> None:
    """With what a tenant's own administrator may do, beside a conversation that there is."""
    async with open_database(engine.settings) as db:
        may = [action for action in actions_of(Role.genesys_admin) if action is not Action.keys_change]
        _, key = await ApiKeys(db).add(Caller.host(), "schemathesis", may, TENANT.id)
        ends = [Endpoint(adapter=one.adapter, account=one.account) for one in TENANT.spec().accounts]
        link = Link(id="l", tenant=TENANT.id, customer=ends[0], agent=ends[1])
        await Conversations(db).threaded(link, Contact(address="tel:+393331234567"), "t-1")
    where = ("--url", engine.url, "--include-path-regex", "^/widget/api/")
    await schemathesis(f"{engine.url}/api/v1/openapi.json", *where, key=key, folder=tmp_path)
    assert bugs(engine) == []


def lines(engine: Engine) -> list[Any]:
    """What it logged."""
    return [orjson.loads(line) for line in (engine.folder / "log").read_bytes().splitlines() if line[:1] == b"{"]


def bugs(engine: Engine) -> list[Any]:
    return [line for line in lines(engine) if line["event"] == "bug"]


async def schemathesis(*arguments: str, key: str, folder: Path) -> str:
    """What it says; fails where it found something."""
    program = str(Path(sys.executable).with_name("st"))
    command = ("--config-file", str(CONFIG), "run", *arguments, "-H", f"Authorization: Bearer {key}", "--no-color")
    process = await asyncio.create_subprocess_exec(
        program, *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=folder
    )
    said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said[-20_000:]
    return said
