"""Invitations and resets: how an administrator of Xyper comes to a password that nobody else knows.

Whoever invites is given a token, once, to hand over by a way they trust; with it a password is set, once.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from asyncpg import UniqueViolationError

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.access.factor import SecondFactor
from xyper_engine.access.passwords import Passwords, check
from xyper_engine.access.people import Person, caller_of, handing_out, shown
from xyper_engine.access.roles import Role
from xyper_engine.access.sessions import Sessions
from xyper_engine.errors import Conflict, Invalid, NotFound, Unauthenticated
from xyper_engine.model import new_id, now
from xyper_engine.saying import said
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

INVITED = timedelta(days=7)
RESET = timedelta(days=1)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


@dataclass(frozen=True, slots=True)
class Invitation:
    person: Person
    token: str
    """Shown this once."""
    expires_at: datetime


class Invitations:
    def __init__(self, db: Database, sessions: Sessions, passwords: Passwords, factor: SecondFactor) -> None:
        self._db = db
        self._sessions = sessions
        self._passwords = passwords
        self._factor = factor

    async def invite(self, by: Caller, name: str, email: str) -> Invitation:
        """A new administrator of Xyper. Raises `Invalid`, `Conflict`, `Forbidden` for whoever is not one."""
        async with self._db.connection() as connection, connection.transaction():
            person = await _added(connection, by, name, email)
            await audit.write(connection, by, "person.invite", f"person/{person.id}", None, after=shown(person))
            return await _invited(connection, person, INVITED)

    async def add(self, by: Caller, name: str, email: str, password: str) -> Person:
        """The same with a password at once: how the first one is made. Raises as `invite`."""
        check(password, name, email)
        hashed = await self._passwords.hashed(password)
        async with self._db.connection() as connection, connection.transaction():
            person = await _added(connection, by, name, email)
            row = await _set(connection, person.id, hashed)
            await audit.write(connection, by, "person.add", f"person/{person.id}", None, after=shown(Person.of(row)))
        return Person.of(row)

    async def reset(self, by: Caller, id: str, *, second_factor: bool = False) -> Invitation:  # noqa: A002
        """For whoever lost the password, and with `second_factor` the phone too: neither counts any more, and all
        sessions end. Raises `NotFound`, `Forbidden`, and `Conflict` for whoever does not sign in here or was shut out.
        """
        async with self._db.connection() as connection, connection.transaction():
            person = await _local(connection, id)
            handing_out(by, person.role)
            await connection.execute("update credentials set password = null where person = $1", id)
            await connection.execute("update people set state = 'invited' where id = $1", id)
            if second_factor:
                await self._factor.drop(connection, id)
            ended = await self._sessions.end_all(connection, id, "reset")
            await audit.write(connection, by, "person.reset", f"person/{id}", None, before=shown(person),
                              after={"second_factor": second_factor})  # fmt: skip
            invitation = await _invited(connection, person, RESET)
        self._sessions.forget(ended)
        return invitation

    async def accept(self, token: str, password: str, *, address: str, request_id: str = "") -> Person:
        """Set the password, once. Raises `Unauthenticated` in the same words whatever is wrong with the token, and
        `Invalid` for the password, which leaves the token valid."""
        row = await self._db.fetchrow(_INVITED, _hash(token))
        if row is None:
            raise _unknown()
        check(password, row["name"], row["email"], row["email"].partition("@")[0])
        hashed = await self._passwords.hashed(password)
        async with self._db.connection() as connection, connection.transaction():
            if await connection.execute("delete from one_time_tokens where hash = $1", _hash(token)) != "DELETE 1":
                raise _unknown()  # somebody was faster
            person = Person.of(await _set(connection, row["id"], hashed))
            by = caller_of(person).at(address, request_id)
            await audit.write(connection, by, "person.accept", f"person/{person.id}", None, after=shown(person))
        return person


async def _added(connection: "Connection", by: Caller, name: str, email: str) -> Person:
    handing_out(by, Role.xyper_admin)
    wrong = {} if 0 < len(name.strip()) <= 100 else {"name": "1 to 100 characters"}
    if not _EMAIL.fullmatch(email):
        wrong["email"] = "an e-mail address"
    if wrong:
        raise Invalid(wrong)
    try:
        row = await connection.fetchrow(_ADD, new_id(), subject_of(email), name.strip(), email)
    except UniqueViolationError:
        raise Conflict("There is somebody with this e-mail address already.") from None
    return Person.of(row)


async def _invited(connection: "Connection", person: Person, lasts: timedelta) -> Invitation:
    token, ends = f"xyi_{token_urlsafe(32)}", now() + lasts
    await connection.execute(_INVITE, _hash(token), person.id, ends)
    return Invitation(person, token, ends)


async def _local(connection: "Connection", id_: str) -> Person:
    row = await connection.fetchrow("select * from people where id = $1 and tenant is null for update", id_)
    if row is None:
        raise NotFound(f"There is no person {id_}.")
    person = Person.of(row)
    if person.method != "local":
        raise Conflict("This person does not sign in with a password of Xyper's.")
    if person.state == "disabled":
        raise Conflict("This person was shut out: let them in again first.")
    return person


async def _set(connection: "Connection", person: str, hashed: str) -> Any:
    await connection.execute(_SET, person, hashed)
    return await connection.fetchrow("update people set state = 'active' where id = $1 returning *", person)


def subject_of(email: str) -> str:
    """What tells local people apart."""
    return email.strip().lower()


def _hash(token: str) -> bytes:
    """A token has 256 random bits, so a fast hash is enough; found by its hash, it needs no comparison."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _unknown() -> Unauthenticated:
    return Unauthenticated(
        said("auth.invitation", "This invitation is not valid, was used or has expired: ask for a new one.")
    )


_ADD = """
insert into people (id, method, subject, role, name, email, state)
values ($1, 'local', $2, 'xyper_admin', $3, $4, 'invited') returning *
"""

_INVITE = """
insert into one_time_tokens (hash, person, expires_at) values ($1, $2, $3)
on conflict (person) do update set hash = excluded.hash, expires_at = excluded.expires_at
"""

_SET = """
insert into credentials (person, password) values ($1, $2)
on conflict (person) do update set password = excluded.password
"""

_INVITED = """
select p.* from one_time_tokens t join people p on p.id = t.person where t.hash = $1 and t.expires_at > now()
"""
