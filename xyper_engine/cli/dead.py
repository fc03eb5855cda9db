"""`xyper dead`: look at dead letters, and have the engine replay them."""

from typing import Annotated, Any

import typer
from rich.table import Table

from xyper_engine.cli.frame import AsJson, Config, console, prepared, run, say_json
from xyper_engine.cli.letters import body_of, listed, one, replay_all, replay_these
from xyper_engine.errors import SettingsError
from xyper_engine.state.dead_letters import DeadLetter

app = typer.Typer(
    no_args_is_help=True,
    help="Messages that could not be handled: why, and once more. They stay until retention drops them.",
)

Tenant = Annotated[str | None, typer.Option("--tenant", "-t", help="Only this tenant's.")]
Raw = Annotated[bool, typer.Option("--raw", help="Show the body too: it holds what customers wrote.")]


@app.command("list")
def list_(
    tenant: Tenant = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 50,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """List what waits to be looked at, newest first.

    Examples:

    - `xyper dead list --tenant acme`
    - `xyper dead list --json | jq -r '.[].id'`
    """
    letters = run(listed(prepared(config), tenant, limit))
    if as_json:
        say_json([_facts(letter) for letter in letters])
    elif not letters:
        typer.echo("There are no dead letters.")
    else:
        console().print(_table(letters))


@app.command()
def show(
    letter: Annotated[str, typer.Argument(metavar="ID", help="The id, or its beginning.")],
    raw: Raw = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show one, with the reason and its body; what customers wrote is hidden unless `--raw`.

    Examples:

    - `xyper dead show 019a3f`
    - `xyper dead show 019a3f --raw`
    """
    found = run(one(prepared(config), letter))
    body = body_of(found, raw)
    if as_json:
        say_json({**_facts(found), "body": body})
        return
    for name, value in _facts(found).items():
        typer.echo(f"{name:>12}  {'' if value is None else value}")
    typer.echo(f"{'body':>12}  {'' if raw else '(what people wrote is hidden; --raw shows it)'}")
    say_json(body)


@app.command()
def replay(
    letters: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids, or their beginnings.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them, the oldest first.")] = False,
    tenant: Tenant = None,
    config: Config = None,
) -> None:
    """Have the running engine handle them once more, and wait up to 10 seconds until it has.

    Mend the cause first: what fails again dies again. Exit code 1 where something was not replayed.

    Examples:

    - `xyper dead replay 019a3f`
    - `xyper dead replay --all --tenant acme`
    """
    if bool(letters) == everything:
        raise SettingsError("Name the dead letters to replay, or say --all: one of the two.")
    settings = prepared(config)
    done = run(replay_all(settings, tenant) if everything else replay_these(settings, letters or []))
    for line in done.lines:
        typer.echo(line)
    if not done.complete:
        raise typer.Exit(1)


def _facts(letter: DeadLetter) -> dict[str, Any]:
    names = ("id", "tenant", "reason", "detail", "source", "queue", "event_id", "adapter", "account", "hook")
    times = {
        "died_at": letter.died_at.isoformat(),
        "replayed_at": letter.replayed_at and letter.replayed_at.isoformat(),
    }
    return {**{name: getattr(letter, name) for name in names}, **times}


def _table(letters: list[DeadLetter]) -> Table:
    table = Table("id", "tenant", "died at (UTC)", "account", "reason", "detail")
    for letter in letters:
        at = f"{letter.died_at:%Y-%m-%d %H:%M:%S}"
        account = f"{letter.adapter or ''}/{letter.account or ''}".strip("/")
        table.add_row(letter.id, letter.tenant or "", at, account, letter.reason, letter.detail)
    return table
