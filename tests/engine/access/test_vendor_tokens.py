"""A person's token at the vendor lives as long as the session, however that ends, and not a moment longer."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from tests.engine.access.world import HOME, keyring, someone
from xyper_engine.access.caller import Caller
from xyper_engine.access.people import Person
from xyper_engine.access.proving import Access
from xyper_engine.access.vendor_tokens import VendorToken, VendorTokens
from xyper_engine.model import Endpoint, now
from xyper_engine.store.db import Database

DESK = Endpoint(adapter="genesys", account="desk-1")


@pytest.fixture
def tokens(db: Database) -> VendorTokens:
    return VendorTokens(db, keyring(db))


async def begun(access: Access, tokens: VendorTokens, lasts: float = 60.0) -> tuple[Person, str, VendorToken]:
    person = await someone(access.people)
    session = (await access.sessions.begin(person, address=HOME)).session
    token = VendorToken(DESK, "a token of Genesys", now() + timedelta(seconds=lasts))
    await tokens.keep("acme", session, token)
    return person, session, token


async def test_it_is_there_while_the_session_stands(access: Access, tokens: VendorTokens) -> None:
    _, session, token = await begun(access, tokens)
    assert await tokens.get("acme", session) == token
    assert "a token" not in repr(token)
    assert await tokens.get("other", session) is None
    assert await tokens.get("acme", "another") is None


async def end(access: Access, person: Person, session: str) -> None:
    await access.sessions.end(Caller.host(), session, "acme")


async def disable(access: Access, person: Person, session: str) -> None:
    await access.people.disable(Caller.host(), person.id, "acme")


@pytest.mark.parametrize("how", [end, disable])
async def test_it_goes_with_the_session(
    access: Access, tokens: VendorTokens, db: Database, how: Callable[[Access, Person, str], Awaitable[None]]
) -> None:
    person, session, _ = await begun(access, tokens)
    await how(access, person, session)
    assert await tokens.get("acme", session) is None
    assert await db.fetchval("select count(*) from vendor_tokens") == 0


async def test_a_session_that_has_just_ended_keeps_none(access: Access, tokens: VendorTokens, db: Database) -> None:
    _, session, token = await begun(access, tokens)
    await access.sessions.end(Caller.host(), session, "acme")
    await tokens.keep("acme", session, token)
    assert await db.fetchval("select count(*) from vendor_tokens") == 0


async def test_one_that_has_ended_at_the_vendor_is_none(access: Access, tokens: VendorTokens) -> None:
    _, session, _ = await begun(access, tokens, lasts=-1)
    assert await tokens.get("acme", session) is None


async def test_it_is_sealed(access: Access, tokens: VendorTokens, db: Database) -> None:
    _, _, token = await begun(access, tokens)
    assert token.value not in str(await db.fetch("select * from vendor_tokens"))
