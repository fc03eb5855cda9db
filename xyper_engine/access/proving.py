"""Who is it? The one question the gateway asks, answered from memory nearly always.

Keys and sessions that end are forgotten at once by every engine: the database tells all of them.
"""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from xyper_engine.access.caller import Caller
from xyper_engine.access.factor import SecondFactor
from xyper_engine.access.invitations import Invitations
from xyper_engine.access.keys import PREFIX, ApiKeys
from xyper_engine.access.local import LocalPeople
from xyper_engine.access.page_sessions import PageSessions
from xyper_engine.access.passwords import Passwords
from xyper_engine.access.people import People
from xyper_engine.access.sessions import Sessions
from xyper_engine.access.signing import SigningKeys
from xyper_engine.access.tokens import Tokens
from xyper_engine.access.tries import Tries
from xyper_engine.keyring import Keyring
from xyper_engine.settings import Settings
from xyper_engine.store.db import Database
from xyper_engine.store.notices import hearing

CHANNEL = "xyper_access"


@dataclass(frozen=True, slots=True)
class Access:
    """People and programs, how they prove themselves, and what they hold as a proof."""

    keys: ApiKeys
    people: People
    local: LocalPeople
    invitations: Invitations
    sessions: Sessions
    pages: PageSessions
    signing: SigningKeys
    tries: Tries

    @classmethod
    @asynccontextmanager
    async def open(
        cls, settings: Settings, db: Database, keyring: Keyring, passwords: Passwords | None = None
    ) -> AsyncIterator["Access"]:
        access = cls._of(settings, db, keyring, passwords or Passwords())
        async with hearing(db, CHANNEL, access.hear):
            yield access

    @classmethod
    def _of(cls, settings: Settings, db: Database, keyring: Keyring, passwords: Passwords) -> "Access":
        signing, factor, tries = SigningKeys(db, keyring), SecondFactor(db, keyring), Tries(db)
        lasts, idle = timedelta(seconds=settings.access.session), timedelta(seconds=settings.access.idle)
        sessions = Sessions(db, Tokens(signing, settings.public_url), lasts, idle)
        local = LocalPeople(db, sessions, passwords, factor, tries, require_totp=settings.access.require_totp)
        invitations = Invitations(db, sessions, passwords, factor)
        pages = PageSessions(db, sessions)
        return cls(ApiKeys(db), People(db, sessions), local, invitations, sessions, pages, signing, tries)

    def prove(self, bearer: str) -> Awaitable[Caller]:
        """Whose key or access token this is. Raises `Unauthenticated`."""
        return (self.keys if bearer.startswith(PREFIX) else self.sessions).prove(bearer)

    def hear(self, notice: str) -> None:
        """What the database tells: "" when listening begins, else what has changed, as `kind:id`."""
        kind, _, id_ = notice.partition(":")
        if kind == "session":
            self.sessions.forget([id_])
        elif kind == "key":
            self.keys.forget(id_)
        else:
            self.signing.expire()
        if not notice:
            self.sessions.expire()
            self.keys.expire()

    async def tidy(self) -> None:
        """Once a day: what ended long ago goes, and the next signing key is there in time. Raises `Unavailable`."""
        await self.signing.provide()
        await self.sessions.tidy()
        await self.tries.tidy()
