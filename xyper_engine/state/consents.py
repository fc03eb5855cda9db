"""The ledger of consents: what each person decided about being written to, and what proves it.

Rows are added and stay; where a person stands follows from them in the same statement, and travels with the contact
that every message is read with (`Known.standing`). Whom an erase forgets leaves keyed hashes behind (`forget`), so that
somebody who opted out and was erased is known again, and still has opted out.
"""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from xyper_engine.consent import Kind, Only, Said, Standing
from xyper_engine.errors import NotFound
from xyper_engine.keyring import Keyring
from xyper_engine.model import Contact, new_id
from xyper_engine.state.contacts import Contacts
from xyper_engine.state.forgotten import Forgotten
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection


@dataclass(frozen=True, slots=True)
class Consent:
    """One row of the ledger."""

    id: str
    contact: str | None
    """The contact's address; None: it was forgotten."""
    account: str
    kind: Kind
    given: bool
    source: str
    event: str
    at: datetime
    noted_at: datetime
    by: str
    text_hash: str


@dataclass(frozen=True, slots=True)
class Noted:
    """What became of a decision."""

    id: str
    changed: bool
    """Whether the person stands elsewhere than before."""
    lately: int
    """How many keywords the person wrote within an hour, this one included."""


class Consents:
    """All methods may raise `Unavailable`."""

    def __init__(self, db: Database, contacts: Contacts, keyring: Keyring) -> None:
        self._db = db
        self._contacts = contacts
        self._forgotten = Forgotten(db, keyring)

    async def note(self, tenant: str, adapter: str, contact: Contact, said: Said) -> Noted | None:
        """Add it; None where it was noted before, or need not be (`Said.only`)."""
        async with self.noting(tenant, adapter, contact, said) as noted:
            return noted

    @asynccontextmanager
    async def noting(self, tenant: str, adapter: str, contact: Contact, said: Said) -> AsyncIterator[Noted | None]:
        """As `note`; what is done within is done before it is certain, and undone is only the note."""
        known = await self._contacts.of(tenant, adapter, contact)
        async with self._db.tenant(tenant) as connection:
            yield await add(connection, tenant, known.id, said)

    async def page(
        self, tenant: str, contact: str | None, before: str | None, limit: int, source: str | None = None
    ) -> Sequence[Consent]:
        """A tenant's, newest first; `contact`: our id of the only one."""
        async with self._db.tenant(tenant) as connection:
            rows = await connection.fetch(_PAGE, tenant, contact, before, source, limit)
        return [_consent(row) for row in rows]

    async def one(self, tenant: str, id: str) -> Consent:  # noqa: A002  the model's word
        """Raises `NotFound`."""
        async with self._db.tenant(tenant) as connection:
            row = await connection.fetchrow(f"{_SELECT} where s.tenant = $1 and s.id = $2", tenant, id)
        if row is None:
            raise NotFound(f"Tenant {tenant} has no consent {id}.")
        return _consent(row)

    async def of_contact(self, connection: "Connection", tenant: str, contact: str) -> Sequence[Consent]:
        """All of one contact's, the oldest first: for the report to the person. `contact` is our id."""
        rows = await connection.fetch(
            f"{_SELECT} where s.tenant = $1 and s.contact = $2 order by s.at, s.id", tenant, contact
        )
        return [_consent(row) for row in rows]

    async def forget(self, connection: "Connection", tenant: str, contact: str) -> int:
        """Before a contact is erased, in the same transaction: of the person only keyed hashes stay; how many rows.

        `contact` is our id; its names (`contact_urns`) must still be there.
        """
        names = await connection.fetch(
            "select urn from contact_urns where tenant = $1 and contact = $2 "
            "union select address from contacts where tenant = $1 and id = $2", tenant, contact,
        )  # fmt: skip
        hashes = await self._forgotten.hashes(tenant, [row["urn"] for row in names])
        return int((await connection.execute(_FORGET, tenant, contact, hashes)).rpartition(" ")[2])


async def add(connection: "Connection", tenant: str, contact: str, said: Said) -> Noted | None:
    """One row for a contact, by our id of it, in the transaction of `connection`."""
    before = await _standing(connection, contact)
    if said.only is Only.undoing and not before.withdrawn(said.account):
        return None
    if said.only is Only.news and before.given(said.kind, said.account) is said.given:
        return None
    id_ = await connection.fetchval(
        _ADD, new_id(), tenant, contact, said.account, said.kind, said.given, said.source, said.event, said.at, said.by,
        text_hash(said.wording),
    )  # fmt: skip
    if id_ is None:
        return None
    after = await _standing(connection, contact)
    changed = any(before.given(kind, said.account) is not after.given(kind, said.account) for kind in Kind)
    return Noted(id_, changed, await connection.fetchval(_LATELY, contact))


def text_hash(wording: str) -> str:
    """SHA-256 in hex; "" for none. Not keyed: whoever has the wording can prove that it was this one."""
    return hashlib.sha256(wording.encode()).hexdigest() if wording else ""


async def _standing(connection: "Connection", contact: str) -> Standing:
    """For as long as the transaction lasts."""
    return Standing.of(await connection.fetchval("select consent from contacts where id = $1 for update", contact))


def _consent(row: Any) -> Consent:
    return Consent(**dict(row) | {"kind": Kind(row["kind"])})


_SELECT = """
select s.id, c.address as contact, s.account, s.kind, s.given, s.source, s.event, s.at, s.noted_at, s.by, s.text_hash
from consents s left join contacts c on c.id = s.contact
"""

_PAGE = f"""{_SELECT}
where s.tenant = $1 and ($2::text is null or s.contact = $2) and ($3::text is null or s.id < $3)
  and ($4::text is null or s.source = $4)
order by s.id desc limit $5
"""

_ADD = """
insert into consents (id, tenant, contact, account, kind, given, source, event, at, by, text_hash)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict do nothing returning id
"""

_LATELY = """
select count(*) from consents where contact = $1 and source = 'keyword' and noted_at > now() - interval '1 hour'
"""

_FORGET = """
update consents set contact = null, people = $3, event = case source when 'keyword' then event else '' end
where tenant = $1 and contact = $2
"""
