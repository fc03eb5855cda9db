"""Access tokens: every way to make one up, and the keys that sign them changing while they are in use."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.engine.access.conftest import another
from tests.engine.access.world import HOME, keyring, refused, someone
from tests.engine.tenants.world import Curtain
from xyper_engine.access import signing
from xyper_engine.access.proving import Access
from xyper_engine.access.roles import Action, Role
from xyper_engine.access.sessions import Granted
from xyper_engine.access.signing import LEAD, LINGERS, SIGNS, SigningKeys
from xyper_engine.model import now
from xyper_engine.settings import Settings
from xyper_engine.store.db import Database


@pytest.fixture
async def granted(access: Access) -> Granted:
    return await access.sessions.begin(await someone(access.people), address=HOME)


def body(granted: Granted) -> dict[str, Any]:
    return jwt.decode(granted.access_token, options={"verify_signature": False})


def header(granted: Granted) -> dict[str, Any]:
    return jwt.get_unverified_header(granted.access_token)


async def test_what_a_token_says(access: Access, granted: Granted, settings: Settings) -> None:
    said = body(granted)
    assert header(granted) == {"alg": "EdDSA", "kid": (await access.signing.signer()).id, "typ": "at+jwt"}
    assert (said["iss"], said["aud"], said["sid"]) == (settings.public_url, "xyper", granted.session)
    assert (said["tenant"], said["role"]) == ("acme", "supervisor")
    assert said["exp"] - said["iat"] == 900
    assert set(said["scope"].split()) == set(granted.actions)


# Tokens that nobody issued

Forge = Callable[[Mapping[str, Any], Mapping[str, Any], Any], str]


def part(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def alg_none(said: Mapping[str, Any], head: Mapping[str, Any], _: Any) -> str:
    return f"{part({**head, 'alg': 'none'})}.{part(said)}."


def hs256_with_the_public_key(said: Mapping[str, Any], head: Mapping[str, Any], public: Any) -> str:
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return jwt.encode(dict(said), raw, algorithm="HS256", headers={"kid": head["kid"], "typ": "at+jwt"})


def own_key(said: Mapping[str, Any], head: Mapping[str, Any], _: Any) -> str:
    key = Ed25519PrivateKey.generate()
    return jwt.encode(dict(said), key, algorithm="EdDSA", headers={"kid": head["kid"], "typ": "at+jwt"})


def foreign_key_id(said: Mapping[str, Any], head: Mapping[str, Any], _: Any) -> str:
    key = Ed25519PrivateKey.generate()
    return jwt.encode(dict(said), key, algorithm="EdDSA", headers={"kid": "0" * 16, "typ": "at+jwt"})


def key_in_the_header(said: Mapping[str, Any], head: Mapping[str, Any], _: Any) -> str:
    key = Ed25519PrivateKey.generate()
    own = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key()))
    return jwt.encode(dict(said), key, algorithm="EdDSA", headers={"jwk": own, "typ": "at+jwt"})


def unsigned(said: Mapping[str, Any], head: Mapping[str, Any], _: Any) -> str:
    return f"{part(head)}.{part(said)}."


FORGERIES = (alg_none, hs256_with_the_public_key, own_key, foreign_key_id, key_in_the_header, unsigned)


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: str(forge.__name__))
async def test_a_forged_token_is_refused(access: Access, granted: Granted, forge: Forge) -> None:
    public = (await access.signing.signer()).public
    await refused(access, forge(body(granted), header(granted), public))
    assert (await access.prove(granted.access_token)).session == granted.session


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "\udcff", "e30.e30.", "x" * 8000, "xyr_" + "0" * 64])
async def test_what_is_no_token_is_refused(access: Access, token: str) -> None:
    await refused(access, token)


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_a_token_with_one_letter_changed_is_refused(access: Access, granted: Granted, place: int) -> None:
    parts = granted.access_token.split(".")
    middle = len(parts[place]) // 2
    parts[place] = f"{parts[place][:middle]}{'A' if parts[place][middle] != 'A' else 'B'}{parts[place][middle + 1 :]}"
    await refused(access, ".".join(parts))


CHANGES: Mapping[str, Mapping[str, Any]] = {
    "expired": {"exp": int(time.time()) - 60},
    "wrong audience": {"aud": "another"},
    "wrong issuer": {"iss": "https://xyper.example.org"},
    "not valid yet": {"iat": int(time.time()) + 3600},
    "another person": {"sub": "0198a000-0000-7000-8000-000000000000"},
    "a session that is not there": {"sid": "0198a000-0000-7000-8000-000000000000"},
    "an unknown role": {"role": "root"},
    **{f"without {name}": {name: None} for name in ("exp", "iat", "iss", "aud", "sub", "sid", "scope", "role")},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
async def test_a_genuine_signature_alone_does_not_open(
    access: Access, granted: Granted, change: Mapping[str, Any]
) -> None:
    said = {name: value for name, value in {**body(granted), **change}.items() if value is not None}
    await refused(access, await signed(access, said))


async def test_a_token_of_another_kind_is_refused(access: Access, granted: Granted) -> None:
    await refused(access, await signed(access, body(granted), typ="JWT"))


async def test_a_token_opens_no_more_than_its_session(access: Access, granted: Granted) -> None:
    said = {**body(granted), "scope": " ".join(Action), "role": "xyper_admin", "tenant": None}
    caller = await access.prove(await signed(access, said))
    assert (caller.tenant, caller.role, caller.actions) == ("acme", Role.supervisor, granted.actions)


async def test_what_a_newer_engine_can_is_overlooked(access: Access, granted: Granted) -> None:
    said = {**body(granted), "scope": "templates:read moon:shoot"}
    assert (await access.prove(await signed(access, said))).actions == frozenset({Action.templates_read})


async def signed(access: Access, said: Mapping[str, Any], typ: str = "at+jwt") -> str:
    key = await access.signing.signer()
    assert key.private is not None
    return jwt.encode(dict(said), key.private, algorithm="EdDSA", headers={"kid": key.id, "typ": typ})


async def test_a_remembered_token_expires_too(
    access: Access, granted: Granted, monkeypatch: pytest.MonkeyPatch
) -> None:
    await access.prove(granted.access_token)
    at = time.time() + 910
    monkeypatch.setattr(time, "time", lambda: at)
    await refused(access, granted.access_token)


async def test_a_call_costs_microseconds(access: Access, granted: Granted) -> None:
    await access.prove(granted.access_token)
    began = time.process_time()
    for _ in range(1000):
        await access.prove(granted.access_token)
    assert (time.process_time() - began) / 1000 < 0.000_05


async def test_remembered_tokens_are_bounded(access: Access, granted: Granted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xyper_engine.access.tokens.REMEMBERED", 5)
    for n in range(20):
        await access.prove(await signed(access, {**body(granted), "jti": str(n)}))
    assert len(access.sessions._tokens._verified) == 5


# The keys


async def shift(db: Database, by: timedelta) -> None:
    """As if that much time had passed for the keys."""
    sql = "update signing_keys set signs_from = signs_from - $1::interval, signs_until = signs_until - $1::interval"
    await db.execute(sql, by)


async def test_a_key_is_published_before_it_signs_and_after(settings: Settings, db: Database) -> None:
    async with another(settings, db) as access:
        granted = await access.sessions.begin(await someone(access.people), address=HOME)
        first = await access.signing.signer()
        assert [key["kid"] for key in await access.signing.published()] == [first.id]
    await shift(db, SIGNS - LEAD / 2)
    async with another(settings, db) as access:
        await access.tidy()
        published = [key["kid"] for key in await access.signing.published()]
        assert (len(published), published[0]) == (2, first.id)
        assert (await access.signing.signer()).id == first.id
    await shift(db, LEAD / 2 + LINGERS / 2)
    async with another(settings, db) as access:
        assert (await access.signing.signer()).id == published[1]
        assert [key["kid"] for key in await access.signing.published()] == published
        assert (await access.prove(granted.access_token)).session == granted.session
    await shift(db, LINGERS)
    async with another(settings, db) as access:
        assert [key["kid"] for key in await access.signing.published()] == published[1:]
        await refused(access, granted.access_token)


async def test_other_programs_can_verify_a_token_by_the_published_keys(access: Access, granted: Granted) -> None:
    keys = jwt.PyJWKSet.from_dict({"keys": [dict(key) for key in await access.signing.published()]})
    key = keys[header(granted)["kid"]]
    assert jwt.decode(granted.access_token, key, algorithms=["EdDSA"], audience="xyper")["sid"] == granted.session


async def test_a_key_of_another_process_is_found(settings: Settings, db: Database, access: Access) -> None:
    async with another(settings, db) as elsewhere:
        granted = await elsewhere.sessions.begin(await someone(elsewhere.people), address=HOME)
        assert (await access.prove(granted.access_token)).session == granted.session


async def test_two_processes_make_one_key(settings: Settings, db: Database, access: Access) -> None:
    async with another(settings, db) as elsewhere:
        assert (await access.signing.signer()).id == (await elsewhere.signing.signer()).id
    assert await db.fetchval("select count(*) from signing_keys") == 1


async def test_made_up_key_ids_do_not_hammer_the_database(settings: Settings, db: Database) -> None:
    keys = SigningKeys(Counting.before(db), keyring(db))
    for n in range(50):
        assert await keys.verifier(f"{n:016x}") is None
    assert isinstance(keys._db, Counting)
    assert keys._db.reads == 1


class Counting(Curtain):
    reads = 0

    async def fetch(self, sql: str, *args: object) -> list[Any]:
        self.reads += 1
        return await super().fetch(sql, *args)


async def test_where_the_data_key_was_destroyed_another_key_signs(settings: Settings, db: Database) -> None:
    before = await SigningKeys(db, keyring(db)).signer()
    await db.execute("delete from data_keys")
    keys = SigningKeys(db, keyring(db))
    after = await keys.signer()
    assert after.id != before.id
    assert await keys.verifier(before.id) is not None
    assert after.signs(now())


async def test_a_private_key_is_sealed(access: Access, db: Database) -> None:
    key = await access.signing.signer()
    assert key.private is not None
    raw = key.private.private_bytes_raw()
    row = await db.fetchrow("select * from signing_keys")
    assert row is not None
    assert not any(text in row["sealed"] for text in (raw, base64.b64encode(raw)))
    assert row["public"] == key.public.public_bytes_raw()


async def test_while_the_database_is_away_known_keys_verify(settings: Settings, db: Database) -> None:
    curtain = Curtain.before(db)
    async with another(settings, curtain) as access:
        granted = await access.sessions.begin(await someone(access.people), address=HOME)
        await access.prove(granted.access_token)
        access.sessions._tokens._verified.clear()
        curtain.fallen = True
        access.hear("")
        assert (await access.prove(granted.access_token)).session == granted.session


def test_a_lead_is_longer_than_the_housekeepers_day() -> None:
    assert timedelta(days=1) < signing.LEAD < SIGNS
