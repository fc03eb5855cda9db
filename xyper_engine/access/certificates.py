"""Certificates: statements of the engine that anybody can prove later, signed with the keys that sign access tokens.

Those keys change, so the one that signed travels with it; which it was stands in the audit, too.
"""

from collections.abc import Mapping
from typing import Any

import jwt

from xyper_engine.access.signing import SigningKeys, jwk
from xyper_engine.access.tokens import ALGORITHM


def proved(certificate: str) -> Mapping[str, Any]:
    """What it states, once the key within it proves it; whose key that is, the audit tells. Raises `PyJWTError`."""
    key = jwt.PyJWK(jwt.get_unverified_header(certificate)["jwk"])
    stated: Mapping[str, Any] = jwt.decode(certificate, key, algorithms=[ALGORITHM])
    return stated


async def certified(keys: SigningKeys, kind: str, statement: Mapping[str, Any]) -> tuple[str, str]:
    """The statement as a JWT of this kind, and the id of the key. No door takes it for an access token."""
    key = await keys.signer()
    assert key.private is not None  # noqa: S101  a signer has it
    headers = {"kid": key.id, "typ": f"{kind}+jwt", "jwk": dict(jwk(key))}
    return jwt.encode(dict(statement), key.private, algorithm=ALGORITHM, headers=headers), key.id
