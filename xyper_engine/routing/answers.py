"""A number that answers numbered choices is the choice itself.

Where a channel could not offer choices as buttons or a list they went out as numbered text, and the customer answers
with a number that means nothing to the agent side by itself.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from xyper_engine.contract import Limits, Target
from xyper_engine.model import Direction, Message
from xyper_engine.parts import Choice, Choices, Option, Text
from xyper_engine.phrases import phrases
from xyper_engine.routing.offer import offered
from xyper_engine.runtime import Runtime

_NUMBER = re.compile(r"\s*(\d{1,2})\s*[.)]?\s*")


async def chosen(message: Message, to: Target, limits: Limits, rt: Runtime) -> tuple[Message, Target]:
    """The message with the choice in place of its number. `limits` are those of the channel it came from."""
    number = _number(message)
    if number is None or message.direction is not Direction.inbound or "choices" not in limits.parts:
        return message, to
    asked = await rt.messages.latest(message.tenant, message.contact.address, Direction.outbound)
    part = next((part for part in asked.parts if isinstance(part, Choices)), None) if asked else None
    if asked is None or part is None or not _was_numbered(part, limits, to):
        return message, to
    answers = _answers(part)
    if not 0 < number <= len(answers):
        return message, to
    choice = _choice(part, answers[number - 1], asked.external_id)
    return message.model_copy(update={"parts": (choice,)}), replace(to, original=asked)


def _number(message: Message) -> int | None:
    match = _NUMBER.fullmatch(message.parts[0].text) if len(message.parts) == 1 else None
    return int(match[1]) if match and isinstance(message.parts[0], Text) else None


def _was_numbered(part: Choices, limits: Limits, to: Target) -> bool:
    return not any(isinstance(one, Choices) for one in offered(part, limits.choices, phrases(to.policy.language)))


def _answers(part: Choices) -> Sequence[Option]:
    return [option for option in part.options if option.url is None]


def _choice(part: Choices, option: Option, about: str) -> Choice:
    kind = {"quick_reply": "quick_reply", "list": "quick_reply", "card": "button", "date": "date"}[part.kind]
    return Choice.model_validate({"id": option.id, "title": option.title, "kind": kind, "about": about})
