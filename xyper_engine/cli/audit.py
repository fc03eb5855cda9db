"""`xyper audit`: who changed what, and whether all of it is still there."""

import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from xyper_engine.access.audit import Broken, Head, broken, heads
from xyper_engine.access.trail import Line, Trail, Wanted, as_csv, as_jsonl
from xyper_engine.cli.frame import AsJson, Config, console, prepared, run, say_json
from xyper_engine.settings import Settings
from xyper_engine.store.db import open_database

app = typer.Typer(no_args_is_help=True, help="The audit: who changed what, when and from where.")


class Format(StrEnum):
    jsonl = "jsonl"
    csv = "csv"


Tenant = Annotated[str | None, typer.Option("--tenant", metavar="ID", help="Only what concerns this tenant.")]
Who = Annotated[str | None, typer.Option("--who", metavar="ID", help="Only what this person or key did.")]
Did = Annotated[str | None, typer.Option("--action", metavar="NAME", help="Only this, e.g. `key.revoke`.")]
Subject = Annotated[str | None, typer.Option("--subject", metavar="NAME", help="Only about this, e.g. `tenant/acme`.")]
Since = Annotated[datetime | None, typer.Option("--since", help="Only from this moment on (UTC).")]
Until = Annotated[datetime | None, typer.Option("--until", help="Only before this moment (UTC).")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many lines at most.")]


@app.command("list")
def list_(
    tenant: Tenant = None,
    who: Who = None,
    action: Did = None,
    subject: Subject = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """List changes, newest first.

    Examples:

    - `xyper audit list --tenant acme`
    - `xyper audit list --action key.revoke --since 2026-11-01 --json`
    """
    wanted = Wanted(who, action, subject, _utc(since), _utc(until))
    lines = run(_page(prepared(config), tenant, wanted, limit))
    if as_json:
        say_json([{"chain": line.chain, "seq": line.seq, "hash": line.hash, **line.told} for line in lines])
    else:
        console().print(_table(lines))


@app.command()
def export(
    tenant: Tenant = None,
    format: Annotated[Format, typer.Option("--format", help="One JSON object a line, or CSV.")] = Format.jsonl,  # noqa: A002
    since: Since = None,
    until: Until = None,
    config: Config = None,
) -> None:
    """Write whole chains, oldest first, with each line's hash and the very text that was hashed.

    A line's hash is the SHA-256 of the hash before it (32 zero bytes at first) and its `body`.

    Examples:

    - `xyper audit export > audit.jsonl`
    - `xyper audit export --tenant acme --format csv > acme.csv`
    """
    run(_export(prepared(config), tenant, Wanted(since=_utc(since), until=_utc(until)), format))


@app.command()
def verify(as_json: AsJson = False, config: Config = None) -> None:
    """Prove that no line was altered, removed or put in between; exit code 1 where one was.

    Also shows each chain's head. Keep these somewhere else: a database's owner could write a whole chain anew.

    Examples:

    - `xyper audit verify`
    - `xyper audit verify --json > heads-of-today.json`
    """
    found, faults = run(_verify(prepared(config)))
    if as_json:
        say_json([{"chain": head.chain, "lines": head.seq, "hash": head.hash.hex()} for head in found])
    for fault in faults:
        typer.echo(f"✗ {fault.named}: {fault.why}", err=True)
    if faults:
        raise typer.Exit(1)
    if not as_json:
        typer.echo(f"✓ all {sum(head.seq for head in found)} lines in {len(found)} chains hold")


async def _page(settings: Settings, tenant: str | None, wanted: Wanted, limit: int) -> Sequence[Line]:
    async with open_database(settings) as db:
        return await Trail(db).page(tenant, wanted, None, limit)


async def _export(settings: Settings, tenant: str | None, wanted: Wanted, kind: Format) -> None:
    async with open_database(settings) as db:
        lines: AsyncIterator[Line] = Trail(db).walk(tenant, wanted)
        async for chunk in as_csv(lines) if kind is Format.csv else as_jsonl(lines):
            sys.stdout.buffer.write(chunk)


async def _verify(settings: Settings) -> tuple[Sequence[Head], list[Broken]]:
    async with open_database(settings) as db:
        return await heads(db), [fault async for fault in broken(db)]


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None


def _table(lines: Sequence[Line]) -> Table:
    table = Table("when", "who", "action", "subject", "tenant", "from")
    for line in lines:
        told = line.told
        who = f"{told['kind']} {told['name'] or told['who']}"
        table.add_row(told["at"][:19], who, told["action"], told["subject"], told["tenant"] or "", told["address"])
    return table
