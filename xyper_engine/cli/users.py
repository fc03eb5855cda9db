"""`xyper users`: who may sign in."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from xyper_engine.access.caller import Caller
from xyper_engine.access.invitations import Invitation, subject_of
from xyper_engine.access.people import Person
from xyper_engine.access.proving import Access
from xyper_engine.cli.frame import AsJson, Config, console, prepared, run, say_json
from xyper_engine.cli.parts import open_accounts
from xyper_engine.cli.tenant_file import from_variable
from xyper_engine.errors import NotFound
from xyper_engine.settings import Settings

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    help="People: Xyper's own administrators; a tenant's people are known by their Genesys organisation.",
)

Name = Annotated[str, typer.Option("--name", help="What others see.")]
Email = Annotated[str, typer.Option("--email", help="With what they sign in.")]
Who = Annotated[str, typer.Argument(metavar="WHO", help="The e-mail address, or the id.")]
Tenant = Annotated[str | None, typer.Option("--tenant", "-t", help="One of this tenant's people, by id.")]


@app.command()
def add(
    email: Email,
    name: Name,
    password_env: Annotated[
        str,
        typer.Option(metavar="NAME", help="The variable that holds the password; asked for if left out."),
    ] = "",
    config: Config = None,
) -> None:
    """Add an administrator of Xyper with a password, e.g. the first one.

    Example: `xyper users add --email ada@example.com --name "Ada Lindqvist"`
    """
    settings = prepared(config)
    password = from_variable(password_env, "Password").get_secret_value()
    run(_with(settings, lambda access: access.invitations.add(Caller.host(), name, email, password)))
    typer.echo(f"{email} may sign in.")


@app.command()
def invite(email: Email, name: Name, as_json: AsJson = False, config: Config = None) -> None:
    """Invite an administrator of Xyper: prints a token, with which they set a password themselves.

    Example: `xyper users invite --email bob@example.com --name Bob`
    """
    settings = prepared(config)
    made = run(_with(settings, lambda access: access.invitations.invite(Caller.host(), name, email)))
    _tell(settings, made, as_json=as_json)


@app.command("list")
def list_(tenant: Tenant = None, as_json: AsJson = False, config: Config = None) -> None:
    """List the administrators of Xyper, or a tenant's people.

    Examples:

    - `xyper users list`
    - `xyper users list --tenant acme --json`
    """
    found = run(_with(prepared(config), lambda access: access.people.list(tenant)))
    if as_json:
        say_json([_facts(person) for person in found])
    elif not found:
        typer.echo("There is nobody yet." if tenant else "There is nobody yet: `xyper users add --help`.")
    else:
        console().print(_table(found))


@app.command()
def disable(who: Who, tenant: Tenant = None, config: Config = None) -> None:
    """Shut somebody out: their sessions end at once.

    Example: `xyper users disable bob@example.com`
    """
    run(_with(prepared(config), lambda access: _disabled(access, who, tenant)))
    typer.echo(f"{who} is shut out.")


@app.command()
def enable(who: Who, tenant: Tenant = None, config: Config = None) -> None:
    """Let somebody in again.

    Example: `xyper users enable bob@example.com`
    """
    run(_with(prepared(config), lambda access: _enabled(access, who, tenant)))
    typer.echo(f"{who} may sign in again.")


@app.command()
def reset(
    who: Who,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Also forget the authenticator app and the recovery codes.")
    ] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Take an administrator's password away, and print a token with which they set another.

    Example: `xyper users reset bob@example.com --second-factor`
    """
    settings = prepared(config)
    made = run(_with(settings, lambda access: _reset(access, who, second_factor=second_factor)))
    _tell(settings, made, as_json=as_json)


async def _disabled(access: Access, who: str, tenant: str | None) -> Person:
    return await access.people.disable(Caller.host(), await _id(access, who, tenant), tenant)


async def _enabled(access: Access, who: str, tenant: str | None) -> Person:
    return await access.people.enable(Caller.host(), await _id(access, who, tenant), tenant)


async def _reset(access: Access, who: str, *, second_factor: bool) -> Invitation:
    id_ = await _id(access, who, None)
    return await access.invitations.reset(Caller.host(), id_, second_factor=second_factor)


async def _id(access: Access, who: str, tenant: str | None) -> str:
    """Raises `NotFound`."""
    if tenant is None and "@" in who:
        known = [person.id for person in await access.people.list(None) if person.subject == subject_of(who)]
        if not known:
            raise NotFound(f"There is no person {who}: `xyper users list` shows who there is.")
        return known[0]
    return who


async def _with(settings: Settings, work: Callable[[Access], Awaitable[T]]) -> T:
    async with open_accounts(settings) as rt:
        return await work(rt.access)


def _tell(settings: Settings, made: Invitation, *, as_json: bool) -> None:
    if as_json:
        say_json({**_facts(made.person), "token": made.token, "expires_at": made.expires_at.isoformat()})
        return
    typer.echo(
        f"Hand this to {made.person.email} by a way you trust. It is good once, until {made.expires_at:%F %R} UTC:"
    )
    typer.echo(made.token)
    typer.echo(f"A password is set with it at {settings.public_url}/admin/#invitation={made.token}")
    typer.echo(f"or, by a program, with POST {settings.public_url}/api/v1/auth/accept.")


def _facts(person: Person) -> dict[str, str | None]:
    names = ("id", "tenant", "role", "role_given", "method", "name", "email", "state")
    return {name: getattr(person, name) for name in names}


def _table(found: Sequence[Person]) -> Table:
    table = Table("id", "name", "e-mail", "role", "signs in with", "state")
    for one in found:
        role = f"{one.role} (given here)" if one.role_given else one.role
        table.add_row(one.id, one.name, one.email, role, one.method, one.state)
    return table
