"""The phrases that Xyper says in its own words, in the tenant's language. One TOML file per language, all alike."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

DEFAULT = "en"


class Phrases:
    """`phrases("deleted", words="hello")`: a phrase of one language with its gaps filled."""

    def __init__(self, phrases: Mapping[str, str]) -> None:
        self._phrases = phrases

    def __contains__(self, key: str) -> bool:
        return key in self._phrases

    def __call__(self, key: str, **values: str) -> str:
        """A gap that no value is given for stays empty."""
        return self._phrases[key].format_map(_Gaps(values)).strip()


class _Gaps(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def languages() -> tuple[str, ...]:
    """Those there are, sorted."""
    files = resources.files(__name__).iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


@cache
def phrases(language: str) -> Phrases:
    """The phrases of `pt`, or for `pt_BR` too; English for a language that has none."""
    code = language.replace("-", "_").partition("_")[0].lower()
    known = code if code in languages() else DEFAULT
    text = resources.files(__name__).joinpath(f"{known}.toml").read_text("utf-8")
    return Phrases(tomllib.loads(text))
