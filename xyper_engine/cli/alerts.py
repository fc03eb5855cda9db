"""`xyper alerts`: what is wrong, and whom to tell."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from xyper_engine.access.caller import Caller
from xyper_engine.alert_office import AlertOffice
from xyper_engine.cli.frame import AsJson, Config, console, prepared, run, say_json
from xyper_engine.keyring import Keyring
from xyper_engine.sealing import Sealer
from xyper_engine.settings import Settings
from xyper_engine.state.alert_channels import ChannelView, Kind
from xyper_engine.state.alerts import AlertBook, AlertView, Topic
from xyper_engine.store.db import open_database

T = TypeVar("T")
SHOWN = 100

app = typer.Typer(no_args_is_help=True, help="Alerts: what is wrong, and whom to tell.")

Tenant = Annotated[str | None, typer.Option("--tenant", "-t", help="Of this tenant; else of who runs Xyper.")]
Channel = Annotated[str, typer.Argument(metavar="ID", help="The channel's, as `channels` shows it.")]


@app.command("list")
def list_(
    tenant: Tenant = None,
    every: Annotated[bool, typer.Option("--all", help="Also what is over.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """List what is wrong, newest first. Exit code 1 where anything is.

    Example: `xyper alerts list`
    """
    found = run(_listed(prepared(config), tenant, open_=not every))
    if as_json:
        say_json([one.model_dump(mode="json") for one in found])
    elif not found:
        typer.echo("Nothing is wrong.")
    else:
        console().print(_alerts(found))
    if any(one.ended_at is None for one in found):
        raise typer.Exit(1)


@app.command()
def channels(tenant: Tenant = None, as_json: AsJson = False, config: Config = None) -> None:
    """List whom to tell.

    Example: `xyper alerts channels --tenant acme`
    """
    found = run(_with(prepared(config), lambda office: office.listed(tenant)))
    if as_json:
        say_json([one.model_dump(mode="json") for one in found])
    elif not found:
        typer.echo("Nobody is told anything yet: `xyper alerts add --help`.")
    else:
        console().print(_channels(found))


@app.command()
def add(
    to: Annotated[str, typer.Argument(metavar="TO", help="https://… of a webhook, or e-mail addresses with commas.")],
    name: Annotated[str, typer.Option("--name", help="What people know it by.")] = "",
    topic: Annotated[list[Topic] | None, typer.Option("--topic", help="Only this; may be repeated.")] = None,
    tenant: Tenant = None,
    config: Config = None,
) -> None:
    """Tell these people, or this webhook, what is wrong. What a webhook is signed with is printed, once.

    Examples:

    - `xyper alerts add night-shift@example.com`
    - `xyper alerts add https://hooks.example.com/xyper --topic breaker --topic dead --tenant acme`
    """
    kind: Kind = "webhook" if "://" in to else "email"
    settings, called, topics = prepared(config), name or to[:100], topic or ()
    made, secret = run(_with(settings, lambda office: office.add(Caller.host(), tenant, kind, called, to, topics)))
    typer.echo(f"Channel {made.id} is told from now on: try it with `xyper alerts test {made.id}`.")
    if secret:
        typer.echo(f"Its webhooks are signed with this, as standardwebhooks.com has it: {secret}")


@app.command("test")
def try_(channel: Channel, tenant: Tenant = None, config: Config = None) -> None:
    """Try a channel now. Exit code 1 where it did not take it.

    Example: `xyper alerts test 0190…`
    """
    outcome = run(_with(prepared(config), lambda office: office.test(Caller.host(), tenant, channel)))
    typer.echo(f"{'✓' if outcome.ok else '✗'} {outcome.words}")
    if not outcome.ok:
        raise typer.Exit(1)


@app.command()
def remove(channel: Channel, tenant: Tenant = None, config: Config = None) -> None:
    """Tell a channel nothing more.

    Example: `xyper alerts remove 0190…`
    """
    run(_with(prepared(config), lambda office: office.remove(Caller.host(), tenant, channel)))
    typer.echo(f"Channel {channel} is gone.")


async def _listed(settings: Settings, tenant: str | None, *, open_: bool) -> Sequence[AlertView]:
    async with open_database(settings) as db:
        return await AlertBook(db).listed(tenant, None, SHOWN, open_=open_)


async def _with(settings: Settings, work: Callable[[AlertOffice], Awaitable[T]]) -> T:
    async with open_database(settings) as db:
        return await work(AlertOffice(db, Keyring(db, Sealer.from_settings(settings)), settings))


def _alerts(found: Sequence[AlertView]) -> Table:
    table = Table("since", "tenant", "what", "", "over")
    for one in found:
        over = f"{one.ended_at:%F %R}" if one.ended_at else ""
        table.add_row(f"{one.began_at:%F %R}", one.tenant or "", one.topic, one.words, over)
    return table


def _channels(found: Sequence[ChannelView]) -> Table:
    table = Table("id", "name", "to", "topics", "state")
    for one in found:
        state = one.failure or ("on" if one.enabled else "off")
        table.add_row(one.id, one.name, one.target, ", ".join(one.topics) or "everything", state)
    return table
