"""The command line, `xyper`. Each command is a file; `frame.py` is what all of them stand in."""

from functools import cache
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from xyper_engine import __version__
from xyper_engine.cli.frame import Sentences

COMMANDS = (
    "serve", "demo", "check", "migrate", "tenants", "secrets", "templates", "consents", "users", "people", "keys",
    "dead", "media", "trace", "reconcile", "alerts", "audit", "stats", "plugins",
)  # fmt: skip
"""In the order of the help. Each is a module beside this one, with a function of that name, or an `app` of its own."""


class _Commands(Sentences):
    """Imports a command when it is called: to import all of them takes longer than most of them run."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name in COMMANDS:
            return _command(cmd_name)
        self.commands = {name: _command(name) for name in COMMANDS}  # so that what was meant can be guessed
        return None


@cache
def _command(name: str) -> Any:
    """As typer makes it of a part of a larger whole."""
    module, whole = import_module(f"{__name__}.{name}"), typer.Typer(**_LOOK)
    whole.callback()(lambda: None)
    if hasattr(module, "app"):
        whole.add_typer(module.app, name=name)
    else:
        whole.command(name)(getattr(module, name))
    group = get_command(whole)
    assert isinstance(group, TyperGroup)  # noqa: S101  it is, with a callback
    return group.commands[name]


_LOOK: dict[str, Any] = {
    "add_completion": False,
    "pretty_exceptions_enable": False,
    "rich_markup_mode": "markdown",
    "context_settings": {"help_option_names": ["-h", "--help"]},
}

app = typer.Typer(name="xyper", cls=_Commands, no_args_is_help=True, **_LOOK)


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
