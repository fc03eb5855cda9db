"""What the last check of each tenant's accounts found, and when the next one is due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import asyncpg

from xyper_engine.errors import NotFound
from xyper_engine.model import Endpoint
from xyper_engine.saying import again, sayings
from xyper_engine.store.db import Database
from xyper_engine.store.rows import given

Verdict = Literal["ok", "wrong", "unknown"]
_WORST: tuple[Verdict, ...] = ("wrong", "unknown", "ok")


@dataclass(frozen=True, slots=True)
class Checked:
    """One line of a tenant's health."""

    account: Endpoint
    step: str
    state: Verdict
    """`unknown`: nobody could be asked; that says nothing about the account."""
    detail: str
    todo: str = ""
    auth: bool = False
    """The vendor itself says that the credentials do not hold."""
    correlation: str = ""
    since: datetime | None = None
    """When it began to be as it is."""
    checked_at: datetime | None = None
    expires_at: datetime | None = None
    """Until when the credentials hold, where the vendor says so."""
    quality: str = ""
    """Of a number: the vendor's word."""
    messaging_limit: str = ""
    """Of a number: how many people it may write to first within a day, in the vendor's word."""


def worst(lines: Sequence[Checked]) -> Verdict:
    """Of several, the one that matters."""
    return next((state for state in _WORST if any(one.state == state for one in lines)), "ok")


class HealthBook:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def read(self, tenant: str) -> tuple[datetime | None, Sequence[Checked]]:
        """When it was last checked, and what was found. Raises `NotFound`."""
        async with self._db.tenant(tenant) as connection:
            if await connection.fetchval("select 1 from tenants") is None:
                raise NotFound(f"There is no tenant {tenant}.")
            at = await connection.fetchval("select checked_at from health_rounds")
            rows = await connection.fetch("select * from health order by place, adapter, account, step")
        return at, [
            Checked(
                Endpoint(adapter=row["adapter"], account=row["account"]), row["step"], row["state"],
                *_words(row), row["auth"], row["correlation"], row["since"], row["checked_at"], row["expires_at"],
                row["quality"], row["messaging_limit"],
            )
            for row in rows
        ]  # fmt: skip

    async def write(self, tenant: str, lines: Sequence[Checked]) -> None:
        """What was found just now; what was not looked at any more is forgotten. Raises `NotFound`."""
        rows = [
            (one.account.adapter, one.account.account, one.step, n, one.state, one.auth, one.detail, one.todo,
             one.correlation, one.expires_at, one.quality, one.messaging_limit,
             sayings(detail=one.detail, todo=one.todo))
            for n, one in enumerate(lines)
        ]  # fmt: skip
        try:
            async with self._db.tenant(tenant) as connection:
                await connection.execute(_FORGET, rows)
                await connection.execute(_WRITE, rows, tenant)
                await connection.execute("update health_rounds set checked_at = now()")
        except asyncpg.ForeignKeyViolationError:
            raise NotFound(f"An account of {tenant} was removed meanwhile.") from None

    async def enlist(self, every: float) -> None:
        """Every active tenant is to be checked, at a moment of its own within the next round."""
        await self._db.execute(_ENLIST, every)

    async def claim(self, every: float, count: int) -> Sequence[str]:
        """Tenants that are due, for whoever asks first; due again after `every` seconds, more or less."""
        rows = await self._db.fetch(_CLAIM, every, count)
        return [row["tenant"] for row in rows]

    async def census(self) -> Mapping[Verdict, int]:
        """How many active tenants are how."""
        rows = await self._db.fetch(_CENSUS)
        return {"ok": 0, "wrong": 0, "unknown": 0, **{row["state"]: row["tenants"] for row in rows}}


def _words(row: Any) -> tuple[str, str]:
    detail, todo = (again(row[name], row["said"].get(name)) for name in ("detail", "todo"))
    return detail, todo


_FORGET = f"""
delete from health
where (adapter, account, step) not in (select * from {given("adapter text, account text, step text")} g)
"""  # noqa: S608  constants

_FOUND = given(
    "adapter text, account text, step text, place smallint, state text, auth boolean, detail text, todo text, "
    "correlation text, expires_at timestamptz, quality text, messaging_limit text, said jsonb"
)
_WRITE = f"""
insert into health (tenant, adapter, account, step, place, state, auth, detail, todo, correlation, expires_at,
                    quality, messaging_limit, said)
select $2, g.* from {_FOUND} g
on conflict (adapter, account, step) do update set
  (place, state, auth, detail, todo, correlation, expires_at, quality, messaging_limit, said,
   checked_at, since) =
  (excluded.place, excluded.state, excluded.auth, excluded.detail, excluded.todo, excluded.correlation,
   excluded.expires_at, excluded.quality, excluded.messaging_limit, excluded.said, now(),
   case when health.state = excluded.state then health.since else now() end)
"""  # noqa: S608  constants

_ENLIST = """
insert into health_rounds (tenant, due_at)
select id, now() + make_interval(secs => $1 * (0.1 + 0.9 * random())) from tenants where state = 'active'
on conflict do nothing
"""

_CLAIM = """
update health_rounds set due_at = now() + make_interval(secs => $1 * (0.9 + 0.2 * random()))
where tenant in (
  select tenant from health_rounds join tenants on id = tenant
  where due_at <= now() and state = 'active' order by due_at limit $2 for update of health_rounds skip locked
) returning tenant
"""

_CENSUS = """
select state, count(*) as tenants from (
  select case when bool_or(h.state = 'wrong') then 'wrong'
              when bool_or(h.state = 'unknown') then 'unknown' else 'ok' end as state
  from health h join tenants t on t.id = h.tenant where t.state = 'active' group by h.tenant
) each group by state
"""
