"""Every language says the same things, with the same gaps."""

import re
import tomllib
from importlib import resources

import pytest

from xyper_engine.phrases import languages, phrases


def catalogue(language: str) -> dict[str, str]:
    return tomllib.loads(resources.files("xyper_engine.phrases").joinpath(f"{language}.toml").read_text("utf-8"))


def test_at_least_these_languages() -> None:
    assert set(languages()) >= {"de", "en", "es", "fr", "it", "pt"}


@pytest.mark.parametrize("language", languages())
def test_the_same_phrases_with_the_same_gaps(language: str) -> None:
    english, other = catalogue("en"), catalogue(language)
    assert list(other) == list(english)
    assert {key: gaps(text) for key, text in other.items()} == {key: gaps(text) for key, text in english.items()}
    assert all(text.strip() for text in other.values())


def gaps(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize(
    ("asked", "said"), [("de", "Auswählen"), ("pt_BR", "Escolher"), ("fr-CA", "Choisir"), ("xx", "Choose")]
)
def test_a_language_by_its_code(asked: str, said: str) -> None:
    assert phrases(asked)("choose") == said


def test_a_value_is_never_read_as_a_gap() -> None:
    assert phrases("en")("quote", words="{name} {0} {") == "↩ {name} {0} {"
