"""`xyper secrets`: shown without values, rotated and revoked beside a running engine; master keys changed."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.cli.process import Demo, ask, demo
from tests.engine.cli.test_tenants import BETA, VARIABLES
from xyper_engine.demo import CLIENT, INTEGRATION, OPERATOR_HOOK, TENANT_HOOK, kept

WEBHOOK = (f"hook:{TENANT_HOOK}", "secret", "--tenant", "acme")
LOGIN = (f"account:genesys/{INTEGRATION}", "client_secret", "--tenant", "acme")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Demo]:
    with demo(tmp_path) as running:
        yield running


def test_one_is_rotated_beside_the_engine_and_the_old_one_revoked(own: Demo) -> None:
    """Genesys' webhook secret is made up and told; the client's is proved; a wrong one changes nothing."""
    old = own.cli("secrets", "list", "--tenant", "acme", "--json").json
    said = own.cli("secrets", "rotate", *WEBHOOK, "--generate", "--overlap", "2")
    assert (said.code, said.err) == (0, "")
    assert "what was valid before is for 2 hours yet" in said.out

    refused = own.cli("secrets", "rotate", *LOGIN, "--env", "NEW", NEW="a-wrong-one")
    assert (refused.code, "HTTP 401" in refused.err, "Nothing was changed." in refused.err) == (1, True, True)
    ask(f"{own.sim}/api/cloud/clients/{CLIENT}", {"client_secret": "a-right-one"}, "PUT")
    assert own.cli("secrets", "rotate", *LOGIN, "--env", "NEW", NEW="a-right-one").code == 0

    found = own.cli("secrets", "list", "--tenant", "acme", "--json").json
    assert sorted(one["state"] for one in found) == ["current"] * 3 + ["retiring"] * 2
    (retiring,) = [one for one in found if one["state"] == "retiring" and one["name"] == "secret"]
    assert retiring["id"] in {one["id"] for one in old}
    assert own.cli("secrets", "revoke", retiring["id"], "--tenant", "acme").code == 0
    shown = own.cli("secrets", "list", "--tenant", "acme").out
    assert retiring["id"] not in shown
    for value in (*kept(own.cli.folder / "demo" / "demo.json").values(), "a-right-one"):
        assert value not in shown + said.out + refused.err


def test_the_operators_verify_token_is_told_to_meta(own: Demo) -> None:
    """Another process answers Meta's handshake with the new token."""
    said = own.cli("secrets", "rotate", f"hook:{OPERATOR_HOOK}", "verify_token", "--generate", "--json")
    assert (said.code, said.err) == (0, "")
    found = own.cli("secrets", "list", "--json").json
    assert [(one["name"], one["state"]) for one in found] == [
        ("secret", "current"), ("verify_token", "current"), ("verify_token", "retiring"),
    ]  # fmt: skip


def test_the_master_key_is_changed_step_by_step(own: Demo) -> None:
    """Here with the engine's own key file as the old key; the engine beside it never stops to work."""
    old = (own.cli.folder / "demo" / "secret.key").read_text().strip()
    new = base64.b64encode(bytes(range(32))).decode()
    both, only = f'["{new}", "{old}"]', f'["{new}"]'
    assert own.cli("tenants", "show", "acme", XYPER_SECRETS__KEYS=only).out.count("(cannot be opened)") > 0

    first, second = own.cli("secrets", "status", "--json", XYPER_SECRETS__KEYS=both).json
    assert (first["first"], first["wraps"], second["alone"] > 0, second["needed"]) == (True, 0, True, True)
    assert "still needed" in own.cli("check", XYPER_SECRETS__KEYS=both).out
    told = own.cli("secrets", "rewrap", XYPER_SECRETS__KEYS=both)
    assert (told.code, f"{second['wraps']} data keys wrapped" in told.out) == (0, True), told
    assert "it may be taken out" in own.cli("secrets", "status", XYPER_SECRETS__KEYS=both).out
    (left,) = own.cli("secrets", "status", "--json", XYPER_SECRETS__KEYS=only).json
    assert (left["wraps"], left["alone"]) == (second["wraps"], 0)
    assert "(cannot be opened)" not in own.cli("tenants", "show", "acme", XYPER_SECRETS__KEYS=only).out
    assert own.cli(*BETA, **VARIABLES, XYPER_SECRETS__KEYS=only).code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("rotate", *WEBHOOK, "--generate", "--env", "X"), 2, "one of the two"),
        (("rotate", *WEBHOOK), 2, "nobody is there to type it"),
        (("rotate", *LOGIN, "--generate"), 1, "the vendor makes this one"),
        (("revoke", "nothing", "--tenant", "acme"), 1, "Tenant acme has no secret nothing"),
        (("list", "--tenant", "nobody"), 1, "There is no tenant nobody."),
    ],
)
def test_what_cannot_be_done_is_one_sentence(acme: Demo, arguments: tuple[str, ...], code: int, sentence: str) -> None:
    said = acme.cli("secrets", *arguments)
    assert (said.code, sentence in said.err, said.err.count("\n"), said.out) == (code, True, 1, ""), said
