"""Privacy, as people and programs ask for it: find a person, tell all that is held, keep it, or forget it.

The audit names a person by a keyed hash: it says that somebody was looked for or forgotten, and never who.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.keyring import Keyring
from xyper_engine.media.port import MediaStore
from xyper_engine.state import access_reports, holds, links
from xyper_engine.state.access_zip import AccessReport
from xyper_engine.state.erasures import Erasure, Erasures, mark_of
from xyper_engine.state.holds import Hold
from xyper_engine.state.persons import Person, Persons
from xyper_engine.store.db import Database

REPORT_LIFE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Found:
    """A person, with how much is held."""

    person: Person
    mark: str
    """The keyed hash by which the audit and certificates name them."""
    messages: int
    conversations: int
    files: int
    hold: str | None
    """The id of the hold that keeps them."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where a report may be fetched, by anybody who has it."""

    url: str
    expires_at: datetime


class PrivacyOffice:
    def __init__(self, db: Database, keyring: Keyring, store: MediaStore, public_url: str) -> None:
        self._db = db
        self._keyring = keyring
        self._store = store
        self._public_url = public_url
        self._persons = Persons(db)
        self.erasures = Erasures(db, keyring)

    async def find(self, by: Caller, tenant: str, given: str) -> Sequence[Found]:
        """Whoever goes by this phone number, user id, user name or contact's id."""
        cipher = await self._keyring.cipher(tenant)
        people = await self._persons.find(tenant, given)
        async with self._db.tenant(tenant) as connection:
            found = []
            for person in people:
                mark, hold = mark_of(cipher, person), await holds.standing(connection, tenant, person.names)
                held = await connection.fetchrow(_HELD, tenant, list(person.names))
                assert held is not None  # noqa: S101  counts always answer
                counts = held["messages"], held["conversations"], held["files"]
                found.append(Found(person, mark, *counts, hold.id if hold else None))
                await audit.write(connection, by, "person.find", f"person/{mark}", tenant)
        return found

    async def erase(self, by: Caller, tenant: str, given: str) -> Erasure:
        """Have a person forgotten: what is queued is dropped at once, the rest is done by a running engine.

        Raises `NotFound`, or `Conflict` under a legal hold.
        """
        cipher, person = await self._keyring.cipher(tenant), await self._persons.one(tenant, given)
        async with self._db.tenant(tenant) as connection:
            erasure = await self.erasures.ask(connection, cipher, person, f"{by.kind}/{by.id}")
            after = {"erasure": erasure.id}
            await audit.write(connection, by, "person.erase", f"person/{erasure.person}", tenant, after=after)
        return erasure

    async def hold(self, by: Caller, tenant: str, given: str | None, reason: str) -> Hold:
        """Keep a person, or with None everybody. Raises `NotFound`, or `Conflict` while somebody is being forgotten."""
        cipher = await self._keyring.cipher(tenant)
        person = await self._persons.one(tenant, given) if given is not None else None
        subject = f"person/{mark_of(cipher, person)}" if person else f"tenant/{tenant}"
        async with self._db.tenant(tenant) as connection:
            names = person.names if person else None
            hold = await holds.place(connection, tenant, names, reason, f"{by.kind}/{by.id}")
            after = {"hold": hold.id, "reason": cipher.fingerprint(reason)}  # the words may name the person
            await audit.write(connection, by, "hold.place", subject, tenant, after=after)
        return hold

    async def release(self, by: Caller, tenant: str, hold: str, reason: str) -> Hold:
        """Raises `NotFound`, or `Conflict` where it was released before."""
        cipher = await self._keyring.cipher(tenant)
        async with self._db.tenant(tenant) as connection:
            released = await holds.release(connection, tenant, hold, reason, f"{by.kind}/{by.id}")
            after = {"reason": cipher.fingerprint(reason)}
            await audit.write(connection, by, "hold.release", f"hold/{hold}", tenant, after=after)
        return released

    async def held(self, tenant: str, hold: str) -> Hold:
        """Raises `NotFound`."""
        async with self._db.tenant(tenant) as connection:
            return await holds.one(connection, tenant, hold)

    async def holds(self, tenant: str, before: str | None, limit: int) -> Sequence[Hold]:
        """Newest first, the released ones too."""
        async with self._db.tenant(tenant) as connection:
            return await holds.page(connection, tenant, before, limit)

    async def report(self, by: Caller, tenant: str, given: str) -> Link:
        """A link to everything that is held about a person. Raises `NotFound`."""
        cipher, person = await self._keyring.cipher(tenant), await self._persons.one(tenant, given)
        async with self._db.tenant(tenant) as connection:
            id_, expires = await access_reports.ask(connection, cipher, person, REPORT_LIFE)
            subject = f"person/{mark_of(cipher, person)}"
            await audit.write(connection, by, "person.report", subject, tenant, after={"report": id_})
        token = links.token(self._keyring.sealer, "report", id_, REPORT_LIFE.total_seconds() / 3600)
        return Link(f"{self._public_url}/reports/{token}/{quote(tenant)}.zip", expires)

    async def packed(self, token: str) -> AsyncGenerator[bytes, None]:
        """The zip that a link leads to, noted in the audit. Raises `NotFound` before anything is sent."""
        id_ = links.opened(self._keyring.sealer, "report", token)
        person = await access_reports.asked(self._db, self._keyring, id_)
        cipher = await self._keyring.cipher(person.tenant)
        async with self._db.tenant(person.tenant) as connection:
            subject, after = f"person/{mark_of(cipher, person)}", {"report": id_}
            await audit.write(connection, Caller.engine(), "person.report.fetch", subject, person.tenant, after=after)
        return AccessReport(self._db, self._keyring, self._store, person).zipped()

    async def written(self, by: Caller, tenant: str, given: str) -> AsyncGenerator[bytes, None]:
        """The zip itself, for who sits at the machine. Raises `NotFound`."""
        link = await self.report(by, tenant, given)
        return await self.packed(link.url.rsplit("/", 2)[1])


_HELD = """
select (select count(*) from messages where tenant = $1 and contact = any($2::text[])) as messages,
  (select count(*) from conversations where tenant = $1 and contact = any($2::text[])) as conversations,
  (select count(*) from files where tenant = $1 and contact = any($2::text[])) as files
"""
