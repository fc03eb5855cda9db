"""Genesys' platform API: calls with a token, and what its answers mean.

Vendor sources: endpoint texts and `ErrorBody` of the official SDK (PureCloudPlatformClientV2 269), and the announcement
of the uniform 429 on developer.genesys.cloud.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import orjson
from aiohttp import hdrs

from xyper_engine.contract import Learned, Payload, Posted
from xyper_engine.errors import Ambiguous, AuthRefused, FarSideDown, Misconfigured, Rejected, SendError, Throttled
from xyper_engine.saying import Quoted, said
from xyper_genesys.exchange import Answer, exchange
from xyper_genesys.tokens import Credentials, Tokens

CONVERSATIONS = "/api/v2/conversations/messages"
INTEGRATIONS = "/api/v2/conversations/messaging/integrations/open"
_SECONDS = re.compile(r"\[(\d+)\] seconds")
_PERMISSION = {
    "message": "conversation:message:receive",
    "response": "conversation:message:receive",
    "receipt": "conversation:message:receive",
    "typing": "conversation:message:receive",
    "read back": "conversation:message:view",
    "conversation": "conversation:communication:view",
    "conversation's end": "conversation:communication:disconnect",
    "integration": "messaging:integration:view",
    "integration's change": "messaging:integration:edit",
}
"""For calls whose refusal may name none."""


def path(*segments: str) -> str:
    """Segments from outside cannot climb out of their place in the path."""
    return "/".join(quote(segment, safe="") for segment in segments)


class Api:
    """Calls on behalf of any OAuth client; the host is always the one of the client's region."""

    def __init__(self, tokens: Tokens, timeout: float) -> None:
        self._tokens = tokens
        self._timeout = timeout

    async def token(self, http: aiohttp.ClientSession, credentials: Credentials) -> None:
        """Prove that the login takes these credentials. Raises a `SendError`."""
        await self._tokens.get(http, credentials)

    async def call(
        self,
        http: aiohttp.ClientSession,
        credentials: Credentials,
        method: str,
        route: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Answer:
        """The answer, also one of refusal (see `trouble`). A 401 is tried once more with a new token.

        Raises `FarSideDown`, `Ambiguous`, and what a missing token raises.
        """
        url = f"{credentials.region.api}{route}{_query(*query.items()) if query else ''}"
        data = None if body is None else orjson.dumps(body)
        token = await self._tokens.get(http, credentials)
        answer = await exchange(http, method, url, timeout=self._timeout, headers=_headers(token, data), data=data)
        if answer.status == 401:
            token = await self._tokens.renew(http, credentials, token)
            answer = await exchange(http, method, url, timeout=self._timeout, headers=_headers(token, data), data=data)
        return answer

    async def as_person(
        self,
        http: aiohttp.ClientSession,
        credentials: Credentials,
        token: str,
        method: str,
        route: str,
        *,
        body: Any = None,
    ) -> Answer:
        """With a person's own token, at the region of these credentials. Raises `FarSideDown`, `Ambiguous`."""
        data = None if body is None else orjson.dumps(body)
        url = f"{credentials.region.api}{route}"
        return await exchange(http, method, url, timeout=self._timeout, headers=_headers(token, data), data=data)


def _headers(token: str, data: bytes | None) -> dict[str, str]:
    headers: dict[str, str] = {hdrs.AUTHORIZATION: f"Bearer {token}", hdrs.ACCEPT: "application/json"}
    return headers if data is None else {**headers, hdrs.CONTENT_TYPE: "application/json"}


@lru_cache(256)
def _query(*items: tuple[str, str]) -> str:
    """Nearly all calls ask for the same."""
    return f"?{urlencode(items)}"


def posted(answer: Answer, payload: Payload, bucket: str) -> Posted:
    """What Genesys said to a payload. Raises the `SendError` of a refusal."""
    if not answer.ok:
        raise trouble(answer, payload.action, bucket)
    # A 2xx may say that it failed all the same; where we told of a failure it only repeats our own word.
    failed = answer.field("status").lower() == "failed" != str(payload.body.get("status", "")).lower()
    return Posted(
        id=answer.field("id"),
        thread=answer.field("conversationId") or None,
        learned=learned(answer, bucket),
        failed=_failure(answer) if failed else None,
    )


def trouble(answer: Answer, action: str, bucket: str) -> SendError:
    """The error table. `action` is the payload's, or `read back`, or `integration`."""
    code, correlation = answer.field("code") or str(answer.status), answer.correlation
    words = "Genesys answered {status} to the {action}: {why}"
    why = Quoted(answer.field("message")) if answer.field("message") else said("genesys.no_reason", "no reason given")
    told = said("genesys.answered", words, status=answer.status, action=Quoted(action), why=why)
    match answer.status:
        case 429:
            after = _retry_after(answer)
            return Throttled(told, bucket=bucket, code=code, after=after, correlation=correlation)
        case 503:
            return FarSideDown(told, code=code, after=_retry_after(answer), correlation=correlation)
        case 408:
            return Ambiguous(told, code=code, correlation=correlation)
        case status if status >= 500:
            return Ambiguous(told, code=code, correlation=correlation)
    todo = _todo(answer.status, action)
    if todo:
        kind = AuthRefused if answer.status == 401 else Misconfigured
        return kind(
            said("genesys.refused", "{words} {todo}", words=told, todo=todo), code=code, correlation=correlation
        )
    return Rejected(told, code=code, correlation=correlation)


def _todo(status: int, action: str) -> str:
    """What a person has to mend; "" where it is not the account but this one message."""
    if status == 401:
        words = "The new token was refused too: check that the OAuth client is active and of this region."
        return said("genesys.refused.token", words)
    if status == 403:
        likely = _PERMISSION.get(action)
        if not likely:
            return said("genesys.refused.role", "Give the OAuth client a role with this permission.")
        words = "Give the OAuth client a role with this permission, most likely {permission}."
        return said("genesys.refused.permission", words, permission=likely)
    if status == 404 and action in ("message", "integration", "integration's change"):
        words = "Check that the account's id is an Open Messaging integration of this organization."
        return said("genesys.refused.id", words)
    redirected = 300 <= status < 400
    return (
        said("genesys.refused.redirect", "A redirect is never followed: check the region's hosts.")
        if redirected
        else ""
    )


def learned(answer: Answer, bucket: str) -> tuple[Learned, ...]:
    """What `inin-ratelimit-*` tell of the client's budget; empty where they are absent or unreadable."""
    count, allowed, reset = (_number(answer, name) for name in ("count", "allowed", "reset"))
    if count is None or allowed is None or reset is None:
        return ()
    return (Learned(bucket, allowed=allowed, remaining=max(0.0, allowed - count), resets_in=reset),)


def _number(answer: Answer, name: str) -> float | None:
    text = answer.headers.get(f"inin-ratelimit-{name}", "")
    return float(text) if text.isdecimal() else None


def _retry_after(answer: Answer) -> float | None:
    text = answer.headers.get("Retry-After", "")
    if text.isdecimal():
        return float(text)
    found = _SECONDS.search(answer.field("message"))
    return float(found[1]) if found else None


def _failure(answer: Answer) -> str:
    reasons = answer.body.get("reasons")
    first = next((entry for entry in reasons if isinstance(entry, dict)), {}) if isinstance(reasons, list) else {}
    return f"{first.get('code', 'GeneralError')}: {first.get('message') or 'no reason given'}"
