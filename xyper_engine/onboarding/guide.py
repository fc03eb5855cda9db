"""What a person needs beside the steps: what an account is made of, and what is copied to the vendors by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asyncpg import Record

from xyper_engine.abilities import DescribesAccounts
from xyper_engine.agents import Installation, InstallsPages
from xyper_engine.errors import NotFound
from xyper_engine.model import Direction
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Channel:
    """What an account on one channel needs."""

    adapter: str
    customers: bool
    """True where customers write on it, false where agents answer."""
    config: Mapping[str, Any]
    """A JSON schema."""
    secrets: Sequence[str]
    extras: Sequence[str]
    """Secrets that it may have besides."""


@dataclass(frozen=True, slots=True)
class Place:
    """A webhook address that serves a tenant."""

    adapter: str
    account: str | None
    """None: all of the tenant's on this channel."""
    url: str
    own: bool
    """False for the operator's, which many tenants share."""
    challenged_at: datetime | None
    """When the vendor's handshake with it last succeeded."""


@dataclass(frozen=True, slots=True)
class Copied:
    channels: Sequence[Channel]
    places: Sequence[Place]
    page: Installation | None
    """The agents' page; None where no channel shows one."""


class Guide:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._registry = registry

    async def read(self, tenant: str) -> Copied:
        """Nothing in it is secret. Raises `NotFound`."""
        return Copied(self._channels(), await self._places(tenant), self._page(tenant))

    def _channels(self) -> Sequence[Channel]:
        return [
            Channel(
                name, one.speaks is Direction.inbound, one.account_config.model_json_schema(),
                sorted(one.account_secrets), sorted(one.account_extras),
            )
            for name, one in sorted(self._registry.adapters.items()) if isinstance(one, DescribesAccounts)
        ]  # fmt: skip

    def _page(self, tenant: str) -> Installation | None:
        url, adapters = self._rt.settings.public_url, self._registry.adapters.values()
        return next((one.installation(url, tenant) for one in adapters if isinstance(one, InstallsPages)), None)

    async def _places(self, tenant: str) -> Sequence[Place]:
        async with self._rt.db.tenant(tenant) as connection:
            if await connection.fetchval("select 1 from tenants") is None:
                raise NotFound(f"There is no tenant {tenant}.")
            own = await connection.fetch(f"{_PLACES} where hooks.tenant = $1 {_ORDER}", tenant)
        shared = await self._rt.db.fetch(f"{_PLACES} where hooks.tenant is null {_ORDER}")
        return [self._place(row) for row in [*own, *shared]]

    def _place(self, row: Record) -> Place:
        url = f"{self._rt.settings.public_url}/hooks/{row['adapter']}/{row['id']}"
        return Place(row["adapter"], row["account"], url, row["tenant"] is not None, row["challenged_at"])


_PLACES = """
select hooks.id, hooks.adapter, hooks.account, hooks.tenant, challenges.at as challenged_at
from hooks left join challenges on challenges.hook = hooks.id
"""
_ORDER = "order by adapter, account nulls last, created_at, hooks.id"
