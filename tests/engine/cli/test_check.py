"""`xyper check`: each part and account is proved, and what is wrong says what to do."""

from typing import Any

import pytest

from tests.engine.cli.process import Cli, Demo, ask
from xyper_engine import demo

SERVERS = {
    "XYPER_BROKER__URL": "amqp://guest:hush@127.0.0.1:1/",
    "XYPER_CACHE__URL": "redis://:hush@127.0.0.1:1/0",
    "XYPER_DATABASE__URL": "postgresql://me:hush@127.0.0.1:1/xyper",
    "XYPER_MEDIA__URL": "s3://key:hush@127.0.0.1:1/bucket?secure=false",
}


def lines(cli: Cli, **variables: str) -> tuple[int, dict[str, dict[str, Any]]]:
    said = cli("check", "--json", **variables)
    assert said.err == ""
    return said.code, {f"{line['part']} {line['what']}": line for line in said.json}


def test_all_is_well_with_the_demo(acme: Demo) -> None:
    said = acme.cli("check")
    assert (said.code, said.err) == (0, "")
    for word in ("settings", "broker", "cache", "database", "media", "acme", demo.NUMBER, demo.INTEGRATION):
        assert word in said.out
    assert "✗" not in said.out


def test_every_server_that_is_away_has_a_line_and_a_way_out(cli: Cli) -> None:
    code, found = lines(cli, **SERVERS)
    assert code == 1
    assert found.pop("settings xyper.toml and XYPER_*")["ok"]
    assert sorted(found) == ["broker [broker] url", "cache [cache] url", "database [database] url", "media [media] url"]
    for line in found.values():
        assert not line["ok"]
        assert line["todo"]
        assert "hush" not in line["detail"]


def test_without_tenants_it_says_how_to_add_one(cli: Cli) -> None:
    code, found = lines(cli)
    assert (code, found["tenants directory"]["detail"]) == (0, "there is no tenant yet: `xyper tenants add --help`")


def test_a_wrong_key_is_named(acme: Demo) -> None:
    code, found = lines(acme.cli, XYPER_SECRETS__KEYS='["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]')
    assert code == 1
    assert "[secrets] keys: " in found[f"acme whatsapp/{demo.NUMBER}"]["detail"]
    assert "[secrets] keys: " in found[f"acme genesys/{demo.INTEGRATION}"]["detail"]
    keys = found["secrets [secrets] keys"]
    assert (keys["ok"], "a master key that is not there" in keys["detail"]) == (False, True)


@pytest.mark.parametrize(
    ("path", "secret", "failing"),
    [
        (f"api/cloud/clients/{demo.CLIENT}", "client_secret", f"acme genesys/{demo.INTEGRATION} token"),
        (f"api/graph/numbers/{demo.NUMBER}", "access_token", f"acme whatsapp/{demo.NUMBER} token"),
    ],
)
def test_wrong_credentials_are_found_at_the_vendor(acme: Demo, path: str, secret: str, failing: str) -> None:
    right = demo.kept(acme.cli.folder / "demo" / "demo.json")[secret]
    ask(f"{acme.sim}/{path}", {secret: "another"}, "PUT")
    try:
        code, found = lines(acme.cli)
    finally:
        ask(f"{acme.sim}/{path}", {secret: right}, "PUT")
    assert code == 1
    assert [name for name, line in found.items() if not line["ok"]] == [failing]
    assert found[failing]["todo"]
    assert lines(acme.cli)[0] == 0
