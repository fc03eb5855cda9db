"""`xyper trace`: what happened to one message."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from xyper_engine.cli.frame import AsJson, Config, console, prepared, run, say_json
from xyper_engine.edge.hiding import hidden_facts
from xyper_engine.errors import NotFound
from xyper_engine.settings import Settings
from xyper_engine.state.timeline import Happened, Timeline, timelines
from xyper_engine.store.db import open_database


def trace(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Xyper's id of a message, WhatsApp's or Genesys'.")],
    tenant: Annotated[str | None, typer.Option("--tenant", "-t", help="Only this tenant's.")] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show what happened to a message, step by step, from its webhook to its last receipt.

    It holds no words of people's and no numbers: bodies are told by their shape, WhatsApp's ids by their end.

    Examples:

    - `xyper trace 019a3f7e-66a1-7c30-8a52-0f3c8e9d2b11`
    - `xyper trace wamid.HBgL… --tenant acme --json`
    """
    found = run(_found(prepared(config), id_, tenant))
    if as_json:
        say_json([_facts(line) for line in found])
        return
    for line in found:
        typer.echo(f"{line.id} of {line.tenant}: {line.outcome or 'still under way'}")
        if line.conversation:
            typer.echo(f"conversation {line.conversation}")
        console().print(_table(line))


async def _found(settings: Settings, id_: str, tenant: str | None) -> Sequence[Timeline]:
    async with open_database(settings) as db, db.connection() as connection:
        found = await timelines(connection, id_, tenant)
    if not found:
        raise NotFound(
            f"There is no trace of {id_}: it was not taken from its queue yet, or its tenant's `trace_days` are over."
        )
    return found


def _table(line: Timeline) -> Table:
    table = Table("at (UTC)", "after", "what", "facts", title=None)
    began = line.steps[0].at
    for step in line.steps:
        about = "" if step.event == line.id else "receipt: "
        table.add_row(f"{step.at:%H:%M:%S.%f}"[:-3], _after(began, step.at), f"{about}{step.what}", _words(step))
    return table


def _after(began: datetime, at: datetime) -> str:
    seconds = (at - began).total_seconds()
    return f"{seconds * 1000:.0f} ms" if seconds < 10 else f"{seconds:.1f} s"


def _words(step: Happened) -> str:
    return ", ".join(f"{name} {value}" for name, value in hidden_facts(step.facts).items())


def _facts(line: Timeline) -> dict[str, Any]:
    steps = [
        {"at": one.at, "event": one.event, "what": one.what, "facts": hidden_facts(one.facts)} for one in line.steps
    ]
    told = {name: getattr(line, name) for name in ("id", "tenant", "conversation", "outcome")}
    return {**told, "steps": steps}
