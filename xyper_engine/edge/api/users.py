"""People: a tenant's, for its administrators; Xyper's own, for Xyper's."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from xyper_engine.access.invitations import Invitation
from xyper_engine.access.people import Person
from xyper_engine.access.roles import Action, Role
from xyper_engine.edge.api.sessions import SessionList, told
from xyper_engine.edge.paging import Page, cursor
from xyper_engine.edge.route import Call, Given, Route, Told
from xyper_engine.errors import Invalid
from xyper_engine.runtime import Runtime

_ALL, _OWN = "/api/v1/users", "/api/v1/tenants/{tenant}/users"


class User(Told):
    id: str
    tenant: str | None
    role: str
    role_given: str | None
    """Decided here, over what their organisation says."""
    method: str
    """How they sign in: `local` (with a password of Xyper's), `oidc` or `genesys`."""
    name: str
    email: str
    state: str
    """`invited` (has no password yet), `active`, `disabled`."""
    second_factor: bool | None
    """Whether they have set one up; null: whoever proves them sees to that."""
    seen_at: datetime | None
    """When they last did something, to the minute; null: not within the last thirty days."""


class UserPage(Told):
    users: tuple[User, ...]
    next: str | None
    """Where the next page begins; null at the end."""


class UserChange(Given):
    """What is left out stays."""

    state: Literal["active", "disabled"] | None = None
    """Whoever is disabled has no session any more, at once."""
    role: Role | None = None
    """Of a tenant's person; null leaves it to their organisation again."""


class NewUser(Given):
    name: str = Field(max_length=100)
    email: str = Field(max_length=254)


class Reset(Given):
    second_factor: bool = False
    """Also forget the second factor and the recovery codes."""


class Invited(Told):
    user: User
    token: str
    """To be handed over by a way you trust: with it the password is set, once. It is shown now and never again."""
    expires_at: datetime


class UsersApi:
    def __init__(self, rt: Runtime) -> None:
        self._access = rt.access
        self._people = rt.access.people

    def routes(self) -> tuple[Route, ...]:
        own = "the administrators of Xyper, or your tenant's people"
        return (
            *self._both(_ALL, own),
            *self._both(_OWN, "a tenant's people"),
            Route("POST", _ALL, Action.admins_change, self.invite, "Invite an administrator of Xyper.", body=NewUser,
                  answer=Invited, status=201, careful=True),
            Route("POST", f"{_ALL}/{{id}}/reset", Action.admins_change, self.reset,
                  "Take an administrator's password away and invite them to set another.", body=Reset, answer=Invited,
                  careful=True),
        )  # fmt: skip

    def _both(self, path: str, whose: str) -> tuple[Route, ...]:
        read, change, one = Action.users_read, Action.users_change, f"{path}/{{id}}"
        return (
            Route("GET", path, read, self.list, f"List {whose}.", query=Page, answer=UserPage),
            Route("GET", one, read, self.show, f"Show one of {whose}.", answer=User),
            Route("PATCH", one, change, self.change, f"Let one of {whose} in or not, or decide their role.",
                  body=UserChange, answer=User, careful=True),
            Route("GET", f"{one}/sessions", read, self.sessions, f"List the sessions of one of {whose}.",
                  answer=SessionList),
            Route("DELETE", f"{one}/sessions", change, self.end, f"End all sessions of one of {whose}, at once."),
        )  # fmt: skip

    async def list(self, call: Call) -> UserPage:
        page: Page = call.query
        after = page.after(str)
        found = await self._people.list(call.scope, page.limit, str(after[0]) if after else "")
        more = cursor(found[-1].id) if len(found) == page.limit else None
        return UserPage(users=tuple(map(user, found)), next=more)

    async def show(self, call: Call) -> User:
        return user(await self._people.get(call.path("id"), call.scope))

    async def change(self, call: Call) -> User:
        given: UserChange = call.body
        id_, scope = call.path("id"), call.scope
        if "role" in given.model_fields_set:
            if scope is None:
                raise Invalid({"role": "only of a tenant's people"})
            await self._people.give_role(call.caller, id_, scope, given.role)
        if given.state is not None:
            change = self._people.disable if given.state == "disabled" else self._people.enable
            await change(call.caller, id_, scope)
        return await self.show(call)

    async def sessions(self, call: Call) -> SessionList:
        person = await self._people.get(call.path("id"), call.scope)
        found = await self._access.sessions.list(call.scope, person.id)
        return SessionList(sessions=tuple(map(told, found)))

    async def end(self, call: Call) -> None:
        await self._people.end_sessions(call.caller, call.path("id"), call.scope)

    async def invite(self, call: Call) -> Invited:
        return invited(await self._access.invitations.invite(call.caller, call.body.name, call.body.email))

    async def reset(self, call: Call) -> Invited:
        factor = call.body.second_factor
        return invited(await self._access.invitations.reset(call.caller, call.path("id"), second_factor=factor))


def user(person: Person) -> User:
    """A person as programs are told of them."""
    return User.model_validate(person, from_attributes=True)


def invited(invitation: Invitation) -> Invited:
    return Invited(user=user(invitation.person), token=invitation.token, expires_at=invitation.expires_at)
