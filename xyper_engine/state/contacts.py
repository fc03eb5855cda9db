"""Contacts: one person under every name that the channel ever used for them.

What the agent side knows a contact by (`address`) never changes, whatever becomes of phone numbers and user ids. Two
contacts are taken for one only where at most one of them has a phone: two phones are two people until a person says
otherwise. Source: Meta, "Business-scoped user IDs".
"""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from xyper_engine.consent import UNDECIDED, Standing
from xyper_engine.grouping import Grouped
from xyper_engine.keyring import Keyring
from xyper_engine.model import Contact, new_id
from xyper_engine.state.forgotten import Forgotten, back
from xyper_engine.state.joining import choose, note
from xyper_engine.state.urns import names_of, newest_first, urns_of
from xyper_engine.store.db import Database
from xyper_engine.store.rows import given

REMEMBERED = 20_000
"""Contacts that this process answers from memory; when there are more it begins anew."""
TRUSTED = 60.0
"""Seconds: another process may have learnt something about a contact meanwhile."""


@dataclass(frozen=True, slots=True)
class Known:
    """A contact with all we know of it."""

    contact: Contact
    address: str
    """Its one lasting address; `contact.address` may be an older one that the agent side still uses."""
    id: str = ""
    """Ours; "": nobody we know."""
    standing: Standing = UNDECIDED
    """What they decided about being written to, as it was when they were last read."""

    @property
    def lasting(self) -> Contact:
        """The contact, by that address."""
        return self.contact.model_copy(update={"address": self.address})


@dataclass(frozen=True, slots=True)
class _Urn:
    """One name of a contact, as stored."""

    urn: str
    contact: str
    address: str
    name: str | None
    username: str | None
    consent: Any = ()


Key = tuple[str, str, tuple[str, ...], str | None, str | None]


class Contacts:
    """`moved` is told of a tenant whose names went from one person to another, once that is stored."""

    def __init__(self, db: Database, keyring: Keyring, moved: Callable[[str], Awaitable[None]] | None = None) -> None:
        self._db = db
        self._moved = moved
        self._forgotten = Forgotten(db, keyring)
        self._find = Grouped(self._find_all)
        self._greet = Grouped(self._greet_all)
        self._remembered: dict[Key, tuple[float, Known]] = {}

    async def met(self, tenant: str, adapter: str, contact: Contact) -> Known:
        """A customer who just wrote: known from now on, with everything this message says about them."""
        key = _key(tenant, adapter, contact)
        if (known := self._memory(key)) is not None:
            return known
        urns: Sequence[_Urn] = await self._find((tenant, adapter, names_of(contact)))
        if not urns:  # a stranger, as most who write for the first time are: nothing has to be weighed
            urns = await self._greet((tenant, adapter, contact))
        if not urns or _is_news(contact, urns):
            urns = await self._learn(tenant, adapter, contact)
        return self._keep(key, _known(urns))

    async def named(self, tenant: str, adapter: str, contact: Contact, *, anew: bool = False) -> Known:
        """A customer whom the agent side names: their address stays as it was given, all aliases are added.

        `anew`: not from memory, with what they decided, even where nothing else of them is left.
        """
        key = _key(tenant, adapter, contact)
        if not anew and (known := self._memory(key)) is not None:
            return known
        names = names_of(contact) if anew else (contact.address,)
        urns = await self._find((tenant, adapter, names))
        if not urns:
            standing = await self._forgotten.standing(tenant, names) if anew else UNDECIDED
            return Known(contact, contact.address, standing=standing)
        known = _known(urns)
        given = {"address": contact.address, "aliases": tuple(urn.urn for urn in urns)}
        return self._keep(key, replace(known, contact=known.contact.model_copy(update=given)))

    async def of(self, tenant: str, adapter: str, contact: Contact) -> Known:
        """Whoever this is, as stored now; known from now on."""
        urns = await self._find((tenant, adapter, names_of(contact)))
        return _known(urns) if urns else await self.met(tenant, adapter, contact)

    def expire(self) -> None:
        """Ask again for everybody: somebody may have been forgotten."""
        self._remembered.clear()

    async def _learn(self, tenant: str, adapter: str, contact: Contact) -> Sequence[_Urn]:
        """All names of the contact after this message, newest first."""
        hashes = await self._forgotten.hashes(tenant, names_of(contact))
        async with self._db.connection() as connection, connection.transaction():
            # Two lanes may meet one person at once, under two names: one after the other, per tenant.
            await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"{tenant}/{adapter}")
            chosen, merged = await choose(connection, tenant, adapter, contact)
            await note(connection, tenant, adapter, chosen, contact)
            await back(connection, tenant, chosen, hashes)
            rows = await connection.fetch(_OF, chosen)
        self._remembered.clear()
        if merged and self._moved:
            await self._moved(tenant)
        return [_Urn(**dict(row)) for row in rows]

    def _memory(self, key: Key) -> Known | None:
        until, known = self._remembered.get(key, (0.0, None))
        return known if time.monotonic() < until else None

    def _keep(self, key: Key, known: Known) -> Known:
        if len(self._remembered) >= REMEMBERED:
            self._remembered.clear()
        self._remembered[key] = time.monotonic() + TRUSTED, known
        return known

    async def _greet_all(self, strangers: Sequence[tuple[str, str, Contact]]) -> Sequence[list[_Urn]]:
        """Note whom nobody knows, and give back their names; none where somebody was faster with one of them, or where
        they are no strangers, but were forgotten."""
        people = {(tenant, adapter, contact.address): (new_id(), contact) for tenant, adapter, contact in strangers}
        hashes = await self._forgotten.of_many([(key[0], names_of(contact)) for key, (_, contact) in people.items()])
        rows = [
            (id_, *key, contact.name, contact.username, " ".join(own), newest_first(contact))
            for (key, (id_, contact)), own in zip(people.items(), hashes, strict=True)
        ]
        noted = {row["contact"]: row["names"] for row in await self._db.fetch(_GREET, rows)}
        return [_greeted(*people[tenant, adapter, contact.address], noted) for tenant, adapter, contact in strangers]

    async def _find_all(self, wanted: Sequence[tuple[str, str, tuple[str, ...]]]) -> Sequence[list[_Urn]]:
        asked = [(i, tenant, adapter, urn) for i, (tenant, adapter, urns) in enumerate(wanted) for urn in urns]
        rows = await self._db.fetch(_FIND, asked)
        found: list[list[_Urn]] = [[] for _ in wanted]
        for row in rows:
            found[row["i"]].append(_Urn(*(row[name] for name in _Urn.__slots__)))
        return found


