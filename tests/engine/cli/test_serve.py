"""`xyper serve`: from a settings file to an address, and in order back to nothing."""

import signal

import pytest

from tests.engine.cli.process import Cli, ask


def test_it_prints_its_address_serves_and_stops_in_order(cli: Cli) -> None:
    with cli.running("serve") as running:
        found = running.until(r"xyper serves on (http://\S+), health on (http://\S+)")
        assert ask(found[2])[0] == 200
        status, problem = ask(f"{found[1]}/hooks/whatsapp/nobody", {})
        assert (status, problem["title"]) == (404, "There is no such thing")
        running.signal(signal.SIGTERM)
        assert running.ended(within=25) == 0
        assert "Traceback" not in running.rest()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_start_is_given_up_when_told(cli: Cli, number: int) -> None:
    with cli.running("serve", XYPER_LOG__LEVEL="debug", XYPER_LOG__FORMAT="json") as running:
        running.until("selector|event loop|uvloop|postgres")
        running.signal(number)
        assert running.ended() == 0
        assert "Traceback" not in running.rest()
