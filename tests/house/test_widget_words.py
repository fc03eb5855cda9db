"""The widget's words: every language has them all, with the same gaps, and every word a module asks for is there."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "widget_static"
WORDS = STATIC / "shared" / "i18n"
LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "pt-br")
AREAS = {"": "", "what the composer loads later": ".compose"}
GAP = re.compile(r"\{(\w+)\}")
ASKED = re.compile(r"""\bt\("([^"]+)"|\bn\("([^"]+)"|\bkey: "([^"]+)\"""")
MODULES = sorted(file for folder in ("widget", "shared/kit", "shared/core") for file in (STATIC / folder).rglob("*.js"))


def words(language: str, area: str) -> Mapping[str, str]:
    found: Mapping[str, str] = json.loads((WORDS / f"{language}{area}.json").read_text("utf-8"))
    return found


def plain(key: str) -> str:
    """Of all its plurals: languages have different ones."""
    return key.split("#")[0]


def gaps(key: str, text: str) -> set[str]:
    """What is filled in; "one template" may do without its number."""
    return set(GAP.findall(text)) - ({"count"} if "#" in key else set())


@pytest.mark.parametrize("area", AREAS.values(), ids=AREAS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_word(language: str, area: str) -> None:
    ours, english = words(language, area), words("en", area)
    assert {plain(key) for key in ours} == {plain(key) for key in english}
    assert [key for key, text in ours.items() if not text.strip()] == []


@pytest.mark.parametrize("area", AREAS.values(), ids=AREAS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_has_the_same_gaps_in_every_language(language: str, area: str) -> None:
    english = {plain(key): gaps(key, text) for key, text in words("en", area).items()}
    ours = {key: gaps(key, text) for key, text in words(language, area).items()}
    assert {key: found for key, found in ours.items() if found != english[plain(key)]} == {}


@pytest.mark.parametrize("module", MODULES, ids=lambda file: str(file.relative_to(STATIC)))
def test_a_module_asks_for_words_that_there_are(module: Path) -> None:
    known = {plain(key) for area in AREAS.values() for key in words("en", area)}
    asked = {key for found in ASKED.findall(module.read_text("utf-8")) for key in found if key}
    assert asked - known == set()
