"""People: whom Xyper knows, in which role, and who may still come in.

A person is known either here (`local.py`), by an OpenID Connect provider, or by a tenant's Genesys organisation. Those
who are known elsewhere are noted when they first sign in; here they can be disabled, and a tenant's people be given
another role than their organisation says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.access.deeds import Deed
from xyper_engine.access.roles import Role, actions_of
from xyper_engine.access.sessions import Sessions
from xyper_engine.errors import Conflict, Forbidden, NotFound, Unauthenticated
from xyper_engine.model import new_id
from xyper_engine.saying import said
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

Method = Literal["local", "oidc", "genesys"]
State = Literal["invited", "active", "disabled"]


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    tenant: str | None
    """None: of Xyper itself."""
    role: Role
    """The one that counts."""
    method: Method
    """How they sign in."""
    subject: str
    """What the one who knows them knows them by."""
    name: str
    email: str
    state: State
    role_given: Role | None = None
    """Decided here, over what their organisation says."""
    second_factor: bool | None = None
    """Whether they have set one up; None: who proves them sees to that, or it was not asked."""
    seen_at: datetime | None = None
    """When they last did something, within the last weeks; None also where it was not asked."""

    @classmethod
    def of(cls, row: Any) -> "Person":
        given = Role(row["role_given"]) if row["role_given"] else None
        own = {name: row[name] for name in ("id", "tenant", "method", "subject", "name", "email", "state")}
        more = {name: row[name] for name in ("second_factor", "seen_at") if name in row}
        return cls(**own, role=given or Role(row["role"]), role_given=given, **more)


class People:
    def __init__(self, db: Database, sessions: Sessions) -> None:
        self._db = db
        self._sessions = sessions

    async def get(self, id: str, tenant: str | None) -> Person:  # noqa: A002  the model's word
        """One of a tenant's people, or with None of Xyper's own. Raises `NotFound`."""
        async with self._db.within(tenant) as connection:
            row = await connection.fetchrow(_shown(tenant, _ONE), id, tenant)
        return _found(row, id)

    async def list(self, tenant: str | None, limit: int = 1000, after: str = "") -> Sequence[Person]:
        """A tenant's people, or Xyper's own; whoever was known first comes first."""
        async with self._db.within(tenant) as connection:
            rows = await connection.fetch(_shown(tenant, _LIST), tenant, after, limit)
        return [Person.of(row) for row in rows]

    async def arrived(
        self, method: Method, subject: str, *, tenant: str | None, role: Role, name: str, email: str = ""
    ) -> Person:
        """Who was just proved elsewhere: noted, or known again with today's role, name and address.

        Raises `Unauthenticated` for whoever was disabled here.
        """
        async with self._db.connection() as connection, connection.transaction():
            known = await connection.fetchrow(_KNOWN, tenant, method, subject)
            row = await connection.fetchrow(_ARRIVED, new_id(), tenant, method, subject, role, name, email)
            person = Person.of(row)
            if known is None or known["role"] != role:
                before = {"role": known["role"]} if known else None
                action: Deed = "person.role" if known else "person.arrive"
                await audit.write(connection, caller_of(person), action, f"person/{person.id}", tenant,
                                  before=before, after=shown(person))  # fmt: skip
        if person.state != "active":
            raise Unauthenticated(said("auth.shut_out", "You were shut out: ask an administrator to let you in again."))
        return person

    async def disable(self, by: Caller, id: str, tenant: str | None) -> Person:  # noqa: A002  the model's word
        """Nobody who is disabled gets in, and all their sessions end. Raises `NotFound`, `Conflict` for oneself."""
        if by.id == id:
            raise Conflict("You cannot shut yourself out: ask another administrator.")
        async with self._db.within(tenant) as connection:
            person = await self._locked(connection, by, id, tenant)
            row = await connection.fetchrow("update people set state = 'disabled' where id = $1 returning *", id)
            if person.method == "local":  # what proves them is no tenant's to see
                await connection.execute("delete from one_time_tokens where person = $1", id)
            ended = await self._sessions.end_all(connection, id, "disabled")
            await _noted(connection, by, "person.disable", person, Person.of(row))
        self._sessions.forget(ended)
        return Person.of(row)

    async def enable(self, by: Caller, id: str, tenant: str | None) -> Person:  # noqa: A002  the model's word
        """Let in again; whoever has no password yet is as invited. Raises `NotFound`."""
        async with self._db.within(tenant) as connection:
            person = await self._locked(connection, by, id, tenant)
            row = await connection.fetchrow(_ENABLE_LOCAL if person.method == "local" else _ENABLE, id)
            await _noted(connection, by, "person.enable", person, Person.of(row))
        return Person.of(row)

    async def end_sessions(self, by: Caller, id: str, tenant: str | None) -> None:  # noqa: A002  the model's word
        """All of somebody's. Raises `NotFound`."""
        async with self._db.within(tenant) as connection:
            person = await self._locked(connection, by, id, tenant)
            ended = await self._sessions.end_all(connection, id, "revoked")
            await audit.write(connection, by, "session.end", f"person/{id}", tenant,
                              before={"sessions": ended, "person": person.id})  # fmt: skip
        self._sessions.forget(ended)

    async def give_role(self, by: Caller, id: str, tenant: str, role: Role | None) -> Person:  # noqa: A002
        """Decide a role of a tenant's person here; None leaves it to their organisation again.

        What they may do less, they may not at once; what they may do more, with their next token. Raises `NotFound`,
        and `Forbidden` for a role that may more than the caller.
        """
        if role is Role.xyper_admin:
            raise Forbidden("Nobody of a tenant can become an administrator of Xyper.")
        async with self._db.within(tenant) as connection:
            person = await self._locked(connection, by, id, tenant)
            row = await connection.fetchrow("update people set role_given = $2 where id = $1 returning *", id, role)
            handing_out(by, Person.of(row).role)
            sessions = await self._sessions.of(connection, id)
            await _noted(connection, by, "person.role", person, Person.of(row))
        self._sessions.forget(sessions)
        return Person.of(row)

    async def _locked(self, connection: "Connection", by: Caller, id_: str, tenant: str | None) -> Person:
        """For a change. Whoever may do less than a person cannot change that person."""
        row = await connection.fetchrow(f"{_ONE} for update", id_, tenant)
        person = _found(row, id_)
        handing_out(by, person.role)
        return person


