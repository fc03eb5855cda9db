"""`xyper dead`: what could not be handled is found, looked at without prying, and replayed once the cause is mended."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.cli.process import Demo, ask, demo, eventually
from xyper_engine.demo import APP, INTEGRATION

STRANGER = "106540352249999"
"""A number that no tenant owns, yet."""

ACME = f"""
id = "acme"
name = "Acme Inc."
[[accounts]]
adapter = "whatsapp"
account = "{STRANGER}"
secrets.access_token = {{ generate = true }}
[[links]]
customer = "whatsapp/{STRANGER}"
agent = "genesys/{INTEGRATION}"
"""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Demo]:
    with demo(tmp_path) as running:
        yield running


def text_to_a_stranger(n: int) -> dict[str, Any]:
    message = {
        "from": "16505550109",
        "id": f"wamid.stranger{n}",
        "timestamp": "1795370000",
        "type": "text",
        "text": {"body": f"Between us, {n}"},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550000000", "phone_number_id": STRANGER},
        "contacts": [{"profile": {"name": "Zoë"}, "wa_id": "16505550109"}],
        "messages": [message],
    }
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "1", "changes": [{"value": value, "field": "messages"}]}],
    }


def letters(running: Demo, count: int) -> list[dict[str, Any]]:
    """Bury so many, and list them, oldest first."""
    for n in range(count):
        assert ask(f"{running.sim}/api/graph/webhook?app={APP}", text_to_a_stranger(n))[0] == 200
        running.running.until("dead letter")  # the next one comes after it: webhooks at once may overtake each other
    found: list[dict[str, Any]] = running.cli("dead", "list", "--json").json
    while len(found) < count:  # the line is written just before the row
        found = running.cli("dead", "list", "--json").json
    return found[::-1]


def test_one_is_listed_and_shown_without_what_was_said(own: Demo) -> None:
    (letter,) = letters(own, 1)
    assert (letter["reason"], letter["tenant"]) == (f"no tenant owns whatsapp/{STRANGER}", None)
    assert letter["id"] in own.cli("dead", "list").out
    assert own.cli("dead", "list", "--tenant", "acme").out == "There are no dead letters.\n"

    hidden = own.cli("dead", "show", letter["id"][:-4])
    raw = own.cli("dead", "show", letter["id"], "--raw", "--json").json
    for word in ("Between us", "16505550109", "Zoë", "wamid"):
        assert word not in hidden.out.replace("[wamid ", "")
    assert raw["body"] == text_to_a_stranger(0)


def test_once_the_cause_is_mended_a_replay_delivers_in_order(own: Demo) -> None:
    letters(own, 3)
    (own.cli.folder / "acme.toml").write_text(ACME)
    assert own.cli("tenants", "add", "--file", str(own.cli.folder / "acme.toml"), "--update").code == 0
    replayed = own.cli("dead", "replay", "--all")
    assert (replayed.code, replayed.out) == (0, "3 of 3 replayed.\n")
    eventually(f"{own.sim}/api/cloud/conversations", "Between us, 2")
    (conversation,) = ask(f"{own.sim}/api/cloud/conversations")[1]
    assert [one["text"] for one in conversation["messages"]] == ["Between us, 0", "Between us, 1", "Between us, 2"]
    assert own.cli("dead", "list", "--json").json == []
    [job] = own.cli("dead", "replays", "--json").json
    assert (job["total"], job["replayed"], job["left"]) == (3, 3, 0)
    assert own.cli("dead", "replay", "--all").out == "There are no dead letters to replay.\n"


def test_without_an_engine_it_says_so_and_the_next_one_replays(own: Demo) -> None:
    (letter,) = letters(own, 1)
    own.running.signal(signal.SIGTERM)
    own.running.ended()
    said = own.cli("dead", "replay", letter["id"])
    assert (said.code, said.out) == (
        1,
        "0 of 1 replayed.\nNo engine took them up: is one running? They are replayed as soon as one is.\n",
    )
    (own.cli.folder / "acme.toml").write_text(ACME)
    own.cli("tenants", "add", "--file", str(own.cli.folder / "acme.toml"), "--update")
    with demo(own.cli.folder) as again:
        assert "Between us, 0" in eventually(f"{again.sim}/api/cloud/conversations", "Between us")
        assert json.loads(again.cli("dead", "list", "--json").out) == []


def test_by_cause_dry_and_given_up(own: Demo) -> None:
    letters(own, 2)
    [group] = own.cli("dead", "groups", "--json").json
    assert (group["letters"], group["reason"]) == (2, f"no tenant owns whatsapp/{STRANGER}")
    assert group["reason"] in own.cli("dead", "groups").out
    dry = own.cli("dead", "replay", "--all", "--dry-run")
    assert dry.out.startswith("2 dead letters match; nothing was done.\n")
    assert own.cli("dead", "discard", "--all").err.startswith("xyper: --why: say why")
    assert own.cli("dead", "discard", "--all", "--reason", "another", "--why", "no").out == "0 discarded.\n"
    assert own.cli("dead", "discard", "--all", "--why", "Nobody knows that number.").out == "2 discarded.\n"
    assert own.cli("dead", "groups").out == "There are no dead letters.\n"
    [first, _] = own.cli("dead", "list", "--state", "discarded", "--json").json
    assert first["discarded_why"] == "Nobody knows that number."
    said = own.cli("dead", "replay", first["id"])
    assert (said.code, "was discarded" in said.err) == (1, True)
    assert "no message that could be changed" in own.cli("dead", "edit", first["id"], "--text", "x").err
