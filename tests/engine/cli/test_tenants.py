"""`xyper tenants`: added from a file or by flags, shown with what to paste and without secrets."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.engine.cli.process import Cli, Demo
from xyper_engine import demo
from xyper_engine.cli import tenant_file
from xyper_engine.errors import SettingsError

EXAMPLE = Path(__file__).parents[3] / "config" / "tenant.example.toml"
SECRETS = {"ACME_WHATSAPP_TOKEN": "token-of-acme", "ACME_GENESYS_CLIENT_SECRET": "secret-of-acme"}
PUBLIC = {"XYPER_SERVER__PUBLIC_URL": "https://xyper.example.com"}
BETA = (
    "tenants", "add", "beta", "--number", "555", "--access-token-env", "TOKEN", "--integration", "i-1",
    "--region", "eu-central-1", "--client-id", "c-1", "--client-secret-env", "CLIENT", "--webhook-secret-env", "HOOK",
)  # fmt: skip
VARIABLES = {"TOKEN": "t-1", "CLIENT": "c-secret", "HOOK": "h-1", "APP": "a-1"}


def test_the_example_file_makes_a_tenant(cli: Cli) -> None:
    added = cli("tenants", "add", "--file", str(EXAMPLE), "--json", **SECRETS, **PUBLIC)
    assert (added.code, added.err) == (0, "")
    (generated,) = added.json["generated"].values()
    (hook,) = added.json["hooks"]
    assert hook["url"].startswith("https://xyper.example.com/hooks/genesys/")
    (mark,) = [one["fingerprint"] for one in hook["secrets"]]
    assert re.fullmatch("[0-9a-f]{8}", mark)

    shown = cli("tenants", "show", "acme", **PUBLIC)
    assert hook["url"] in shown.out
    assert mark in shown.out
    for secret in SECRETS.values():
        assert secret not in shown.out + added.out
    assert generated not in shown.out


def _marks(view: Any) -> dict[str, str]:
    return {one["name"]: one["fingerprint"] for account in view["accounts"] for one in account["secrets"]}


def test_a_second_add_is_a_conflict_and_update_changes(cli: Cli) -> None:
    file = str(EXAMPLE)
    first = cli("tenants", "add", "--file", file, "--json", **SECRETS).json
    again = cli("tenants", "add", "--file", file, **SECRETS)
    assert (again.code, again.err) == (1, "xyper: Tenant acme exists already.\n")
    rotated = {**SECRETS, "ACME_WHATSAPP_TOKEN": "another"}
    changed = cli("tenants", "add", "--file", file, "--update", "--json", **rotated).json
    was, now = (_marks(view) for view in (first, changed))
    assert (was["client_secret"], was["access_token"] != now["access_token"]) == (now["client_secret"], True)
    assert [one["url"] for one in changed["hooks"]] == [one["url"] for one in first["hooks"]]


def test_the_common_tenant_by_flags_and_the_operators_hook(cli: Cli) -> None:
    flags = ("--secret-env", "APP", "--verify-token-env", "VERIFY")
    made = cli("tenants", "hook", *flags, APP="a-1", VERIFY="v-1", **PUBLIC)
    assert made.out == "https://xyper.example.com/hooks/whatsapp/operator\n"

    added = cli(*BETA, "--app-secret-env", "APP", "--json", **VARIABLES)
    assert (added.code, added.err) == (0, "")
    view = added.json
    ends = [f"{one['endpoint']['adapter']}/{one['endpoint']['account']}" for one in view["accounts"]]
    assert sorted(ends) == ["genesys/i-1", "whatsapp/555"]
    assert len(view["links"]) == 1
    assert sorted(one["adapter"] for one in view["hooks"]) == ["genesys", "whatsapp"]
    assert list(view["generated"]) == ["the verify token for Meta's console"]
    (hook,) = view["operator_hooks"]
    assert [one["name"] for one in hook["secrets"]] == ["secret", "verify_token"]
    assert [(one["id"], one["links"]) for one in cli("tenants", "list", "--json").json] == [("beta", 1)]


def test_it_is_shown_while_the_engine_runs(acme: Demo) -> None:
    said = acme.cli("tenants", "show", "acme")
    assert f"/hooks/genesys/{demo.TENANT_HOOK}" in said.out
    assert f"/hooks/whatsapp/{demo.OPERATOR_HOOK}" in said.out


@pytest.mark.parametrize(
    ("found", "written", "sentence"),
    [
        ('{ env = "ACME_WHATSAPP_TOKEN" }', '"EAAG-in-the-file"', "accounts.0.secrets.access_token: say where"),
        ('{ env = "ACME_WHATSAPP_TOKEN" }', '{ env = "NOT_SET" }', "The environment variable NOT_SET is not set"),
        ('{ env = "ACME_WHATSAPP_TOKEN" }', '{ file = "none" }', "accounts.0.secrets.access_token: "),
        ('{ env = "ACME_WHATSAPP_TOKEN" }', "{ ask = true }", "nobody is there to type it"),
        ('id = "acme"', 'id = "Acme!"', "id: "),
        ('name = "Acme Inc."', "", "name: "),
        ("[{ generate = true }]", "[]", "[hooks.0] secrets: "),
        ('customer = "whatsapp/106540352242922"', 'customer = "106540352242922"', "[links.0] customer: "),
    ],
)
def test_a_wrong_file_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: str, written: str, sentence: str
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    text = EXAMPLE.read_text("utf-8")
    assert found in text
    (tmp_path / "acme.toml").write_text(text.replace(found, written), "utf-8")
    with pytest.raises(SettingsError) as error:
        tenant_file.read(tmp_path / "acme.toml")
    assert sentence in str(error.value)
    assert "EAAG" not in str(error.value)


def test_a_link_to_nowhere_adds_nothing(cli: Cli) -> None:
    text = EXAMPLE.read_text("utf-8").replace('customer = "whatsapp/106540352242922"', 'customer = "whatsapp/1"')
    (cli.folder / "acme.toml").write_text(text, "utf-8")
    said = cli("tenants", "add", "--file", "acme.toml", **SECRETS)
    assert (said.code, said.err.count("\n"), said.out) == (1, 1, "")
    assert "is no account of tenant acme" in said.err
    assert cli("tenants", "list").out.startswith("There is no tenant yet")


def test_a_secret_may_lie_in_a_file_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_GENESYS_CLIENT_SECRET", "secret-of-acme")
    text = EXAMPLE.read_text("utf-8").replace('{ env = "ACME_WHATSAPP_TOKEN" }', '{ file = "token" }')
    (tmp_path / "acme.toml").write_text(text, "utf-8")
    (tmp_path / "token").write_text("from-a-mount\n")
    account = tenant_file.read(tmp_path / "acme.toml").spec.accounts[0]
    assert account.secrets["access_token"].get_secret_value() == "from-a-mount"
