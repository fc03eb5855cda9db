"""The identity provider's word counts only where it is signed, for us, just now and for this very sign-in."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from joserfc.jwk import ECKey
from pydantic import SecretStr

from tests.provider import CLIENT, SECRET, IdentityProvider, Lie
from xyper_engine.access.oidc import REREAD, Known, Provider
from xyper_engine.access.sign_ins import Arrived, Started
from xyper_engine.errors import Forbidden, SettingsError, Unavailable
from xyper_engine.sections import Oidc

HOME = "https://xyper.example"
HOUR = 3600.0


@dataclass
class Login:
    """A provider, and us in front of it; `forward` lets time pass."""

    idp: IdentityProvider
    http: aiohttp.ClientSession
    now: float = 1000.0
    started: Started = field(default_factory=lambda: Started("cookie", "sid.state", "v" * 64, "nonce-1", {}))

    def provider(self, **changes: Any) -> Provider:
        given = {"issuer": self.idp.url, "client_id": CLIENT, "client_secret": SECRET, "claim_values": ["xyper-admins"]}
        found = Provider.of(Oidc.model_validate(given | changes), HOME, self.http)
        assert found
        found._clock = lambda: self.now
        return found

    async def code(self, provider: Provider) -> str:
        async with self.http.get(await provider.url(self.started), allow_redirects=False) as answer:
            where = answer.headers["Location"]
        assert where.startswith(f"{HOME}/api/v1/auth/oidc/callback?")
        return where.partition("code=")[2].partition("&")[0]

    async def sign_in(self, provider: Provider | None = None, nonce: str = "", iss: str | None = None) -> Known:
        provider = provider or self.provider()
        arrived = Arrived(self.started.verifier, nonce or self.started.nonce, {})
        return await provider.known(arrived, await self.code(provider), iss)


@pytest.fixture
async def login() -> AsyncIterator[Login]:
    async with IdentityProvider() as idp, aiohttp.ClientSession() as http:
        yield Login(idp, http)


async def test_somebody_is_known_by_issuer_and_subject(login: Login) -> None:
    assert await login.sign_in() == Known(login.idp.url, "user-1", "Ada Lindqvist", "ada@example.com")
    assert "client_id" not in login.idp.forms[0]  # it went as a header, form-encoded first


@pytest.mark.parametrize(
    ("ways", "by_body"), [(["client_secret_post"], True), (["client_secret_basic"], False), (5, False)]
)
async def test_the_secret_goes_the_way_that_the_provider_takes(login: Login, ways: object, by_body: bool) -> None:
    login.idp.described = {"token_endpoint_auth_methods_supported": ways}
    await login.sign_in()
    assert ("client_secret" in login.idp.forms[0]) is by_body


LIES: dict[str, Callable[[IdentityProvider], Lie]] = {
    "another nonce": lambda _: Lie({"nonce": "of an earlier sign-in"}),
    "no nonce": lambda _: Lie({"nonce": None}),
    "for another client": lambda _: Lie({"aud": "another-client"}),
    "for several, this client among them, authorised to another": lambda _: Lie({"aud": [CLIENT, "b"], "azp": "b"}),
    "for several without a word to whom": lambda _: Lie({"aud": [CLIENT, "b"]}),
    "authorised to another": lambda _: Lie({"azp": "another-client"}),
    "without audience": lambda _: Lie({"aud": None}),
    "of another issuer": lambda _: Lie({"iss": "https://evil.example"}),
    "expired": lambda _: Lie({"exp": 1_700_000_000}),
    "without an end": lambda _: Lie({"exp": None}),
    "an end that is no number": lambda _: Lie({"exp": "tomorrow"}),
    "issued in the future": lambda _: Lie({"iat": 9_999_999_999}),
    "not valid yet": lambda _: Lie({"nbf": 9_999_999_999}),
    "of nobody": lambda _: Lie({"sub": None}),
    "of an empty subject": lambda _: Lie({"sub": ""}),
    "alg=none": lambda _: Lie(algorithm="none"),
    "HMAC with the public key": lambda _: Lie(algorithm="HS256"),
    "signed by somebody else": lambda _: Lie(key=ECKey.generate_key("P-256", {"kid": "x"})),
}


@pytest.mark.parametrize("lie", LIES)
async def test_an_id_token_that_proves_nothing(login: Login, lie: str) -> None:
    login.idp.lie = LIES[lie](login.idp)
    with pytest.raises(Forbidden, match="does not prove who you are"):
        await login.sign_in()


async def test_several_audiences_are_fine_where_the_token_is_for_us(login: Login) -> None:
    login.idp.lie = Lie({"aud": [CLIENT, "b"], "azp": CLIENT})
    assert (await login.sign_in()).subject == "user-1"


async def test_a_replayed_answer_of_an_earlier_sign_in_is_refused(login: Login) -> None:
    with pytest.raises(Forbidden, match="does not prove"):
        await login.sign_in(nonce="of this one")


async def test_a_code_opens_once_and_only_with_its_verifier(login: Login) -> None:
    provider = login.provider()
    code, mine = await login.code(provider), Arrived(login.started.verifier, login.started.nonce, {})
    assert (await provider.known(mine, code, None)).subject == "user-1"
    with pytest.raises(Forbidden, match="begin again"):
        await provider.known(mine, code, None)
    with pytest.raises(Forbidden, match="begin again"):
        await provider.known(Arrived("w" * 64, login.started.nonce, {}), await login.code(provider), None)


async def test_an_answer_in_the_name_of_another_provider_is_refused(login: Login) -> None:
    with pytest.raises(Forbidden, match="Another provider"):
        await login.sign_in(iss="https://evil.example")
    assert (await login.sign_in(iss=login.idp.url)).subject == "user-1"


MAY = {
    "the claim": ({}, {}, True),
    "the claim as a single word": ({}, {"groups": "xyper-admins"}, True),
    "another group": ({}, {"groups": ["staff"]}, False),
    "a part of the group's name": ({}, {"groups": "xyper-admins-in-training"}, False),
    "no such claim": ({}, {"groups": None}, False),
    "the domain": ({"claim_values": [], "email_domains": ["Example.com"]}, {}, True),
    "another domain": ({"claim_values": [], "email_domains": ["example.org"]}, {}, False),
    "a domain that only ends alike": ({"claim_values": [], "email_domains": ["ample.com"]}, {}, False),
    "an address that nobody verified": (
        {"claim_values": [], "email_domains": ["example.com"]}, {"email_verified": False}, False,
    ),
    "verified, in words": (
        {"claim_values": [], "email_domains": ["example.com"]}, {"email_verified": "false"}, False,
    ),
    "the domain without the claim": ({"email_domains": ["example.com"]}, {"groups": []}, False),
    "the claim without the domain": ({"email_domains": ["example.org"]}, {}, False),
    "both": ({"email_domains": ["example.com"]}, {}, True),
    "a claim of another name": ({"claim": "roles", "claim_values": ["a"]}, {"roles": ["a", "b"]}, True),
}  # fmt: skip


@pytest.mark.parametrize(("settings", "claims", "may"), MAY.values(), ids=list(MAY))
async def test_who_may(login: Login, settings: dict[str, Any], claims: dict[str, Any], may: bool) -> None:
    login.idp.lie = Lie(claims)
    if may:
        assert (await login.sign_in(login.provider(**settings))).subject == "user-1"
        return
    with pytest.raises(Forbidden, match="none of those who may"):
        await login.sign_in(login.provider(**settings))


async def test_the_provider_changes_its_key_and_nobody_notices(login: Login) -> None:
    provider = login.provider()
    await login.sign_in(provider)
    login.idp.rotate()
    await login.sign_in(provider)
    assert login.idp.seen.count("/keys") == 2


async def test_tokens_with_made_up_key_ids_do_not_make_us_ask_for_each(login: Login) -> None:
    provider = login.provider()
    await login.sign_in(provider)
    login.idp.lie = Lie(kid="made-up")
    for _ in range(5):
        with pytest.raises(Forbidden):
            await login.sign_in(provider)
    assert login.idp.seen.count("/keys") == 2
    login.now += REREAD
    with pytest.raises(Forbidden):
        await login.sign_in(provider)
    assert login.idp.seen.count("/keys") == 3


async def test_the_description_is_read_once_an_hour(login: Login) -> None:
    provider = login.provider()
    for _ in range(3):
        await login.sign_in(provider)
    assert login.idp.seen == ["/.well-known/openid-configuration", "/keys"]
    login.now += HOUR + 1
    await login.sign_in(provider)
    assert login.idp.seen.count("/.well-known/openid-configuration") == 2


AWAY: dict[str, tuple[dict[str, Any], str]] = {
    "another issuer in the description": ({"described": {"issuer": "https://evil.example"}}, "calls itself"),
    "keys without TLS": ({"described": {"jwks_uri": "http://keys.example/"}}, "https://"),
    "a token address without TLS": ({"described": {"token_endpoint": "http://198.51.100.1/"}}, "https://"),
    "no address at all": ({"described": {"authorization_endpoint": None}}, "https://"),
    "a script for an address": ({"described": {"authorization_endpoint": "javascript:alert(1)"}}, "https://"),
    "a name in the address": ({"described": {"jwks_uri": "https://a:b@keys.example/"}}, "https://"),
    "a number for an address": ({"described": {"token_endpoint": 5}}, "https://"),
    "a description without end": ({"padding": 600_000}, "more than"),
    "a redirect to another host": ({"elsewhere": "http://localhost:1/"}, "HTTP 302"),
}


@pytest.mark.parametrize(("changes", "words"), AWAY.values(), ids=list(AWAY))
async def test_a_provider_that_describes_itself_wrongly(login: Login, changes: dict[str, Any], words: str) -> None:
    for name, value in changes.items():
        setattr(login.idp, name, value)
    with pytest.raises(Unavailable, match=words):
        await login.provider().url(login.started)


BROKEN_KEYS: tuple[object, ...] = (
    {},
    5,
    "x",
    [],
    [5],
    [{}],
    [{"kty": "EC"}],
    [{"kty": "EC", "crv": "P-256", "x": "!", "y": 1}],
    [{"kty": "?"}],
)


@pytest.mark.parametrize("published", BROKEN_KEYS, ids=range(len(BROKEN_KEYS)))
async def test_keys_that_cannot_be_read(login: Login, published: object) -> None:
    login.idp.published = published
    with pytest.raises(Unavailable, match="keys cannot be read"):
        await login.sign_in()


async def test_a_provider_that_is_away(login: Login) -> None:
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1 does not answer"):
        await login.provider(issuer="http://127.0.0.1:1").url(login.started)


async def test_a_wrong_secret_is_the_operators_to_mend(login: Login) -> None:
    with pytest.raises(Unavailable, match=r"\[oidc\] client_id and client_secret"):
        await login.sign_in(login.provider(client_secret=SecretStr("another")))


WRONG = {
    "no TLS": ({"issuer": "http://idp.example"}, r"\[oidc\] issuer: must begin with https://"),
    "no client": ({"client_id": ""}, r"\[oidc\] client_id: "),
    "nobody may": ({"claim_values": []}, r"\[oidc\] email_domains: say who may"),
}


@pytest.mark.parametrize(("changes", "words"), WRONG.values(), ids=list(WRONG))
async def test_a_wrong_setting_is_told_by_its_name(login: Login, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=f"^{words}"):
        login.provider(**changes)


async def test_it_is_off_by_default(login: Login) -> None:
    assert Provider.of(Oidc(), HOME, login.http) is None
