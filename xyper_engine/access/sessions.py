"""Sessions: what begins with a sign-in and ends by itself, by its person, or by an administrator.

A session hands out access tokens (`tokens.py`) and, in turn for each other, refresh tokens: opaque, each good for one
use, only their hashes kept. One that comes a second time was stolen, from the client or by it: the session ends. An
answer that was lost on the way looks the same, so whoever loses one signs in again.

Every call asks whether its session still stands. That is remembered, and forgotten at once, on every engine, when a
session ends (`proving.py` hears of it); while the database is away, what was known last goes on being true, for as long
as the tokens that are out live.
"""

import hashlib
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex, token_urlsafe
from typing import TYPE_CHECKING, Any

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Action, Role, actions_of
from xyper_engine.access.session_rows import BEGIN, END, END_ALL, HAND_OUT, LIST, SPEND, SPENT, USE
from xyper_engine.access.tokens import Claims, Tokens, refused
from xyper_engine.errors import NotFound, Unauthenticated
from xyper_engine.model import new_id, now
from xyper_engine.saying import said
from xyper_engine.shelf import Shelf
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.access.people import Person
    from xyper_engine.store.db import Connection

NOT = timedelta(0)
TOKEN = timedelta(minutes=15)
"""How long an access token lives."""
KEPT = timedelta(days=30)
"""How long an ended session is kept: for who looks back, and as a proof that an address is a person's own."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What a client is handed."""

    access_token: str
    refresh_token: str | None
    expires_in: int
    """Seconds, of the access token."""
    session: str
    actions: frozenset[Action]
    """What it may do."""


@dataclass(frozen=True, slots=True)
class Session:
    id: str
    tenant: str | None
    person: str
    address: str
    """From where it began."""
    agent: str
    """The program, as it calls itself."""
    begun_at: datetime
    used_at: datetime
    """To the minute."""
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Live:
    """A session that stands, as it is remembered."""

    caller: Caller
    expires_at: datetime
    proved_at: datetime
    """When its person last proved who they are."""
    csrf: str | None
    """Of a page's session, which cookies carry; None: its tokens go to whoever signed in."""


