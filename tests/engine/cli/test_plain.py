"""The small commands: version, help, plugins, migrate."""

import pytest
from typer.testing import CliRunner

from tests.engine.cli.process import Cli
from xyper_engine import __version__
from xyper_engine.cli import app

COMMANDS = (
    "serve", "demo", "check", "migrate", "plugins", "tenants add", "tenants hook", "tenants list", "tenants show",
    "tenants suspend", "tenants resume", "tenants delete", "tenants policy", "tenants quota", "tenants plugins",
    "dead groups", "dead list", "dead show", "dead edit", "dead replay", "dead replays", "dead cancel", "dead discard",
)  # fmt: skip


def test_the_version(cli: Cli) -> None:
    assert Cli(cli.folder)("--version").out == f"xyper {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    said = CliRunner().invoke(app, [*command.split(), "--help"], prog_name="xyper")
    assert said.exit_code == 0
    assert "Example" in said.output
    assert f" xyper {command}" in said.output.partition("Example")[2]


def test_the_plugins(cli: Cli) -> None:
    found = {one["name"]: one for one in cli("plugins", "--json").json}
    assert sorted(found) == ["genesys", "sim", "whatsapp"]
    assert found["whatsapp"]["adapters"] == ["whatsapp"]
    assert found["whatsapp"]["version"] == __version__
    assert found["whatsapp"]["settings"]["graph_url"] == "https://graph.facebook.com"
    assert "xyper_routes" in found["sim"]["hooks"]
    assert "[plugins.genesys] client_rate" in cli("plugins").out


def test_migrations_are_applied_once_and_named(cli: Cli) -> None:
    first, second = cli("migrate"), cli("migrate")
    assert first.out.startswith("applied 0001_bridge\n")
    assert first.out.endswith("is now up to date.\n")
    assert second.out == f"the embedded PostgreSQL in {cli.folder / 'var' / 'postgres'} is up to date.\n"
    assert (first.code, second.code, first.err, second.err) == (0, 0, "", "")
