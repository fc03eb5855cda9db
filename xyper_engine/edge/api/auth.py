"""Signing in with a password, and how a session goes on. Whoever calls these is not proved yet."""

from typing import Any

from pydantic import Field, SecretStr

from xyper_engine.access.sessions import Granted
from xyper_engine.edge.route import Answer, Call, Given, Route, Told
from xyper_engine.runtime import Runtime

_PATH = "/api/v1/auth"
_KEYS = "/.well-known/jwks.json"


class Login(Given):
    email: str = Field(max_length=254)
    password: SecretStr = Field(max_length=1000)
    code: str = Field("", max_length=50)
    """Of the authenticator app, or a recovery code; left out by whoever has not set one up."""


class Refresh(Given):
    refresh_token: SecretStr = Field(max_length=200)


class Acceptance(Given):
    token: SecretStr = Field(max_length=200)
    """Of the invitation or the reset."""
    password: SecretStr = Field(max_length=1000)
    """12 characters at least; not the name or the e-mail address."""


class SignedIn(Told):
    access_token: str
    refresh_token: str | None
    """Good for one use. A second use ends the session."""
    expires_in: int
    """Seconds, of the access token."""
    session: str
    actions: tuple[str, ...]
    """What the access token may do: `self:manage` alone while a second factor is still to be set up."""


class Jwk(Told):
    kty: str
    crv: str
    x: str
    kid: str
    alg: str
    use: str


class Jwks(Told):
    keys: tuple[Jwk, ...]


class AuthApi:
    def __init__(self, rt: Runtime) -> None:
        self._access = rt.access

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("POST", f"{_PATH}/login", None, self.login, "Sign in with a password and, where set up, a code.",
                  body=Login, answer=SignedIn),
            Route("POST", f"{_PATH}/refresh", None, self.refresh, "Hand in a refresh token for new tokens.",
                  body=Refresh, answer=SignedIn),
            Route("POST", f"{_PATH}/accept", None, self.accept, "Set a password with an invitation or after a reset.",
                  body=Acceptance),
            Route("GET", _KEYS, None, self.keys, "The keys that sign access tokens (RFC 7517).", answer=Jwks),
        )  # fmt: skip

    async def login(self, call: Call) -> SignedIn:
        given: Login = call.body
        granted = await self._access.local.sign_in(
            given.email,
            given.password.get_secret_value(),
            given.code,
            address=call.caller.address,
            agent=call.request.headers.get("User-Agent", ""),
            request_id=call.caller.request_id,
        )
        return signed_in(granted)

    async def refresh(self, call: Call) -> SignedIn:
        return signed_in(await self._access.sessions.refresh(call.body.refresh_token.get_secret_value()))

    async def accept(self, call: Call) -> None:
        given: Acceptance = call.body
        await self._access.invitations.accept(
            given.token.get_secret_value(),
            given.password.get_secret_value(),
            address=call.caller.address,
            request_id=call.caller.request_id,
        )

    async def keys(self, _: Call) -> Answer:
        keys: Any = await self._access.signing.published()
        headers = {"Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*"}
        return Answer(Jwks(keys=keys), headers=headers)


def signed_in(granted: Granted) -> SignedIn:
    """What a client is handed for its session."""
    return SignedIn(
        access_token=granted.access_token,
        refresh_token=granted.refresh_token,
        expires_in=granted.expires_in,
        session=granted.session,
        actions=tuple(sorted(granted.actions)),
    )
