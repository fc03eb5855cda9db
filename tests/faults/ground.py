"""The ground a run stands on: real servers of its own, proxies on every way, engines that are kept running.

vendors ⇄ [proxy] ⇄ engines ⇄ [proxy] ⇄ RabbitMQ, PostgreSQL, Redis, S3, clamd
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import asyncpg

from tests import servers
from tests.engine.media.clamd import Clamd
from tests.faults import processes
from tests.faults.proxy import Proxy
from tests.faults.service import Service
from tests.server import HOST, Server, free_port
from tests.world import Tenant, World, far_sides, furnish, simulated
from xyper_engine.runtime import open_runtime
from xyper_engine.settings import Settings, load

UNKNOWN = 40.0
"""Seconds for an unclear send to be proved; no nemesis holds the proof back for so long."""
PLUGINS: Mapping[str, Mapping[str, float]] = {
    "whatsapp": {"timeout": 2.0, "unknown_wait": UNKNOWN, "media_timeout": 10.0, "number_rate": 1e5, "pair_rate": 1e4,
                 "pair_burst": 1e4},
    "genesys": {"timeout": 2.0, "unknown_wait": UNKNOWN, "client_rate": 1e6},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Configuration:
    """Which parts are servers, and how many engines there are."""

    name: str
    engines: int = 1
    real: bool = True
    """All parts; else all are embedded ones. clamd is a server either way."""
    tenants: int = 4
    spread: bool = False
    """Whether webhooks go to all engines, in turn; else to the first that is there."""


JOURNAL = Configuration("journal", real=False)
RABBITMQ = Configuration("rabbitmq")
TWO = Configuration("two engines", engines=2)
SPREAD = Configuration("two engines, webhooks to both", engines=2, tenants=2, spread=True)
CONFIGURATIONS = {one.name: one for one in (JOURNAL, RABBITMQ, TWO)}


@dataclass
class Ground:
    configuration: Configuration
    folder: Path
    tenants: list[Tenant]
    world: World
    servers: dict[str, Server]
    links: dict[str, Proxy]
    """By what is behind them; `hooks` leads to the engines."""
    engines: list[Service] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        """The first engine's."""
        return load(self.folder / "1/engine.toml")

    def log(self) -> str:
        return "\n".join(f"{n}: {one.engine.tail()}" for n, one in enumerate(self.engines, 1))


@asynccontextmanager
async def ground(
    configuration: Configuration,
    folder: Path,
    seed: int,
    cloud: Mapping[str, Any],
    command: Sequence[str | Path] | None = None,
    sql: str = "",
) -> AsyncIterator[Ground]:
    """All of it running, tenants known, webhooks connected.

    `cloud`: settings of the simulated Genesys; `command` starts an engine other than the one here; `sql` is done to the
    database before.
    """
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        people = [Tenant(n) for n in range(1, configuration.tenants + 1)]
        ports = [free_port() for _ in range(configuration.engines)]
        hooks = await enter(Proxy(ports, turns=configuration.spread))
        sim = simulated(
            people, f"http://{HOST}:{hooks.port}", graph={"limits": False, "validate": False, "sent_after": 0.1},
            cloud={"rate": 0, **cloud},
        ).model_copy(update={"seed": seed, "log": 50_000, "keep_alive": not configuration.spread})  # fmt: skip
        url = await enter(processes.simulators(folder, sim))
        found = {one.__name__.lower(): await enter(one()) for one in _needed(configuration)}
        links = {"hooks": hooks} | {name: await enter(Proxy([port])) for name, port in _behind(url, found).items()}
        for n in range(2, configuration.engines + 1):
            links[rabbitmq_of(n)] = await enter(Proxy([found["rabbitmq"].port]))
        values = {**await _parts(found, links), **_common(links)}
        world = World(await enter(aiohttp.ClientSession()), url)
        it = Ground(configuration, folder, people, world, found, links)
        for n, port in enumerate(ports, 1):
            it.engines.append(await _engine(it, n, port, values, command))
        async with open_runtime(load(folder / "1/engine.toml", {"broker": {"url": "journal:"}})) as rt:
            await furnish(rt, people)
        await _done(sql, it.settings)
        for one in it.engines:
            await enter(one)
            assert await one.answers(), it.log()
        yield it


