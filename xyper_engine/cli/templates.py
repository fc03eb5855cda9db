"""`xyper templates`: the messages that a vendor has approved beforehand."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import orjson
import typer
from rich.table import Table

from xyper_engine import plugins
from xyper_engine.cli.frame import AsJson, Config, console, prepared, run, say_json
from xyper_engine.cli.parts import open_accounts
from xyper_engine.errors import SettingsError
from xyper_engine.settings import Settings
from xyper_engine.template import ApprovedTemplate
from xyper_engine.template_office import TemplateOffice

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Message templates: what the vendor has approved, and changes to it.")

Tenant = Annotated[str, typer.Argument(metavar="TENANT", help="The tenant's id.")]
OfAccount = Annotated[
    str | None,
    typer.Option(
        "--account", metavar="ID", help="Where the tenant has several: WhatsApp's business account id (WABA)."
    ),
]
File = Annotated[
    Path, typer.Argument(metavar="FILE", help="JSON, as the vendor documents it; `-` reads it from stdin.")
]


@app.command("list")
def list_(tenant: Tenant, account: OfAccount = None, as_json: AsJson = False, config: Config = None) -> None:
    """List a tenant's templates, as last heard of.

    Examples:

    - `xyper templates list acme`
    - `xyper templates list acme --json | jq -r '.[] | select(.status != "APPROVED") | .name'`
    """
    found = run(_with(prepared(config), lambda office: office.list(tenant, account)))
    if as_json:
        say_json([one.model_dump(mode="json", exclude={"tenant"}) for one in found])
    elif not found:
        typer.echo(f"No template is known: `xyper templates sync {tenant}` asks the vendor.")
    else:
        console().print(_table(found))


@app.command()
def sync(tenant: Tenant, account: OfAccount = None, config: Config = None) -> None:
    """Read all templates from the vendor now; a running engine does so by itself.

    Example: `xyper templates sync acme`
    """
    count = run(_with(prepared(config), lambda office: office.sync(tenant, account)))
    typer.echo(f"{count} {'template' if count == 1 else 'templates'} read.")


@app.command()
def create(tenant: Tenant, file: File, account: OfAccount = None, config: Config = None) -> None:
    """Hand in a new template for the vendor's approval; prints its id.

    Example: `xyper templates create acme order_ready.json`, where the file holds
    `{"name": "order_ready", "language": "en_US", "category": "UTILITY",
    "components": [{"type": "BODY", "text": "Order {{1}} is ready.", "example": {"body_text": [["77"]]}}]}`
    """
    draft = _read(file)
    typer.echo(run(_with(prepared(config), lambda office: office.create(tenant, draft, account))))


@app.command()
def edit(
    tenant: Tenant,
    template: Annotated[str, typer.Argument(metavar="ID", help="The vendor's id of the template.")],
    file: File,
    config: Config = None,
) -> None:
    """Change a template's components or category; the vendor reviews it again.

    Example: `xyper templates edit acme 1667192013751005 changes.json`
    """
    draft = _read(file)
    run(_with(prepared(config), lambda office: office.edit(tenant, template, draft)))
    typer.echo(f"Template {template} is handed in again.")


@app.command()
def delete(
    tenant: Tenant,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The template's name: all its languages go.")],
    only: Annotated[str | None, typer.Option("--id", metavar="ID", help="Only the language with this id.")] = None,
    account: OfAccount = None,
    config: Config = None,
) -> None:
    """Delete a template at the vendor, in all languages or in one.

    Example: `xyper templates delete acme order_ready`
    """
    run(_with(prepared(config), lambda office: office.delete(tenant, name, only, account)))
    typer.echo(f"Template {name} is deleted{f' ({only} only)' if only else ''}.")


async def _with(settings: Settings, work: Callable[[TemplateOffice], Awaitable[T]]) -> T:
    registry = plugins.load(settings)
    async with open_accounts(settings) as rt:
        return await work(TemplateOffice(rt, registry))


def _read(file: Path) -> dict[str, Any]:
    try:
        value = orjson.loads(typer.get_binary_stream("stdin").read() if str(file) == "-" else file.read_bytes())
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}.") from None
    except orjson.JSONDecodeError as error:
        raise SettingsError(f"{file} is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise SettingsError(f"{file} must hold one JSON object.")
    return value


def _table(found: Sequence[ApprovedTemplate]) -> Table:
    table = Table("name", "language", "status", "category", "quality", "id", "account", "reason")
    for one in found:
        table.add_row(one.name, one.language, one.status, one.category, one.quality, one.id, one.account, one.reason)
    return table
