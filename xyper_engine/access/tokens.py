"""Access tokens: JWTs (RFC 9068), signed with Ed25519, short-lived. They say who asks; `sessions.py` says whether the
session still stands. What was verified once is remembered, so that a call costs microseconds and no curve arithmetic.
"""

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt

from xyper_engine.access.roles import Action, Role
from xyper_engine.access.signing import SigningKeys
from xyper_engine.errors import Unauthenticated
from xyper_engine.model import new_id
from xyper_engine.saying import said

ALGORITHM = "EdDSA"
AUDIENCE = "xyper"
TYPE = "at+jwt"
LEEWAY = 5.0
"""Seconds by which the clocks of two engines may differ."""
REMEMBERED = 20_000
"""Verified tokens; beyond it the oldest goes."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says."""

    person: str
    session: str
    tenant: str | None
    role: Role
    actions: frozenset[Action]
    expires_at: float
    """Seconds since the epoch."""
    conversation: str | None = None


class Tokens:
    def __init__(self, keys: SigningKeys, issuer: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._verified: dict[bytes, Claims] = {}

    async def issue(self, claims: Claims, issued_at: datetime) -> str:
        """A token that says this. Raises `Unavailable`."""
        key = await self._keys.signer()
        assert key.private is not None  # noqa: S101  a signer has it
        body = {
            "iss": self._issuer, "aud": AUDIENCE, "sub": claims.person, "sid": claims.session, "jti": new_id(),
            "iat": int(issued_at.timestamp()), "exp": int(claims.expires_at), "tenant": claims.tenant,
            "role": claims.role, "scope": " ".join(sorted(claims.actions)), "conversation": claims.conversation,
        }  # fmt: skip
        headers = {"kid": key.id, "typ": TYPE}
        return jwt.encode(body, key.private, algorithm=ALGORITHM, headers=headers)

    async def verify(self, token: str) -> Claims:
        """What a genuine token says. Raises `Unauthenticated`, in the same words whatever is wrong with it."""
        name = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        claims = self._verified.get(name)
        if claims is None:
            claims = await self._proved(token)
            self._remember(name, claims)
        if claims.expires_at + LEEWAY <= time.time():
            self._verified.pop(name, None)
            raise refused()
        return claims

    async def _proved(self, token: str) -> Claims:
        try:
            header = jwt.get_unverified_header(token)
            key = await self._keys.verifier(str(header.get("kid")))
            if key is None or header.get("typ") != TYPE:
                raise refused()
            body = jwt.decode(
                token, key, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=self._issuer, leeway=LEEWAY,
                options={"require": ["exp", "iat", "iss", "aud", "sub", "sid", "scope", "role"]},
            )  # fmt: skip
            return _claims(body)
        except (jwt.PyJWTError, ValueError, TypeError):
            raise refused() from None

    def _remember(self, name: bytes, claims: Claims) -> None:
        if len(self._verified) >= REMEMBERED:
            del self._verified[next(iter(self._verified))]
        self._verified[name] = claims


def refused() -> Unauthenticated:
    return Unauthenticated(
        said("auth.ended", "The access token is not valid, has expired, or its session has ended: sign in again.")
    )


def _claims(body: dict[str, Any]) -> Claims:
    scope = set(str(body["scope"]).split())
    return Claims(
        person=body["sub"],
        session=str(body["sid"]),
        tenant=body.get("tenant"),
        role=Role(body["role"]),
        actions=frozenset(action for action in Action if action in scope),
        expires_at=float(body["exp"]),
        conversation=body.get("conversation"),
    )