def caller_of(person: Person) -> Caller:
    """A person as they ask for something themselves."""
    return Caller("person", person.id, person.role, person.tenant, actions_of(person.role), name=person.name)


def handing_out(by: Caller, role: Role) -> None:
    """Raises `Forbidden` where a role may do what the caller may not: no way leads to more than one has."""
    if too_much := sorted(actions_of(role) - by.actions):
        raise Forbidden(f"You cannot decide about somebody who may do what you may not: {', '.join(too_much)}.")


def shown(person: Person) -> dict[str, Any]:
    """A person in the audit."""
    return {"method": person.method, "role": person.role, "name": person.name, "email": person.email,
            "state": person.state}  # fmt: skip


async def _noted(connection: "Connection", by: Caller, action: Deed, before: Person, after: Person) -> None:
    subject = f"person/{before.id}"
    await audit.write(connection, by, action, subject, before.tenant, before=shown(before), after=shown(after))


def _found(row: Any, id_: str) -> Person:
    if row is None:
        raise NotFound(f"There is no person {id_}.")
    return Person.of(row)


_ONE = "select * from people where id = $1 and tenant is not distinct from $2"

_LIST = "select * from people where tenant is not distinct from $1 and id > $2 order by id limit $3"

_SEEN = ", (select max(used_at) from sessions where person = people.id) as seen_at"

_PROVED = ", (select totp_sealed is not null from credentials where person = people.id) as second_factor"


def _shown(tenant: str | None, query: str) -> str:
    """With how they are doing. What proves people is told of Xyper's own only: a tenant's see no credentials."""
    return query.replace("select *", f"select *{_SEEN}{'' if tenant else _PROVED}", 1)


_KNOWN = """
select role from people where coalesce(tenant, '') = coalesce($1, '') and method = $2 and subject = $3 for update
"""

_ARRIVED = """
insert into people (id, tenant, method, subject, role, name, email, state) values ($1, $2, $3, $4, $5, $6, $7, 'active')
on conflict (coalesce(tenant, ''), method, subject)
do update set role = excluded.role, name = excluded.name, email = excluded.email
returning *
"""

_ENABLE = "update people set state = 'active' where id = $1 returning *"

_ENABLE_LOCAL = """
update people set state = case
  when exists (select from credentials where person = id and password is not null) then 'active' else 'invited' end
where id = $1 returning *
"""
