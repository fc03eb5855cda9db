"""An engine one of whose parts goes away and comes back, and what is seen of it from outside."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil

import xyper_sim
from tests import servers
from tests.faults import processes
from tests.faults.checker import Verdict, check
from tests.faults.conftest import QUICK, RATES
from tests.faults.matrix import Fate, Part, Thing
from tests.flows import wire
from tests.server import Server, free_port
from tests.world import OPERATOR, Tenant, World, eventually, far_sides, furnish, simulated
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Role, actions_of
from xyper_engine.cli.examination import examine
from xyper_engine.cli.parts import NoBroker
from xyper_engine.model import new_id
from xyper_engine.runtime import open_runtime
from xyper_engine.settings import Settings, load

MARIA, PAOLO = "393331234567", "393337654321"
"""Maria writes, Paolo sends photos: a conversation waits behind its file."""
PHOTO = Path(xyper_sim.__file__).parent / "data/samples/photo.jpg"
SOON = 1.0
"""Seconds after which what has not arrived waits."""
IDLE = 2.0
"""Seconds over which CPU and log are looked at."""

SERVERS: Mapping[Part, Callable[[], Server]] = {
    Part.broker: servers.rabbitmq,
    Part.database: servers.postgresql,
    Part.cache: servers.redis,
    Part.media: servers.s3,
}


@dataclass
class Seen:
    """What was seen at one time."""

    cell: dict[Thing, Fate] = field(default_factory=dict)
    live: int = 0
    ready: tuple[int, dict[str, str]] = (0, {})
    check: dict[str, bool] = field(default_factory=dict)
    """By part: what `xyper check` says."""
    cpu: float = 0.0
    """Of one core, at rest."""
    said: list[str] = field(default_factory=list)
    """Lines of the log, warnings and worse, since the part went: without those of a single request, and the time."""
    verdicts: list[Verdict] = field(default_factory=list)
    """Of texts to agents and to customers, and of photos, once all is back."""


class Site:
    """The engine, the part, and the people on both sides."""

    def __init__(
        self, part: Part, server: Server, engine: processes.Engine, world: World, settings: Settings, log: Path
    ) -> None:
        self.part, self.server, self.engine, self.world, self.settings = part, server, engine, world, settings
        self.tenant = Tenant(1)
        self._log = log
        self._inbound: list[str] = []
        self._outbound: list[str] = []
        self._unsent: list[str] = []
        self._written = self._photos = 0
        self._key = self._link = self._talk = ""

    async def settle_in(self, key: str) -> None:
        """Everything has worked once: a conversation with each, a photo, a link to it."""
        self._key = key
        assert await self._webhook() is Fate.works
        assert await self._photo(10) is Fate.works
        self._talk = str((await self.world.conversation(self.tenant, MARIA))["id"])
        rows = await self.world.call("GET", "/api/cloud/received?kind=message")
        self._link = next(row["body"]["content"] for row in rows if "content" in row["body"])[0]["attachment"]["url"]

    async def look(self, mark: int = 0, *, patience: float = SOON) -> Seen:
        """`mark`: where the log stood when the part went."""
        seen = Seen()
        seen.cell = await self._cell(patience)
        seen.live, _ = await self._inside("/live")
        seen.ready = await self._inside("/ready")
        lines = await examine(self.settings)
        seen.check = {part.name: all(one.ok for one in lines if one.part == part.name) for part in Part}
        busy = self._cpu()
        await asyncio.sleep(IDLE)
        seen.cpu = (self._cpu() - busy) / IDLE
        seen.said = self._warnings(mark)
        return seen

    async def ended(self, timeout: float = 30.0) -> tuple[Verdict, Verdict]:
        """Once all that was written has arrived."""

        async def arrived() -> bool:
            inbound, outbound = await self._arrived()
            return set(self._inbound) <= set(inbound) and set(self._outbound) <= set(outbound)

        await eventually(arrived, timeout)
        await self.world.settled(timeout)
        inbound, outbound = await self._arrived()
        return check(self._inbound, inbound), check(self._outbound, outbound)

    def mark(self) -> int:
        return self._log.stat().st_size

    async def alive(self) -> None:
        """Once it is."""

        async def lives() -> bool:
            with suppress(aiohttp.ClientError):
                return (await self._inside("/live"))[0] == 200
            return False

        assert await eventually(lives), self.engine.tail()

    async def ready(self) -> None:
        """Once it is."""

        async def well() -> bool:
            with suppress(aiohttp.ClientError):
                return (await self._inside("/ready"))[0] == 200
            return False

        assert await eventually(well, 30), (await self._inside("/ready"), self.engine.tail())

    async def _cell(self, patience: float) -> dict[Thing, Fate]:
        """All at the same time, as in life."""
        probes: dict[Thing, Awaitable[Fate]] = {
            Thing.inbound: self._inbound_fate(patience),
            Thing.outbound: self._answer(patience),
            Thing.files: self._photo(patience),
            Thing.links: self._get(self._link),
            Thing.api: self._get(f"{self.engine.url}/api/v1/tenants", {"Authorization": f"Bearer {self._key}"}),
        }
        webhook = await self._webhook()
        fates = await asyncio.gather(*probes.values())
        return {Thing.webhooks: webhook, **dict(zip(probes, fates, strict=True))}

    async def _webhook(self) -> Fate:
        """One of WhatsApp's, with a text of Maria's; before it, as Meta does, what was refused."""
        self._written += 1
        self._unsent.append(f"in #{self._written}")
        while self._unsent:
            message = {
                **wire.text(f"wamid.{self._unsent[0]}", self._unsent[0], MARIA),
                "timestamp": str(int(time.time())),
            }
            body = wire.body(wire.entry(self.tenant, wire.change(self.tenant.number, [message])))
            status = await self._post(f"/hooks/whatsapp/{OPERATOR}", body, wire.signature(body))
            if status != 200:
                return _fate(status)
            self._inbound.append(self._unsent.pop(0))
        return Fate.works

    async def _inbound_fate(self, patience: float) -> Fate:
        text = f"in #{self._written}"

        async def arrived() -> bool:
            return text in (await self._arrived())[0]

        return Fate.works if await eventually(arrived, patience) else Fate.waits

    async def _answer(self, patience: float) -> Fate:
        """The agent says something in Maria's conversation."""
        text = f"out #{len(self._outbound)}"
        self._outbound.append(text)
        await self.world.say(self._talk, text)

        async def arrived() -> bool:
            return text in (await self._arrived())[1]

        return Fate.works if await eventually(arrived, patience) else Fate.waits

    async def _photo(self, patience: float) -> Fate:
        """Paolo sends a photo."""
        self._photos += 1
        caption, number = f"photo #{self._photos}", self.tenant.number
        put = await self.world.put_up(
            f"/api/graph/numbers/{number}/media", "photo.jpg", "image/jpeg", PHOTO.read_bytes()
        )
        body = {"phone_number_id": number, "type": "image", "image": {"id": put["id"], "caption": caption}}
        await self.world.call("POST", f"/api/graph/customers/{PAOLO}/messages", body)

        async def arrived() -> bool:
            return caption in await self._captions()

        return Fate.works if await eventually(arrived, patience) else Fate.waits

    async def photos(self) -> Verdict:
        """Of all that Paolo sent."""
        sent = [f"photo #{n + 1}" for n in range(self._photos)]

        async def arrived() -> bool:
            return set(sent) <= set(await self._captions())

        await eventually(arrived)
        return check(sent, await self._captions())

    async def _captions(self) -> list[str]:
        rows = await self.world.call("GET", "/api/cloud/received?kind=message")
        return [row["body"]["content"][0]["attachment"]["text"] for row in rows if "content" in row["body"]]

    async def _arrived(self) -> tuple[list[str], list[str]]:
        rows = await self.world.call("GET", "/api/cloud/received?kind=message")
        sent = (await self.world.call("GET", "/api/graph/sent"))["sent"]
        return [row["body"]["text"] for row in rows if "content" not in row["body"]], [row["text"] for row in sent]

    async def _get(self, url: str, headers: Mapping[str, str] | None = None) -> Fate:
        async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as answer:
            await answer.read()
            return _fate(answer.status)

    async def _post(self, path: str, body: bytes, signature: str) -> int:
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature}
        async with (
            aiohttp.ClientSession() as http,
            http.post(self.engine.url + path, data=body, headers=headers) as one,
        ):
            return one.status

    async def _inside(self, path: str) -> tuple[int, Any]:
        address = f"http://{self.settings.server.internal}{path}"
        async with aiohttp.ClientSession() as http, http.get(address) as answer:
            return answer.status, await answer.json() if path == "/ready" else {}

    def _cpu(self) -> float:
        times = psutil.Process(self.engine.pid).cpu_times()
        return float(times.user + times.system)

    def _warnings(self, mark: int) -> list[str]:
        with self._log.open("rb") as log:
            log.seek(mark)
            lines = [json.loads(line) for line in log.read().decode().splitlines() if line.startswith("{")]
        told = [{**line, "timestamp": ""} for line in lines]
        return [
            json.dumps(line) for line in told if line["level"] not in ("info", "debug") and line["event"] != "refused"
        ]


