"""Words as the search knows them: however they are written, in whatever language.

Case, accents and compatible forms are folded (`Ménü` is `menu`, `Straße` is `strasse`, `ﬁne` is `fine`). Scripts that
put no blanks between words are cut into pairs of characters, which find any run of two or more.
"""

import re
import unicodedata

MOST = 500
"""Different words of one message that are found again."""

_MARKS = re.compile("[\u0300-\u036f]")
"""Accents of Latin, Greek and Cyrillic letters; elsewhere a mark is part of the word."""
_BLANKED = bytes(code if chr(code).isalnum() else 32 for code in range(128)) + bytes(128)
_SOLID = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
"""Thai, Lao, Burmese, Khmer, kana, Han."""
_RUNS = re.compile(rf"[{_SOLID}]+|(?:(?![{_SOLID}])[^\W_]|[\u0590-\u05c7\u064b-\u065f\u0900-\u0dff])+")


def words_of(text: str) -> list[str]:
    """The different words of a text, at most `MOST`."""
    if text.isascii():
        found = text.lower().encode().translate(_BLANKED).decode().split()  # bytes, which is five times as fast
    else:
        found = [word for run in _RUNS.findall(_folded(text)) for word in _cut(run)]
    return list(dict.fromkeys(found))[:MOST]


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", _MARKS.sub("", plain))


def _cut(run: str) -> list[str]:
    if not re.match(f"[{_SOLID}]", run):
        return [run]
    return [run] if len(run) == 1 else [run[n : n + 2] for n in range(len(run) - 1)]
