"""`xyper alerts`: whom to tell, tried and taken away again."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.engine.cli.process import Cli


class Taken(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200 if self.path == "/hook" else 500)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def far() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Taken) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_channel_is_added_tried_and_removed(cli: Cli, far: str) -> None:
    hosts = {"XYPER_ALERTS__HOSTS": f'["{far}"]'}
    assert cli("alerts", "list").out == "Nothing is wrong.\n"
    assert "xyper alerts add" in cli("alerts", "channels").out
    refused = cli("alerts", "add", f"{far}/hook")
    assert (refused.code, "[alerts] hosts" in refused.err) == (1, True)
    assert "[smtp] host" in cli("alerts", "add", "ada@example.com").err
    added = cli("alerts", "add", f"{far}/hook", "--topic", "spool", "--name", "Ours", **hosts)
    assert (added.code, "whsec_" in added.out) == (0, True)
    cli("alerts", "add", f"{far}/broken", **hosts)
    good, bad = cli("alerts", "channels", "--json").json
    assert (good["name"], good["topics"], good["target"]) == ("Ours", ["spool"], f"{far}/…")
    assert cli("alerts", "test", good["id"], **hosts).out == "✓ 127.0.0.1 answers 200.\n"
    failed = cli("alerts", "test", bad["id"], **hosts)
    assert (failed.code, failed.out) == (1, "✗ 127.0.0.1 answers 500.\n")
    assert cli("alerts", "remove", bad["id"]).code == 0
    assert "nobody" in cli("alerts", "remove", "nobody").err
    assert [one["id"] for one in cli("alerts", "channels", "--json").json] == [good["id"]]