def _key(tenant: str, adapter: str, contact: Contact) -> Key:
    return tenant, adapter, urns_of(contact), contact.name, contact.username


def _greeted(id_: str, contact: Contact, noted: Mapping[str, int]) -> list[_Urn]:
    urns = [_Urn(urn, id_, contact.address, contact.name, contact.username) for urn in newest_first(contact)]
    return urns if noted.get(id_) == len(urns) else []


def _is_news(contact: Contact, urns: Sequence[_Urn]) -> bool:
    """Whether the message says something that is not stored yet, or makes an older name the current one."""
    stored = [urn.urn for urn in urns]
    if len({urn.contact for urn in urns}) > 1 or not set(urns_of(contact)) <= set(stored):
        return True
    current, said = _current(stored), _current((*contact.aliases, contact.address))
    moved = any(current[scheme] != urn for scheme, urn in said.items())
    renamed = contact.name not in (None, urns[0].name) or contact.username not in (None, urns[0].username)
    return moved or renamed


def _current(urns: Iterable[str]) -> dict[str, str]:
    """The newest name of each kind; `urns` are newest first."""
    found: dict[str, str] = {}
    for urn in urns:
        found.setdefault(urn.partition(":")[0], urn)
    return found


def _known(urns: Sequence[_Urn]) -> Known:
    """Of the contact that comes first, where the names are of several."""
    own = [urn for urn in urns if urn.contact == urns[0].contact]
    return Known(_whole(own), own[0].address, own[0].contact, Standing.of(own[0].consent))


def _whole(urns: Sequence[_Urn]) -> Contact:
    one = urns[0]
    schemes = [urn.urn.partition(":")[0] for urn in urns]
    alone = schemes.count(one.address.partition(":")[0]) == 1
    aliases = tuple(urn.urn for urn in urns if not (alone and urn.urn == one.address))
    return Contact(address=one.address, aliases=aliases, name=one.name, username=one.username)


# All names of the contacts that hold any of the names asked for, newest first.
_FIND = f"""
select g.i, u.urn, u.contact, c.address, c.name, c.username, c.consent
from (select k.i, held.contact
      from {given("i int, tenant text, adapter text, urn text")} k
      join contact_urns held using (tenant, adapter, urn) group by 1, 2) g
join contact_urns u on u.contact = g.contact join contacts c on c.id = u.contact
order by g.i, u.since desc, u.urn
"""  # noqa: S608  constants

_OF = """
select u.urn, u.contact, c.address, c.name, c.username, c.consent
from contact_urns u join contacts c on c.id = u.contact where u.contact = $1 order by u.since desc, u.urn
"""

_NEW = given("id text, tenant text, adapter text, address text, name text, username text, hashes text, urns jsonb")
_GREET = f"""
with given as (select * from {_NEW} g), made as (
  insert into contacts (id, tenant, adapter, address, name, username)
  select p.id, p.tenant, p.adapter, p.address, p.name, p.username
  from given p
  where not exists (select from consents f where f.tenant = p.tenant and f.contact is null
                    and f.people && string_to_array(p.hashes, ' '))
  order by 2, 3, 4
  on conflict do nothing returning id
), named as (
  insert into contact_urns (tenant, adapter, urn, contact, since)
  select p.tenant, p.adapter, u.urn, p.id, now() - u.n * interval '1 microsecond'
  from made join given p using (id) cross join jsonb_array_elements_text(p.urns) with ordinality as u(urn, n)
  order by 1, 2, 3
  on conflict do nothing returning contact
)
select contact, count(*) as names from named group by contact
"""  # noqa: S608  constants
