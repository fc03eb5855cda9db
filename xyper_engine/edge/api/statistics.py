"""Statistics: what was counted, by the tenant's own days and hours. `{what}` is one of these:

* `messages` by outcome; `funnel`: accepted (by us), posted (to the far side), sent, delivered, read; or failed;
* `failures` by code; `window`, what an agent's words met: `open`, `closed`, `template`, `held`, `refused`;
* `templates` by step; `prices` by category;
* `answers` (an agent's first since the customer asked), `queue` (until work began) and `latency` (until the far side
  took it): seconds, as histograms.

A message counts in the hour in which it came, whenever it was delivered or read.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Literal

import orjson
from pydantic import Field

from xyper_engine.access.roles import Action
from xyper_engine.edge.route import Answer, Call, Day, Given, Route, Told
from xyper_engine.runtime import Runtime
from xyper_engine.state.figures import TIMED, Asked, By, Figure, Figures
from xyper_engine.tabular import row

_ALL, _OWN = "/api/v1/statistics/{what}", "/api/v1/tenants/{tenant}/statistics/{what}"
_TYPES = {"jsonl": "application/x-ndjson", "csv": "text/csv"}
_GROUP = "(tenant|number|direction|kind)"
_SINCE, _UNTIL = date(2020, 1, 1), date(2100, 1, 1)


class Period(Given):
    first: Day | None = Field(None, ge=_SINCE, le=_UNTIL)
    """The first day, by the tenant's own clock; left out: six days before the last."""
    last: Day | None = Field(None, ge=_SINCE, le=_UNTIL)
    """The last day; left out: today."""
    by: By = "day"
    """`hour` for the last 31 days only; `total` adds all of it up."""
    group: str = Field("", pattern=f"^({_GROUP}(,{_GROUP})*)?$", examples=["number,direction"])
    """What is told apart."""
    kind: str | None = Field(None, min_length=1, max_length=600, examples=["image"])
    """Of this kind only; of messages, funnel, templates, prices, queue and latency."""


class ExportOf(Period):
    format: Literal["jsonl", "csv"] = "jsonl"
    """`jsonl`: JSON Lines, an object on each line and nothing around them; `csv`: RFC 4180, under a line of names."""


class FigureTold(Told):
    at: str | None
    """The day, or the moment at which the hour begins; null of a total."""
    tenant: str | None
    number: str | None
    """The tenant's account on the customer's channel; null here and below where they are not told apart."""
    direction: str | None
    kind: str | None
    """What messages are, e.g. `text`, `image`, `template`; of `templates` the template's name and language."""
    counts: Mapping[str, int]
    """By what was asked for: outcome, step of the funnel, code, …; of times by the bucket's upper bound in seconds."""
    p50: float | None = None
    """Seconds within which so many per cent of them were; null where it is no time, or there are none."""
    p90: float | None = None
    p99: float | None = None
    quality: str | None = None
    """Of a template, as the vendor says now."""


class FiguresTold(Told):
    what: str
    timezone: str | None
    """Whose days these are; null: each tenant's own."""
    first: date
    last: date
    figures: tuple[FigureTold, ...]
    """Oldest first; hours and days in which nothing was counted are left out."""


class StatisticsApi:
    def __init__(self, rt: Runtime) -> None:
        self._figures = Figures(rt.db)

    def routes(self) -> tuple[Route, ...]:
        read, types = Action.statistics_read, tuple(_TYPES.values())
        every, own = "everywhere you may look", "of one tenant"
        return (
            Route("GET", _ALL, read, self.read, f"Read what was counted, {every}.", query=Period, answer=FiguresTold),
            Route("GET", f"{_ALL}/export", read, self.export, f"Export what was counted, {every}.", query=ExportOf,
                  content=types),
            Route("GET", _OWN, read, self.read, f"Read what was counted {own}.", query=Period, answer=FiguresTold),
            Route("GET", f"{_OWN}/export", read, self.export, f"Export what was counted {own}.", query=ExportOf,
                  content=types),
        )  # fmt: skip

    async def read(self, call: Call) -> FiguresTold:
        """A few seconds pass before what happened is counted."""
        zone, asked = await self._asked(call)
        figures = await self._figures.read(call.scope, asked)
        templates = asked.what == "templates" and call.scope is not None
        qualities = await self._figures.qualities(call.scope or "") if templates else {}
        return FiguresTold(
            what=asked.what, timezone=zone, first=asked.first, last=asked.last,
            figures=tuple(told(one, asked, qualities) for one in figures),
        )  # fmt: skip

    async def export(self, call: Call) -> Answer:
        """A line for each count, sent as it is read: for as many days as you like.

        JSON Lines or CSV, both with `at`, `tenant`, `number`, `direction`, `kind`, `label` (what `counts` are by) and
        `count`.
        """
        query: ExportOf = call.query
        _, asked = await self._asked(call)
        figures = self._figures.walk(call.scope, asked)
        name = f"{asked.what}-{call.scope or 'all'}-{asked.first}-{asked.last}.{query.format}"
        return Answer(
            body=as_csv(figures) if query.format == "csv" else as_jsonl(figures),
            content_type=_TYPES[query.format],
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    async def _asked(self, call: Call) -> tuple[str | None, Asked]:
        query: Period = call.query
        zone, first, last = await self._figures.period(call.scope, query.first, query.last)
        group = frozenset(filter(None, query.group.split(",")))
        return zone, Asked.of(call.path("what"), first, last, query.by, group, query.kind)


def told(figure: Figure, asked: Asked, qualities: Mapping[str, str]) -> FigureTold:
    times = {f"p{share}": figure.quantile(share / 100) for share in (50, 90, 99)} if asked.what in TIMED else {}
    return FigureTold(
        at=figure.at, tenant=figure.tenant, number=figure.number, direction=figure.direction, kind=figure.kind,
        counts=figure.counts, quality=qualities.get(figure.kind or ""), **times,
    )  # fmt: skip


_COLUMNS = ("at", "tenant", "number", "direction", "kind", "label", "count")


async def as_jsonl(figures: AsyncIterator[Figure]) -> AsyncIterator[bytes]:
    async for figure in figures:
        yield b"".join(orjson.dumps(dict(zip(_COLUMNS, line, strict=True))) + b"\n" for line in figure.lines())


async def as_csv(figures: AsyncIterator[Figure]) -> AsyncIterator[bytes]:
    yield row(_COLUMNS)
    async for figure in figures:
        yield b"".join(map(row, figure.lines()))
