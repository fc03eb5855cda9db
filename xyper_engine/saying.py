"""Sentences for people: English as they stand, and told so that a page can say them in another language.

A sentence is a `str` wherever one is taken; whoever shows it elsewhere than in English finds its `saying`: a code that
stays, and the values of its gaps. What comes from elsewhere, as a vendor's own words, is a plain `str`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from xyper_engine.view import View

Value = str | float | datetime | timedelta | Sequence[str]
"""What fills a gap; texts among them may be sentences themselves."""


class Saying(View):
    code: str
    """Stays the same while the English words may change."""
    values: dict[str, Any]
    """For the gaps: texts, numbers and lists of them; `{"at": …}` is a moment, `{"seconds": …}` a time, `{"quote": …}`
    another's own words, and what has a `code` is a sentence as well, with its English `words`."""


class Said(str):
    """A sentence of ours in English."""

    saying: Mapping[str, Any]
    """As a `Saying`."""

    def __new__(cls, words: str, saying: Mapping[str, Any]) -> "Said":
        made = super().__new__(cls, words)
        made.saying = saying
        return made

    def __getnewargs__(self) -> tuple[str, Mapping[str, Any]]:  # type: ignore[override]  # more than a `str` has
        """For copies."""
        return str(self), self.saying


class Quoted(str):
    """Another's own words, within a sentence of ours."""

    __slots__ = ()


def said(code: str, words: str, /, **values: Value) -> Said:
    """`words` in English, with a gap in braces for each value. Both are written out here, so that a test finds them."""
    english = {name: _english(value) for name, value in values.items()}
    return Said(words.format_map(english), {"code": code, "values": {name: _told(one) for name, one in values.items()}})


def again(words: str, saying: Mapping[str, Any] | None) -> str:
    """A sentence as it was before it was stored."""
    return words if saying is None else Said(words, saying)


def resaid(words: str, saying: Saying | None) -> str:
    """The same, of a view."""
    return words if saying is None else Said(words, saying.model_dump())


def sayings(**fields: str) -> dict[str, Any]:
    """Those of several sentences, by the field that holds the English one, as JSON; without what is not ours."""
    return {name: dict(words.saying) for name, words in fields.items() if isinstance(words, Said)}


def quoted(words: str) -> str:
    """For a gap: as it is where it is ours, else marked as another's."""
    return words if isinstance(words, Said) else Quoted(words)


def span(seconds: float) -> str:
    """A time in words that need no change of unit to be read."""
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.0f} hours"


def _english(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, timedelta):
        return span(value.total_seconds())
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if isinstance(value, int) else _listed(value)


def _listed(values: Sequence[str]) -> str:
    *most, last = values
    return f"{', '.join(most)} and {last}" if most else last


def _told(value: Value) -> Any:
    if isinstance(value, Said):
        return {**value.saying, "words": str(value)}
    if isinstance(value, Quoted):
        return {"quote": str(value)}
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, timedelta):
        return {"seconds": value.total_seconds()}
    return value if isinstance(value, str | int | float) else [_told(one) for one in value]
