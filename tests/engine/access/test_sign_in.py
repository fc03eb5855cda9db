"""Signing in with a password: what opens, and all that is tried instead."""

import asyncio
import time
from collections.abc import Callable
from statistics import median

import pytest
from argon2 import PasswordHasher
from pyotp.totp import TOTP

from tests.engine.access.conftest import CHEAP, another
from tests.engine.access.world import HOME, keyring, refused
from xyper_engine.access.caller import Caller
from xyper_engine.access.passwords import Passwords
from xyper_engine.access.people import Person
from xyper_engine.access.proving import Access
from xyper_engine.access.roles import Action, Role, actions_of
from xyper_engine.access.sessions import Granted
from xyper_engine.access.tries import FREE
from xyper_engine.errors import Conflict, Forbidden, Invalid, TooMany, Unauthenticated
from xyper_engine.settings import Settings
from xyper_engine.store.db import Database

HOST = Caller.host()
EMAIL, PASSWORD = "Ada@example.com", "correct horse battery"
ELSEWHERE = "198.51.100.9"


@pytest.fixture
async def ada(access: Access) -> Person:
    return await access.invitations.add(HOST, "Ada Lindqvist", EMAIL, PASSWORD)


async def enter(
    access: Access, password: str = PASSWORD, code: str = "", email: str = EMAIL, address: str = HOME
) -> Granted:
    return await access.local.sign_in(email, password, code, address=address)


async def shut(
    access: Access, password: str = PASSWORD, code: str = "", email: str = EMAIL, address: str = HOME
) -> str:
    """That it does not open, and in which words."""
    with pytest.raises(Unauthenticated) as error:
        await enter(access, password, code, email, address)
    return str(error.value)


