"""`xyper tenants`: who may speak through Xyper."""

from pathlib import Path
from typing import Annotated

import typer

from xyper_engine.cli import tenant_decisions, tenant_file, tenant_life, tenant_view
from xyper_engine.cli.frame import AsJson, Config, console, prepared, run, say_json
from xyper_engine.cli.tenant_flags import Flags
from xyper_engine.cli.tenant_onboard import onboard
from xyper_engine.cli.tenant_work import add, add_hook, listed, shown
from xyper_engine.errors import SettingsError

app = typer.Typer(no_args_is_help=True, help="Tenants: their accounts, links, webhook addresses and secrets.")

File = Annotated[
    Path | None, typer.Option("--file", "-f", help="A tenant's file; `config/tenant.example.toml` explains it.")
]
Variable = typer.Option(metavar="NAME", help="The environment variable that holds it; asked for if left out.")


@app.command("add")
def add_(
    tenant: Annotated[str | None, typer.Argument(metavar="[ID]", help="Lower case letters, digits and `-`.")] = None,
    file: File = None,
    name: Annotated[str, typer.Option(help="The name people know the tenant by.")] = "",
    number: Annotated[str, typer.Option(metavar="ID", help="WhatsApp: the phone number id (not the number).")] = "",
    waba_id: Annotated[str, typer.Option(metavar="ID", help="WhatsApp: the business account's id.")] = "",
    access_token_env: Annotated[str, Variable] = "",
    integration: Annotated[str, typer.Option(metavar="ID", help="Genesys: the Open Messaging integration's id.")] = "",
    region: Annotated[str, typer.Option(help="Genesys: e.g. `eu-central-1` or `mypurecloud.de`.")] = "",
    client_id: Annotated[str, typer.Option(metavar="ID", help="Genesys: the OAuth client's id.")] = "",
    client_secret_env: Annotated[str, Variable] = "",
    webhook_secret_env: Annotated[str, Variable] = "",
    app_secret_env: Annotated[
        str, typer.Option(metavar="NAME", help="Only where the tenant brings its own Meta app: its secret's variable.")
    ] = "",
    update: Annotated[
        bool, typer.Option("--update", help="Change a tenant that exists; what is not named stays.")
    ] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Add a tenant, from a file or, in the common case of one number and one integration, by flags.

    Secrets are never arguments, which other users of the machine could read: name variables of the environment, or be
    asked. A running engine takes the tenant up at once.

    Examples:

    - `xyper tenants add --file acme.toml`
    - `xyper tenants add --file acme.toml --update`
    - `xyper tenants add acme --name "Acme Inc." --number 106540352242922 --access-token-env ACME_TOKEN
      --integration 6dc01ec1-… --region eu-central-1 --client-id 2c9f… --client-secret-env ACME_CLIENT
      --webhook-secret-env ACME_WEBHOOK`
    """
    flags = Flags(
        tenant, name, number, waba_id, access_token_env, integration, region, client_id, client_secret_env,
        webhook_secret_env, app_secret_env,
    )  # fmt: skip
    if (file is None) == (tenant is None):
        raise SettingsError("Name a tenant's file with --file, or the tenant's id and its accounts: one of the two.")
    settings = prepared(config)
    told = tenant_file.read(file) if file else flags.told()
    view, hooks = run(add(settings, told.spec, update=update))
    if as_json:
        say_json({**tenant_view.as_json(view, hooks, settings), "generated": told.generated})
    else:
        typer.echo(f"Tenant {view.id} is {'up to date' if update else 'added'}.")
        tenant_view.show(console(), view, hooks, settings)
        tenant_view.show_generated(told.generated)


app.command()(onboard)


@app.command()
def hook(
    adapter: Annotated[str, typer.Option(help="The channel.")] = "whatsapp",
    name: Annotated[str, typer.Option("--id", help="The last part of its address.")] = "operator",
    secret_env: Annotated[str, Variable] = "",
    verify_token_env: Annotated[str, Variable] = "",
    config: Config = None,
) -> None:
    """Make the operator's own webhook address, which serves every tenant without a Meta app of its own.

    Said again with other secrets, it changes them. Prints the address to paste into the vendor's console.

    Example: `xyper tenants hook --secret-env META_APP_SECRET --verify-token-env META_VERIFY_TOKEN`
    """
    settings = prepared(config)
    secret = tenant_file.from_variable(secret_env, "App secret")
    token = tenant_file.from_variable(verify_token_env, "Verify token")
    typer.echo(f"{settings.public_url}{run(add_hook(settings, adapter, name, secret, token))}")


@app.command("list")
def list_(
    state: Annotated[str, typer.Option(help="Only those that are `active`, `suspended` or `deleting`.")] = "",
    name: Annotated[str, typer.Option(help="Only those whose name begins so.")] = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """List the tenants.

    Examples:

    - `xyper tenants list`
    - `xyper tenants list --state suspended`
    - `xyper tenants list --json | jq -r '.[].id'`
    """
    lines = run(listed(prepared(config), state, name))
    if as_json:
        say_json([line.model_dump(mode="json") for line in lines])
    elif not lines and (state or name):
        typer.echo("There is no such tenant.")
    elif not lines:
        typer.echo("There is no tenant yet: `xyper tenants add --help` says how to add one.")
    else:
        console().print(tenant_view.table(lines))


@app.command()
def show(tenant: Annotated[str, typer.Argument(metavar="ID")], as_json: AsJson = False, config: Config = None) -> None:
    """Show a tenant: accounts, links, and the webhook addresses to paste into the vendors' consoles.

    Of secrets it shows a fingerprint, which tells values apart, and the age; `xyper secrets list` shows more.

    Example: `xyper tenants show acme`
    """
    settings = prepared(config)
    view, hooks = run(shown(settings, tenant))
    if as_json:
        say_json(tenant_view.as_json(view, hooks, settings))
    else:
        tenant_view.show(console(), view, hooks, settings)


app.command()(tenant_life.suspend)
app.command()(tenant_life.resume)
app.command()(tenant_life.delete)
app.command()(tenant_decisions.policy)
app.command()(tenant_decisions.quota)
app.command()(tenant_decisions.plugins)
