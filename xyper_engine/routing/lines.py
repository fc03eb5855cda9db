"""What stands in the agents' conversation for a message that it cannot show: one readable line, in the tenant's words.

A text is its own line. What is too long for the agent side ends in "…": the customer has it whole.
"""

from xyper_engine.model import Message, Part
from xyper_engine.parts import Media
from xyper_engine.phrases import Phrases
from xyper_engine.routing.words import in_words

_CLIP = "📎"


def line_of(message: Message, say: Phrases, longest: int, original: Message | None = None) -> str:
    """`original`: the message that this one speaks of, where it is known."""
    line = "\n".join(filter(None, (_line(part, say, original) for part in message.parts)))
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def _line(part: Part, say: Phrases, original: Message | None) -> str:
    if isinstance(part, Media):
        head = f"{_CLIP} {part.name or say(part.kind.value)}"
        return f"{head}\n{part.caption}" if part.caption else head
    return in_words(part, say, original)
