"""`xyper people` beside a running engine: found, told, held and forgotten; and a sentence for what cannot be."""

import json
import zipfile

from tests.engine.cli.process import Demo, ask, eventually
from xyper_engine.demo import NUMBER

MARIA = "16505550188"


def wrote(acme: Demo, words: str) -> None:
    body = {"phone_number_id": NUMBER, "type": "text", "text": words}
    sent = ask(f"{acme.sim}/api/graph/customers/{MARIA}/messages", body)
    assert sent[0] == 200, sent
    eventually(f"{acme.sim}/api/cloud/conversations", words)


def test_one_is_found_told_held_and_forgotten(acme: Demo) -> None:
    wrote(acme, "tell me all you know")
    [found] = acme.cli("people", "find", "acme", f"+{MARIA}", "--json").json
    assert (found["messages"], found["conversations"], found["hold"]) == (1, 1, None)
    assert f"tel:+{MARIA}" in acme.cli("people", "find", "acme", f"+{MARIA}").out

    told = acme.cli("people", "report", "acme", f"+{MARIA}", "--out", "maria.zip")
    file = acme.cli.folder / "maria.zip"
    assert (told.code, told.out) == (0, f"maria.zip holds {file.stat().st_size} bytes.\n"), told.err
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        [message] = json.loads(archive.read("messages.json"))
        assert message["parts"][0]["text"] == "tell me all you know"
    again = acme.cli("people", "report", "acme", f"+{MARIA}", "--out", "maria.zip")
    assert (again.code, "maria.zip exists: name another file" in again.err) == (2, True)

    hold = acme.cli("people", "hold", "acme", f"+{MARIA}", "--reason", "case 4711", "--json").json
    assert all(word in acme.cli("people", "holds", "acme").out for word in (hold["id"], "case 4711"))
    refused = acme.cli("people", "erase", "acme", f"+{MARIA}", "--yes", "--no-wait")
    assert (refused.code, f"legal hold {hold['id']} keeps" in refused.err) == (1, True)
    released = acme.cli("people", "hold", "acme", "--release", hold["id"], "--reason", "case closed")
    assert released.out == f"Hold {hold['id']} is released.\n"
    [one] = [each for each in acme.cli("people", "holds", "acme", "--json").json if each["id"] == hold["id"]]
    assert one["released_why"] == "case closed"

    erased = acme.cli("people", "erase", "acme", f"+{MARIA}", "--yes", "--no-wait")
    assert (erased.code, erased.out.endswith(" is asked for.\n")) == (0, True), erased.err


def test_what_cannot_be_done_is_said_in_a_sentence(acme: Demo) -> None:
    for words, code, said in (
        (("report", "acme", "+4930123456"), 1, "country code"),
        (("erase", "acme", "+4930123456", "--yes"), 1, "country code"),
        (("hold", "acme", "+4930123456"), 2, "--reason"),
        (("hold", "acme", "--release", "none", "--reason", "r"), 1, "no hold none"),
    ):
        told = acme.cli("people", *words)
        assert (told.code, said in told.err, "Traceback" in told.err) == (code, True, False), told.err
    assert "holds nothing of this person" in acme.cli("people", "find", "acme", "+4930123456").out
    asked = acme.cli("people", "erase", "acme", "+4930123456")
    assert (asked.code, "cannot be undone" in asked.err) == (1, True), "nobody answered the question"
