"""From a stored message to the bubble that is shown: who, what, in answer to what, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from xyper_engine.conversation import Conversation
from xyper_engine.edge.widget import telling
from xyper_engine.edge.widget.parts_told import Shown, parts_told
from xyper_engine.edge.widget.telling import AuthorTold, BubbleTold, FailureTold, QuoteTold, ReactionTold
from xyper_engine.model import Direction, Message, Part
from xyper_engine.parts import Media, Notice, Reaction, Text
from xyper_engine.state.bubble import Bubble, Said
from xyper_engine.template import Template

QUOTED = 200
"""Characters of a quoted message."""

_FORWARDED: Mapping[str, Literal["once", "often"]] = {"forwarded": "once", "forwarded_often": "often"}
_APART = frozenset({*_FORWARDED, "group_member"})
"""Notices that are told by a field of their own."""
_STATUS: Mapping[str, telling.Status] = {
    "routed": "pending", "sending": "pending", "posted": "pending", "published": "sent", "sent": "sent",
    "delivered": "delivered", "read": "read", "played": "played", "failed": "failed", "dead": "failed",
    "filtered": "failed", "unknown": "unknown",
}  # fmt: skip
_STOPPED = "It was not sent: a rule of your organisation stopped it."


@dataclass(frozen=True, slots=True)
class Teller:
    """Of one conversation, to one reader, at one moment."""

    within: Conversation
    shown: Shown
    at: datetime
    authors: Mapping[str, AuthorTold]
    """Of what was sent from here, by the message's id."""

    def bubble(self, one: Bubble, key: str | None = None) -> BubbleTold:
        """`key`: the client's own, where it was sent from here."""
        said, deleted = one.said, _deleted(one.later)
        status = self._status(one)
        return BubbleTold(
            id=said.id,
            direction=_direction(said),
            at=said.tracked.occurred_at,
            author=self._author(said),
            thread=one.thread,
            parts=() if deleted else parts_told(_parts(one), said.tracked.kinds, self.shown),
            quote=self.quote(one.quoted) if one.quoted else None,
            reactions=self._reactions(one.later),
            status=status,
            status_at=_status_at(said),
            failure=self._failure(one) if status == "failed" else None,
            forwarded=next((_FORWARDED[code] for code in _codes(said) if code in _FORWARDED), None),
            edited=any("edited" in _codes(later) for later in one.later),
            deleted=deleted,
            key=key,
        )

    def _author(self, said: Said) -> AuthorTold:
        if author := self.authors.get(said.id):
            return author
        message = said.message
        if _direction(said) == "out":
            bot = message is not None and message.author == "bot"
            return AuthorTold(kind="bot" if bot else "agent", id=None, name=None)
        member = next((part.values.get("name") for part in _notices(said) if part.code == "group_member"), None)
        name = member or (message.contact.name if message else None) or self.within.contact.name
        return AuthorTold(kind="customer", id=None, name=name)

    def quote(self, quoted: Said) -> QuoteTold:
        parts = _spoken(quoted.message.parts if quoted.message else ())
        first = parts[0] if parts else None
        kind = first.kind.value if isinstance(first, Media) else first.type if first else "text"
        return QuoteTold(
            id=quoted.id,
            direction=_direction(quoted),
            author=self._author(quoted),
            kind=kind,
            text=next((words for part in parts if (words := _words(part))), "")[:QUOTED],
            image=self.shown.picture(first) if isinstance(first, Media) else None,
        )

    def _reactions(self, later: Sequence[Said]) -> tuple[ReactionTold, ...]:
        """One from each, and from the business one in all: a later one takes the earlier one's place."""
        found: dict[tuple[str, str | None], ReactionTold] = {}
        for said in later:
            for part in said.message.parts if said.message else ():
                if isinstance(part, Reaction):
                    author, direction = self._author(said), _direction(said)
                    whose = direction, author.name if direction == "in" else None
                    found.pop(whose, None)
                    if part.emoji:
                        found[whose] = ReactionTold(
                            emoji=part.emoji, direction=direction, author=author, at=said.tracked.occurred_at
                        )
        return tuple(found.values())

    def _status(self, one: Bubble) -> telling.Status | None:
        tracked = one.said.tracked
        if _direction(one.said) == "in":
            return None
        if tracked.direction is Direction.inbound:
            return "sent"  # by the channel's own app: no receipt of it ever comes here
        return "waiting" if one.waits else _STATUS[tracked.status]

    def _failure(self, one: Bubble) -> FailureTold:
        tracked = one.said.tracked
        reason = next((payload.reason for payload in tracked.payloads if payload.reason), None)
        if reason:
            code, words = reason.code, reason.message
        elif one.died_of is not None:
            code, words = "refused", one.died_of
        else:
            code, words = ("stopped", _STOPPED) if tracked.status == "filtered" else ("failed", "")
        return FailureTold(code=code, words=words, next=self._next(one))

    def _next(self, one: Bubble) -> Literal["template", "retry"] | None:
        parts = one.said.message.parts if one.said.message else ()
        is_template = any(isinstance(part, Template) for part in parts)
        until = self.within.window_until
        if until is None or until > self.at or is_template:
            return "retry" if parts else None
        return "template"


def _direction(said: Said) -> Literal["in", "out"]:
    """What the business said in the channel's own app comes by the customer's webhooks."""
    ours = said.tracked.direction is Direction.outbound or "business_app" in _codes(said)
    return "out" if ours else "in"


def _notices(said: Said) -> Sequence[Notice]:
    return [part for part in said.message.parts if isinstance(part, Notice)] if said.message else ()


def _codes(said: Said) -> Sequence[str]:
    return [part.code for part in _notices(said)]


def _deleted(later: Sequence[Said]) -> bool:
    return any("deleted" in _codes(said) for said in later)


def _parts(one: Bubble) -> Sequence[Part] | None:
    """As it stands after its last edit; None: nothing of it is left."""
    if one.said.message is None:
        return None
    parts = _shown(one.said.message)
    for said in one.later:
        if said.message and "edited" in _codes(said):
            parts = _edited(parts, _spoken(said.message.parts))
    return parts


def _shown(message: Message) -> Sequence[Part]:
    return [part for part in message.parts if not (isinstance(part, Notice) and part.code in _APART)]


def _edited(parts: Sequence[Part], new: Sequence[Part]) -> Sequence[Part]:
    """Of a file only the caption can be edited, and the file need not be told again."""
    words = next((part.text for part in new if isinstance(part, Text)), None)
    if any(isinstance(part, Media) for part in parts) and not any(
        isinstance(part, Media) and part.file for part in new
    ):
        caption = words or next((part.caption for part in new if isinstance(part, Media)), None)
        return [part.model_copy(update={"caption": caption}) if isinstance(part, Media) else part for part in parts]
    return new or parts


def _spoken(parts: Sequence[Part]) -> Sequence[Part]:
    return [part for part in parts if not isinstance(part, Notice)]


def _words(part: Part) -> str:
    if isinstance(part, Media):
        return part.caption or part.name or ""
    return part.text


def _status_at(said: Said) -> dict[str, datetime]:
    """When the last of its payloads came so far."""
    payloads: Sequence[Any] = said.tracked.payloads
    names = {name for payload in payloads for name in payload.status_at}
    return {
        name: max(payload.status_at[name] for payload in payloads)
        for name in sorted(names)
        if all(name in payload.status_at for payload in payloads)
    }
