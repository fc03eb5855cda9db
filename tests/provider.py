"""A small OpenID provider, the far side of `xyper_engine/access/oidc.py`: it signs truly, or lies in one way.

async with IdentityProvider() as idp:
    idp.lie = Lie(claims={"nonce": "another"})
"""

import hashlib
import hmac
import json
import secrets
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import quote

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey

CLIENT, SECRET = "xyper-client", "a client/secret+with signs"


@dataclass(frozen=True)
class Lie:
    """What is wrong with the next ID tokens."""

    claims: dict[str, Any] = field(default_factory=dict)
    """In place of the true ones; None leaves one out."""
    algorithm: str = "ES256"
    """`none`, or `HS256` with the public key as its secret."""
    kid: str = ""
    """In place of the key's own id."""
    key: Key | None = None
    """Signs in place of the provider's own, under the provider's key id."""


@dataclass
class User:
    sub: str = "user-1"
    email: str = "ada@example.com"
    email_verified: bool = True
    name: str = "Ada Lindqvist"
    more: dict[str, Any] = field(default_factory=lambda: {"groups": ["staff", "xyper-admins"]})


class IdentityProvider:
    """Whoever comes to `/authorize` is `user` and is sent back at once."""

    def __init__(self) -> None:
        self.url = ""
        self.user = User()
        self.lie = Lie()
        self.described: dict[str, Any] = {}
        """In place of what the discovery document would say."""
        self.published: object = None
        """In place of the keys."""
        self.seen: list[str] = []
        """Paths that were asked for."""
        self.forms: list[dict[str, str]] = []
        self.padding = 0
        """Bytes by which the discovery document is too long."""
        self.elsewhere = ""
        """Where the discovery document redirects to."""
        self._codes: dict[str, dict[str, str]] = {}
        self._runner: web.AppRunner | None = None
        self.rotate()

    def rotate(self) -> None:
        """A new key, and nothing is known of the old one."""
        self.key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(4), "use": "sig"})

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self._discovery)
        app.router.add_get("/keys", self._keys)
        app.router.add_get("/authorize", self._authorize)
        app.router.add_post("/token", self._token)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _discovery(self, request: web.Request) -> web.Response:
        self.seen.append(request.path)
        if self.elsewhere:
            raise web.HTTPFound(self.elsewhere)
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        document = {"issuer": self.url, **{name: f"{self.url}/{path}" for name, path in ends.items()}}
        return web.json_response({**document, "padding": "x" * self.padding, **self.described})

    async def _keys(self, request: web.Request) -> web.Response:
        self.seen.append(request.path)
        other = RSAKey.generate_key(2048, {"kid": "for-encryption", "use": "enc"})
        own = [other.as_dict(private=False), self.key.as_dict(private=False)]
        return web.json_response({"keys": own if self.published is None else self.published})

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        assert asked["response_type"] == "code"
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        raise web.HTTPFound(f"{asked['redirect_uri']}?code={code}&state={asked['state']}&session_state=x")

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append(form)
        asked = self._codes.pop(form.get("code", ""), None)
        if not self._is_client(request, form):
            return web.json_response({"error": "invalid_client"}, status=401)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        right = asked and _part(digest) == asked["code_challenge"]
        if asked is None or not right or form.get("redirect_uri") != asked["redirect_uri"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response(
            {"access_token": "x", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"], asked)}
        )

    def _is_client(self, request: web.Request, form: dict[str, str]) -> bool:
        if "client_secret" in form:
            return (form["client_id"], form["client_secret"]) == (CLIENT, SECRET)
        basic = b64encode(f"{CLIENT}:{quote(SECRET, safe='')}".encode()).decode()
        return request.headers.get("Authorization") == f"Basic {basic}"

    def id_token(self, nonce: str, asked: Mapping[str, str] | None = None) -> str:
        at = int(time.time())
        who = {"sub": self.user.sub, "email": self.user.email, "name": self.user.name, **self.user.more}
        claims = {"iss": self.url, "aud": CLIENT, "iat": at, "exp": at + 300, "nonce": nonce, **who}
        if asked and "max_age" in asked:
            claims["auth_time"] = at
        claims["email_verified"] = self.user.email_verified
        claims = {name: value for name, value in {**claims, **self.lie.claims}.items() if value is not None}
        return self._signed(claims)

    def _signed(self, claims: dict[str, Any]) -> str:
        header = {"alg": self.lie.algorithm, "kid": self.lie.kid or self.key.kid}
        if self.lie.algorithm in ("none", "HS256"):  # which the library refuses to make, and rightly
            text = ".".join(_part(json.dumps(part).encode()) for part in (header, claims))
            mac = hmac.digest(self.key.as_pem(private=False), text.encode(), "sha256")
            return f"{text}.{_part(mac) if self.lie.algorithm == 'HS256' else ''}"
        return jwt.encode(header, claims, self.lie.key or self.key, algorithms=[self.lie.algorithm])


def _part(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()
