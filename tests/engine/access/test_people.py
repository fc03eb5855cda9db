"""People: how they come, what an administrator may do with whom, and which ways do not lead up."""

import pytest

from tests.engine.access.test_sign_in import EMAIL, PASSWORD, enrolled, enter, shut
from tests.engine.access.world import HOME, refused, someone
from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.access.people import Person, caller_of
from xyper_engine.access.proving import Access
from xyper_engine.access.roles import Action, Role, actions_of
from xyper_engine.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from xyper_engine.store.db import Database

HOST = Caller.host()


@pytest.fixture
async def admin(access: Access) -> Caller:
    """Of the tenant acme."""
    return caller_of(await someone(access.people, Role.genesys_admin, subject="admin"))


# Invitations


async def test_an_invitation_sets_a_password_once(access: Access) -> None:
    invitation = await access.invitations.invite(HOST, "Ada", EMAIL)
    assert invitation.person.state == "invited"
    await shut(access)
    person = await access.invitations.accept(invitation.token, PASSWORD, address=HOME)
    assert person.state == "active"
    await enter(access)
    with pytest.raises(Unauthenticated, match="ask for a new one"):
        await access.invitations.accept(invitation.token, "some other password", address=HOME)
    await enter(access)


async def test_a_poor_password_does_not_use_the_invitation_up(access: Access) -> None:
    invitation = await access.invitations.invite(HOST, "Ada", EMAIL)
    for password in ("short", EMAIL.lower()):
        with pytest.raises(Invalid, match="password"):
            await access.invitations.accept(invitation.token, password, address=HOME)
    await access.invitations.accept(invitation.token, PASSWORD, address=HOME)


@pytest.mark.parametrize("token", ["", "xyi_", "xyi_" + "A" * 43, "\udcff"])
async def test_a_guessed_invitation_is_refused(access: Access, token: str) -> None:
    await access.invitations.invite(HOST, "Ada", EMAIL)
    with pytest.raises(Unauthenticated):
        await access.invitations.accept(token, PASSWORD, address=HOME)


async def test_an_expired_invitation_is_refused(access: Access, db: Database) -> None:
    invitation = await access.invitations.invite(HOST, "Ada", EMAIL)
    await db.execute("update one_time_tokens set expires_at = now()")
    with pytest.raises(Unauthenticated):
        await access.invitations.accept(invitation.token, PASSWORD, address=HOME)


async def test_a_reset_ends_password_and_sessions_and_its_token_is_good_once(access: Access) -> None:
    ada = await access.invitations.add(HOST, "Ada", EMAIL, PASSWORD)
    granted = await enter(access)
    first, second = [await access.invitations.reset(HOST, ada.id) for _ in range(2)]
    await refused(access, granted.access_token)
    await shut(access)
    with pytest.raises(Unauthenticated):
        await access.invitations.accept(first.token, "a quite new password", address=HOME)
    await access.invitations.accept(second.token, "a quite new password", address=HOME)
    with pytest.raises(Unauthenticated):
        await access.invitations.accept(second.token, "one more password", address=HOME)
    await enter(access, "a quite new password")


@pytest.mark.parametrize("too", [False, True])
async def test_a_reset_keeps_the_second_factor_unless_told(access: Access, too: bool) -> None:
    ada = await access.invitations.add(HOST, "Ada", EMAIL, PASSWORD)
    _, codes = await enrolled(access, await enter(access))
    token = (await access.invitations.reset(HOST, ada.id, second_factor=too)).token
    await access.invitations.accept(token, PASSWORD, address=HOME)
    if too:
        await shut(access, "another password", codes[0])
        await enter(access)
    else:
        await shut(access)
        await enter(access, code=codes[0])


async def test_an_address_is_one_persons(access: Access) -> None:
    await access.invitations.invite(HOST, "Ada", EMAIL)
    for work in (
        access.invitations.invite(HOST, "X", EMAIL.upper()),
        access.invitations.add(HOST, "X", EMAIL, PASSWORD),
    ):
        with pytest.raises(Conflict):
            await work


@pytest.mark.parametrize(
    ("name", "email"), [("", EMAIL), ("Ada", "nobody"), ("Ada", "a b@c"), ("Ada", "@"), (" ", "x")]
)
async def test_somebody_without_a_name_or_address_is_refused(access: Access, name: str, email: str) -> None:
    with pytest.raises(Invalid):
        await access.invitations.invite(HOST, name, email)


async def test_a_disabled_person_is_let_in_by_no_reset_and_no_old_invitation(access: Access) -> None:
    invitation = await access.invitations.invite(HOST, "Ada", EMAIL)
    await access.people.disable(HOST, invitation.person.id, None)
    with pytest.raises(Unauthenticated):
        await access.invitations.accept(invitation.token, PASSWORD, address=HOME)
    with pytest.raises(Conflict, match="let them in again first"):
        await access.invitations.reset(HOST, invitation.person.id)
    assert (await access.people.enable(HOST, invitation.person.id, None)).state == "invited"


# Privilege escalation


async def test_a_genesys_admin_makes_no_xyper_admin(access: Access, admin: Caller) -> None:
    bob = await someone(access.people)
    with pytest.raises(Forbidden):
        await access.invitations.invite(admin, "Mallory", "mallory@example.com")
    with pytest.raises(Forbidden):
        await access.invitations.add(admin, "Mallory", "mallory@example.com", PASSWORD)
    with pytest.raises(Forbidden):
        await access.people.give_role(admin, bob.id, "acme", Role.xyper_admin)
    with pytest.raises(Forbidden):
        await access.people.give_role(HOST, bob.id, "acme", Role.xyper_admin)
    assert await access.people.list(None) == []


