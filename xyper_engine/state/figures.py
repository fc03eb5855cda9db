"""Figures: what was counted, read back by the tenant's own days and hours, and added up as it was asked for."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

from xyper_engine.errors import Invalid, NotFound
from xyper_engine.model import now
from xyper_engine.state.statistics import BOUNDS
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

By = Literal["hour", "day", "total"]

COUNTED: Mapping[str, tuple[str, ...]] = {
    "messages": ("messages",),
    "funnel": ("messages", "receipts"),
    "failures": ("failures",),
    "window": ("window",),
    "templates": ("templates",),
    "prices": ("prices",),
}
TIMED = ("answers", "queue", "latency")
"""What can be asked for: the first are counts, these are histograms of seconds."""
KINDS = frozenset({"messages", "funnel", "templates", "prices", "queue", "latency"})
"""Of these the kind is counted, too."""
GROUPS = ("tenant", "number", "direction", "kind")
HOURS = 31
"""Days back from today for which hours can be asked for: no tenant keeps them for less."""
DAYS = 400
"""Days that one answer may span; more are exported."""


@dataclass(frozen=True, slots=True)
class Asked:
    what: str
    first: date
    last: date
    """Days of the tenant's, both included."""
    by: By = "day"
    group: frozenset[str] = frozenset()
    kind: str | None = None
    """Of this kind only."""

    @classmethod
    def of(cls, what: str, first: date, last: date, by: By, group: frozenset[str], kind: str | None = None) -> "Asked":
        """What can be answered. Raises `NotFound` or `Invalid`."""
        if what not in (*COUNTED, *TIMED):
            raise NotFound(f"There are no statistics of that name: ask for {', '.join((*COUNTED, *TIMED))}.")
        if last < first:
            raise Invalid({"last": "must not lie before `first`"})
        if by == "hour" and first < (now() - timedelta(days=HOURS)).date():
            raise Invalid({"first": f"hours are told of the last {HOURS} days: ask for days"})
        if kind is not None and what not in KINDS:
            raise Invalid({"kind": f"is not counted of {what}: leave it out, or ask for {', '.join(sorted(KINDS))}"})
        return cls(what, first, last, by, group | {"kind"} if what == "templates" else group, kind)

    @property
    def measures(self) -> tuple[str, ...]:
        return COUNTED.get(self.what, (self.what,))


@dataclass(slots=True)
class Figure:
    """The counts of one hour or day, and of one of whatever they are grouped by; None: of all of them."""

    at: str | None
    tenant: str | None
    number: str | None
    direction: str | None
    kind: str | None
    counts: dict[str, int] = field(default_factory=dict)
    """By outcome, step, code, …; of a histogram by the buckets' upper bounds in seconds."""

    def add(self, measure: str, label: str, n: int, *, funnel: bool) -> None:
        for name in _steps(label) if funnel and measure == "messages" else (label,):
            self.counts[name] = self.counts.get(name, 0) + n

    def lines(self) -> Iterator[tuple[object, ...]]:
        """One for each count."""
        for label, n in self.counts.items():
            yield self.at, self.tenant, self.number, self.direction, self.kind, label, n

    def quantile(self, share: float) -> float | None:
        """Seconds within which this share of them was, by straight lines within buckets; None where there are none."""
        return quantile(self.counts, share)


def quantile(counts: Mapping[str, int], share: float) -> float | None:
    """As `Figure.quantile`. What lies beyond the last bound counts as if it lay there."""
    wanted, seen, lower = share * sum(counts.values()), 0, 0.0
    if not wanted:
        return None
    for bound in BOUNDS:
        within = counts.get(f"{bound:g}", 0)
        if within and seen + within >= wanted:
            return lower + (bound - lower) * (wanted - seen) / within
        seen, lower = seen + within, bound
    return BOUNDS[-1]


