"""Fit a message to what a channel can say: words for the unsayable, long text split. Nothing is cut off silently."""

from collections.abc import Iterator

from xyper_engine.contract import Limits
from xyper_engine.model import Message, Part
from xyper_engine.parts import Choice, Choices, Notice, Reaction, Text
from xyper_engine.phrases import Phrases
from xyper_engine.routing.offer import offered
from xyper_engine.routing.split import split
from xyper_engine.routing.words import first_line, in_words


def fit(message: Message, limits: Limits, say: Phrases, original: Message | None = None) -> Message:
    """The same message in parts that the channel can carry, in order; `original` is the message it speaks of."""
    said = list(_said(message, limits, say, original))
    parts = tuple(piece for part in _joined(said) for piece in _short(part, limits))
    return message if parts == message.parts else message.model_copy(update={"parts": parts})


class _Words(Text):
    """Text of our own making, which may share a bubble with its neighbours."""


def _said(message: Message, limits: Limits, say: Phrases, original: Message | None) -> Iterator[Part]:
    if limits.languages and original is not None and message.reply_to and not _speaks_of_it(message):
        yield _Words(text=say("quote", words=first_line(original, say)))
    for part in message.parts:
        if isinstance(part, Choices) and "choices" in limits.parts:
            yield from offered(part, limits.choices, say)
        elif part.type in limits.parts or isinstance(part, Text):
            yield part
        else:
            yield _Words(text=in_words(part, say, original))


def _speaks_of_it(message: Message) -> bool:
    """An answer, a reaction or a notice says itself what it is about."""
    return any(isinstance(part, Choice | Reaction) or _about(part) for part in message.parts)


def _about(part: Part) -> bool:
    return isinstance(part, Notice) and part.about is not None


def _joined(parts: list[Part]) -> Iterator[Part]:
    """Words of ours stand in one bubble with the text they belong to."""
    held: Text | None = None
    for part in parts:
        if isinstance(part, Text) and held is not None and _Words in (type(part), type(held)):
            held = type(part)(text=f"{held.text}\n{part.text}")
            continue
        if held is not None:
            yield held
        held = part if isinstance(part, Text) else None
        if held is None:
            yield part
    if held is not None:
        yield held


def _short(part: Part, limits: Limits) -> Iterator[Part]:
    if type(part) is _Words or (isinstance(part, Text) and len(part.text) > limits.text):
        for piece in split(part.text, limits.text):
            yield Text(text=piece)
    else:
        yield part
