"""`xyper secrets`: what is known of secrets, their rotation, and the master keys above them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from xyper_engine.access.caller import Caller
from xyper_engine.cli import tenant_file
from xyper_engine.cli.frame import AsJson, Config, console, prepared, run, say_json
from xyper_engine.cli.secret_work import rewrapped, state, with_office
from xyper_engine.errors import SettingsError
from xyper_engine.secret_trial import OVERLAP, Change
from xyper_engine.tenants.resealing import MasterKey
from xyper_engine.tenants.views import SecretView

app = typer.Typer(
    no_args_is_help=True, help="Secrets: fingerprint, age and last use; their rotation; and the master keys above them."
)

Tenant = Annotated[
    str | None,
    typer.Option("--tenant", "-t", metavar="ID", help="Whose; left out: the operator's own webhook addresses."),
]


@app.command("list")
def list_(tenant: Tenant = None, as_json: AsJson = False, config: Config = None) -> None:
    """List a tenant's secrets, or the operator's: what each is, how old, when last of use. Never a value.

    Examples:

    - `xyper secrets list --tenant acme`
    - `xyper secrets list --json | jq '.[] | select(.state == "retiring")'`
    """
    found = run(with_office(prepared(config), lambda office: office.list(tenant)))
    if as_json:
        say_json([one.model_dump(mode="json") for one in found])
    else:
        console().print(_secrets(found))


@app.command()
def rotate(
    owner: Annotated[str, typer.Argument(metavar="OWNER", help="As `list` shows it, e.g. `account:whatsapp/1234`.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="E.g. `access_token`, `client_secret`, `secret`.")],
    tenant: Tenant = None,
    env: Annotated[
        str, typer.Option(metavar="NAME", help="The environment variable that holds it; asked for if left out.")
    ] = "",
    generate: Annotated[
        bool, typer.Option("--generate", help="Make it up and tell the vendor: verify token, Genesys' webhook secret.")
    ] = False,
    overlap: Annotated[
        float, typer.Option(min=0, metavar="HOURS", help="For so long the values before it stay valid.")
    ] = OVERLAP.total_seconds() / 3600,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Change a secret in peace: the new value is proved to the vendor first, then both are valid for a while.

    A value that the vendor refuses changes nothing. Running engines take the new one up at once.

    Examples:

    - `xyper secrets rotate account:whatsapp/106540352242922 access_token --tenant acme --env ACME_TOKEN`
    - `xyper secrets rotate account:genesys/6dc01ec1-… client_secret --tenant acme --env ACME_CLIENT`
    - `xyper secrets rotate hook:acme-genesys secret --tenant acme --generate`
    - `xyper secrets rotate hook:operator secret --env META_APP_SECRET` (the operator's own Meta app)
    - `xyper secrets rotate hook:operator verify_token --generate`
    """
    if env and generate:
        raise SettingsError("Name a variable with --env, or say --generate: one of the two.")
    value = None if generate else tenant_file.from_variable(env, f"New {name}")
    change = Change(tenant, owner, name, value, timedelta(hours=overlap))
    new = run(with_office(prepared(config), lambda office: office.rotate(Caller.host(), change)))
    if as_json:
        say_json(new.model_dump(mode="json"))
    else:
        typer.echo(f"{name} of {owner} is {new.fingerprint} now; what was valid before is for {overlap:g} hours yet.")


@app.command()
def revoke(
    secret: Annotated[str, typer.Argument(metavar="ID", help="As `list --json` shows it.")],
    tenant: Tenant = None,
    last: Annotated[bool, typer.Option("--last", help="Also where it is the only value of its name.")] = False,
    config: Config = None,
) -> None:
    """End one value at once, in every running engine: when it may be in wrong hands.

    Example: `xyper secrets revoke 019a3f… --tenant acme`
    """
    run(with_office(prepared(config), lambda office: office.revoke(Caller.host(), tenant, secret, last=last)))
    typer.echo(f"Secret {secret} is revoked.")


@app.command()
def status(as_json: AsJson = False, config: Config = None) -> None:
    """Show the master keys: what depends on each, and which may be taken out of the settings.

    To change the master key: put a new one first in `[secrets] keys` (or as the first line of the key file), restart
    one engine after another, run `xyper secrets rewrap`, and take the old one out once this command says so. Links to
    files that were made under a key end with it.

    Example: `xyper secrets status`
    """
    found = run(state(prepared(config)))
    if as_json:
        say_json([{"id": key.id, "listed": key.listed, "first": key.first, "wraps": key.wraps, "alone": key.alone,
                   "rows": key.rows, "needed": key.needed} for key in found])  # fmt: skip
    else:
        console().print(_keys(found))


@app.command()
def rewrap(config: Config = None) -> None:
    """Finish a change of the master key: wrap every data key with the first one, and forget the other wraps.

    Not before every engine runs with the new key in front: one that knows only the old key opens nothing afterwards.
    Running engines wrap by themselves within a minute; this also seals anew what an older version left.

    Example: `xyper secrets rewrap`
    """
    done = run(rewrapped(prepared(config)))
    typer.echo(f"{done.wrapped} data keys wrapped, {done.dropped} old wraps dropped, {done.resealed} rows sealed anew.")


def _secrets(found: Sequence[SecretView]) -> Table:
    table = Table("id", "owner", "name", "state", "fingerprint", "since (UTC)", "last use (UTC)", "retires at (UTC)")
    for one in found:
        times = [f"{at:%Y-%m-%d %H:%M}" if at else "" for at in (one.created_at, one.used_at, one.retires_at)]
        mark = one.fingerprint or "(cannot be opened)"
        table.add_row(one.id, one.owner, one.name, one.state, mark, *times)
    return table


def _keys(found: list[MasterKey]) -> Table:
    table = Table("master key", "data keys", "only by it", "rows of older versions", "what to do")
    for key in found:
        table.add_row(key.id, str(key.wraps), str(key.alone), str(key.rows), _todo(key))
    return table


def _todo(key: MasterKey) -> str:
    if not key.listed:
        return "put it back: something is lost without it" if key.needed else "nothing: it was taken out"
    if key.first:
        return "keep it: it wraps and signs"
    return "run `xyper secrets rewrap`, then look again" if key.needed or key.wraps else "it may be taken out"
