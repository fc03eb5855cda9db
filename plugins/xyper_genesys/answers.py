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
    """The option of this id; ids that the customer's channel could not carry come back as their place: `#2`."""
    answers = list(_answers(offers))
    place = _PLACE.fullmatch(choice.id)
    same = [(kind, option) for kind, option in answers if option.id == choice.id]
    if not same and place and int(place[1]) < len(answers):
        return answers[int(place[1])]
    named = (one for one in same if one[1].title == choice.title)
    return next(named, same[0] if same else None)


def _answers(offers: list[Choices]) -> Iterator[tuple[str, Option]]:
    for offer in offers:
        for option in offer.options:
            yield offer.kind, option


def _as_it_came(choice: Choice) -> tuple[str, Option] | None:
    return None if _PLACE.fullmatch(choice.id) else (choice.kind, Option(id=choice.id, title=choice.title))
