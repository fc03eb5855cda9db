"""Cut a long text where a reader would. Nothing is lost but the borders themselves."""

import unicodedata
from collections.abc import Iterator


def split(text: str, limit: int) -> Iterator[str]:
    """Cut at the last line or word border that fits; never inside a grapheme. Joined, nothing but borders is lost."""
    while len(text) > limit:
        cut = _border(text, limit)
        head, text = text[:cut].rstrip(), text[cut:].lstrip()
        if head:
            yield head
    if text:
        yield text


def _border(text: str, limit: int) -> int:
    for border in ("\n", " "):
        found = text.rfind(border, limit // 2, limit + 1)
        if found > 0:
            return found
    cut = limit
    while cut > 1 and _joins(text, cut):
        cut -= 1
    return cut if cut > 1 else limit


def _joins(text: str, cut: int) -> bool:
    """True where a cut there would tear a grapheme: accents, variation selectors, ZWJ, skin tones, flags."""
    before, after = text[cut - 1], text[cut]
    zwj = "\u200d"
    if zwj in (before, after) or unicodedata.combining(after) or "\ufe00" <= after <= "\ufe0f":
        return True
    return "\U0001f3fb" <= after <= "\U0001f3ff" or _inside_a_flag(text, cut)


def _inside_a_flag(text: str, cut: int) -> bool:
    """A flag is a pair of regional indicators, so what counts is whether an odd number of them stands before."""
    if not _regional(text[cut]):
        return False
    run = 0
    while run < cut and _regional(text[cut - 1 - run]):
        run += 1
    return run % 2 == 1


def _regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
