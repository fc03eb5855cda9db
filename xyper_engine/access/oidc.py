"""OpenID Connect: Xyper's own administrators are known by the operator's identity provider.

Authorization Code with PKCE and a nonce (OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3). What the provider says of
somebody counts only from an ID token that it signed for this client, just now and for this very sign-in. A person is
the pair of issuer and subject: an e-mail address can be given to somebody else, so it opens nothing by itself.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from xyper_engine.access.far_json import FarJson, ask, is_safe
from xyper_engine.access.sign_ins import LASTS, Arrived, Started
from xyper_engine.errors import Forbidden, SettingsError, Unavailable
from xyper_engine.saying import said
from xyper_engine.sections import Oidc

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures that only the provider can make: never `none`, and no HMAC, whose key every client has."""
LEEWAY = 60
"""Seconds by which the provider's clock may differ."""
DISCOVERED_FOR = 3600.0
"""Seconds for which the provider's description and keys are believed."""
REREAD = 60.0
"""Seconds between two readings of the keys because of an unknown one: tokens cost nothing to make up."""


@dataclass(frozen=True, slots=True)
class Known:
    """Whom the provider proved."""

    issuer: str
    subject: str
    name: str
    email: str
    just_now: bool = False
    """Whether they proved themselves for this very sign-in; else the provider may have known them from before."""


@dataclass(frozen=True, slots=True)
class Description:
    """What is used of the provider's discovery document."""

    authorize: str
    token: str
    keys: str
    by_body: bool
    """The client's secret goes into the form: the provider does not take it as a header."""


