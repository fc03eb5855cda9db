"""What `xyper check` looks at: the settings, the four servers, every tenant's accounts."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from xyper_engine import plugins
from xyper_engine.access.audit import broken, heads
from xyper_engine.access.caller import Caller
from xyper_engine.broker.journal_look import look
from xyper_engine.broker.rabbitmq import RabbitMQ
from xyper_engine.broker.topology import DEAD
from xyper_engine.cache import open_cache
from xyper_engine.cli.parts import open_accounts
from xyper_engine.errors import SettingsError, XyperError
from xyper_engine.keyring import Keyring
from xyper_engine.media import open_media
from xyper_engine.model import Endpoint
from xyper_engine.onboarding.examiner import Examiner
from xyper_engine.onboarding.machine import Machine
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.sealing import Sealer
from xyper_engine.settings import Settings
from xyper_engine.state.health import Checked
from xyper_engine.store.db import open_database
from xyper_engine.tenant_rules import PluginRules
from xyper_engine.tenants.resealing import standing
from xyper_engine.tenants.service import Tenants
from xyper_engine.tenants.views import TenantView

PATIENCE = 20.0
"""Seconds for one part or account to answer."""


@dataclass(frozen=True, slots=True)
class Line:
    part: str
    """`settings`, one of the servers, or a tenant's id."""
    what: str
    ok: bool
    detail: str
    todo: str = ""


async def examine(settings: Settings, *, audit: bool = False) -> list[Line]:
    """Every line there is to show; with `audit` also its chains, each walked.

    Raises `SettingsError` only where the plugins cannot be loaded.
    """
    registry = plugins.load(settings)
    servers = await asyncio.gather(
        _proved("broker", _broker, settings, "Start RabbitMQ, or correct [broker] url."),
        _proved("cache", _cache, settings, "Start Redis, or correct [cache] url. Until then things are slower."),
        _proved("media", _media, settings, "Start the store, or correct [media] url: key, secret, bucket."),
        _proved("database", _database, settings, "Start PostgreSQL, or correct [database] url."),
    )
    tenants = await _tenants(settings, registry) if servers[-1].ok else []
    secrets = [await _keys(settings)] if servers[-1].ok else []
    chains = await _audit(settings) if audit and servers[-1].ok else []
    return [_settings(settings, registry), *servers, *_spool(settings), *secrets, *chains, *tenants]


def _settings(settings: Settings, registry: Registry) -> Line:
    detail = f"vendors see {settings.public_url}; plugins: {', '.join(registry.names)}"
    return Line("settings", "xyper.toml and XYPER_*", True, detail)


async def _proved(part: str, prove: Callable[[Settings], Awaitable[str]], settings: Settings, todo: str) -> Line:
    what = f"[{part}] url"
    try:
        async with asyncio.timeout(PATIENCE):
            return Line(part, what, True, await prove(settings))
    except XyperError as error:
        return Line(part, what, False, str(error), todo)
    except TimeoutError:
        return Line(part, what, False, f"no answer within {PATIENCE:.0f} seconds", todo)


async def _broker(settings: Settings) -> str:
    url = settings.broker.url.get_secret_value()
    if not url.startswith("amqp"):
        return await asyncio.to_thread(_journal, settings)
    broker = await RabbitMQ.open(url, prefix=settings.broker.prefix, timeout=settings.broker.publish_timeout)
    try:
        depth = await broker.depth(DEAD)
    finally:
        await broker.close()
    return f"RabbitMQ answers; {depth.ready} given up on"


def _journal(settings: Settings) -> str:
    """Only looked at from outside: opening it is the engine's alone."""
    folder = settings.data_dir / "journal"
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        raise SettingsError(f"data_dir: {there} cannot be written to by this user.")
    return f"the journal in {folder}"


def _spool(settings: Settings) -> list[Line]:
    """What waits on this host's disk for RabbitMQ; no line where nothing ever did."""
    if not settings.broker.url.get_secret_value().startswith("amqp"):
        return []
    try:
        found = look(settings.data_dir / "spool", settings.broker.spool_limit)
    except XyperError as error:
        return [Line("spool", "data_dir", False, str(error), "See who may read that folder.")]
    if found is None:
        return []
    old = settings.broker.spool_age and found.age > settings.broker.spool_age / 2
    well = not old and found.used < found.limit / 2
    detail = f"{found.messages} messages, {found.used / found.limit:.0%} of [broker] spool_limit"
    detail += f", the oldest {found.age:.0f} seconds old" if found.messages else ""
    todo = "" if well else "Bring RabbitMQ back: when the spool is full, or too old, webhooks are answered 503."
    return [Line("spool", "data_dir", well, detail, todo)]


