"""One person with every name that is known of them: numbers in both forms, user ids, contacts that were merged."""

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xyper_engine.errors import Conflict, NotFound
from xyper_engine.sealing import Cipher
from xyper_engine.state.numbers import twin
from xyper_engine.store.db import Database

_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{5,24}")
_URN = re.compile(r"(tel|bsuid|parent|group):\S+")
_RUN = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
_STANDARD = bytes.maketrans(b"-_", b"+/")
SHORTEST = 7
"""Characters of a name's value, below which it is not looked for within other text."""


@dataclass(frozen=True, slots=True)
class Person:
    tenant: str
    contacts: tuple[str, ...]
    """Our ids; none of somebody who never wrote."""
    names: tuple[str, ...]
    """URNs, sorted."""
    name: str | None = None
    username: str | None = None

    @property
    def values(self) -> tuple[str, ...]:
        """Numbers and user ids, long enough to be looked for within other text."""
        values = {urn.partition(":")[2].lstrip("+") for urn in self.names}
        return tuple(sorted(value for value in values if len(value) >= SHORTEST))

    @property
    def needles(self) -> tuple[str, ...]:
        """What text that mentions them has in it; not all that has it does."""
        return tuple(dict.fromkeys([*self.values, *(form for value in self.values for form in inside_base64(value))]))

    @property
    def patterns(self) -> tuple[str, ...]:
        """The needles as `like` takes them."""
        return tuple(f"%{_literal(needle)}%" for needle in self.needles)

    def mentioned(self, text: bytes) -> bool:
        """Whether text has one of their numbers or user ids in it, plain or within base64, as wamids do."""
        return any(_alone(value, text) or _encoded(value, text) for value in self.values)


class Persons:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, tenant: str, given: str) -> Sequence[Person]:
        """Whoever goes by a phone number, a URN, a user name or our id of a contact; several where a user name is."""
        urn = urn_of(given)
        async with self._db.tenant(tenant) as connection:
            rows = await connection.fetch(_SEEDS, tenant, _forms([urn] if urn else []), given.lstrip("@"))
            # Who never wrote has no contact, but perhaps messages.
            known = bool(rows) or bool(urn and await connection.fetchval(_WRITTEN_TO, tenant, _forms([urn])))
        if not rows:
            return [await self._whole(tenant, [], _forms([urn]))] if urn and known else []
        found: dict[tuple[str, ...], Person] = {}
        for row in rows:
            person = await self._whole(tenant, [row["id"]], [])
            found[person.contacts] = person
        return list(found.values())

    async def one(self, tenant: str, given: str) -> Person:
        """Raises `NotFound`, or `Conflict` where several go by that name."""
        found = await self.find(tenant, given)
        if not found:
            raise NotFound(f"Tenant {tenant} holds nothing of this person: give a phone number with its country code.")
        if len(found) > 1:
            raise Conflict("Several persons go by this name: give a phone number or a user id.")
        return found[0]

    async def _whole(self, tenant: str, contacts: list[str], names: list[str]) -> Person:
        """Every contact and every name that hang together."""
        while True:
            async with self._db.tenant(tenant) as connection:
                row = await connection.fetchrow(_TOGETHER, tenant, contacts, names)
            assert row is not None  # noqa: S101  aggregates always answer
            wider, more = sorted(row["contacts"] or []), _forms(row["names"] or [])
            if (wider, more) == (contacts, names):
                return Person(tenant, tuple(contacts), tuple(names), row["name"], row["username"])
            contacts, names = wider, more


def urn_of(given: str) -> str | None:
    """The URN that somebody means; None: it is none, nor a number."""
    if _URN.fullmatch(given):
        return given
    return "tel:+" + re.sub(r"\D", "", given) if _PHONE.fullmatch(given) else None


def marks(cipher: Cipher, names: Iterable[str]) -> list[int]:
    """Keyed hashes of names, of another kind than those of words."""
    return cipher.blinded(f"person {name}" for name in names)


def _literal(text: str) -> str:
    """As `like` takes it for what it is."""
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _alone(value: str, text: bytes) -> bool:
    """Not as a part of a longer number."""
    return value.encode() in text and bool(re.search(rb"(?<![0-9])%b(?![0-9])" % re.escape(value.encode()), text))


def _encoded(value: str, text: bytes) -> bool:
    """What shows of it in base64 is the same for its neighbours: so it is decoded, from each place it may begin at."""
    forms = [form.encode() for form in inside_base64(value)]
    if not any(form in text for form in forms):
        return False
    runs = [run for run in _RUN.findall(text) if any(form in run for form in forms)]
    return any(_alone(value, _decoded(run[first:])) for run in runs for first in range(4))


def _decoded(run: bytes) -> bytes:
    run = run.translate(_STANDARD)
    return base64.b64decode(run[: len(run) // 4 * 4])


def inside_base64(value: str) -> list[str]:
    """What of a value shows in base64 text, at whichever of three places it begins; but for its last character."""
    raw = value.encode()
    return [_shown(raw, before) for before in range(3)]


def _shown(raw: bytes, before: int) -> str:
    text = base64.b64encode(bytes(before) + raw).decode()
    return text[-(-8 * before // 6) : 8 * (before + len(raw)) // 6]


def _forms(names: Sequence[str]) -> list[str]:
    return sorted({*names, *(other for name in names if (other := twin(name)))})


_SEEDS = """
select distinct c.id from contacts c left join contact_urns u on u.contact = c.id
where c.tenant = $1 and (u.urn = any($2::text[]) or c.address = any($2::text[]) or c.id = $3
  or lower(c.username) = lower($3)) order by 1 limit 50
"""

_WRITTEN_TO = """
select exists (select from messages where tenant = $1 and contact = any($2::text[]))
  or exists (select from conversations where tenant = $1 and (contact = any($2::text[]) or aliases && $2::text[]))
  or exists (select from files where tenant = $1 and contact = any($2::text[]))
"""

_TOGETHER = """
with near as (
  select distinct c.id, c.merged_into, c.address, c.name, c.username, c.changed_at
  from contacts c left join contact_urns u on u.contact = c.id
  where c.tenant = $1 and (c.id = any($2::text[]) or c.merged_into = any($2::text[]) or u.urn = any($3::text[])
    or c.address = any($3::text[]))
), called as (
  select urn as name from contact_urns where contact in (select id from near)
  union select address from near
  union select unnest(aliases || contact) from conversations
    where tenant = $1 and contact in (select address from near union select unnest($3::text[]))
  -- An alias may be another one's by now: it leads on only where the conversation is nobody's whom we know.
  union select unnest(aliases || contact) from conversations c
    where tenant = $1 and aliases && $3::text[]
      and not exists (select from contacts k where k.tenant = $1 and k.address = c.contact)
  union select unnest($3::text[])
)
select (select array_agg(id) from (select id from near union select merged_into from near) k(id) where id is not null)
    as contacts,
  (select array_agg(name) from called) as names,
  (select name from near where name is not null order by changed_at desc limit 1) as name,
  (select username from near where username is not null order by changed_at desc limit 1) as username
"""