class Figures:
    """`tenant`: that tenant's alone, read as that tenant; None: all tenants', each by its own clock."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def period(self, tenant: str | None, first: date | None, last: date | None) -> tuple[str | None, date, date]:
        """The tenant's time zone, and the days that are meant: the last seven where none are named.

        Raises `NotFound`.
        """
        async with self._connection(tenant) as connection:
            zone = None if tenant is None else await _zone(connection, tenant)
            today: date = await connection.fetchval("select (now() at time zone $1)::date", zone or "UTC")
        last = last or max(today, first or today)
        return zone, first or last - timedelta(days=6), last

    async def read(self, tenant: str | None, asked: Asked) -> Sequence[Figure]:
        """Oldest first. Raises `Invalid` for more than one answer holds."""
        if asked.by != "total" and (asked.last - asked.first).days >= DAYS:
            raise Invalid({"first": f"one answer spans {DAYS} days at most: export them instead"})
        return list(_folded(await self._rows(tenant, asked), asked))

    async def walk(self, tenant: str | None, asked: Asked) -> AsyncIterator[Figure]:
        """All of it, a month at a time; no connection is held in between."""
        step = asked if asked.by == "total" else replace(asked, last=min(asked.last, _month_after(asked.first)))
        while step.first <= asked.last:
            for figure in _folded(await self._rows(tenant, step), step):
                yield figure
            first = step.last + timedelta(days=1)
            step = replace(step, first=first, last=min(asked.last, _month_after(first)))

    async def qualities(self, tenant: str) -> Mapping[str, str]:
        """What the vendor says of each template's quality, by its name and language."""
        async with self._db.tenant(tenant) as connection:
            rows = await connection.fetch("select name || '/' || language as name, quality from templates")
        return {row["name"]: row["quality"] for row in rows}

    async def _rows(self, tenant: str | None, asked: Asked) -> Sequence[Any]:
        async with self._connection(tenant) as connection:
            return await connection.fetch(
                READ[asked.by], tenant, asked.measures, asked.first, asked.last, list(asked.group), asked.kind
            )

    @asynccontextmanager
    async def _connection(self, tenant: str | None) -> AsyncIterator["Connection"]:
        async with self._db.connection() if tenant is None else self._db.tenant(tenant) as connection:
            yield connection


async def _zone(connection: "Connection", tenant: str) -> str:
    zone = await connection.fetchval("select coalesce(policy ->> 'timezone', 'UTC') from tenants where id = $1", tenant)
    if zone is None:
        raise NotFound(f"There is no tenant {tenant}.")
    return str(zone)


def _month_after(first: date) -> date:
    return first + timedelta(days=30)


def _steps(outcome: str) -> tuple[str, ...]:
    return ("accepted", "posted") if outcome == "delivered" else ("accepted",)


def _folded(rows: Sequence[Any], asked: Asked) -> Iterator[Figure]:
    """Put in order here, so that the database has no reason to sort what it counts."""
    figures: dict[tuple[Any, ...], Figure] = {}
    funnel = asked.what == "funnel"
    for *key, measure, label, n in sorted(rows, key=itemgetter("measure", "label")):
        whose = tuple(key)
        if (figure := figures.get(whose)) is None:
            at, tenant, number, direction, kind = whose
            figure = figures[whose] = Figure(_at(at), tenant, number, direction, kind)
        figure.add(measure, label, int(n), funnel=funnel)
    yield from sorted(figures.values(), key=_order)


def _order(figure: Figure) -> tuple[str, ...]:
    named = figure.at, figure.tenant, figure.number, figure.direction, figure.kind
    return tuple("" if value is None else value for value in named)


def _at(at: date | datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _read(table: str, at: str, within: str) -> str:
    return f"""
    select {at} as at, case when 'tenant' = any($5::text[]) then s.tenant end as tenant,
      case when 'number' = any($5) then s.number end as number,
      case when 'direction' = any($5) then s.direction end as direction,
      case when 'kind' = any($5) then s.kind end as kind,
      s.measure, s.label, sum(s.n) as n
    from (
      select id, coalesce(policy ->> 'timezone', 'UTC') as name from tenants where $1::text is null or id = $1
    ) zone cross join lateral (
      select * from {table} where tenant = zone.id and measure = any($2::text[]) and {within}
        and ($6::text is null or kind = $6)
    ) s
    group by 1, 2, 3, 4, 5, 6, 7
    """  # noqa: S608  constants


_DAYS = "at between $3::date and $4::date"

# No zone is more than a day off: by the first bounds, the same for every tenant, the index finds the rows.
_HOURS = """at >= ($3::date - 1)::timestamp at time zone 'UTC' and at < ($4::date + 2)::timestamp at time zone 'UTC'
        and at >= $3::date::timestamp at time zone zone.name
        and at < ($4::date + 1)::timestamp at time zone zone.name"""

READ: Mapping[By, str] = {
    "hour": _read("statistics_hours", "s.at", _HOURS),
    "day": _read("statistics_days", "s.at", _DAYS),
    "total": _read("statistics_days", "null::date", _DAYS),
}
