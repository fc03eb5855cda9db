"""Dead letters, as people and programs deal with them: by the API or the command line.

`scope` is the tenant whose letters may be seen and touched, by the database's own rules; None: everybody's, and those
that are no tenant's. A running engine replays what is asked for here.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError

from xyper_engine import logs
from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.errors import Conflict, Invalid, NotFound, Outdated
from xyper_engine.keyring import Keyring
from xyper_engine.mending import mended
from xyper_engine.model import Message, dump, load
from xyper_engine.routing.whole import whole_of
from xyper_engine.state import dead_replays, dead_search
from xyper_engine.state.dead_letters import DeadLetter, DeadLetters
from xyper_engine.state.dead_replays import Replay
from xyper_engine.state.dead_search import Group, Summary, Wanted
from xyper_engine.state.messages import Messages
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

MOST = 100_000
"""Letters in one go."""
RATE = 20.0
"""Letters a second, unless somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a wish would touch, or did."""

    letters: int
    groups: Sequence[Group]
    """The first 200 causes of them."""
    replays: Sequence[Replay] = ()


class DeadOffice:
    def __init__(self, db: Database, keyring: Keyring) -> None:
        self._db = db
        self._keyring = keyring
        self._letters = DeadLetters(db, keyring)
        self._messages = Messages(db, keyring)

    async def summary(self, scope: str | None) -> Summary:
        """Of all that wait."""
        async with self._db.within(scope) as connection:
            return await dead_search.summary(connection)

    async def groups(
        self, scope: str | None, wanted: Wanted, after: Sequence[str] | None, limit: int
    ) -> Sequence[Group]:
        """By cause, in the order of their keys."""
        async with self._db.within(scope) as connection:
            return await dead_search.groups(connection, wanted, after, limit)

    async def page(
        self, scope: str | None, wanted: Wanted, before: tuple[datetime, str] | None, limit: int
    ) -> Sequence[DeadLetter]:
        """Newest first, without their bodies."""
        async with self._db.within(scope) as connection:
            return await dead_search.page(connection, wanted, before, limit)

    async def one(self, scope: str | None, letter: str) -> DeadLetter:
        """By its id or a unique beginning of it. Raises `NotFound`."""
        async with self._db.within(scope) as connection:
            return await self._letters.find(connection, letter)

    async def revealed(self, by: Caller, scope: str | None, letter: str) -> tuple[DeadLetter, bytes | None]:
        """One for somebody who reads all of it, which the audit notes; and its body before any change by hand."""
        async with self._db.within(scope) as connection:
            found = await self._letters.find(connection, letter)
            original = await self._letters.original(connection, found.id)
            await audit.write(connection, by, "dead.reveal", f"dead/{found.id}", found.tenant)
        return found, original

    async def mend(
        self, by: Caller, scope: str | None, letter: str, parts: Sequence[Mapping[str, Any]], version: int | None
    ) -> DeadLetter:
        """Another wording for what died; the first one is kept. `version`: as it was read; None: whichever.

        Raises `NotFound`, `Invalid`, `Outdated`, and `Conflict` where there is nothing to mend.
        """
        async with self._db.within(scope) as connection:
            found = await self._letters.find(connection, letter)
            if version not in (None, found.version):
                raise Outdated("The dead letter was changed since you read it: read it again.")
            before = await self._mendable(connection, found)
            after = mended(before, parts)
            await self._letters.mend(connection, found, dump(after), f"{by.kind}/{by.id}")
            await self._messages.amend(connection, after)
            cipher = await self._keyring.cipher(found.tenant)
            told = [{"words": cipher.fingerprint(one.text)} for one in (before, after)]
            await audit.write(
                connection, by, "dead.mend", f"dead/{found.id}", found.tenant, before=told[0], after=told[1]
            )
            return await self._letters.find(connection, found.id)

    async def replay(
        self, by: Caller, scope: str | None, wanted: Wanted, rate: float = RATE, *, dry: bool = False
    ) -> Chosen:
        """Have an engine handle them once more. Raises `NotFound`, `Conflict`; with `dry` nothing is done."""
        async with self._db.within(scope) as connection:
            chosen = await _chosen(connection, wanted, also_replayed=True)
            told = await _told(connection, wanted, chosen)
            if dry or not chosen:
                return told
            replays = await dead_replays.ask(connection, chosen, rate, f"{by.kind}/{by.id}")
            for one in replays:
                after = {"letters": one.total, "rate": rate, **_named(wanted)}
                await audit.write(connection, by, "dead.replay", f"replay/{one.id}", one.tenant, after=after)
        return Chosen(told.letters, told.groups, replays)

    async def discard(self, by: Caller, scope: str | None, wanted: Wanted, why: str, *, dry: bool = False) -> Chosen:
        """They will never be delivered; they stay, with the reason, until retention drops them."""
        async with self._db.within(scope) as connection:
            chosen = await _chosen(connection, wanted, also_replayed=False)
            told = await _told(connection, wanted, chosen)
            if dry:
                return told
            await connection.execute(_DISCARD, [id_ for id_, _ in chosen], f"{by.kind}/{by.id}", why)
            for tenant in sorted({tenant for _, tenant in chosen}, key=str):
                count = sum(own == tenant for _, own in chosen)
                after = {"letters": count, "why": why, **_named(wanted)}
                await audit.write(connection, by, "dead.discard", "dead", tenant, after=after)
        return told

    async def replays(self, scope: str | None, before: tuple[datetime, str] | None, limit: int) -> Sequence[Replay]:
        """Newest first."""
        async with self._db.within(scope) as connection:
            return await dead_replays.page(connection, before, limit)

    async def progress(self, scope: str | None, replay: str) -> Replay:
        """Raises `NotFound`."""
        async with self._db.within(scope) as connection:
            return await dead_replays.one(connection, replay)

    async def cancel(self, by: Caller, scope: str | None, replay: str) -> Replay:
        """Raises `NotFound`, or `Conflict` where it has ended."""
        async with self._db.within(scope) as connection:
            cancelled = await dead_replays.cancel(connection, replay)
            await audit.write(connection, by, "dead.replay.cancel", f"replay/{replay}", cancelled.tenant)
        return cancelled

    async def _mendable(self, connection: "Connection", letter: DeadLetter) -> Message:
        if letter.state != "waiting":
            raise Conflict(f"The dead letter is {letter.state}: only one that waits can be changed.")
        message = message_of(letter)
        if message is None:
            raise Conflict("It holds no message that could be changed: replay it once its cause is mended.")
        if await connection.fetchval(_POSTED, message.key):
            raise Conflict("A part of it was sent, or may have been: it can be replayed, and not be changed.")
        return message


def message_of(letter: DeadLetter) -> Message | None:
    """None where it is no message, or one that nobody could read."""
    if letter.source == "unparsed" or letter.reason == "unreadable" or letter.body.startswith(b'{"whole":'):
        return None
    try:
        event = load(letter.body)
    except ValidationError:
        return None
    return event if isinstance(event, Message) else None


def readable(body: bytes, *, whole: bool) -> Any:
    """A body as JSON, `{"base64": …}` where it is none. Without `whole`, people's names and words are hidden."""
    try:
        held = whole_of(body)
        found = orjson.loads(held[1] if held else body)
    except (orjson.JSONDecodeError, ValidationError):
        found = {"base64": base64.b64encode(body).decode()} if whole else {"bytes": len(body)}
    return found if whole else logs.redact(None, "", {"event": found})["event"]


