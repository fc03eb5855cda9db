"""`xyper serve`: from a settings file to an address, and in order back to nothing."""

import signal
import socket
import time

import pytest

from tests.engine.cli.process import Cli, ask
from xyper_engine.cli.frame import ECHO

ASKS = b"POST /hooks/whatsapp/demo-meta HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
"""Whoever is told to continue knows that the request is taken, and that its body is waited for."""


def test_it_prints_its_address_serves_and_stops_in_order(cli: Cli) -> None:
    with cli.running("serve") as running:
        found = running.until(r"xyper serves on (http://\S+), health on (http://\S+)")
        assert ask(found[2])[0] == 200
        status, problem = ask(f"{found[1]}/hooks/whatsapp/nobody", {})
        assert (status, problem["title"]) == (404, "There is no such thing")
        running.signal(signal.SIGTERM)
        assert running.ended(within=25) == 0
        assert "Traceback" not in running.rest()


def test_a_second_signal_ends_it_at_once_and_the_next_start_takes_over(cli: Cli) -> None:
    with Cli(cli.folder).running("demo", "--port", "0", "--data", "demo") as running:
        port = int(running.until(r"side by side +http://127.0.0.1:(\d+)/")[1])
        running.until("Ctrl-C")
        with socket.create_connection(("127.0.0.1", port)) as client:  # a request under way makes stopping take long
            client.sendall(ASKS)
            assert client.recv(100).startswith(b"HTTP/1.1 100 ")
            running.signal(signal.SIGTERM)
            while running.process.poll() is None:
                time.sleep(ECHO + 0.1)
                running.signal(signal.SIGTERM)
        assert running.ended() == 128 + signal.SIGTERM
    said = Cli(cli.folder, cli.folder / "demo" / "xyper.toml")("tenants", "list", "--json")
    assert [one["id"] for one in said.json] == ["acme"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_start_is_given_up_when_told(cli: Cli, number: int) -> None:
    with cli.running("serve", XYPER_LOG__LEVEL="debug", XYPER_LOG__FORMAT="json") as running:
        running.until("selector|event loop|uvloop|postgres")
        running.signal(number)
        assert running.ended() == 0
        assert "Traceback" not in running.rest()