async def _done(sql: str, settings: Settings) -> None:
    """As the owner of the tables."""
    if sql:
        connection = await asyncpg.connect(settings.database.url.get_secret_value())
        try:
            await connection.execute(sql)
        finally:
            await connection.close()


def rabbitmq_of(n: int) -> str:
    """The link of the n-th engine: each has its own, so that RabbitMQ may lose one of them and keep another."""
    return "rabbitmq" if n == 1 else f"rabbitmq of {n}"


def _needed(configuration: Configuration) -> Sequence[type[Server]]:
    real: Sequence[type[Server]] = (servers.RabbitMQ, servers.PostgreSQL, servers.Redis, servers.S3)
    return (*(real if configuration.real else ()), Clamd)


def _behind(sim: str, found: Mapping[str, Server]) -> dict[str, int]:
    port = urlsplit(sim).port or 0
    return {"whatsapp": port, "genesys": port, **{name: server.port for name, server in found.items()}}


async def _parts(found: Mapping[str, Server], links: Mapping[str, Proxy]) -> dict[str, Any]:
    """The settings of the parts, each by its proxy."""

    def by_proxy(name: str, url: str) -> str:
        return url.replace(f":{found[name].port}", f":{links[name].port}")

    media = {"clamd": by_proxy("clamd", found["clamd"].url)}
    postgresql = found.get("postgresql")
    if not isinstance(postgresql, servers.PostgreSQL):
        return {"media": media}
    rabbitmq, redis, s3 = (found[name].url for name in ("rabbitmq", "redis", "s3"))
    (found["s3"].folder / "data" / servers.S3.BUCKET).mkdir()
    return {
        "broker": {"url": by_proxy("rabbitmq", rabbitmq), "publish_timeout": 2.0},
        "database": {"url": by_proxy("postgresql", await postgresql.database())},
        "cache": {"url": by_proxy("redis", redis)},
        "media": {**media, "url": by_proxy("s3", s3)},
    }


def _common(links: Mapping[str, Proxy]) -> dict[str, Any]:
    sides = {
        "whatsapp": far_sides(f"http://{HOST}:{links['whatsapp'].port}")["whatsapp"],
        "genesys": far_sides(f"http://{HOST}:{links['genesys'].port}")["genesys"],
    }
    return {
        "breaker": {"probe": 0.2, "most": 1.0},
        "retry": {"most": 2.0, "hold": 600.0},
        "log": {"level": "info", "format": "json"},
        "plugins": {name: {**sides[name], **PLUGINS[name]} for name in sides},
    }


async def _engine(
    it: Ground, n: int, port: int, values: Mapping[str, Any], command: Sequence[str | Path] | None
) -> Service:
    folder, address, internal = it.folder / str(n), f"{HOST}:{port}", f"{HOST}:{free_port()}"
    folder.mkdir(mode=0o711)
    own = {
        "data_dir": str(folder / "var"),
        "secrets": {"key_file": str(it.folder / "1/secret.key")},
        "server": {"listen": address, "internal": internal, "public_url": f"http://{HOST}:{it.links['hooks'].port}"},
    }
    if "rabbitmq" in it.links:
        first, its = (it.links[name].port for name in ("rabbitmq", rabbitmq_of(n)))
        own["broker"] = {**values["broker"], "url": values["broker"]["url"].replace(f":{first}", f":{its}")}
    config = processes.written({**values, **own}, folder / "engine.toml")
    made = processes.Engine(config, address, folder / "engine.log")
    made.command = command or made.command
    # libfaketime makes Python's `time.sleep` fail, by which the embedded PostgreSQL's start is waited for.
    return Service(made, internal, folder / "clock" if it.configuration.real else None)
