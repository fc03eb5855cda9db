"""Service level objectives: of a tenant's messages so many per cent are handed over within so many seconds.

The rest is its error budget, of thirty days. What was handed over, how soon, and what died is read from the statistics,
never from messages: a message counts in the day in which it came, and what was filtered on purpose is no failure.
A burn rate of 1 uses the budget up in just thirty days.
"""

from collections.abc import Sequence
from datetime import date, datetime

from xyper_engine.errors import NotFound
from xyper_engine.model import CANARY
from xyper_engine.policy import Decided
from xyper_engine.store.db import Database
from xyper_engine.view import View

DAYS = 30
FRESH = 300.0
"""Seconds for which a tenant's budget is taken as known."""
MOST = 100
"""Tenants that are looked at in one go."""
_SHARE, _SECONDS = (Decided.model_fields[f"objective_{name}"].default for name in ("share", "seconds"))


class DayView(View):
    at: date
    good: int
    total: int


class BudgetView(View):
    tenant: str
    at: datetime
    """When it was looked at."""
    share: float
    """Per cent of messages that should be handed over within `seconds`."""
    seconds: int
    good: int
    """Messages of thirty days that were."""
    total: int
    kept: float
    """Of the error budget: 1 is all of it, 0 nothing; below 0 it is overdrawn."""
    burn_hour: float
    """How many times too fast the budget is being used: in this hour and the one before."""
    burn_six: float
    """… in six hours."""
    burn_day: float
    """… in twenty-four."""


class Objectives:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def one(self, tenant: str) -> tuple[BudgetView, Sequence[DayView]]:
        """As it is now, and day by day. Raises `NotFound`."""
        async with self._db.tenant(tenant) as connection:
            row = await connection.fetchrow(_LOOK, [tenant], _SHARE, _SECONDS)
            if row is None:
                raise NotFound(f"There is no tenant {tenant}.")
            days = await connection.fetch(_BY_DAY, [tenant], _SHARE, _SECONDS)
        return BudgetView.model_validate(dict(row)), [DayView.model_validate(dict(day)) for day in days]

    async def worst(self, tenant: str | None, after: tuple[float, str] | None, limit: int) -> Sequence[BudgetView]:
        """As last looked at, those with the least left first. `tenant`: that one alone."""
        kept, name = after or (None, None)
        async with self._db.within(tenant) as connection:
            rows = await connection.fetch(_WORST, tenant, kept, name, limit)
        return [BudgetView.model_validate(dict(row)) for row in rows]

    async def look(self) -> int:
        """Note some of those that were not looked at lately; how many. Raises `Unavailable`."""
        due = [row["id"] for row in await self._db.fetch(_DUE, FRESH, MOST, CANARY)]
        if due:
            await self._db.execute(_NOTE, due, _SHARE, _SECONDS)
        return len(due)


def _rows(table: str, since: str) -> str:
    """What counts: what was handed over, with whether in time, and what died."""
    return f"""
    select at, n,
      case when measure = 'latency' and label <> 'inf' then label::float8 <= t.seconds else false end as good
    from {table} where tenant = t.id and measure in ('latency', 'messages') and (measure = 'latency' or label = 'dead')
      and at >= {since}
    """  # noqa: S608  constants


_DAYS = _rows("statistics_days", f"(now() at time zone t.zone)::date - {DAYS - 1}")
_HOURS = _rows("statistics_hours", "date_trunc('hour', now() - interval '24 hours')")

_ASKED = """
asked as (
  select id, coalesce((policy ->> 'objective_share')::float8, $2) as share,
    coalesce((policy ->> 'objective_seconds')::int, $3) as seconds, coalesce(policy ->> 'timezone', 'UTC') as zone
  from tenants where id = any($1::text[])
)
"""


def _burn(hours: int, name: str) -> str:
    since = f"where at >= date_trunc('hour', now() - interval '{hours} hours')"
    bad, every = f"sum(n) filter ({since} and not good)", f"sum(n) filter ({since})"
    return f"coalesce({bad} / ({every} * allowed), 0)::float8 as burn_{name}"


_LOOK = f"""
with {_ASKED}, t as (select *, ((100 - share) / 100)::numeric as allowed from asked)
select t.id as tenant, now() as at, share, seconds, good, total, h.*,
  case when total = 0 then 1 else 1 - (total - good) / (total * allowed) end::float8 as kept
from t
cross join lateral (
  select coalesce(sum(n) filter (where good), 0)::bigint as good, coalesce(sum(n), 0)::bigint as total from ({_DAYS}) s
) d
cross join lateral (select {_burn(1, "hour")}, {_burn(6, "six")}, {_burn(24, "day")} from ({_HOURS}) s) h
"""  # noqa: S608  constants

_BY_DAY = f"""
with {_ASKED}
select at, coalesce(sum(n) filter (where good), 0)::bigint as good, sum(n)::bigint as total
from asked t cross join lateral ({_DAYS}) s group by at order by at
"""  # noqa: S608  constants

_COLUMNS = "tenant, at, share, seconds, good, total, kept, burn_hour, burn_six, burn_day"

_NOTE = f"""
insert into budgets ({_COLUMNS})
select {_COLUMNS} from ({_LOOK}) found
on conflict (tenant) do update set (at, share, seconds, good, total, kept, burn_hour, burn_six, burn_day) =
  (excluded.at, excluded.share, excluded.seconds, excluded.good, excluded.total, excluded.kept, excluded.burn_hour,
   excluded.burn_six, excluded.burn_day)
"""  # noqa: S608  constants

_DUE = """
select id from tenants t left join budgets b on b.tenant = t.id
where t.state = 'active' and t.id <> $3 and (b.at is null or b.at < now() - make_interval(secs => $1))
order by b.at nulls first, t.id limit $2
"""

_WORST = f"""
select {_COLUMNS} from budgets
where ($1::text is null or tenant = $1) and ($2::float8 is null or (kept, tenant) > ($2, $3::text))
order by kept, tenant limit $4
"""  # noqa: S608  constants
