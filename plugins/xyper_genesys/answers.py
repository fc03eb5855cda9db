"""A customer's answer to what a bot offered → `buttonResponse`, as Genesys knows the thing that was chosen. Pure."""

import re
from collections.abc import Iterator
from typing import Any

from xyper_engine.contract import Target
from xyper_engine.parts import Choice, Choices, Option

_PLACE = re.compile(r"#([0-9]{1,4})")
_TYPES = {
    "button": "Button",
    "card": "Button",
    "date": "DatePicker",
    "list": "QuickReply",
    "quick_reply": "QuickReply",
}
"""`ContentButtonResponse.type`; it has no word for a list, whose rows answer as quick replies do."""


def answered(choice: Choice, to: Target) -> dict[str, Any] | None:
    """`buttonResponse` and `originatingMessageId`; None where the answer can only be told in words.

    Genesys takes back nothing but a payload that it sent itself, to the letter.
    """
    offers = _offers(to)
    about = choice.about or (to.original.external_id if to.original and offers else None)
    if about is None:
        return None
    chosen = _chosen(choice, offers) if offers else _as_it_came(choice)
    if chosen is None:
        return None
    kind, option = chosen
    response = {"type": _TYPES[kind], "text": option.title, "payload": option.id}
    return {"buttonResponse": response, "originatingMessageId": about}


def _offers(to: Target) -> list[Choices]:
    """What the answered message offered, if it was one of Genesys' own."""
    original = to.original
    if original is None or original.origin != to.account.endpoint:
        return []
    return [part for part in original.parts if isinstance(part, Choices)]


def _chosen(choice: Choice, offers: list[Choices]) -> tuple[str, Option] | None:
    """The option that was meant. Of several with one id or place, as a carousel has them, the title tells."""
    found = [*_at_place(choice.id, offers), *_of_id(choice.id, offers)]
    return next((one for one in found if _titled(one[1], choice.title)), found[0] if found else None)


def _at_place(chosen: str, offers: list[Choices]) -> Iterator[tuple[str, Option]]:
    """An id that the customer's channel could not carry comes back as the option's place: `#1` is the first answer."""
    place = _PLACE.fullmatch(chosen)
    for offer in offers if place else ():
        answers = _answers(offer)
        if place and 0 < int(place[1]) <= len(answers):
            yield offer.kind, answers[int(place[1]) - 1]


def _of_id(chosen: str, offers: list[Choices]) -> Iterator[tuple[str, Option]]:
    for offer in offers:
        yield from ((offer.kind, option) for option in _answers(offer) if option.id == chosen)


def _answers(offer: Choices) -> list[Option]:
    """What opens a page gives no answer, and is not counted."""
    return [option for option in offer.options if option.url is None]


def _titled(option: Option, title: str) -> bool:
    """A title that was too long for the customer's channel came back shortened."""
    return option.title == title or (title.endswith("…") and option.title.startswith(title[:-1]))


def _as_it_came(choice: Choice) -> tuple[str, Option] | None:
    return None if _PLACE.fullmatch(choice.id) else (choice.kind, Option(id=choice.id, title=choice.title))
