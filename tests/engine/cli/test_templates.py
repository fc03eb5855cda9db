"""`xyper templates`: a running demo has read them; one is created, approved by the simulated Meta, changed, deleted."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.engine.cli.process import PATIENCE, Cli, Demo
from xyper_engine.demo import WABA

DRAFT = {
    "name": "order_ready",
    "language": "en_US",
    "category": "UTILITY",
    "components": [{"type": "BODY", "text": "Order {{1}} is ready.", "example": {"body_text": [["77"]]}}],
}


def listed(running: Demo, **wanted: str) -> list[dict[str, Any]]:
    """The templates, once one of them is as wanted."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found: list[dict[str, Any]] = running.cli("templates", "list", "acme", "--json").json
        if any(wanted.items() <= one.items() for one in found):
            return found
    raise AssertionError(f"No template ever was {wanted}.")


def written(folder: Path, value: object) -> str:
    file = folder / "template.json"
    file.write_text(json.dumps(value), "utf-8")
    return str(file)


def test_a_template_lives_and_dies(acme: Demo, tmp_path: Path) -> None:
    before = len(listed(acme, name="about_your_request", status="APPROVED"))
    created = acme.cli("templates", "create", "acme", written(tmp_path, DRAFT))
    assert (created.code, created.err) == (0, "")
    its_id = created.out.strip()
    # The webhook of the approval, not a reading, brings the status.
    [one] = [found for found in listed(acme, id=its_id, status="APPROVED") if found["id"] == its_id]
    assert (one["account"], one["components"][0]["text"]) == (WABA, "Order {{1}} is ready.")

    assert acme.cli("templates", "create", "acme", written(tmp_path, DRAFT)).err.startswith("xyper: Meta refuses: ")
    shown = acme.cli("templates", "list", "acme")
    assert "order_ready" in shown.out
    assert its_id in shown.out

    changes = {"components": [{"type": "BODY", "text": "Order {{1}} waits.", "example": {"body_text": [["77"]]}}]}
    edited = acme.cli("templates", "edit", "acme", its_id, written(tmp_path, changes))
    assert (edited.code, edited.out) == (0, f"Template {its_id} is handed in again.\n")
    assert acme.cli("templates", "delete", "acme", "order_ready").out == "Template order_ready is deleted.\n"
    assert acme.cli("templates", "sync", "acme", "--account", WABA).out == f"{before} templates read.\n"
    assert len(listed(acme, name="about_your_request")) == before


@pytest.mark.parametrize(
    ("args", "content", "code", "words"),
    [
        (("list", "nobody"), "", 1, "There is no tenant nobody."),
        (("create", "acme", "none.json"), "", 2, "none.json cannot be read"),
        (("create", "acme", "file.json"), "{", 2, "file.json is not JSON"),
        (("create", "acme", "file.json"), "[]", 2, "must hold one JSON object"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    args: tuple[str, ...], content: str, code: int, words: str, cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "file.json").write_text(content, "utf-8")
    said = cli("templates", *args)
    assert (said.code, words in said.err, said.err.count("\n")) == (code, True, 1), said.err