class Provider:
    """The one identity provider. All raise `Unavailable` while it is away or describes itself wrongly."""

    def __init__(
        self,
        settings: Oidc,
        redirect_uri: str,
        http: aiohttp.ClientSession,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._redirect_uri = redirect_uri
        self._http = http
        self._clock = clock
        self._described: tuple[float, Description] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._reread_at = -REREAD

    @classmethod
    def of(cls, settings: Oidc, public_url: str, http: aiohttp.ClientSession) -> "Provider | None":
        """None where it is switched off. Raises `SettingsError`."""
        if not settings.issuer:
            return None
        if not is_safe(settings.issuer):
            raise SettingsError("[oidc] issuer: must begin with https://.")
        if not settings.client_id:
            raise SettingsError("[oidc] client_id: name the client that is registered at the issuer.")
        if not (settings.email_domains or settings.claim_values):
            raise SettingsError("[oidc] email_domains: say who may sign in, here or by claim and claim_values.")
        return cls(settings, f"{public_url}/api/v1/auth/oidc/callback", http)

    async def url(self, started: Started, *, again: bool = False) -> str:
        """Where the person's browser is sent to. `again`: they must prove themselves even if they are known there."""
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": " ".join(self._settings.scopes),
            "state": started.state,
            "nonce": started.nonce,
            "code_challenge": started.challenge,
            "code_challenge_method": "S256",
            **({"prompt": "login", "max_age": "0"} if again else {}),
        }
        place = (await self._description()).authorize
        return f"{place}{'&' if '?' in place else '?'}{urlencode(query)}"

    async def known(self, arrived: Arrived, code: str, issuer: str | None) -> Known:
        """Who came back. `issuer` as in the answer's `iss` (RFC 9207). Raises `Forbidden`."""
        if issuer not in (None, self._settings.issuer):
            raise Forbidden(said("auth.other", "Another provider than yours has answered: begin again."))
        claims = await self._claims(await self._redeem(code, arrived.verifier), arrived.nonce)
        just_now = _just_now(claims)
        if arrived.note.get("again") and not just_now:
            raise Forbidden(
                said(
                    "auth.not_again",
                    "Your provider did not ask you to prove who you are again: sign out there, then try again.",
                )
            )
        if not self._may(claims):
            raise Forbidden(
                said("auth.stranger", "Your provider knows you, but you are none of those who may sign in to Xyper.")
            )
        name = next((str(claims[key]) for key in ("name", "preferred_username", "email") if claims.get(key)), "")
        return Known(self._settings.issuer, str(claims["sub"]), name, str(claims.get("email") or ""), just_now)

    async def _redeem(self, code: str, verifier: str) -> str:
        """The ID token."""
        described, secret = await self._description(), self._settings.client_secret.get_secret_value()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }
        authorization = ""
        if secret and not described.by_body:  # RFC 6749, 2.3.1: both are form-encoded first
            authorization = aiohttp.encode_basic_auth(quote(self._settings.client_id, safe=""), quote(secret, safe=""))
        else:
            form |= {"client_id": self._settings.client_id, **({"client_secret": secret} if secret else {})}
        seconds = self._settings.timeout
        answer = await ask(self._http, described.token, seconds=seconds, form=form, authorization=authorization)
        if answer.text("error") == "invalid_client":
            raise Unavailable("The provider refuses Xyper itself: check [oidc] client_id and client_secret.")
        if 400 <= answer.status < 500 or (answer.ok and not answer.text("id_token")):
            raise Forbidden(said("auth.refused", "Your provider does not accept this sign-in (any more): begin again."))
        return _good(answer).text("id_token")

    async def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        client = self._settings.client_id
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": client},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            claims = (await self._decoded(token)).claims
            registry.validate(claims)
        except (JoseError, ValueError):
            raise _unproved() from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp") != client and (several or "azp" in claims):
            raise _unproved()
        return claims

    async def _decoded(self, token: str) -> jwt.Token:
        """Its signature proved. With a key that is not known the keys are read again, but not for every such token."""
        try:
            return jwt.decode(token, await self._key_set(), algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            if self._clock() - self._reread_at < REREAD:
                raise
        self._reread_at = self._clock()
        self._keys = None
        return jwt.decode(token, await self._key_set(), algorithms=ALGORITHMS)

    async def _key_set(self) -> KeySet:
        if self._keys is None or self._clock() - self._keys[0] > DISCOVERED_FOR:
            where = (await self._description()).keys
            answer = _good(await ask(self._http, where, seconds=self._settings.timeout))
            listed = answer.body.get("keys")
            known = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
            signing = [one for one in known if one.get("use", "sig") == "sig"]
            try:
                self._keys = self._clock(), KeySet.import_key_set({"keys": signing})
            except (JoseError, ValueError, KeyError, TypeError):
                raise Unavailable("The provider's keys cannot be read.") from None
        return self._keys[1]

    async def _description(self) -> Description:
        if self._described is None or self._clock() - self._described[0] > DISCOVERED_FOR:
            where = f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration"
            answer = _good(await ask(self._http, where, seconds=self._settings.timeout))
            self._described = self._clock(), self._read(answer)
        return self._described[1]

    def _read(self, answer: FarJson) -> Description:
        if answer.text("issuer") != self._settings.issuer:
            raise Unavailable(
                f"[oidc] issuer: the provider calls itself {answer.text('issuer')!r}: write it like that."
            )
        ways = answer.body.get("token_endpoint_auth_methods_supported")
        found = Description(
            authorize=answer.text("authorization_endpoint"),
            token=answer.text("token_endpoint"),
            keys=answer.text("jwks_uri"),
            by_body=isinstance(ways, list) and "client_secret_basic" not in ways,
        )
        if not all(map(is_safe, (found.authorize, found.token, found.keys))):
            raise Unavailable("The provider names an address that does not begin with https://.")
        return found

    def _may(self, claims: Mapping[str, Any]) -> bool:
        """Everything that the settings ask for must be so."""
        domain = str(claims.get("email") or "").rpartition("@")[2].lower()
        of_domain = claims.get("email_verified") is True and domain in map(str.lower, self._settings.email_domains)
        held = claims.get(self._settings.claim)
        values = held if isinstance(held, list) else [held]
        return (of_domain or not self._settings.email_domains) and (
            any(one in values for one in self._settings.claim_values) or not self._settings.claim_values
        )


def _just_now(claims: Mapping[str, Any]) -> bool:
    """Whether somebody proved themselves to the provider for this very sign-in (OpenID Connect Core, `auth_time`)."""
    proved_at = claims.get("auth_time")
    return isinstance(proved_at, int | float) and time.time() - proved_at <= LASTS + LEEWAY


def _good(answer: FarJson) -> FarJson:
    if not answer.ok or not answer.body:
        raise Unavailable(f"The identity provider gives no proper answer (HTTP {answer.status}): try again.")
    return answer


def _unproved() -> Forbidden:
    return Forbidden(said("auth.unproved", "Your provider's answer does not prove who you are: begin again."))