class Sessions:
    def __init__(self, db: Database, tokens: Tokens, lasts: timedelta, idle: timedelta) -> None:
        self._db = db
        self._tokens = tokens
        self._lasts = lasts
        self._idle = idle
        self._live = Shelf(self._load)

    async def prove(self, token: str) -> Caller:
        """Whose access token this is. Raises `Unauthenticated`, in the same words whatever is wrong with it."""
        live, claims = await self.standing(token)
        if live.csrf is not None:  # it has left its cookie
            raise refused()
        return live.caller._replace(actions=live.caller.actions & claims.actions)

    async def standing(self, token: str) -> tuple[Live, Claims]:
        """The session of an access token, a page's or not, and what the token says. Raises `Unauthenticated`."""
        claims = await self._tokens.verify(token)
        live = await self._live(claims.session)
        if live is None or live.expires_at <= now() or live.caller.id != claims.person:
            raise refused()
        return live, claims

    async def begin(
        self,
        person: "Person",
        *,
        address: str,
        agent: str = "",
        conversation: str | None = None,
        actions: Set[Action] | None = None,
        lasts: timedelta | None = None,
        refresh: bool = True,
        page: bool = False,
        fresh: bool = True,
        request_id: str = "",
    ) -> Granted:
        """Of somebody just proved. `actions`: what it may do at most; `conversation`: the only one it is for.

        `page`: only a page's cookies will hold its tokens (`page_sessions.py`); `fresh`: the proof was of just now.
        """
        id_, ends = new_id(), now() + (lasts or self._lasts)
        agent = agent.encode("utf-8", "replace").decode()[:300]
        at_most = None if actions is None else sorted(actions)
        by = Caller("person", person.id, person.role, person.tenant, frozenset(), person.name, id_, address, request_id)
        async with self._db.connection() as connection, connection.transaction():
            of = id_, person.tenant, person.id, at_most, conversation
            csrf = token_urlsafe(32) if page else None
            await connection.execute(BEGIN, *of, address, agent, ends, csrf, fresh)
            handed = await self._handed(connection, id_, ends) if refresh else None
            await audit.write(connection, by, "session.begin", f"session/{id_}", person.tenant,
                              after={"person": person.id, "agent": agent})  # fmt: skip
        live = await self._live(id_)
        if live is None:  # disabled in this very moment
            raise refused()
        return await self._granted(live, handed)

    async def refresh(self, token: str, *, page: bool = False, idle: timedelta = NOT) -> Granted:
        """New tokens for a refresh token, which is used up by it. Raises `Unauthenticated`.

        `page`: it came in a page's cookie; `idle`: for how long nobody has done anything there.
        """
        async with self._db.connection() as connection, connection.transaction():
            row = await connection.fetchrow(SPEND, _hash(token), page)
            handed = await self._next(connection, row, token, idle) if row is not None else None
        if row is not None:  # only now: whoever asked before the commit has remembered what was true until then
            self._live.forget(row["id"])
        if row is None or handed is None:
            raise Unauthenticated(
                said("auth.expired", "The refresh token is not valid, was used before or has expired: sign in again.")
            )
        live = await self._live(row["id"])
        if live is None:
            raise refused()
        return await self._granted(live, handed)

    async def _next(self, connection: "Connection", row: Any, token: str, idle: timedelta) -> str | None:
        """The refresh token after this one; None where there is none to be had."""
        if row["used_at"] is not None:
            await self._replayed(connection, row)
            return None
        if not row["holds"] or idle >= self._idle:
            return None
        await connection.execute(SPENT, _hash(token), row["id"])
        return await self._handed(connection, row["id"], row["expires_at"], idle)

    async def list(
        self, tenant: str | None, person: str | None = None, limit: int = 1000, before: str | None = None
    ) -> Sequence[Session]:
        """Those that stand, of a tenant's people (None: Xyper's own) or of one of them; what began last comes first."""
        async with self._db.within(tenant) as connection:
            rows = await connection.fetch(LIST, tenant, person, before, limit)
        return [_session(row) for row in rows]

    async def end(
        self,
        by: Caller,
        id: str,  # noqa: A002  the model's word
        tenant: str | None,
        person: str | None = None,
        why: str = "revoked",
    ) -> None:
        """At once, on every engine. With `person` only one of theirs. Raises `NotFound`."""
        async with self._db.within(tenant) as connection:
            row = await connection.fetchrow(END, id, tenant, person, why)
            if row is None:
                raise NotFound(f"There is no session {id}.")
            await audit.write(connection, by, "session.end", f"session/{id}", tenant,
                              before={"person": row["person"]}, after={"why": why})  # fmt: skip
        self._live.forget(id)

    async def end_all(self, connection: "Connection", person: str, why: str, but: str | None = None) -> Sequence[str]:
        """All of a person's, in the transaction of what is the reason, which is what the audit tells.

        Returns their ids: `forget` them once it is committed.
        """
        rows = await connection.fetch(END_ALL, person, why, but)
        return [row["id"] for row in rows]

    async def of(self, connection: "Connection", person: str) -> Sequence[str]:
        """The ids of a person's sessions: `forget` them once what changes them is committed."""
        rows = await connection.fetch("select id from sessions where person = $1 and ended_at is null", person)
        return [row["id"] for row in rows]

    async def widen(self, connection: "Connection", session: str) -> None:
        """Let it do all that its person may, from its next refresh on."""
        await connection.execute("update sessions set actions = null where id = $1", session)

    async def tidy(self) -> None:
        """Drop what ended long ago. Raises `Unavailable`."""
        await self._db.execute("delete from sessions where least(ended_at, expires_at) < now() - $1::interval", KEPT)
        await self._db.execute(
            "delete from refresh_tokens using sessions "
            "where sessions.id = session and (ended_at is not null or sessions.expires_at < now())"
        )

    def forget(self, ids: Sequence[str]) -> None:
        """They have changed or ended: ask again."""
        for id_ in ids:
            self._live.forget(id_)

    def expire(self) -> None:
        """Ask again for all of them; what cannot be asked just now goes on being answered as before."""
        self._live.expire()

    async def _load(self, id_: str) -> Live | None:
        row = await self._db.fetchrow(USE, id_)
        if row is None:
            return None
        role = Role(row["role"])
        at_most = row["actions"]
        may = frozenset(action for action in actions_of(role) if at_most is None or action in at_most)
        caller = Caller(
            "person", row["person"], role, row["tenant"], may, row["name"], id_, conversation=row["conversation"]
        )
        return Live(caller, row["expires_at"], row["proved_at"], row["csrf"])

    async def _granted(self, live: Live, refresh_token: str | None) -> Granted:
        at, who = now(), live.caller
        assert who.session is not None  # noqa: S101  `_load` names it
        lasts = min(TOKEN, live.expires_at - at)
        claims = Claims(
            who.id, who.session, who.tenant, who.role, who.actions, (at + lasts).timestamp(), who.conversation
        )
        token = await self._tokens.issue(claims, at)
        return Granted(token, refresh_token, int(lasts.total_seconds()), who.session, who.actions)

    async def _handed(self, connection: "Connection", session: str, ends: datetime, idle: timedelta = NOT) -> str:
        token = f"xyr_{token_hex(32)}"
        await connection.execute(HAND_OUT, _hash(token), session, min(ends, now() + self._idle - idle))
        return token

    async def _replayed(self, connection: "Connection", row: Any) -> None:
        by = Caller("person", row["person"], Role.agent, row["tenant"], frozenset(), session=row["id"])
        if await connection.fetchrow(END, row["id"], row["tenant"], None, "replayed") is None:
            return  # it has ended before
        await audit.write(connection, by, "session.replayed", f"session/{row['id']}", row["tenant"],
                          after={"why": "a refresh token came a second time"})  # fmt: skip


def _hash(token: str) -> bytes:
    """A token has 256 random bits, so a fast hash is enough; found by its hash, it needs no comparison."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _session(row: Any) -> Session:
    return Session(**{name: row[name] for name in Session.__slots__})
