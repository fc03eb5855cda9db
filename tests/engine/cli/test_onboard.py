"""`xyper tenants onboard`: the demo's newcomer, set up by hand as its help says."""

import json
import time
from pathlib import Path

from tests.engine.cli.process import PATIENCE, Cli, ask, demo, eventually
from xyper_engine.demo import NEWCO, NEWCO_NUMBER

ADA = "api/graph/customers/16505550101/messages"


def test_the_demos_newcomer_is_onboarded_with_a_message_there_and_back(tmp_path: Path) -> None:
    with demo(tmp_path, "--newcomer") as running:
        cli, sim = running.cli, running.sim
        before = cli("tenants", "onboard", NEWCO, "--show")
        assert (before.code, f"{NEWCO} has not been set up yet." in before.out) == (1, True)
        with cli.running("tenants", "onboard", NEWCO) as onboarding:
            _until(cli, "heard")
            ask(f"{sim}/{ADA}", {"phone_number_id": NEWCO_NUMBER, "text": "hello"})
            [chat] = json.loads(eventually(f"{sim}/api/cloud/conversations", "hello"))
            _until(cli, "answered")
            ask(f"{sim}/api/cloud/conversations/{chat['id']}/messages", {"text": "Good morning"})
            assert onboarding.ended() == 0
            said = onboarding.rest()
        assert f"{NEWCO} is set up, and a message went there and back." in said
        assert "✗" not in said
        again = cli("tenants", "onboard", NEWCO, "--json")
        assert (again.code, again.json["state"]) == (0, "done")
        assert cli("check").code == 0
        assert "new-newco" not in cli("tenants", "show", NEWCO).out


def _until(cli: Cli, step: str) -> None:
    """Until this step is under way."""
    told, deadline = {}, time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        told = cli("tenants", "onboard", NEWCO, "--show", "--json").json
        if any((one["step"], one["state"]) == (step, "running") for one in told["steps"]):
            return
    raise AssertionError(told)


def test_what_is_not_there_is_said(cli: Cli) -> None:
    said = cli("tenants", "onboard", "nobody")
    assert (said.code, said.err) == (1, "xyper: There is no tenant nobody.\n")
