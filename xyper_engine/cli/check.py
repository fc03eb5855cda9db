"""`xyper check`: is everything as it should be, and if not, what to do."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from xyper_engine.cli.examination import Line, examine
from xyper_engine.cli.frame import AsJson, Config, console, prepared, run, say_json

Audit = Annotated[bool, typer.Option("--audit", help="Also walk all of the audit: this may take minutes.")]


def check(audit: Audit = False, config: Config = None, as_json: AsJson = False) -> None:
    """Prove the settings, each server, and each tenant's accounts against their vendors.

    Shows a line for each, with what to do where something is wrong; then the exit code is 1. Safe while the engine
    runs: nothing is sent to a customer or an agent, and the embedded journal is left alone.

    Examples:

    - `xyper check`
    - `xyper check --audit` also proves that no line of the audit was altered or removed
    - `xyper check --json | jq '.[] | select(.ok | not)'`
    """
    lines = run(examine(prepared(config), audit=audit))
    if as_json:
        say_json([asdict(line) for line in lines])
    else:
        console().print(_table(lines))
    if not all(line.ok for line in lines):
        raise typer.Exit(1)


def _table(lines: list[Line]) -> Table:
    table = Table("", "part", "what", "detail", "what to do")
    for line in lines:
        mark = Text("✓", "green") if line.ok else Text("✗", "bold red")
        table.add_row(mark, line.part, line.what, line.detail, line.todo)
    return table
