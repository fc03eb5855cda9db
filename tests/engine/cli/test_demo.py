"""`xyper demo`: from nothing to a conversation in one command."""

import signal
import socket
from pathlib import Path

import pytest

from tests.engine.cli.process import Cli, Demo, ask, demo, eventually
from xyper_engine.demo import NUMBER

ADA = "api/graph/customers/16505550101/messages"


@pytest.mark.parametrize("page", ["/", "/phone", "/desk"])
def test_its_pages_are_there(acme: Demo, page: str) -> None:
    status, content = ask(acme.sim + page)
    assert status == 200
    assert "<html" in content


def test_its_health_is_good(acme: Demo) -> None:
    assert ask(acme.health) == (200, {"engine": "ok", "broker": "ok", "cache": "ok", "database": "ok", "media": "ok"})


def test_a_text_reaches_the_desk_and_the_answer_is_read(acme: Demo) -> None:
    ask(f"{acme.sim}/{ADA}", {"phone_number_id": NUMBER, "text": "Grüße 👋"})
    eventually(f"{acme.sim}/api/cloud/conversations", "Grüße 👋")
    conversation = ask(f"{acme.sim}/api/cloud/conversations")[1][0]["id"]
    ask(f"{acme.sim}/api/cloud/conversations/{conversation}/messages", {"text": "Good morning"})
    eventually(f"{acme.sim}/api/graph/sent", '"text": "Good morning".*"status": "read"')
    assert ask(f"{acme.sim}/api/cloud/violations") == (200, [])


def test_it_stops_when_told_and_starts_again_with_the_same_world(tmp_path: Path) -> None:
    with demo(tmp_path) as first:
        secrets = (tmp_path / "demo" / "demo.json").read_text()
        first.running.signal(signal.SIGTERM)
        assert first.running.ended(within=25) == 0
        assert "Traceback" not in first.running.rest()
    with demo(tmp_path) as second:
        assert (tmp_path / "demo" / "demo.json").read_text() == secrets
        assert [one["id"] for one in second.cli("tenants", "list", "--json").json] == ["acme"]
        assert second.cli("check").code == 0
        refused = Cli(tmp_path)("demo", "--port", "0", "--data", "demo", "--fresh")
        assert refused.err == "xyper: --fresh: something is running on demo; stop it first, or name another --data.\n"
    with demo(tmp_path, "--fresh"):
        assert (tmp_path / "demo" / "demo.json").read_text() != secrets


def test_it_takes_the_next_port_where_one_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with Cli(tmp_path).running("demo", "--port", str(port), "--data", "demo") as running:
            instead = running.until(rf"Port {port} is taken; the demo takes (\d+) instead")[1]
            assert running.until("side by side +http://127.0.0.1:([0-9]+)/")[1] == instead


def test_fresh_deletes_nothing_that_no_demo_made(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary").write_text("dear diary")
    said = Cli(tmp_path)("demo", "--data", "mine", "--fresh")
    assert said.err == "xyper: --fresh: mine was not made by a demo, so it is not deleted; name another --data.\n"
    assert said.code == 1
    assert (tmp_path / "mine" / "diary").exists()
