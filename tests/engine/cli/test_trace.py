"""`xyper trace`: a message's way as a table for people and as JSON for programs, by any of its ids."""

import time

from tests.engine.cli.process import PATIENCE, Cli, Demo, ask, eventually
from xyper_engine.demo import NUMBER


def delivered(acme: Demo) -> str:
    """Our id of a message that was brought to the agents, once its trace is written; its words are in none."""
    body = {"phone_number_id": NUMBER, "type": "text", "text": "a word for nobody else"}
    sent = ask(f"{acme.sim}/api/graph/customers/16505550177/messages", body)
    assert sent[0] == 200, sent
    return str(sent[1]["id"])


def found(cli: Cli, id_: str) -> list[dict[str, object]]:
    """What it says as soon as there is something to say."""
    deadline = time.monotonic() + PATIENCE
    while (said := cli("trace", id_, "--json")).code or not said.json[0]["outcome"]:
        assert time.monotonic() < deadline, said
    return list(said.json)


def test_it_is_told_to_people_and_to_programs(acme: Demo) -> None:
    wamid = delivered(acme)
    eventually(f"{acme.sim}/api/cloud/conversations", "a word for nobody else")
    [line] = found(acme.cli, wamid)
    assert (line["tenant"], line["outcome"]) == ("acme", "delivered")
    assert [one["id"] for one in found(acme.cli, str(line["id"]))] == [line["id"]]
    shown = acme.cli("trace", wamid, "--tenant", "acme").out
    for word in (f"{line['id']} of acme: delivered", f"conversation {line['conversation']}", "received", "called"):
        assert word in shown
    assert "a word for nobody else" not in shown


def test_what_there_is_no_trace_of_is_said_with_the_reasons(acme: Demo) -> None:
    for words in (("wamid.nobody",), (str(found(acme.cli, delivered(acme))[0]["id"]), "--tenant", "other")):
        said = acme.cli("trace", *words)
        assert (said.code, "There is no trace of" in said.err, "trace_days" in said.err) == (1, True, True)