async def _cache(settings: Settings) -> str:
    async with open_cache(settings) as cache:
        await cache.ping()
    return "in memory" if settings.cache.url.get_secret_value() == "memory:" else "Redis answers"


async def _media(settings: Settings) -> str:
    async with open_media(settings) as media:
        await media.ping()
    kind = settings.media.url.get_secret_value().partition(":")[0]
    return f"in {settings.data_dir / 'media'}" if kind == "folder" else "the S3 server answers"


async def _database(settings: Settings) -> str:
    async with open_database(settings) as db:
        await db.ping()
        return db.shown


async def _audit(settings: Settings) -> list[Line]:
    async with open_database(settings) as db:
        count, faults = len(await heads(db)), [fault async for fault in broken(db)]
    todo = "Compare it with an export or a backup, and find out who can write to the database."
    wrong = [Line("audit", fault.named, False, fault.why, todo) for fault in faults]
    return wrong or [Line("audit", "chains of hashes", True, f"all {count} hold")]


async def _keys(settings: Settings) -> Line:
    """Whether the master keys of the settings open everything, and what is still under an old one."""
    try:
        async with open_database(settings) as db:
            found = await standing(db, Keyring(db, Sealer.from_settings(settings)))
    except XyperError as error:
        return Line("secrets", "[secrets] keys", False, str(error), "Mend that, then check again.")
    lost = [key.id for key in found if key.needed and not key.listed]
    if lost:
        what = f"something is under a master key that is not there: {', '.join(lost)}"
        return Line("secrets", "[secrets] keys", False, what, "Put that key back, after the first one.")
    old = [key for key in found if not key.first and key.listed]
    busy, free = ([key.id for key in old if bool(key.needed or key.wraps) is state] for state in (True, False))
    notes = [f"{', '.join(busy)} still needed, see `xyper secrets status`"] if busy else []
    notes += [f"{', '.join(free)} may be taken out, see `xyper secrets status`"] if free else []
    return Line("secrets", "[secrets] keys", True, "; ".join([f"{found[0].id} wraps and signs", *notes]))


async def _tenants(settings: Settings, registry: Registry) -> list[Line]:
    try:
        async with open_accounts(settings) as rt:
            tenants = Tenants(rt.db, Sealer.from_settings(settings), PluginRules(registry))
            views = [await tenants.show(line.id) for line in await tenants.list(Caller.host())]
            groups = await asyncio.gather(*(_tenant(view, rt, registry) for view in views))
    except XyperError as error:
        return [Line("tenants", "directory", False, str(error), "Mend that, then check again.")]
    none = Line("tenants", "directory", True, "there is no tenant yet: `xyper tenants add --help`")
    return [line for group in groups for line in group] or [none]


async def _tenant(view: TenantView, rt: Runtime, registry: Registry) -> list[Line]:
    groups = [await _account(view.id, one.endpoint, rt, registry) for one in view.accounts]
    linked = {end for link in view.links for end in (link.customer, link.agent)}
    alone = [one.endpoint for one in view.accounts if one.endpoint not in linked]
    todo = f"Add a link: `xyper tenants add --file … --update` for {view.id}."
    return [
        *(line for group in groups for line in group),
        *(Line(view.id, str(end), False, "is linked to no other account", todo) for end in alone),
    ]


async def _account(tenant: str, endpoint: Endpoint, rt: Runtime, registry: Registry) -> list[Line]:
    adapter = registry.adapter(endpoint.adapter)
    if adapter is None:
        todo = f"Install the plugin that brings {endpoint.adapter!r}, or correct the account's adapter."
        return [Line(tenant, str(endpoint), False, "no plugin brings this adapter", todo)]
    machine = Machine(rt, registry)
    if not machine.steps(endpoint):
        return [Line(tenant, str(endpoint), True, "its adapter has no check")]
    try:
        return [_line(tenant, one) async for one in Examiner(rt, machine).account(endpoint)]
    except XyperError as error:
        return [Line(tenant, str(endpoint), False, str(error), "Mend that, then check again.")]


def _line(tenant: str, one: Checked) -> Line:
    return Line(tenant, f"{one.account} {one.step}", one.state == "ok", one.detail, one.todo)
