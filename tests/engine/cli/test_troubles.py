"""Whatever goes wrong is one sentence that names the thing, and an exit code; never a traceback."""

import socket

import pytest

from tests.engine.cli.process import Cli, Demo

NOBODY = "127.0.0.1:1"
"""A port nobody listens on."""


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('[server]\nlissten = "x"', "[server] lissten: "),
        ('[server]\nshutdown = "soon"', "[server] shutdown: input should be a valid number"),
        ("[server\n", "xyper.toml cannot be read: "),
        ("[plugins.nope]\na = 1", "[plugins.nope]: there is no plugin of that name; known are genesys, sim, whatsapp."),
        ("[plugins.genesys]\nclient_rate = 0", "[plugins.genesys] client_rate: "),
        ('environment = "mars"', "environment = 'mars' names no file"),
        ('[broker]\nurl = "kafka:"', "[broker] url: "),
        ('[secrets]\nkeys = ["short"]', "[secrets] keys: "),
    ],
)
def test_a_wrong_setting_ends_serve_with_2(cli: Cli, content: str, sentence: str) -> None:
    assert cli.config is not None
    cli.config.write_text(content, "utf-8")
    said = cli("serve", XYPER_SERVER__LISTEN="127.0.0.1:0", XYPER_SERVER__INTERNAL="", XYPER_LOG__LEVEL="error")
    assert sentence in said.err
    assert (said.code, said.err.count("\n"), said.out) == (2, 1, "")


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        (("serve", "--config", "none.toml"), 2, "There is no settings file none.toml: check the name after --config."),
        (("tenants", "add"), 2, "Name a tenant's file with --file, or the tenant's id"),
        (("tenants", "add", "acme"), 2, "--number, --integration, --region, --client-id: needed here"),
        (("tenants", "add", "--file", "none.toml"), 2, "none.toml cannot be read: "),
        (("dead", "replay"), 2, "Name the dead letters, or say --all: one of the two."),
        (("dead", "replay", "x", "--all"), 2, "Name the dead letters, or say --all: one of the two."),
    ],
)
def test_a_wrong_argument(cli: Cli, args: tuple[str, ...], code: int, sentence: str) -> None:
    said = Cli(cli.folder)(*args)
    assert sentence in said.err
    assert (said.code, said.err.count("\n"), said.out) == (code, 1, "")


@pytest.mark.parametrize("command", ["migrate", "tenants list", "dead list"])
def test_a_database_that_is_away_ends_with_3(cli: Cli, command: str) -> None:
    said = cli(*command.split(), XYPER_DATABASE__URL=f"postgresql://me:hush@{NOBODY}/xyper")
    assert said.err.startswith(f"xyper: [database] url: postgresql://me@{NOBODY}/xyper does not answer")
    assert (said.code, said.err.count("\n"), said.out) == (3, 1, "")


def test_a_port_in_use_ends_serve_with_2(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        said = cli("serve", XYPER_SERVER__LISTEN=address)
    assert said.err.startswith(f"xyper: [server] listen: cannot listen on {address}: address already in use")
    assert (said.code, said.err.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("tenants", "show", "nobody"), "There is no tenant nobody"),
        (("dead", "show", "0000"), "There is no dead letter with the id '0000'"),
        (("dead", "replay", "0000"), "There is no dead letter with the id '0000'"),
    ],
)
def test_an_unknown_thing_ends_with_1(acme: Demo, args: tuple[str, ...], sentence: str) -> None:
    said = acme.cli(*args)
    assert sentence in said.err
    assert (said.code, said.err.count("\n"), said.out) == (1, 1, "")


def test_a_folder_that_cannot_be_made_is_one_sentence(cli: Cli) -> None:
    (cli.folder / "file").write_text("")
    said = cli("migrate", XYPER_DATA_DIR="file/below")
    assert said.err.startswith(f"xyper: {cli.folder / 'file' / 'below'}: Not a directory")
    assert (said.code, said.err.count("\n")) == (1, 1)
