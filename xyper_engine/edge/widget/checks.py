"""What a channel takes, held against what is to be sent: faults are found here, in words and with their place, before
anybody is told of the message.

Parts that the channel has no form for would travel in words; a person who chose a form wants to know that first.
"""

from collections.abc import Iterator, Sequence

from xyper_engine.contract import ChoiceLimits, Limits
from xyper_engine.errors import Unsendable
from xyper_engine.model import Part
from xyper_engine.parts import Choices, LocationRequest, Media, Option, Text

_ALONE = frozenset({"reaction", "template", "location_request"})
"""What is a message of its own."""


def check(parts: Sequence[Part], limits: Limits, longest: int) -> None:
    """`longest`: characters of a line at the agent side. Raises `Unsendable`."""
    for n, part in enumerate(parts):
        if part.type not in limits.parts:
            raise Unsendable("The customer's channel has no form for this.", "not_taken", f"/parts/{n}/type")
        if part.type in _ALONE and len(parts) > 1:
            raise Unsendable("This must be sent by itself.", "not_alone", f"/parts/{n}")
        for where, words, code in _faults(part, limits, longest):
            raise Unsendable(words, code, f"/parts/{n}{where}")


def _faults(part: Part, limits: Limits, longest: int) -> Iterator[tuple[str, str, str]]:
    """Each as its place within the part, what is wrong, and in a word."""
    match part:
        case Text():
            yield from _long("/text", part.text, min(limits.text, longest))
        case Media(caption=str() as caption):
            yield from _long("/caption", caption, limits.caption)
        case LocationRequest():
            yield from _long("/body", part.body, limits.choices.body if limits.choices else limits.text)
        case Choices():
            if limits.choices is not None:
                yield from _choices(part, limits.choices)


def _choices(part: Choices, limits: ChoiceLimits) -> Iterator[tuple[str, str, str]]:
    pages = [one for one in part.options if one.url is not None]
    answers = len(part.options) - len(pages)
    yield from _long("/body", part.body, limits.list_body if part.kind == "list" else limits.body)
    yield from _long("/header", part.header or "", limits.header)
    yield from _long("/footer", part.footer or "", limits.footer)
    yield from _long("/button", part.button or "", limits.button)
    if pages and (answers or len(pages) > 1):
        yield "/options", "A button that opens a page stands alone.", "not_alone"
    most = limits.rows if part.kind == "list" else limits.buttons
    if answers > most:
        yield "/options", f"At most {most} are possible, and there are {answers}.", "too_many"
    titles = [one.title for one in part.options]
    for n, one in enumerate(part.options):
        if one.title in titles[:n]:
            yield f"/options/{n}/title", "There are two with this title.", "twice"
        yield from _option(f"/options/{n}", one, limits, row=part.kind == "list" and one.url is None)


def _option(where: str, one: Option, limits: ChoiceLimits, *, row: bool) -> Iterator[tuple[str, str, str]]:
    yield from _long(f"{where}/title", one.title, limits.row if row else limits.button)
    if one.description and not row:
        yield f"{where}/description", "Only the rows of a list have a description.", "not_taken"
    yield from _long(f"{where}/description", one.description, limits.description)


def _long(where: str, words: str, most: int) -> Iterator[tuple[str, str, str]]:
    if len(words) > most:
        yield where, f"It has {len(words)} characters, and at most {most} are possible.", "too_long"
