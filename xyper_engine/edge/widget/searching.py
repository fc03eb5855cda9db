"""What was said, found again: by words, and by kind, as a gallery. Only whole words are found: bodies are sealed."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from xyper_engine.access.roles import Action
from xyper_engine.edge.paging import Page, cursor
from xyper_engine.edge.route import Call, Moment, Route, Told
from xyper_engine.edge.widget.opening import BASE, opened
from xyper_engine.edge.widget.talk import Talk
from xyper_engine.edge.widget.telling import AuthorTold, BubbleTold
from xyper_engine.model import Direction
from xyper_engine.runtime import Runtime
from xyper_engine.state.bubble import Sought
from xyper_engine.state.words import words_of

BEFORE, LONG = 40, 160
"""Characters of a snippet before the first word that was sought, and all of it."""
Group = Literal["photos", "documents", "voice", "links", "places"]

_DIRECTIONS = {"in": Direction.inbound, "out": Direction.outbound}
_GROUPS: Mapping[Group, Sought] = {
    "photos": Sought(kinds=("image", "video")),
    "documents": Sought(kinds=("document",)),
    "voice": Sought(kinds=("voice", "audio")),
    "links": Sought(any_word="https http www"),
    "places": Sought(kinds=("location",)),
}
_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
_WORD = re.compile(r"\w+")


class Search(Page):
    words: str = Field(min_length=1, max_length=500)
    """Whole words that it must hold, all of them, in any order."""
    direction: Literal["in", "out"] | None = None
    kind: str | None = Field(None, max_length=50, examples=["image"])
    since: Moment | None = None
    until: Moment | None = None


class Hit(Told):
    id: str
    at: datetime
    direction: Literal["in", "out"]
    author: AuthorTold
    kind: str
    snippet: str
    """What is said around the first of the words."""


class Hits(Told):
    hits: tuple[Hit, ...]
    """Newest first."""
    next: str | None


class InGroup(Page):
    group: Group


class Item(Told):
    id: str
    """Of the message."""
    at: datetime
    direction: Literal["in", "out"]
    part: dict[str, Any]


class Items(Told):
    items: tuple[Item, ...]
    """Newest first."""
    next: str | None


class SearchingApi:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._talk = Talk(rt)

    def routes(self) -> tuple[Route, ...]:
        read = Action.widget_read
        return (
            Route("GET", f"{BASE}/search", read, self.search, "Find messages by their words.", query=Search,
                  answer=Hits),
            Route("GET", f"{BASE}/media", read, self.media, "List the files, links or places of a conversation.",
                  query=InGroup, answer=Items),
        )  # fmt: skip

    async def search(self, call: Call) -> Hits:
        asked: Search = call.query
        kinds = (asked.kind,) if asked.kind else None
        direction = _DIRECTIONS[asked.direction] if asked.direction else None
        sought = Sought(asked.words, None, direction, kinds, asked.since, asked.until)
        told, following = await self._found(call, sought)
        return Hits(hits=tuple(_hit(one, asked.words) for one in told), next=following)

    async def media(self, call: Call) -> Items:
        asked: InGroup = call.query
        sought = _GROUPS[asked.group]
        told, following = await self._found(call, sought)
        items = [
            Item(id=one.id, at=one.at, direction=one.direction, part=part)
            for one in told for part in one.parts if _belongs(part, sought)
        ]  # fmt: skip
        return Items(items=tuple(items), next=following)

    async def _found(self, call: Call, sought: Sought) -> tuple[Sequence[BubbleTold], str | None]:
        asked: Page = call.query
        key = asked.after(str)
        within = (await opened(self._rt, call)).conversation
        found = await self._talk.bubbles.sought(within, sought, str(key[0]) if key else None, asked.limit)
        told = await self._talk.told(within, found)
        return told[::-1], cursor(found.older) if found.older else None


def _belongs(part: Mapping[str, Any], sought: Sought) -> bool:
    if sought.kinds is None:
        return part["type"] == "text" and _LINK.search(part["text"]) is not None
    return (part["kind"] if part["type"] == "media" else part["type"]) in sought.kinds


def _hit(one: BubbleTold, words: str) -> Hit:
    texts = [text for part in one.parts for text in _texts(part)]
    first = one.parts[0] if one.parts else {"type": "text"}
    return Hit(
        id=one.id, at=one.at, direction=one.direction, author=one.author,
        kind=first["kind"] if first["type"] == "media" else first["type"], snippet=snippet(" ".join(texts), words),
    )  # fmt: skip


def _texts(part: Mapping[str, Any]) -> Sequence[str]:
    """What of a part people read, and a search finds."""
    names = ("text", "caption", "name", "body", "title", "words", "header", "footer")
    found = [part[name] for name in names if isinstance(part.get(name), str)]
    return [*found, part["shown"]["body"]] if isinstance(part.get("shown"), dict) else found


def snippet(text: str, words: str) -> str:
    """The words around the first one that is sought, on one line."""
    line, sought = " ".join(text.split()), set(words_of(words))
    at = next((found.start() for found in _WORD.finditer(line) if sought & set(words_of(found[0]))), 0)
    begin = 0 if at <= BEFORE else line.rfind(" ", 0, at - BEFORE) + 1
    piece = line[begin : begin + LONG]
    return f"{'…' if begin else ''}{piece}{'…' if begin + LONG < len(line) else ''}"
