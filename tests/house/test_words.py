"""The pages' words: every language says everything, with the same gaps, and nothing that is said is missing."""

import json
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "widget_static"
WORDS = STATIC / "shared" / "i18n"
LANGUAGES = ("en", "es", "pt-br", "fr", "de", "it", "ar")
PLURALS = {
    "en": {"one", "other"}, "de": {"one", "other"}, "ar": {"zero", "one", "two", "few", "many", "other"},
    **{one: {"one", "other"} for one in ("es", "pt-br", "fr", "it")},
}  # fmt: skip
"""Where a language has `many` for millions, `other` serves."""
PARTS = ("widget", "admin", "shared/kit", "shared/templates")
PAGES = [path for part in PARTS for path in sorted((STATIC / part).rglob("*.js"))]
AREAS = sorted({path.stem.removeprefix("en").lstrip(".") for path in WORDS.glob("en*.json")})
FIXED = re.compile(r"\b([tn])\(\s*\"([a-z_][\w.]*)\"")
MADE = re.compile(r"\b([tn])\(\s*`([a-z_][\w.]*?)\.?\$\{")
ANY = re.compile(r"`([a-z_][\w.]*?)\.?\$\{")


def read(language: str, area: str) -> dict[str, str]:
    name = f"{language}.{area}.json" if area else f"{language}.json"
    found: dict[str, str] = json.loads((WORDS / name).read_text())
    return found


def gaps(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things(language: str, area: str) -> None:
    ours, english = read(language, area), read("en", area)
    assert {key.split("#")[0] for key in ours} == {key.split("#")[0] for key in english}
    assert all(text.strip() for text in ours.values())


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_of_the_language_is_there(language: str, area: str) -> None:
    ours = read(language, area)
    for stem in {key.split("#")[0] for key in ours if "#" in key}:
        assert {key.split("#")[1] for key in ours if key.startswith(f"{stem}#")} == PLURALS[language], stem


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_gaps_are_the_same(language: str, area: str) -> None:
    english = read("en", area)
    for key, text in read(language, area).items():
        wanted = gaps(english.get(key, english.get(key.split("#")[0] + "#other", "")))
        # A plural may say its number in a word.
        assert gaps(text) == wanted or ("#" in key and gaps(text) == wanted - {"count"}), key


def test_whatever_a_page_says_is_there() -> None:
    known = {key.split("#")[0]: "#" in key for area in AREAS for key in read("en", area)}
    for path in PAGES:
        code = path.read_text()
        for kind, key in FIXED.findall(code):
            assert known.get(key) is (kind == "n"), f"{path.name}: {key}"
        for kind, stem in MADE.findall(code):
            assert any(key.startswith(stem) and plural is (kind == "n") for key, plural in known.items()), (
                f"{path.name}: {stem}…"
            )


def test_nothing_is_kept_that_no_page_says() -> None:
    code = "\n".join(path.read_text() for path in PAGES)
    made = set(ANY.findall(code))
    for key in {key.split("#")[0] for area in AREAS for key in read("en", area)}:
        said = f'"{key}"' in code or key.startswith(tuple(made))
        assert said, key