async def test_a_genesys_admin_takes_over_no_xyper_admin(access: Access, admin: Caller) -> None:
    ada = await access.invitations.add(HOST, "Ada", EMAIL, PASSWORD)
    with pytest.raises(Forbidden):
        await access.invitations.reset(admin, ada.id, second_factor=True)
    for change in (access.people.disable, access.people.enable, access.people.end_sessions):
        with pytest.raises(NotFound):
            await change(admin, ada.id, "acme")
        with pytest.raises(Forbidden):
            await change(admin, ada.id, None)
    await enter(access)


async def test_whoever_may_less_hands_out_no_more(access: Access) -> None:
    bob = await someone(access.people)
    supervisor = caller_of(bob)._replace(id="another")
    for role in (Role.genesys_admin, Role.supervisor):
        by = supervisor if role is Role.genesys_admin else supervisor._replace(actions=frozenset({Action.users_change}))
        with pytest.raises(Forbidden):
            await access.people.give_role(by, bob.id, "acme", role)
    assert (await access.people.get(bob.id, "acme")).role_given is None


async def test_nobody_reaches_into_another_tenant(access: Access, admin: Caller) -> None:
    eve = await someone(access.people, tenant="other")
    for work in (
        access.people.get(eve.id, "acme"),
        access.people.disable(admin, eve.id, "acme"),
        access.people.give_role(admin, eve.id, "acme", Role.agent),
        access.people.end_sessions(admin, eve.id, "acme"),
    ):
        with pytest.raises(NotFound):
            await work


async def test_nobody_shuts_themselves_out(access: Access, admin: Caller) -> None:
    with pytest.raises(Conflict):
        await access.people.disable(admin, admin.id, "acme")


# People of an organisation


async def test_whoever_is_known_elsewhere_is_one_person(access: Access) -> None:
    first = await someone(access.people, Role.agent)
    again = await someone(access.people, Role.supervisor)
    assert (first.id, first.role, again.role) == (again.id, Role.agent, Role.supervisor)
    assert (await someone(access.people, tenant="other")).id != first.id
    assert [person.id for person in await access.people.list("acme")] == [first.id]


async def test_a_role_given_here_goes_over_the_organisations(access: Access, admin: Caller) -> None:
    bob = await someone(access.people, Role.agent)
    given = await access.people.give_role(admin, bob.id, "acme", Role.supervisor)
    assert (given.role, given.role_given) == (Role.supervisor, Role.supervisor)
    assert (await someone(access.people, Role.agent)).role is Role.supervisor
    assert (await access.people.give_role(admin, bob.id, "acme", None)).role is Role.agent


async def test_a_disabled_person_does_not_come_back_by_signing_in(access: Access, admin: Caller) -> None:
    bob = await someone(access.people)
    granted = await access.sessions.begin(bob, address=HOME)
    assert (await access.people.disable(admin, bob.id, "acme")).state == "disabled"
    with pytest.raises(Unauthenticated, match="shut out"):
        await someone(access.people)
    with pytest.raises(Unauthenticated):
        await access.sessions.begin(bob, address=HOME)
    await access.people.enable(admin, bob.id, "acme")
    assert (await someone(access.people)).id == bob.id
    await refused(access, granted.access_token)


async def test_all_sessions_of_somebody_end(access: Access, admin: Caller) -> None:
    bob = await someone(access.people)
    both = [await access.sessions.begin(bob, address=HOME) for _ in range(2)]
    await access.people.end_sessions(admin, bob.id, "acme")
    for granted in both:
        await refused(access, granted.access_token)
    await access.sessions.begin(bob, address=HOME)


async def test_people_are_listed_in_pages(access: Access) -> None:
    ids = [(await someone(access.people, subject=f"g-{n}")).id for n in range(3)]
    assert [person.id for person in await access.people.list("acme", 2)] == ids[:2]
    assert [person.id for person in await access.people.list("acme", 2, ids[1])] == ids[2:]


async def test_every_change_stands_in_the_audit(access: Access, admin: Caller, db: Database) -> None:
    bob = await someone(access.people)
    await access.people.give_role(admin, bob.id, "acme", Role.agent)
    await access.people.disable(admin, bob.id, "acme")
    await access.people.enable(admin, bob.id, "acme")
    invitation = await access.invitations.invite(HOST, "Ada", EMAIL)
    await access.invitations.accept(invitation.token, PASSWORD, address=HOME)
    await enter(access)
    rows = await db.fetch("select action, body from audit order by at, seq")
    assert [row["action"] for row in rows] == [
        "person.arrive", "person.arrive", "person.role", "person.disable", "person.enable",
        "person.invite", "person.accept", "session.begin",
    ]  # fmt: skip
    assert not any(secret in row["body"] for row in rows for secret in (PASSWORD, invitation.token))
    assert [fault async for fault in audit.broken(db)] == []


def test_every_role_may_manage_what_is_its_own() -> None:
    assert all(Action.self_manage in actions_of(role) for role in Role)


async def test_a_person_as_a_caller(access: Access) -> None:
    bob: Person = await someone(access.people)
    caller = caller_of(bob)
    assert (caller.kind, caller.id, caller.tenant, caller.actions) == ("person", bob.id, "acme", actions_of(bob.role))
