"""The command line, `xyper`. Each command is a file; `frame.py` is what all of them stand in."""

from typing import Annotated

import typer

from xyper_engine import __version__
from xyper_engine.cli import (
    alerts,
    audit,
    check,
    consents,
    dead,
    demo,
    keys,
    media,
    migrate,
    people,
    plugins,
    reconcile,
    secrets,
    serve,
    stats,
    templates,
    tenants,
    trace,
    users,
)
from xyper_engine.cli.frame import Sentences

app = typer.Typer(
    name="xyper",
    cls=Sentences,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"xyper {__version__}")
        raise typer.Exit


@app.callback()
def xyper(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version and stop.")
    ] = False,
    traceback: Annotated[  # `Sentences` reads it
        bool, typer.Option("--traceback", help="On an unexpected error, show where in the code it happened.")
    ] = False,
) -> None:
    """The bridge between WhatsApp (Meta's Cloud API) and Genesys Cloud (Open Messaging).

    Try it without any account: `xyper demo`. For real: write `xyper.toml`, then `xyper migrate`,
    `xyper tenants add`, `xyper check`, `xyper serve`.

    Exit codes: 0 done; 1 something is not as it should be; 2 a setting or an argument is wrong; 3 a server is away.
    """


app.command()(serve.serve)
app.command()(demo.demo)
app.command()(check.check)
app.command()(migrate.migrate)
app.add_typer(tenants.app, name="tenants")
app.add_typer(secrets.app, name="secrets")
app.add_typer(templates.app, name="templates")
app.add_typer(consents.app, name="consents")
app.add_typer(users.app, name="users")
app.add_typer(people.app, name="people")
app.add_typer(keys.app, name="keys")
app.add_typer(dead.app, name="dead")
app.add_typer(media.app, name="media")
app.command()(trace.trace)
app.command()(reconcile.reconcile)
app.add_typer(alerts.app, name="alerts")
app.add_typer(audit.app, name="audit")
app.command()(stats.stats)
app.command("plugins")(plugins.plugins)
