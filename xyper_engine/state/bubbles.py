"""The talk with one customer as people see it: bubbles, each with what was said about it later and what it quotes.

A reaction, an edit or a deletion belongs to the message it is about, however much later it came; only where that one is
not known it stands by itself. The talk is everything that this customer, by whatever name, and this number ever said
to each other, whichever conversations of the agent side it went through.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from xyper_engine.conversation import Conversation
from xyper_engine.errors import NotFound, SettingsError
from xyper_engine.ids import made_at
from xyper_engine.keyring import Keyring
from xyper_engine.model import Direction, Message, Part
from xyper_engine.parts import Choices, Media
from xyper_engine.state import bubble_rows
from xyper_engine.state.bubble import Bubble, File, Said, Sought, Stretch
from xyper_engine.state.messages import opened
from xyper_engine.state.tracking import Tracked, tracked_of
from xyper_engine.state.words import words_of
from xyper_engine.store.db import Database
from xyper_engine.template import Template

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

Name = tuple[str, str, str]
"""What a message is known by somewhere: adapter, account, and its id there."""


LATE = timedelta(minutes=15)
"""By so much a message may be stored later than it came, with its files claimed first."""


class Bubbles:
    """All methods may raise `Unavailable`."""

    def __init__(self, db: Database, keyring: Keyring) -> None:
        self._db = db
        self._keyring = keyring

    async def before(self, within: Conversation, id: str | None, limit: int) -> Stretch:  # noqa: A002  the model's word
        """The newest, or the newest of those before `id`."""
        async with self._db.tenant(within.tenant) as connection:
            ids = await self._ids(connection, within, bubble_rows.BEFORE, id, limit + 1)
            stretch = await self._stretch(connection, within, ids[:limit])
        return _told(stretch, older=len(ids) > limit, newer=id is not None, until=id)

    async def after(self, within: Conversation, id: str, limit: int) -> Stretch:  # noqa: A002
        """The oldest of those after `id`."""
        async with self._db.tenant(within.tenant) as connection:
            ids = await self._ids(connection, within, bubble_rows.AFTER, id, limit + 1)
            stretch = await self._stretch(connection, within, ids[:limit])
        return _told(stretch, older=True, newer=len(ids) > limit, since=id)

    async def around(self, within: Conversation, id: str, limit: int) -> Stretch:  # noqa: A002
        """As many before `id` as after it. Raises `NotFound`."""
        async with self._db.tenant(within.tenant) as connection:
            if not await self._ids(connection, within, bubble_rows.THESE, [id], 1):
                raise _missing(id)
            half = max(limit // 2, 1)
            older = await self._ids(connection, within, bubble_rows.BEFORE, id, half + 1)
            newer = await self._ids(connection, within, bubble_rows.AFTER, id, half + 1)
            stretch = await self._stretch(connection, within, [*older[:half], id, *newer[:half]])
        return _told(stretch, older=len(older) > half, newer=len(newer) > half)

    async def these(self, within: Conversation, ids: Sequence[str]) -> Stretch:
        """Those of them that belong to this talk; of a reaction, edit or deletion the bubble that it is about."""
        async with self._db.tenant(within.tenant) as connection:
            known = await self._ids(connection, within, bubble_rows.THESE, list(ids), len(ids))
            about = [row["id"] for row in await connection.fetch(bubble_rows.TARGETS, within.tenant, known)]
            shown = await self._ids(connection, within, bubble_rows.BUBBLES, [*known, *about], len(known) + len(about))
            return await self._stretch(connection, within, shown)

    async def missed(self, within: Conversation, after: str, limit: int) -> Sequence[str]:
        """Ids of what is news for somebody who has all up to the message `after`; also of what is about others."""
        at = made_at(after)
        async with self._db.tenant(within.tenant) as connection:
            return await self._ids(connection, within, bubble_rows.MISSED, after, limit, at - LATE, at)

    async def newest(self, within: Conversation) -> str | None:
        """The id of what was said last."""
        async with self._db.tenant(within.tenant) as connection:
            found = await self._ids(connection, within, bubble_rows.BEFORE, None, 1)
        return found[0] if found else None

    async def sought(self, within: Conversation, sought: Sought, before: str | None, limit: int) -> Stretch:
        """The newest of those that are sought, before the id `before`; `older` says whether there are more."""
        cipher = await self._keyring.cipher(within.tenant)
        every = cipher.blinded(words_of(sought.words)) if sought.words is not None else None
        some = cipher.blinded(words_of(sought.any_word)) if sought.any_word is not None else None
        if every == []:
            return Stretch(())
        more = every, some, sought.direction, sought.kinds, sought.since, sought.until
        async with self._db.tenant(within.tenant) as connection:
            ids = await self._ids(connection, within, bubble_rows.SOUGHT, before, limit + 1, *more)
            return _told(await self._stretch(connection, within, ids[:limit]), older=len(ids) > limit, newer=False)

    async def one(self, within: Conversation, id: str) -> Bubble:  # noqa: A002
        """Raises `NotFound`."""
        found = await self.these(within, [id])
        if not found.bubbles:
            raise _missing(id)
        return found.bubbles[0]

    async def _ids(
        self, connection: "Connection", within: Conversation, sql: str, given: object, limit: int, *more: object
    ) -> list[str]:
        ends = within.customer.adapter, within.customer.account
        rows = await connection.fetch(sql, within.tenant, within.contact.address, *ends, given, limit, *more)
        return [row["id"] for row in rows]

    async def _stretch(self, connection: "Connection", within: Conversation, ids: Sequence[str]) -> Stretch:
        said = await self._said(connection, bubble_rows.BY_ID, within.tenant, sorted(ids))
        later = await self._later(connection, within.tenant, said)
        quoted = await self._quoted(connection, within.tenant, said)
        threads = await connection.fetch(bubble_rows.THREADS, within.id)
        waits = {row["id"] for row in await connection.fetch(bubble_rows.WAITING, list(ids))}
        dead = [one.id for one in said if one.tracked.status == "dead"]
        died = {row["id"]: row["detail"] for row in await connection.fetch(bubble_rows.DIED, dead)} if dead else {}
        bubbles = [
            Bubble(
                one, later.get(one.id, ()), quoted.get(one.id), _thread(one.tracked, threads), one.id in waits,
                died.get(one.id),
            )
            for one in said
        ]  # fmt: skip
        return Stretch(bubbles, await _files(connection, _shown(bubbles)))

    async def files(self, tenant: str, parts: Sequence[Part]) -> Mapping[str, File]:
        """What is known of the files that these show."""
        async with self._db.tenant(tenant) as connection:
            return await _files(connection, parts)

    async def _said(self, connection: "Connection", sql: str, *values: object) -> list[Said]:
        rows = await connection.fetch(sql, *values)
        return [Said(tracked_of(row), await self._opened(row)) for row in rows]

    async def _opened(self, row: Any) -> Message | None:
        try:
            return await opened(self._keyring, row)
        except (NotFound, SettingsError):  # its key was destroyed, or is not among ours
            return None

    async def _later(self, connection: "Connection", tenant: str, said: Sequence[Said]) -> dict[str, list[Said]]:
        """What speaks of these, by their ids."""
        names = {name: one.id for one in said for name in names_of(one.tracked)}
        if not names:
            return {}
        found: dict[str, list[Said]] = {}
        for one in await self._said(connection, bubble_rows.LATER, tenant, *_columns(names)):
            about = next(names[name] for name in _far(one, one.tracked.row["about"]) if name in names)
            found.setdefault(about, []).append(one)
        return found

    async def _quoted(self, connection: "Connection", tenant: str, said: Sequence[Said]) -> dict[str, Said]:
        """What these quote, by their ids."""
        asked = {one.id: _far(one, one.message.reply_to) for one in said if one.message and one.message.reply_to}
        if not asked:
            return {}
        rows = await connection.fetch(
            bubble_rows.NAMED, *_columns({name for names in asked.values() for name in names})
        )
        ids = {(row["adapter"], row["account"], row["far_id"]): row["id"] for row in rows}
        found = {
            one.id: one for one in await self._said(connection, bubble_rows.BY_ID, tenant, sorted(set(ids.values())))
        }
        quoted = {id_: next((ids[name] for name in names if name in ids), "") for id_, names in asked.items()}
        return {id_: found[about] for id_, about in quoted.items() if about in found}


def names_of(one: Tracked) -> Iterable[Name]:
    """Where it came from, and where it went."""
    yield one.origin.adapter, one.origin.account, one.external_id
    for payload in one.payloads:
        if payload.far_id:
            yield payload.to.adapter, payload.to.account, payload.far_id


def _far(one: Said, about: str) -> list[Name]:
    """What it speaks of: by an id of the side that it came from, else of the one that it goes to."""
    sides = [side for side in (one.tracked.origin, one.tracked.to) if side]
    return [(side.adapter, side.account, about) for side in sides]


def _columns(names: Iterable[Name]) -> list[list[str]]:
    return [list(column) for column in zip(*names, strict=True)]


def _shown(bubbles: Sequence[Bubble]) -> list[Part]:
    said = [one for bubble in bubbles for one in (bubble.said, bubble.quoted, *bubble.later) if one]
    return [part for one in said if one.message for part in one.message.parts]


async def _files(connection: "Connection", parts: Sequence[Part]) -> Mapping[str, File]:
    ids = {media.file for part in parts for media in media_of(part) if media.file}
    rows = await connection.fetch(bubble_rows.FILES, list(ids)) if ids else ()
    return {row["id"]: File(**dict(row)) for row in rows}


def media_of(part: Part) -> Iterator[Media]:
    """The files that a part shows."""
    if isinstance(part, Media):
        yield part
    elif isinstance(part, Choices) and part.media:
        yield part.media
    elif isinstance(part, Template):
        yield from (one.media for one in part.header if one.media)


def _thread(one: Tracked, threads: Sequence[Any]) -> str | None:
    """The one that was open when it came, else the next, which began with it."""
    if one.direction is Direction.outbound and one.thread:
        return one.thread
    at: datetime = one.received_at
    for row in threads:
        if row["ended_at"] is None or row["ended_at"] >= at:
            return str(row["thread"])
    return str(threads[-1]["thread"]) if threads else None


def _told(stretch: Stretch, *, older: bool, newer: bool, since: str = "", until: str | None = None) -> Stretch:
    if not stretch.bubbles:
        return replace(stretch, since=since, until=until)
    first = stretch.bubbles[0].said.id if older else None
    last = stretch.bubbles[-1].said.id if newer else None
    return replace(stretch, older=first, newer=last, since=since or first or "", until=until or last)


def _missing(id_: str) -> NotFound:
    return NotFound(f"This conversation has no message {id_}.")
