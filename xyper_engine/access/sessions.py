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
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Action, Role, actions_of
from xyper_engine.access.tokens import Claims, Tokens, refused
from xyper_engine.errors import NotFound, Unauthenticated
from xyper_engine.model import new_id, now
from xyper_engine.shelf import Shelf
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.access.people import Person
    from xyper_engine.store.db import Connection

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


class Sessions:
    def __init__(self, db: Database, tokens: Tokens, lasts: timedelta, idle: timedelta) -> None:
        self._db = db
        self._tokens = tokens
        self._lasts = lasts
        self._idle = idle
        self._live = Shelf(self._load)

    async def prove(self, token: str) -> Caller:
        """Whose access token this is. Raises `Unauthenticated`, in the same words whatever is wrong with it."""
        claims = await self._tokens.verify(token)
        live = await self._live(claims.session)
        if live is None or live.expires_at <= now() or live.caller.id != claims.person:
            raise refused()
        return live.caller._replace(actions=live.caller.actions & claims.actions)

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
        request_id: str = "",
    ) -> Granted:
        """Of somebody just proved. `actions`: what it may do at most; `conversation`: the only one it is for."""
        id_, ends = new_id(), now() + (lasts or self._lasts)
        agent = agent.encode("utf-8", "replace").decode()[:300]
        at_most = None if actions is None else sorted(actions)
        by = Caller("person", person.id, person.role, person.tenant, frozenset(), person.name, id_, address, request_id)
        async with self._db.connection() as connection, connection.transaction():
            await connection.execute(_BEGIN, id_, person.tenant, person.id, at_most, conversation, address, agent, ends)
            handed = await self._handed(connection, id_, ends) if refresh else None
            await audit.write(connection, by, "session.begin", f"session/{id_}", person.tenant,
                              after={"person": person.id, "agent": agent})  # fmt: skip
        live = await self._live(id_)
        if live is None:  # disabled in this very moment
            raise refused()
        return await self._granted(live, handed)

    async def refresh(self, token: str) -> Granted:
        """New tokens for a refresh token, which is used up by it. Raises `Unauthenticated`."""
        async with self._db.connection() as connection, connection.transaction():
            row = await connection.fetchrow(_SPEND, _hash(token))
            handed = await self._next(connection, row, token) if row is not None else None
        if row is None or handed is None:
            raise Unauthenticated("The refresh token is not valid, was used before or has expired: sign in again.")
        self._live.forget(row["id"])  # what it may do has perhaps changed
        live = await self._live(row["id"])
        if live is None:
            raise refused()
        return await self._granted(live, handed)

    async def _next(self, connection: "Connection", row: Any, token: str) -> str | None:
        """The refresh token after this one; None where there is none to be had."""
        if row["used_at"] is not None:
            await self._replayed(connection, row)
            return None
        if not row["holds"]:
            return None
        await connection.execute(_SPENT, _hash(token), row["id"])
        return await self._handed(connection, row["id"], row["expires_at"])

    async def list(
        self, tenant: str | None, person: str | None = None, limit: int = 1000, before: str | None = None
    ) -> Sequence[Session]:
        """Those that stand, of a tenant's people (None: Xyper's own) or of one of them; what began last comes first."""
        async with self._db.within(tenant) as connection:
            rows = await connection.fetch(_LIST, tenant, person, before, limit)
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
            row = await connection.fetchrow(_END, id, tenant, person, why)
            if row is None:
                raise NotFound(f"There is no session {id}.")
            await audit.write(connection, by, "session.end", f"session/{id}", tenant,
                              before={"person": row["person"]}, after={"why": why})  # fmt: skip
        self._live.forget(id)

    async def end_all(self, connection: "Connection", person: str, why: str, but: str | None = None) -> Sequence[str]:
        """All of a person's, in the transaction of what is the reason, which is what the audit tells.

        Returns their ids: `forget` them once it is committed.
        """
        rows = await connection.fetch(_END_ALL, person, why, but)
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
        row = await self._db.fetchrow(_USE, id_)
        if row is None:
            return None
        role = Role(row["role"])
        at_most = row["actions"]
        may = frozenset(action for action in actions_of(role) if at_most is None or action in at_most)
        caller = Caller(
            "person", row["person"], role, row["tenant"], may, row["name"], id_, conversation=row["conversation"]
        )
        return Live(caller, row["expires_at"])

    async def _granted(self, live: Live, refresh_token: str | None) -> Granted:
        at, who = now(), live.caller
        assert who.session is not None  # noqa: S101  `_load` names it
        lasts = min(TOKEN, live.expires_at - at)
        claims = Claims(
            who.id, who.session, who.tenant, who.role, who.actions, (at + lasts).timestamp(), who.conversation
        )
        token = await self._tokens.issue(claims, at)
        return Granted(token, refresh_token, int(lasts.total_seconds()), who.session, who.actions)

    async def _handed(self, connection: "Connection", session: str, ends: datetime) -> str:
        token = f"xyr_{token_hex(32)}"
        await connection.execute(_HAND_OUT, _hash(token), session, min(ends, now() + self._idle))
        return token

    async def _replayed(self, connection: "Connection", row: Any) -> None:
        by = Caller("person", row["person"], Role.agent, row["tenant"], frozenset(), session=row["id"])
        self._live.forget(row["id"])
        if await connection.fetchrow(_END, row["id"], row["tenant"], None, "replayed") is None:
            return  # it has ended before
        await audit.write(connection, by, "session.replayed", f"session/{row['id']}", row["tenant"],
                          after={"why": "a refresh token came a second time"})  # fmt: skip


def _hash(token: str) -> bytes:
    """A token has 256 random bits, so a fast hash is enough; found by its hash, it needs no comparison."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _session(row: Any) -> Session:
    return Session(**{name: row[name] for name in Session.__slots__})


_STANDS = "s.ended_at is null and s.expires_at > now() and p.state = 'active'"

_BEGIN = """
insert into sessions (id, tenant, person, actions, conversation, address, agent, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""

_HAND_OUT = "insert into refresh_tokens (hash, session, expires_at) values ($1, $2, $3)"

# A use is noted once a minute at most.
_USE = f"""
with used as (update sessions set used_at = now() where id = $1 and used_at < now() - interval '1 minute')
select s.person, s.tenant, s.actions, s.conversation, s.expires_at, p.name, coalesce(p.role_given, p.role) as role
from sessions s join people p on p.id = s.person where s.id = $1 and {_STANDS}
"""  # noqa: S608  built from constants

# Locks the token, so that of two who come with it at once the second one is known as such.
_SPEND = f"""
select s.id, s.tenant, s.person, s.expires_at, r.used_at, {_STANDS} and r.expires_at > now() as holds
from refresh_tokens r join sessions s on s.id = r.session join people p on p.id = s.person
where r.hash = $1 for update of r, s
"""  # noqa: S608  built from constants

_SPENT = """
with used as (update sessions set used_at = now() where id = $2)
update refresh_tokens set used_at = now() where hash = $1
"""

_LIST = f"""
select s.* from sessions s join people p on p.id = s.person
where s.tenant is not distinct from $1 and ($2::text is null or s.person = $2)
  and ($3::text is null or s.id < $3) and {_STANDS}
order by s.id desc limit $4
"""  # noqa: S608  built from constants

_END = """
update sessions set ended_at = now(), ended_why = $4
where id = $1 and tenant is not distinct from $2 and ($3::text is null or person = $3) and ended_at is null
returning person
"""

_END_ALL = """
update sessions set ended_at = now(), ended_why = $2
where person = $1 and ended_at is null and id is distinct from $3 returning id
"""
