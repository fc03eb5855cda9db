"""`xyper stats`: what was counted of a tenant's messages."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.table import Table

from xyper_engine.cli.frame import AsJson, Config, console, prepared, run, say_json
from xyper_engine.settings import Settings
from xyper_engine.state.figure_rows import GROUPS, By
from xyper_engine.state.figures import COUNTED, TIMED, Asked, Figure, Figures
from xyper_engine.store.db import open_database

Days = tuple[date | None, date | None]


class Group(StrEnum):
    """What can be told apart. As an enumeration: typer takes no list of literals."""

    tenant = "tenant"
    number = "number"
    direction = "direction"
    kind = "kind"


def stats(
    tenant: Annotated[str, typer.Argument(metavar="TENANT", help="Its id; `all` for every tenant's.")],
    what: Annotated[str, typer.Argument(metavar="[WHAT]", help=f"One of {', '.join((*COUNTED, *TIMED))}.")] = "funnel",
    first: Annotated[datetime | None, typer.Option("--first", formats=["%Y-%m-%d"], help="The first day.")] = None,
    last: Annotated[datetime | None, typer.Option("--last", formats=["%Y-%m-%d"], help="The last day.")] = None,
    by: Annotated[By, typer.Option("--by", help="A line for each of these.")] = "day",
    group: Annotated[
        list[Group] | None, typer.Option("--group", "-g", help="Tell these apart; may be repeated.")
    ] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Of this kind only: text, image, template, …")] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show what was counted, by the tenant's own clock: the last seven days, unless told otherwise.

    Examples:

    - `xyper stats acme`
    - `xyper stats acme failures --by total --first 2026-11-01 --last 2026-11-30`
    - `xyper stats acme latency --group kind --by total`
    - `xyper stats all messages --group tenant --json`
    """
    whose = None if tenant == "all" else tenant
    days = _day(first), _day(last)
    found = run(_figures(prepared(config), whose, days, what, by, frozenset(group or ()), kind))
    if as_json:
        say_json([_told(one, what in TIMED) for one in found])
    else:
        console().print(_table(found, what in TIMED))


async def _figures(
    settings: Settings, tenant: str | None, days: Days, what: str, by: By, group: frozenset[str], kind: str | None
) -> Sequence[Figure]:
    async with open_database(settings) as db:
        figures = Figures(db)
        _, first, last = await figures.period(tenant, *days)
        return await figures.read(tenant, Asked.of(what, first, last, by, group, kind))


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _told(figure: Figure, timed: bool) -> dict[str, Any]:
    named = {"at": figure.at, **{name: getattr(figure, name) for name in GROUPS}}
    return {name: value for name, value in named.items() if value is not None} | _values(figure, timed)


def _values(figure: Figure, timed: bool) -> dict[str, Any]:
    if not timed:
        return dict(figure.counts)
    times = {f"p{share}": figure.quantile(share / 100) for share in (50, 90, 99)}
    return {"count": sum(figure.counts.values()), **{name: value and round(value, 3) for name, value in times.items()}}


def _table(found: Sequence[Figure], timed: bool) -> Table:
    lines = [_told(one, timed) for one in found]
    columns = list(dict.fromkeys(name for line in lines for name in line))
    table = Table(*(columns or ["nothing was counted in these days"]))
    for line in lines:
        table.add_row(*(str(line.get(name, "")) for name in columns))
    return table
