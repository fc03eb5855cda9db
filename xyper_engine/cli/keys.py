"""`xyper keys`: with what programs prove themselves."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from xyper_engine.access.caller import Caller
from xyper_engine.access.keys import LONGEST, ApiKey, ApiKeys
from xyper_engine.access.roles import Action, Role, actions_of
from xyper_engine.cli.frame import AsJson, Config, console, prepared, run, say_json
from xyper_engine.cli.parts import open_accounts
from xyper_engine.errors import SettingsError
from xyper_engine.model import now
from xyper_engine.settings import Settings

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="API keys: what a program may do, until when, and an end to it.")

Tenant = Annotated[str | None, typer.Option("--tenant", "-t", help="For this tenant only; left out: for every one.")]


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.")],
    actions: Annotated[
        list[str],
        typer.Option("--action", "-a", help="What it may do, e.g. `templates:read`; again, or `all`."),
    ],
    tenant: Tenant = None,
    days: Annotated[int, typer.Option(min=1, max=LONGEST.days, help="Days until it ends.")] = LONGEST.days,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Make a key, and print it this once.

    Examples:

    - `xyper keys add "Shop, templates" --tenant acme --action templates:read --action templates:change`
    - `xyper keys add Terraform --action all --days 30`
    """
    given, ends = _actions(actions, tenant), now() + timedelta(days=days)
    key, written = run(_with(prepared(config), lambda keys: keys.add(Caller.host(), name, given, tenant, ends)))
    if as_json:
        say_json({**_facts(key), "key": written})
    else:
        typer.echo(f"Key {key.id}, until {ends:%F}. It is shown this once:")
        typer.echo(written)


@app.command("list")
def list_(tenant: Tenant = None, as_json: AsJson = False, config: Config = None) -> None:
    """List a tenant's keys, or those that open every tenant; the ended ones too.

    Example: `xyper keys list --tenant acme`
    """
    found = run(_with(prepared(config), lambda keys: keys.list(tenant)))
    if as_json:
        say_json([_facts(key) for key in found])
    elif not found:
        typer.echo("There are no keys.")
    else:
        console().print(_table(found))


@app.command()
def revoke(key: Annotated[str, typer.Argument(metavar="ID")], tenant: Tenant = None, config: Config = None) -> None:
    """End a key, at once and on every engine.

    Example: `xyper keys revoke 0123456789abcdef --tenant acme`
    """
    run(_with(prepared(config), lambda keys: keys.revoke(Caller.host(), key, tenant)))
    typer.echo(f"Key {key} is revoked.")


def _actions(given: Sequence[str], tenant: str | None) -> list[Action]:
    """Raises `SettingsError` that names what there is."""
    may = actions_of(Role.genesys_admin if tenant else Role.xyper_admin)
    if "all" in given:
        return sorted(may)
    unknown = sorted(set(given) - may)
    if unknown:
        raise SettingsError(f"--action: {', '.join(unknown)} is not one of: {', '.join(sorted(may))}.")
    return [Action(one) for one in given]


async def _with(settings: Settings, work: Callable[[ApiKeys], Awaitable[T]]) -> T:
    async with open_accounts(settings) as rt:
        return await work(rt.keys)


def _facts(key: ApiKey) -> dict[str, object]:
    return {name: getattr(key, name) for name in ApiKey.__slots__}


def _table(found: Sequence[ApiKey]) -> Table:
    table = Table("id", "name", "ends (UTC)", "last used (UTC)", "may")
    for key in found:
        ends = "revoked" if key.revoked_at else f"{key.expires_at:%F %R}" if key.expires_at else "never"
        used = f"{key.used_at:%F %R}" if key.used_at else ""
        table.add_row(key.id, key.name, ends, used, ", ".join(key.actions))
    return table