def _fate(status: int) -> Fate:
    fates = {200: Fate.works, 503: Fate.refused}
    assert status in fates, status
    return fates[status]


@asynccontextmanager
async def site(part: Part, folder: Path) -> AsyncIterator[Site]:
    """With the part there, and everything at work; the other parts are the embedded ones."""
    folder.chmod(0o711)
    address, tenant = f"127.0.0.1:{free_port()}", Tenant(1)
    sim = simulated([tenant], f"http://{address}", graph={"limits": False, "validate": False}, cloud={"rate": 0})
    async with (
        SERVERS[part]() as server,
        processes.simulators(folder, sim) as url,
        aiohttp.ClientSession() as http,
    ):
        values = await _values(part, server, url, address, folder)
        file = folder / "xyper.toml"
        file.write_text("", "utf-8")
        settings = load(file, values)
        async with open_runtime(settings, given=NoBroker()) as rt:
            await furnish(rt, [tenant])
            _, key = await rt.keys.add(Caller.host(), "tests", list(actions_of(Role.xyper_admin)))
        async with processes.engine(folder, values, address) as engine:
            it = Site(part, server, engine, World(http, url), settings, folder / "engine.log")
            await it.settle_in(key)
            yield it


async def _values(part: Part, server: Server, url: str, address: str, folder: Path) -> dict[str, Any]:
    sides = far_sides(url)
    section: dict[str, Any] = {"url": await server.database() if isinstance(server, servers.PostgreSQL) else server.url}
    if part is Part.broker:
        section["prefix"] = f"{new_id()}."
    return {
        "data_dir": str(folder / "var"),
        "server": {"listen": address, "internal": f"127.0.0.1:{free_port()}"},
        part.name: section,
        "breaker": {"probe": 0.2, "most": 1.0},
        "retry": {"first": 0.1, "most": 1.0},
        "log": {"level": "info", "format": "json"},
        "plugins": {name: {**sides[name], **QUICK[name], **RATES[name]} for name in sides},
    }
