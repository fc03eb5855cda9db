"""Statistics: what was counted, by the tenant's own days and hours. `{what}` is one of these:

* `messages` by outcome; `funnel`: accepted (by us), posted (to the far side), sent, delivered, read; or failed;
* `failures` by code; `window`, what an agent's words met: `open`, `closed`, `template`, `held`, `refused`;
* `templates` by step; `prices` by category; `agents`: what each wrote in the widget, by the person;
* `answers` (an agent's first since the customer asked), `queue` (until work began) and `latency` (until the far side
  took it): seconds, as histograms.

A message counts in the hour in which it came, whenever it was delivered or read.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Literal

import orjson
from pydantic import Field

from xyper_engine.abilities import ExplainsCodes
from xyper_engine.access.roles import Action
from xyper_engine.edge.route import Answer, Call, Day, Given, Route, Told
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.state.figure_rows import By
from xyper_engine.state.figures import TIMED, Asked, Figure, Figures
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
    """`hour` for the last 31 days only; `week`: the hours of a week, of messages, for the last 92 days as far as hours
    are kept; `total` adds all of it up."""
    group: str = Field("", pattern=f"^({_GROUP}(,{_GROUP})*)?$", examples=["number,direction"])
    """What is told apart."""
    kind: str | None = Field(None, min_length=1, max_length=600, examples=["image"])
    """Of this kind only; of messages, funnel, templates, prices, queue and latency."""
    number: str | None = Field(None, min_length=1, max_length=300, examples=["whatsapp/106540352242922"])
    """Of this account on the customer's channel only."""
    direction: Literal["inbound", "outbound"] | None = None
    """Of this one only."""
    zone: str | None = Field(None, min_length=1, max_length=64, examples=["Europe/Rome"])
    """Of `hour` and `week`: by whose clock; left out: the tenant's own."""


class ExportOf(Period):
    format: Literal["jsonl", "csv"] = "jsonl"
    """`jsonl`: JSON Lines, an object on each line and nothing around them; `csv`: RFC 4180, under a line of names."""


class FigureTold(Told):
    at: str | None
    """The day, or the moment at which the hour begins; of `week` weekday and hour, `1T09` is Monday at nine; null of a
    total."""
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
    p95: float | None = None
    p99: float | None = None
    category: str | None = None
    """Of a template, as the vendor says now; so is its quality."""
    quality: str | None = None


class FiguresTold(Told):
    what: str
    timezone: str | None
    """Whose days these are; null: each tenant's own."""
    first: date
    last: date
    figures: tuple[FigureTold, ...]
    """Oldest first; hours and days in which nothing was counted are left out."""
    words: Mapping[str, str] = Field(default_factory=dict)
    """What counts are by, where it is known: of `failures` what a vendor's code means, of `agents` the names."""


class StatisticsApi:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._figures = Figures(rt.db)
        self._registry = registry

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
        what = asked.what
        figures = await self._figures.read(call.scope, asked)
        templates = what == "templates" and call.scope is not None
        known = await self._figures.templates(call.scope or "") if templates else {}
        return FiguresTold(
            what=what, timezone=zone, first=asked.first, last=asked.last,
            figures=tuple(told(one, asked, known) for one in figures), words=await self._words(call, what, figures),
        )  # fmt: skip

    async def _words(self, call: Call, what: str, figures: Sequence[Figure]) -> Mapping[str, str]:
        labels = sorted({label for one in figures for label in one.counts})
        if what == "agents":
            return await self._figures.names(call.scope, labels)
        return dict(explained(self._registry, labels)) if what == "failures" else {}

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
        zone, first, last = await self._figures.period(call.scope, query.first, query.last, query.zone)
        group = frozenset(filter(None, query.group.split(",")))
        only = {"number": query.number, "direction": query.direction, "zone": query.zone}
        return zone, Asked.of(call.path("what"), first, last, query.by, group, query.kind, **only)


def explained(registry: Registry, codes: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Those that some channel knows, with what it says of them."""
    channels = [one for one in registry.adapters.values() if isinstance(one, ExplainsCodes)]
    for code in codes:
        words = next(filter(None, (channel.explain(code) for channel in channels)), None)
        if words:
            yield code, words


def told(figure: Figure, asked: Asked, known: Mapping[str, tuple[str, str]]) -> FigureTold:
    times = {f"p{share}": figure.quantile(share / 100) for share in (50, 90, 95, 99)} if asked.what in TIMED else {}
    category, quality = known.get(figure.kind or "", (None, None))
    return FigureTold(
        at=figure.at, tenant=figure.tenant, number=figure.number, direction=figure.direction, kind=figure.kind,
        counts=figure.counts, category=category, quality=quality, **times,
    )  # fmt: skip


_COLUMNS = ("at", "tenant", "number", "direction", "kind", "label", "count")


async def as_jsonl(figures: AsyncIterator[Figure]) -> AsyncIterator[bytes]:
    async for figure in figures:
        yield b"".join(orjson.dumps(dict(zip(_COLUMNS, line, strict=True))) + b"\n" for line in figure.lines())


async def as_csv(figures: AsyncIterator[Figure]) -> AsyncIterator[bytes]:
    yield row(_COLUMNS)
    async for figure in figures:
        yield b"".join(map(row, figure.lines()))