async def _chosen(connection: "Connection", wanted: Wanted, *, also_replayed: bool) -> Sequence[tuple[str, str | None]]:
    """Those that are meant, locked. By ids all of them must be there; those under way already are left alone."""
    if wanted.ids is None:
        chosen = await dead_search.matching(connection, wanted, MOST + 1)
        if len(chosen) > MOST:
            raise Invalid({"": f"more than {MOST} match: narrow it down, by `until` for example"})
        return chosen
    rows = await connection.fetch(_NAMED, list(wanted.ids))
    if missing := set(wanted.ids) - {row["id"] for row in rows}:
        raise NotFound(f"There is no dead letter with the id {min(missing)!r}: see `xyper dead list`.")
    for row in rows:
        if row["discarded_at"] or (row["replayed_at"] and not also_replayed):
            became = "discarded" if row["discarded_at"] else "replayed"
            raise Conflict(f"The dead letter {row['id']} was {became}.")
    return [(row["id"], row["tenant"]) for row in rows if not row["replay_asked"] or row["replayed_at"]]


async def _told(connection: "Connection", wanted: Wanted, chosen: Sequence[tuple[str, str | None]]) -> Chosen:
    these = wanted if wanted.ids is None else Wanted(ids=[id_ for id_, _ in chosen])
    return Chosen(len(chosen), await dead_search.groups(connection, these, None, 200))


def _named(wanted: Wanted) -> Mapping[str, Any]:
    """What was asked for, for the audit."""
    names = ("tenant", "reason", "code", "adapter", "direction", "source", "since", "until")
    given = {name: value for name in names if (value := getattr(wanted, name)) is not None}
    return {**given, **({"ids": list(wanted.ids[:20])} if wanted.ids is not None else {})}


_NAMED = """
select id, tenant, replay_asked, replayed_at, discarded_at from dead_letters where id = any($1::text[])
order by id for update
"""

_DISCARD = """
update dead_letters set discarded_at = now(), discarded_by = $2, discarded_why = $3, version = version + 1
where id = any($1::text[])
"""

_POSTED = "select exists (select from posts where key = $1)"
