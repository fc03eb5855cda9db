"""What `xyper secrets` does."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from xyper_engine import plugins
from xyper_engine.cli.parts import open_accounts
from xyper_engine.keyring import Keyring, drop_old_wraps, rewrap
from xyper_engine.sealing import Sealer
from xyper_engine.secret_office import SecretOffice
from xyper_engine.settings import Settings
from xyper_engine.store.db import open_database
from xyper_engine.tenants.resealing import MasterKey, reseal, standing

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rewrapped:
    wrapped: int
    dropped: int
    resealed: int


async def with_office(settings: Settings, work: Callable[[SecretOffice], Awaitable[T]]) -> T:
    registry = plugins.load(settings)
    async with open_accounts(settings) as rt:
        return await work(SecretOffice(rt, registry))


async def state(settings: Settings) -> list[MasterKey]:
    sealer = Sealer.from_settings(settings)
    async with open_database(settings) as db:
        return list(await standing(db, Keyring(db, sealer)))


async def rewrapped(settings: Settings) -> Rewrapped:
    """In this order: a row is sealed by a data key that the first master key wraps."""
    sealer = Sealer.from_settings(settings)
    async with open_database(settings) as db:
        wrapped = await rewrap(db, sealer)
        resealed = await reseal(db, Keyring(db, sealer))
        return Rewrapped(wrapped, await drop_old_wraps(db, sealer), resealed)