async def enrolled(access: Access, granted: Granted) -> tuple[TOTP, list[str]]:
    """With a second factor, whose present code is used up by that."""
    caller = await access.prove(granted.access_token)
    offered = await access.local.offer_factor(caller, PASSWORD)
    app = TOTP(offered.secret)
    return app, list(await access.local.confirm_factor(caller, app.now()))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Makes it later for codes."""
    at = time.time()

    def later(seconds: float) -> None:
        nonlocal at
        at += seconds
        monkeypatch.setattr(time, "time", lambda: at)

    later(0)
    return later


@pytest.mark.parametrize("email", [EMAIL, "ada@example.com", " ADA@EXAMPLE.COM "])
async def test_the_right_password_opens(access: Access, ada: Person, email: str) -> None:
    granted = await enter(access, email=email)
    caller = await access.prove(granted.access_token)
    assert (caller.id, caller.tenant, caller.role) == (ada.id, None, Role.xyper_admin)
    assert caller.actions == actions_of(Role.xyper_admin)


@pytest.mark.usefixtures("ada")
async def test_the_same_letters_composed_otherwise_are_the_same_password(access: Access) -> None:
    await access.invitations.add(HOST, "Zoë", "zoe@example.com", "zoe\u0308 and her password")
    await enter(access, "zo\u00eb and her password", email="zoe@example.com")


async def test_whatever_is_wrong_is_told_in_the_same_words(access: Access, ada: Person) -> None:
    await access.invitations.invite(HOST, "Bob", "bob@example.com")
    words = {
        await shut(access, "another password"),
        await shut(access, email="nobody@example.com"),
        await shut(access, email="bob@example.com"),
        await shut(access, email=""),
        await shut(access, ""),
    }
    await enrolled(access, await enter(access))
    words |= {await shut(access), await shut(access, code="000000"), await shut(access, code="no code \udcff")}
    await access.people.disable(HOST, ada.id, None)
    words |= {await shut(access, address=ELSEWHERE)}
    for _ in range(10):
        words |= {await shut(access, email="nobody@example.com", address=ELSEWHERE)}
    assert len(words) == 1


async def test_a_login_takes_as_long_for_an_unknown_user(settings: Settings, db: Database) -> None:
    """With hashes that cost what they do in earnest, all else being the same statements. What is compared is the time
    of this process alone, and the tries take turns: other work on the machine must not decide."""
    took: dict[str, list[float]] = {EMAIL: [], "nobody@example.com": []}
    async with Access.open(settings, db, keyring(db), Passwords()) as access:
        await access.invitations.add(HOST, "Ada", EMAIL, PASSWORD)
        await shut(access, "to warm up with")
        for _ in range(9):
            for email, times in took.items():
                await db.execute("delete from sign_in_tries")
                began = time.process_time()
                await shut(access, "another password", email=email)
                times.append(time.process_time() - began)
    known, unknown = (median(times) for times in took.values())
    assert min(known, unknown) > 0.02, "a hash was computed in both cases"
    assert 0.8 < known / unknown < 1.25


# Brute force


@pytest.mark.usefixtures("ada")
async def test_brute_force_of_one_account_has_to_wait(access: Access, db: Database) -> None:
    for n in range(FREE["account"]):
        await shut(access, f"guess number {n:06}", address=f"203.0.113.{n}")
    await shut(access, PASSWORD, address=ELSEWHERE)
    assert await pause(db, "account:ada@example.com") == 1
    await pass_by(db, 3)
    await enter(access, address=ELSEWHERE)


@pytest.mark.usefixtures("ada")
async def test_a_thousand_guesses_at_once_are_a_thousand_guesses(access: Access, db: Database) -> None:
    await asyncio.gather(*(shut(access, f"guess number {n:06}", address=f"2001:db8:{n:x}::1") for n in range(100)))
    assert await db.fetchval("select failures from sign_in_tries where key = $1", "account:ada@example.com") == 5


async def test_one_address_guessing_at_many_accounts_has_to_wait(access: Access, ada: Person) -> None:
    for n in range(FREE["address"]):
        await shut(access, "the password", email=f"person-{n}@example.com", address=f"2001:db8::{n:x}")
    await shut(access, address="2001:db8::ffff")
    await enter(access, address="2001:db8:0:1::1")


async def test_pauses_grow_and_have_an_end(access: Access, db: Database) -> None:
    seen = []
    for _ in range(FREE["account"] + 12):
        await shut(access, "guess", email="x@example.com", address=ELSEWHERE)
        await db.execute("delete from sign_in_tries where key like 'address:%'")
        seen.append(await pause(db, "account:x@example.com"))
        await pass_by(db, 1000)
    assert seen == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


@pytest.mark.usefixtures("ada")
async def test_nobody_locks_somebody_else_out(access: Access, db: Database) -> None:
    await enter(access)
    for n in range(50):
        await shut(access, "guess", address=f"203.0.113.{n}")
    await enter(access, address=HOME)


@pytest.mark.usefixtures("ada")
async def test_what_comes_during_a_pause_does_not_make_it_longer(access: Access, db: Database) -> None:
    for _ in range(30):
        await shut(access, "guess", address=ELSEWHERE)
    assert await pause(db, "account:ada@example.com") == 1


@pytest.mark.usefixtures("ada")
async def test_an_own_account_does_not_open_others(access: Access, db: Database) -> None:
    await access.invitations.add(HOST, "Mallory", "mallory@example.com", PASSWORD)
    for n in range(FREE["address"]):
        await shut(access, "guess", email=f"person-{n}@example.com", address=ELSEWHERE)
        if n % 4 == 0:
            await enter(access, email="mallory@example.com", address=ELSEWHERE)
    await shut(access, email="mallory@example.com", address=ELSEWHERE)


async def pause(db: Database, key: str) -> int:
    """Seconds, as the SQL of `tries.py` has it: until which moment would a try now be refused?"""
    failures: int = await db.fetchval("select failures from sign_in_tries where key = $1", key)
    free = FREE[key.partition(":")[0]]
    return 0 if failures < free else min(900, 2 ** (failures - free))


async def pass_by(db: Database, seconds: float) -> None:
    await db.execute("update sign_in_tries set last_at = last_at - $1 * interval '1 second'", seconds)


# The second factor


async def test_with_a_second_factor_the_password_alone_does_not_open(
    access: Access, ada: Person, clock: Callable[[float], None]
) -> None:
    app, _ = await enrolled(access, await enter(access))
    await shut(access)
    await shut(access, code="123456")
    clock(60)
    await enter(access, code=app.at(int(time.time())))


async def test_a_replayed_code_is_refused(access: Access, ada: Person, clock: Callable[[float], None]) -> None:
    app, _ = await enrolled(access, await enter(access))
    clock(60)
    code = app.at(int(time.time()))
    await enter(access, code=f"{code[:3]} {code[3:]}")
    await shut(access, code=code)
    clock(10)
    await shut(access, code=code)
    await shut(access, code=app.at(int(time.time()) - 30))
    clock(30)
    await enter(access, code=app.at(int(time.time())))


async def test_of_two_with_the_same_code_at_once_one_enters(
    access: Access, ada: Person, clock: Callable[[float], None]
) -> None:
    app, _ = await enrolled(access, await enter(access))
    clock(60)
    both = await asyncio.gather(
        *(enter(access, code=app.at(int(time.time()))) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in both) == ["Granted", "Unauthenticated"]


async def test_a_recovery_code_opens_once(access: Access, ada: Person) -> None:
    _, codes = await enrolled(access, await enter(access))
    assert len(set(codes)) == 10
    await enter(access, code=codes[3].upper())
    await shut(access, code=codes[3])
    await enter(access, code=codes[4].replace("-", " "))


async def test_an_old_second_factor_ends_with_the_next(
    access: Access, ada: Person, clock: Callable[[float], None]
) -> None:
    granted = await enter(access)
    first, codes = await enrolled(access, granted)
    second, _ = await enrolled(access, granted)
    clock(60)
    await shut(access, code=first.at(int(time.time())))
    await shut(access, code=codes[0])
    await enter(access, code=second.at(int(time.time())))


async def test_whoever_found_the_screen_open_makes_no_second_factor(access: Access, ada: Person) -> None:
    caller = await access.prove((await enter(access)).access_token)
    with pytest.raises(Forbidden):
        await access.local.offer_factor(caller, "another password")
    with pytest.raises(Invalid, match="code: not right"):
        await access.local.confirm_factor(caller, "123456")


async def test_where_one_is_required_nothing_is_open_before(settings: Settings, db: Database) -> None:
    strict = settings.model_copy(update={"access": settings.access.model_copy(update={"require_totp": True})})
    async with another(strict, db) as access:
        await access.invitations.add(HOST, "Ada", EMAIL, PASSWORD)
        granted = await enter(access)
        assert granted.refresh_token is not None
        assert granted.actions == (await access.prove(granted.access_token)).actions == {Action.self_manage}
        await enrolled(access, granted)
        again = await access.sessions.refresh(granted.refresh_token)
        assert again.actions == actions_of(Role.xyper_admin)


# Passwords


@pytest.mark.parametrize(
    "password", ["short", "eleven char", "x" * 513, "ADA LINDQVIST", "ada@example.com"],
)  # fmt: skip
async def test_a_poor_password_is_refused(access: Access, password: str) -> None:
    with pytest.raises(Invalid, match="password"):
        await access.invitations.add(HOST, "Ada Lindqvist", EMAIL, password)


async def test_a_changed_password_ends_the_other_sessions(access: Access, ada: Person) -> None:
    here, there = await enter(access), await enter(access, address=ELSEWHERE)
    caller = await access.prove(here.access_token)
    with pytest.raises(Forbidden):
        await access.local.change_password(caller, "another password", "a quite new password")
    await access.local.change_password(caller, PASSWORD, "a quite new password")
    await refused(access, there.access_token)
    assert (await access.prove(here.access_token)).id == ada.id
    await shut(access)
    await enter(access, "a quite new password")


async def test_guessing_at_the_password_from_an_open_session_has_to_wait(access: Access, ada: Person) -> None:
    caller = (await access.prove((await enter(access)).access_token)).at(HOME, "r")
    for n in range(FREE["account"]):
        with pytest.raises(Forbidden):
            await access.local.change_password(caller, f"guess number {n:06}", "a quite new password")
    with pytest.raises(Forbidden):
        await access.local.change_password(caller, PASSWORD, "a quite new password")


async def test_a_key_has_no_password(access: Access) -> None:
    key = HOST._replace(kind="key", id="0123456789abcdef")
    with pytest.raises(Conflict, match="none to change here"):
        await access.local.change_password(key, PASSWORD, "a quite new password")


async def test_a_hash_is_renewed_when_its_cost_rises(access: Access, ada: Person, settings: Settings) -> None:
    dearer = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    db = access.people._db
    before = await db.fetchval("select password from credentials")
    async with Access.open(settings, db, keyring(db), dearer) as risen:
        await enter(risen)
        after = await db.fetchval("select password from credentials")
        await enter(risen)
    assert "t=1,p=1" in before
    assert "m=16,t=2,p=1" in after
    assert await db.fetchval("select password from credentials") == after


async def test_a_crowd_is_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each hash takes memory; those that wait for their turn are bounded."""
    monkeypatch.setattr("xyper_engine.access.passwords.WAITING", 10)
    passwords = Passwords(CHEAP)
    known = await passwords.hashed(PASSWORD)
    await passwords.verify(known, PASSWORD)
    crowd = await asyncio.gather(*(passwords.verify(known, PASSWORD) for _ in range(30)), return_exceptions=True)
    assert [one for one in crowd if one is True] == [True] * 10
    assert sum(isinstance(one, TooMany) for one in crowd) == 20
    assert await passwords.verify(known, PASSWORD)
