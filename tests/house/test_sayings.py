"""What the server says stands in the pages' words: every sentence as it is in the code, every deed, action and step."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from tests.house.test_words import AREAS, gaps, read
from xyper_engine.access.deeds import Deed
from xyper_engine.access.roles import Action
from xyper_engine.model import Endpoint, now
from xyper_engine.onboarding import round_trip
from xyper_engine.state.alerts import Topic
from xyper_engine.state.attention import Kind

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for name in ("xyper_engine", "plugins") for path in (ROOT / name).rglob("*.py"))
IMPORTED = re.compile(r"^from xyper_engine\.saying import .*\bsaid\b", re.MULTILINE)
ENGLISH = {key: text for area in AREAS for key, text in read("en", area).items()}
KNOWN = {key.split("#")[0] for key in ENGLISH}
END = Endpoint(adapter="a", account="1")


class Sentences(ast.NodeVisitor):
    """Every call of `said`: its code, its words (written in it, or as a name right before it) and its values."""

    def __init__(self, path: Path) -> None:
        self.text = path.read_text("utf-8")
        self.own = bool(IMPORTED.search(self.text))
        self.names: dict[str, str] = {}
        self.found: list[tuple[str, str, set[str]]] = []
        self.visit(ast.parse(self.text))

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        if isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Constant):
            self.names[node.targets[0].id] = str(node.value.value)

    def visit_Call(self, node: ast.Call) -> None:
        if (self.own and ast.unparse(node.func) == "said") or ast.unparse(node.func) == "saying.said":
            code, words = node.args
            assert isinstance(code, ast.Constant), ast.unparse(node)
            text = words.value if isinstance(words, ast.Constant) else self.names[ast.unparse(words)]
            self.found.append((str(code.value), str(text), {str(one.arg) for one in node.keywords}))
        self.generic_visit(node)


def sentences() -> Iterator[tuple[str, str, set[str]]]:
    for path in SOURCES:
        if path.name != "saying.py":
            yield from Sentences(path).found


SAID = list(sentences())


@pytest.mark.parametrize(("code", "words", "values"), SAID, ids=[one[0] for one in SAID])
def test_a_sentence_is_in_the_words(code: str, words: str, values: set[str]) -> None:
    key = f"said.{code}"
    assert ENGLISH.get(key, ENGLISH.get(f"{key}#other")) == words
    assert gaps(words) == values
    assert ("count" in values) is (f"{key}#other" in ENGLISH), "what counts has plurals"


def test_no_sentence_is_kept_that_nobody_says() -> None:
    assert {key for key in KNOWN if key.startswith("said.")} == {f"said.{code}" for code, _, _ in SAID}


def test_every_deed_of_the_audit_has_words() -> None:
    assert {key for key in KNOWN if key.startswith("audit.did.")} == {f"audit.did.{deed}" for deed in get_args(Deed)}


def test_every_action_has_words() -> None:
    assert {key for key in KNOWN if key.startswith("users.does.")} == {f"users.does.{one}" for one in Action}


def test_every_step_has_a_title() -> None:
    trip = {f"onboarding.does.trip.{step.name}" for step in round_trip.steps(END, END, now(), 0)}
    own = {
        f"onboarding.does.{name}.{step}"
        for name in ("genesys", "whatsapp")
        for step in re.findall(r"\bStep\(\"(\w+)\"", (ROOT / "plugins" / f"xyper_{name}" / "set_up.py").read_text())
    }
    assert {key for key in KNOWN if key.startswith("onboarding.does.")} == trip | own


def test_every_kind_of_alert_and_of_what_needs_attention_has_words() -> None:
    assert {f"alerts.topic.{topic}" for topic in Topic} <= KNOWN
    said = [key for key in KNOWN if key.startswith("attention.")]
    assert [kind for kind in get_args(Kind) if not any(key.startswith(f"attention.{kind}") for key in said)] == []
