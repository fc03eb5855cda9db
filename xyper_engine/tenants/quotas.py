"""Quotas: how much a tenant may have. What is created beyond one is refused; messages are only counted.

The database's own triggers refuse, so no way of making a thing goes past them; the numbers are counted by the service,
since only plugins know which accounts are numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from xyper_engine.store.db import Database
from xyper_engine.view import View


class Quotas(BaseModel):
    """None: as many as it likes."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    numbers: int | None = Field(None, ge=0, le=10**15)
    """Accounts that customers write to."""
    links: int | None = Field(None, ge=0, le=10**15)
    keys: int | None = Field(None, ge=0, le=10**15)
    """API keys that are valid."""
    users: int | None = Field(None, ge=0, le=10**15)
    """People who may sign in."""
    media_bytes: int | None = Field(None, ge=0, le=10**15)
    """Of stored files. A file beyond it is not kept: the message says so in its place."""
    messages_per_day: int | None = Field(None, ge=0, le=10**15)
    """Both ways, since midnight UTC. Beyond it a warning is logged; no message is ever refused for it."""


class Usage(View):
    """How much of its quotas a tenant uses."""

    numbers: int
    links: int
    keys: int
    users: int
    media_bytes: int
    messages_today: int
    """Both ways, since midnight UTC."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """How many messages a tenant has today, of those it should have."""

    tenant: str
    messages: int
    quota: int


async def traffic(db: Database) -> Sequence[Traffic]:
    """Of every tenant that has a quota of messages. Raises `Unavailable`."""
    return [Traffic(**row) for row in await db.fetch(_TRAFFIC)]


_TRAFFIC = """
select id as tenant, (quotas ->> 'messages_per_day')::bigint as quota,
  (select count(*) from messages
   where tenant = tenants.id and id >= xyper_first_id(date_trunc('day', now()))) as messages
from tenants where quotas ->> 'messages_per_day' is not null and state <> 'deleting' order by id
"""
