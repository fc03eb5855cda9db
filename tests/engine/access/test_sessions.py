"""Sessions: what a sign-in gives, how it goes on, and every way in which it ends."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from tests.engine.access.conftest import another
from tests.engine.access.world import HOME, holds, refused, someone
from tests.engine.tenants.world import Curtain
from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.access.people import Person
from xyper_engine.access.proving import Access
from xyper_engine.access.roles import Action, Role, actions_of
from xyper_engine.access.sessions import Granted
from xyper_engine.errors import NotFound, Unauthenticated
from xyper_engine.settings import Settings
from xyper_engine.store.db import Database

HOST = Caller.host()


@pytest.fixture
async def ada(access: Access) -> Person:
    return await someone(access.people)


@pytest.fixture
async def granted(access: Access, ada: Person) -> Granted:
    return await access.sessions.begin(ada, address=HOME, agent="a browser")


async def test_an_access_token_says_who_asks(access: Access, ada: Person, granted: Granted) -> None:
    caller = await access.prove(granted.access_token)
    assert (caller.kind, caller.id, caller.tenant, caller.role) == ("person", ada.id, "acme", Role.supervisor)
    assert (caller.session, caller.actions) == (granted.session, actions_of(Role.supervisor))
    assert granted.expires_in == 900


async def test_a_session_for_one_conversation_may_no_more(access: Access, ada: Person) -> None:
    given = frozenset({Action.conversations_read, Action.tenants_end})
    granted = await access.sessions.begin(ada, address=HOME, conversation="c-1", actions=given, refresh=False)
    caller = await access.prove(granted.access_token)
    assert (caller.conversation, granted.refresh_token) == ("c-1", None)
    assert caller.actions == frozenset({Action.conversations_read})


async def test_a_session_never_outlives_its_end(access: Access, ada: Person) -> None:
    granted = await access.sessions.begin(ada, address=HOME, lasts=timedelta(seconds=60))
    assert granted.expires_in in (59, 60)


async def test_a_refresh_token_gives_new_ones(access: Access, granted: Granted) -> None:
    assert granted.refresh_token is not None
    again = await access.sessions.refresh(granted.refresh_token)
    assert again.session == granted.session
    assert again.refresh_token != granted.refresh_token
    assert (await access.prove(again.access_token)).session == granted.session
    assert (await access.prove(granted.access_token)).session == granted.session


async def test_a_replayed_refresh_token_ends_the_session(access: Access, granted: Granted, db: Database) -> None:
    assert granted.refresh_token is not None
    again = await access.sessions.refresh(granted.refresh_token)
    with pytest.raises(Unauthenticated, match="was used before"):
        await access.sessions.refresh(granted.refresh_token)
    for held in (granted, again):
        await refused(access, held.access_token)
    assert again.refresh_token is not None
    with pytest.raises(Unauthenticated):
        await access.sessions.refresh(again.refresh_token)
    assert await db.fetchval("select count(*) from audit where action = 'session.replayed'") == 1
    assert [fault async for fault in audit.broken(db)] == []


async def test_of_two_who_bring_a_refresh_token_at_once_one_is_a_thief(access: Access, granted: Granted) -> None:
    assert granted.refresh_token is not None
    both = await asyncio.gather(
        *(access.sessions.refresh(granted.refresh_token) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in both) == ["Granted", "Unauthenticated"]
    await refused(access, granted.access_token)


@pytest.mark.parametrize("token", ["", "xyr_", f"xyr_{'0' * 64}", "\udcff", "xyr_" + "0" * 5000])
async def test_a_guessed_refresh_token_ends_nothing(access: Access, granted: Granted, token: str) -> None:
    with pytest.raises(Unauthenticated):
        await access.sessions.refresh(token)
    assert (await access.prove(granted.access_token)).session == granted.session


async def test_an_idle_session_cannot_be_refreshed(access: Access, granted: Granted, db: Database) -> None:
    assert granted.refresh_token is not None
    await db.execute("update refresh_tokens set expires_at = now()")
    with pytest.raises(Unauthenticated):
        await access.sessions.refresh(granted.refresh_token)


async def signed_out(access: Access, ada: Person, session: str) -> None:
    await access.sessions.end(HOST, session, "acme", person=ada.id)


async def revoked(access: Access, ada: Person, session: str) -> None:
    await access.sessions.end(HOST, session, "acme")


async def disabled(access: Access, ada: Person, session: str) -> None:
    await access.people.disable(HOST, ada.id, "acme")


WAYS = (signed_out, revoked, disabled)
End = Callable[[Access, Person, str], Awaitable[None]]


@pytest.mark.parametrize("end", WAYS, ids=lambda way: str(way.__name__))
async def test_it_ends_at_once_and_on_every_process(
    access: Access, ada: Person, granted: Granted, settings: Settings, db: Database, end: End
) -> None:
    assert granted.refresh_token is not None
    async with another(settings, db) as elsewhere:
        assert (await elsewhere.prove(granted.access_token)).id == ada.id
        await end(access, ada, granted.session)
        await refused(access, granted.access_token)
        async with asyncio.timeout(5):
            while await holds(elsewhere, granted.access_token):
                await db.ping()
        await refused(elsewhere, granted.access_token)
        with pytest.raises(Unauthenticated):
            await elsewhere.sessions.refresh(granted.refresh_token)


@pytest.mark.parametrize(("tenant", "person"), [("other", None), (None, None), ("acme", "somebody else")])
async def test_nobody_ends_what_is_not_theirs(
    access: Access, granted: Granted, tenant: str | None, person: str | None
) -> None:
    with pytest.raises(NotFound):
        await access.sessions.end(HOST, granted.session, tenant, person=person)
    assert (await access.prove(granted.access_token)).session == granted.session


async def test_a_lower_role_holds_at_once_and_a_higher_one_with_the_next_token(
    access: Access, ada: Person, granted: Granted
) -> None:
    assert granted.refresh_token is not None
    await access.people.give_role(HOST, ada.id, "acme", Role.agent)
    assert (await access.prove(granted.access_token)).actions == actions_of(Role.agent)
    await access.people.give_role(HOST, ada.id, "acme", Role.genesys_admin)
    assert (await access.prove(granted.access_token)).actions == actions_of(Role.supervisor)
    again = await access.sessions.refresh(granted.refresh_token)
    assert (await access.prove(again.access_token)).actions == actions_of(Role.genesys_admin)


async def test_while_the_database_is_away_what_was_known_goes_on(settings: Settings, db: Database) -> None:
    curtain = Curtain.before(db)
    async with another(settings, curtain) as access:
        granted = await access.sessions.begin(await someone(access.people), address=HOME)
        await access.prove(granted.access_token)
        curtain.fallen = True
        access.hear("")
        assert (await access.prove(granted.access_token)).session == granted.session


async def test_a_second_call_asks_nobody(settings: Settings, db: Database) -> None:
    curtain = Curtain.before(db)
    async with another(settings, curtain) as access:
        granted = await access.sessions.begin(await someone(access.people), address=HOME)
        await access.prove(granted.access_token)
        before = curtain.asked
        for _ in range(100):
            await access.prove(granted.access_token)
        assert curtain.asked == before


async def test_sessions_are_listed_newest_first_for_a_person_and_a_tenant(access: Access, ada: Person) -> None:
    bob = await someone(access.people, subject="g-2")
    first, second, third = [await access.sessions.begin(who, address=HOME, agent="x" * 1000) for who in (ada, bob, ada)]
    assert [one.id for one in await access.sessions.list("acme")] == [third.session, second.session, first.session]
    assert [one.id for one in await access.sessions.list("acme", bob.id)] == [second.session]
    assert [one.id for one in await access.sessions.list("acme", limit=1, before=third.session)] == [second.session]
    assert await access.sessions.list("other") == await access.sessions.list(None) == []
    [shown] = await access.sessions.list("acme", bob.id)
    assert (shown.address, shown.agent, shown.person) == (HOME, "x" * 300, bob.id)
    await access.people.disable(HOST, bob.id, "acme")
    assert await access.sessions.list("acme", bob.id) == []


async def test_what_ended_long_ago_goes(access: Access, granted: Granted, ada: Person, db: Database) -> None:
    await access.sessions.begin(ada, address=HOME)
    await db.execute("update sessions set ended_at = now() - interval '31 days' where id = $1", granted.session)
    await access.tidy()
    assert await db.fetchval("select count(*) from sessions") == 1
    assert await db.fetchval("select count(*) from refresh_tokens") == 1
