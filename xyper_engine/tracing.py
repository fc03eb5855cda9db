"""The trace of one event: what happened to it, step by step, noted while it is handled.

A `Trace` is handed along with its event, to the adapters as `Target.trace`. To note a step costs an append; whoever
keeps it (`state/traces.py`) turns it into a row later. It holds no person's words: bodies are told by their shape.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from xyper_engine.model import AnyEvent

Step = tuple[float, str, dict[str, Any]]
"""When (seconds since 1970), what, and facts about it."""

WAIT = 0.002
"""Seconds up to which a wait is none."""

_WORDS = frozenset({
    "action", "category", "channel", "code", "contentType", "direction", "errorCode", "error_subcode", "event",
    "eventType", "fbtrace_id", "is_transient", "messaging_product", "nativeType", "platform", "recipient_type",
    "status", "sub_type", "type",
})  # fmt: skip
"""The keys whose values are the vendors' vocabulary; of everything else only the size is told."""
_DEEP, _LONG = 6, 20
_SILENCE: object = object()
"""No answer came."""


class Call:
    """One call to a far side, as a context: how long it took, and what was answered or why nothing was.

    Its clock runs from the moment it is made.
    """

    __slots__ = ("_answer", "_began", "_bodies", "_facts", "_sent", "_steps")

    def __init__(self, steps: list[Step], method: str, route: str, sent: object, bodies: bool = False) -> None:
        self._steps = steps
        self._facts: dict[str, Any] = {"method": method, "route": route}
        self._sent, self._answer = sent, _SILENCE
        self._bodies = bodies
        self._began = time.time()

    def __enter__(self) -> "Call":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        facts = self._facts
        facts["ms"] = milliseconds(time.time() - self._began)
        if kind is not None:
            facts["error"] = kind.__name__
        if self._bodies or not 200 <= facts.get("status", 0) < 300:
            facts["sent"] = shape(self._sent)
            if self._answer is not _SILENCE:
                facts["answer"] = shape(self._answer)
        self._steps.append((self._began, "called", facts))

    def answered(self, status: int, body: object, correlation: str | None = None) -> None:
        """`correlation` is what the vendor's support asks for."""
        self._facts["status"], self._answer = status, body
        if correlation:
            self._facts["correlation"] = correlation


class Trace:
    """Of one event on one engine. `message` names whose timeline it belongs to: a receipt's is the message's."""

    __slots__ = ("bodies", "conversation", "event", "message", "received", "steps")

    on = True

    def __init__(self, event: AnyEvent, received: float, *, bodies: bool = False) -> None:
        self.event = event
        self.received = received
        """When the event was, in seconds since 1970."""
        self.bodies = bodies
        """Whether the shape of bodies is told of calls that were taken, too."""
        self.message = event.id
        self.conversation: str | None = None
        self.steps: list[Step] = []

    def about(self, message: str) -> None:
        """It belongs to the timeline of the message with this id."""
        self.message = message

    def within(self, conversation: str) -> None:
        """Which conversation, by our id."""
        self.conversation = conversation

    def step(self, what: str, **facts: Any) -> dict[str, Any]:
        """Note what just happened; the facts may be added to."""
        self.steps.append((time.time(), what, facts))
        return facts

    def since(self, began: float, what: str, **facts: Any) -> None:
        """Note what began then and ended just now."""
        facts["ms"] = milliseconds(time.time() - began)
        self.steps.append((began, what, facts))

    def waited(self, began: float, what: str) -> None:
        """Note a wait that began then, if it was one."""
        if (waited := time.time() - began) > WAIT:
            self.steps.append((began, what, {"ms": milliseconds(waited)}))

    def call(self, method: str, route: str, sent: object) -> Call:
        """`route` is the path's template: it holds no ids. `sent` and the answer are objects as JSON has them."""
        return Call(self.steps, method, route, sent, self.bodies)

    def rest(self) -> "Trace":
        """What was noted so far, to be kept; this trace goes on without it."""
        kept = Trace(self.event, self.received, bodies=self.bodies)
        kept.message, kept.conversation = self.message, self.conversation
        kept.steps, self.steps = self.steps, []
        return kept


@dataclass(frozen=True, slots=True)
class Arrival:
    """A webhook, as the edge met it. Times are seconds since 1970."""

    adapter: str
    received: float
    verified: float
    """When it was known to be genuine, and read: from then on it was being stored."""
    stored: float
    request: str
    """Its id, where a proxy gave it one."""
    parent: str | None
    """The `traceparent` of a proxy in front: vendors send none."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One event of a webhook is durable."""

    event: str
    queue: str
    arrival: Arrival


class _NoCall(Call):
    __slots__ = ()

    def __init__(self) -> None:
        super().__init__([], "", "", None)

    def __enter__(self) -> Call:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is noted."""

    def answered(self, status: int, body: object, correlation: str | None = None) -> None:
        """Nothing is noted."""


class _Untraced(Trace):
    """Stands where nobody wants to know. Notes nothing, so one serves all."""

    __slots__ = ("_call",)

    on = False

    def __init__(self) -> None:
        self._call = _NoCall()

    def about(self, message: str) -> None:
        """Nothing is noted."""

    def within(self, conversation: str) -> None:
        """Nothing is noted."""

    def step(self, what: str, **facts: Any) -> dict[str, Any]:  # noqa: ARG002
        """Nothing is noted."""
        return facts

    def since(self, began: float, what: str, **facts: Any) -> None:
        """Nothing is noted."""

    def waited(self, began: float, what: str) -> None:
        """Nothing is noted."""

    def call(self, method: str, route: str, sent: object) -> Call:  # noqa: ARG002
        return self._call


UNTRACED: Trace = _Untraced()


def milliseconds(seconds: float) -> float:
    """With one decimal; `round` costs many times more."""
    return int(seconds * 10_000) / 10


def shape(value: object, depth: int = 0) -> object:
    """A body without what people wrote or who they are: its keys, the vendors' own words, and the size of the rest."""
    if isinstance(value, Mapping) and depth < _DEEP:
        return {str(key): _told(str(key), one, depth) for key, one in list(value.items())[:_LONG]}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes) and depth < _DEEP:
        return [shape(one, depth + 1) for one in value[:_LONG]]
    if value is None or isinstance(value, bool):
        return value
    return f"<{len(value)} characters>" if isinstance(value, str) else f"<{type(value).__name__}>"


def _told(key: str, value: object, depth: int) -> object:
    if key in _WORDS and isinstance(value, str | int) and len(str(value)) <= 64:
        return value
    return shape(value, depth + 1)
