"""Figures: what was counted, read back by the tenant's own days and hours, and added up as it was asked for."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from xyper_engine.errors import Invalid, NotFound
from xyper_engine.model import now
from xyper_engine.state.figure_rows import READ, TOGETHER, By
from xyper_engine.state.statistics import BOUNDS
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection


COUNTED: Mapping[str, tuple[str, ...]] = {
    "messages": ("messages",),
    "funnel": ("messages", "receipts"),
    "failures": ("failures",),
    "window": ("window",),
    "templates": ("templates",),
    "prices": ("prices",),
    "agents": ("agents",),
}
TIMED = ("answers", "queue", "latency")
"""What can be asked for: the first are counts, these are histograms of seconds."""
KINDS = frozenset({"messages", "funnel", "templates", "prices", "queue", "latency"})
"""Of these the kind is counted, too."""
HOURS = 31
"""Days back from today for which hours can be asked for: no tenant keeps them for less."""
WEEKS = 92
"""The same for the hours of a week, as far as a tenant keeps them; they are told of messages only."""
APART = frozenset({"templates", "agents"})
"""What is not added up over all tenants as it is counted."""
DAYS = 400
"""Days that one answer may span; more are exported."""


HOURLY: Mapping[By, int] = {"hour": HOURS, "week": WEEKS}


@dataclass(frozen=True, slots=True)
class Only:
    """What of it is asked for; None: all."""

    kind: str | None = None
    number: str | None = None
    direction: str | None = None
    zone: str | None = None
    """By whose clock hours are told; None: the tenant's own."""


@dataclass(frozen=True, slots=True)
class Asked:
    what: str
    first: date
    last: date
    """Days of the tenant's, both included."""
    by: By = "day"
    group: frozenset[str] = frozenset()
    only: Only = Only()

    @classmethod
    def of(
        cls, what: str, first: date, last: date, by: By, group: frozenset[str], kind: str | None = None,
        *, number: str | None = None, direction: str | None = None, zone: str | None = None,
    ) -> "Asked":  # fmt: skip
        """What can be answered. Raises `NotFound` or `Invalid`."""
        if what not in (*COUNTED, *TIMED):
            raise NotFound(f"There are no statistics of that name: ask for {', '.join((*COUNTED, *TIMED))}.")
        if last < first:
            raise Invalid({"last": "must not lie before `first`"})
        if by == "week" and what != "messages":
            raise Invalid({"by": "the hours of a week are told of messages: ask for hours"})
        if by in HOURLY and first < (now() - timedelta(days=HOURLY[by])).date():
            raise Invalid({"first": f"hours are told of the last {HOURLY[by]} days: ask for days"})
        if kind is not None and what not in KINDS:
            raise Invalid({"kind": f"is not counted of {what}: leave it out, or ask for {', '.join(sorted(KINDS))}"})
        if zone is not None and by not in HOURLY:
            raise Invalid({"zone": "days are the tenant's own: ask for hours, or leave it out"})
        group = group | {"kind"} if what == "templates" else group
        return cls(what, first, last, by, group, Only(kind, number, direction, zone))

    def together(self, tenant: str | None) -> bool:
        """Whether it is answered by what is added up over all tenants as it is counted."""
        apart = self.what in APART or self.only.number is not None or self.group & {"tenant", "number"}
        return tenant is None and not apart

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

    async def period(
        self, tenant: str | None, first: date | None, last: date | None, zone: str | None = None
    ) -> tuple[str | None, date, date]:
        """The tenant's time zone, unless one is named, and the days that are meant: the last seven where none are.

        Raises `NotFound`, or `Invalid` for a zone that is none.
        """
        if zone is not None and zone not in available_timezones():
            raise Invalid({"zone": "must be a name of the IANA's list, e.g. Europe/Rome, or UTC"})
        async with self._connection(tenant) as connection:
            own = None if tenant is None else await _zone(connection, tenant)
            zone = zone or own
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

    async def templates(self, tenant: str) -> Mapping[str, tuple[str, str]]:
        """What the vendor says of each template's category and quality, by its name and language."""
        async with self._db.tenant(tenant) as connection:
            rows = await connection.fetch("select name || '/' || language as name, category, quality from templates")
        return {row["name"]: (row["category"], row["quality"]) for row in rows}

    async def names(self, tenant: str | None, people: Sequence[str]) -> Mapping[str, str]:
        """Of people, by their ids; who is gone has none."""
        async with self._connection(tenant) as connection:
            rows = await connection.fetch("select id, name from people where id = any($1::text[])", people)
        return {row["id"]: row["name"] for row in rows}

    async def _rows(self, tenant: str | None, asked: Asked) -> Sequence[Any]:
        only, together = asked.only, asked.together(tenant)
        values = [asked.measures, asked.first, asked.last, list(asked.group), only.kind, only.direction]
        values += [only.zone] if asked.by in HOURLY else []
        values += [] if together else [tenant, only.number]
        async with self._connection(tenant) as connection:
            return await connection.fetch((TOGETHER if together else READ)[asked.by], *values)

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


def _at(at: date | datetime | str | None) -> str | None:
    return at if at is None or isinstance(at, str) else at.isoformat()
