"""Sessions of the dashboard's page: their tokens stand in cookies that no script reads, and are good nowhere else.

A browser sends cookies along with whatever any page asks, so a call must show, too, what only our own page was told:
the session's `csrf`. What cannot be undone wants besides that its person proved who they are a short while ago.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.access.sessions import Granted, Sessions
from xyper_engine.access.tokens import refused
from xyper_engine.errors import Forbidden
from xyper_engine.model import now
from xyper_engine.saying import said
from xyper_engine.store.db import Database

FRESH = timedelta(minutes=10)
"""How long a proof of who one is suffices for what cannot be undone."""


@dataclass(frozen=True, slots=True)
class PageSession:
    """One that stands, as of now."""

    caller: Caller
    csrf: str
    token_until: datetime
    expires_at: datetime
    proved_at: datetime

    def check(self, csrf: str) -> None:
        """Raises `Forbidden` where a page does not send along what it was told."""
        if not hmac.compare_digest(self.csrf.encode(), csrf.encode("utf-8", "replace")):
            raise Forbidden(
                said(
                    "auth.csrf", "The page is not the one that signed in, or somebody signed in since: load it again."
                ),
                "csrf",
            )

    def check_fresh(self) -> None:
        """Raises `Forbidden` where the person has not proved who they are for a while."""
        if now() - self.proved_at > FRESH:
            raise Forbidden(
                said("auth.prove", "Prove that it is you: enter your password again, or sign in anew."),
                "reauthenticate",
            )


class PageSessions:
    def __init__(self, db: Database, sessions: Sessions) -> None:
        self._db = db
        self._sessions = sessions

    async def prove(self, token: str) -> PageSession:
        """Of which session the cookie is. Raises `Unauthenticated`, in the same words whatever is wrong with it."""
        live, claims = await self._sessions.standing(token)
        if live.csrf is None:
            raise refused()
        caller = live.caller._replace(actions=live.caller.actions & claims.actions)
        until = datetime.fromtimestamp(claims.expires_at, UTC)
        return PageSession(caller, live.csrf, until, live.expires_at, live.proved_at)

    async def renew(self, token: str, idle: timedelta) -> Granted:
        """New tokens for a refresh token; `idle`: nobody has done anything for so long. Raises `Unauthenticated`."""
        return await self._sessions.refresh(token, page=True, idle=idle)

    async def idle_at(self, session: str) -> datetime | None:
        """When it ends if nobody does anything; None where it has ended."""
        sql = "select max(expires_at) from refresh_tokens where session = $1 and used_at is null"
        found: datetime | None = await self._db.fetchval(sql, session)
        return found

    async def proved_again(self, by: Caller) -> None:
        """Its person has just proved who they are."""
        async with self._db.within(by.tenant) as connection:
            await connection.execute("update sessions set proved_at = now() where id = $1", by.session)
            await audit.write(connection, by, "session.prove", f"session/{by.session}", by.tenant)
        self._sessions.forget([by.session or ""])
