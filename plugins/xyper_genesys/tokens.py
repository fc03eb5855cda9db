"""Client-credentials tokens: one per OAuth client, fetched once however many senders want it, renewed before it ends.

This cache is the one piece of state the adapter holds. It lives in the process only: a token is never stored.
"""

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from hashlib import sha256

import aiohttp

from xyper_engine.errors import Ambiguous, AuthRefused, FarSideDown, Misconfigured, SendError, Throttled
from xyper_engine.model import Account
from xyper_genesys.exchange import Answer, exchange
from xyper_genesys.regions import Region, lookup
from xyper_genesys.settings import Hosts

RENEW_AT = 0.8
"""Of a token's life; its shortest life is 300 s, so at least 60 s are left."""

PAUSE = 30.0
"""Seconds between two tries to renew a token that is still good: a login that is away is not asked per message."""

_WRONG = frozenset({"invalid_client", "unauthorized_client"})
"""OAuth's words (RFC 6749) for credentials that do not hold."""

_LIFE = 300.0
"""Assumed where the answer names no `expires_in`: the shortest that Genesys hands out."""


@dataclass(frozen=True)
class Credentials:
    """One OAuth client (grant type "Client Credentials") of one region."""

    region: Region
    client_id: str
    secret: str = field(repr=False)

    @classmethod
    def of(cls, account: Account, further: Mapping[str, Hosts]) -> "Credentials":
        """Raises `Misconfigured` that names what the account lacks."""
        name, client_id = account.config.get("region"), account.config.get("client_id")
        secret = account.secret("client_secret")
        for key, value in (("region", name), ("client_id", client_id), ("client_secret", secret)):
            if not isinstance(value, str) or not value:
                raise Misconfigured(f"The account {account.endpoint} has no {key}: set it.")
        region = lookup(str(name), further)
        if region is None:
            raise Misconfigured(f"The account {account.endpoint} names {name!r}, which is no region of Genesys Cloud.")
        return cls(region, str(client_id), str(secret))

    @cached_property
    def bucket(self) -> str:
        """What Genesys counts calls by."""
        return f"genesys:{self.region.name}:{self.client_id}"

    @cached_property
    def key(self) -> tuple[str, str, bytes]:
        """A rotated secret is another key: its first use proves it."""
        return self.region.login, self.client_id, sha256(self.secret.encode()).digest()

    @property
    def basic(self) -> str:
        return "Basic " + b64encode(f"{self.client_id}:{self.secret}".encode()).decode()


@dataclass(slots=True)
class _Held:
    token: str = field(repr=False)
    renew_at: float
    ends_at: float


class Tokens:
    def __init__(self, timeout: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._timeout = timeout
        self._clock = clock
        self._held: dict[tuple[str, str, bytes], _Held] = {}
        self._flights: dict[tuple[str, str, bytes], asyncio.Task[str]] = {}

    async def get(self, http: aiohttp.ClientSession, credentials: Credentials) -> str:
        """A token that is good now. Waits only where there is none yet, or none any more. Raises a `SendError`."""
        held, moment = self._held.get(credentials.key), self._clock()
        if held is None or moment >= held.ends_at:
            return await asyncio.shield(self._flight(http, credentials))
        if moment >= held.renew_at:
            held.renew_at = moment + PAUSE
            self._flight(http, credentials)
        return held.token

    async def renew(self, http: aiohttp.ClientSession, credentials: Credentials, refused: str) -> str:
        """A token other than `refused`, which Genesys answered 401 to. Raises a `SendError`."""
        held = self._held.get(credentials.key)
        if held is not None and held.token != refused:
            return held.token
        self._held.pop(credentials.key, None)
        return await asyncio.shield(self._flight(http, credentials))

    def _flight(self, http: aiohttp.ClientSession, credentials: Credentials) -> asyncio.Task[str]:
        """The one request under way. It outlives a cancelled sender, and no longer than the call's own timeout."""
        key = credentials.key
        if key not in self._flights:
            task = asyncio.create_task(self._fetch(http, credentials), name=f"token {credentials.bucket}")
            task.add_done_callback(partial(self._landed, key))
            self._flights[key] = task
        return self._flights[key]

    def _landed(self, key: tuple[str, str, bytes], task: asyncio.Task[str]) -> None:
        self._flights.pop(key, None)
        if not task.cancelled():
            task.exception()  # a renewal in the background has no waiter; the next sender hears of it in time

    async def _fetch(self, http: aiohttp.ClientSession, credentials: Credentials) -> str:
        asked_at = self._clock()
        answer = await self._ask(http, credentials)
        token = answer.field("access_token")
        if not answer.ok or not token:
            raise _refusal(answer, credentials)
        life = answer.body.get("expires_in")
        life = float(life) if isinstance(life, int | float) and life > 0 else _LIFE
        self._held = {key: held for key, held in self._held.items() if held.ends_at > asked_at}
        self._held[credentials.key] = _Held(token, asked_at + life * RENEW_AT, asked_at + life)
        return token

    async def _ask(self, http: aiohttp.ClientSession, credentials: Credentials) -> Answer:
        headers = {"Authorization": credentials.basic, "Content-Type": "application/x-www-form-urlencoded"}
        url, form = f"{credentials.region.login}/oauth/token", b"grant_type=client_credentials"
        try:
            return await exchange(http, "POST", url, timeout=self._timeout, headers=headers, data=form)
        except Ambiguous as error:
            # Nothing of the customer's was in this request, so it is certain that nothing was taken.
            raise FarSideDown(str(error)) from error


def _refusal(answer: Answer, credentials: Credentials) -> SendError:
    name, code, correlation = credentials.region.name, str(answer.status), answer.correlation
    if answer.status == 429:
        after = answer.headers.get("Retry-After", "")
        pause = float(after) if after.isdecimal() else None
        return Throttled(
            f"The login of Genesys {name} asks for a pause.", code=code, after=pause, correlation=correlation
        )
    if 300 <= answer.status < 500:
        refusal = AuthRefused if answer.status == 401 or answer.field("error") in _WRONG else Misconfigured
        return refusal(
            f"The login of Genesys {name} refuses the OAuth client (HTTP {code}: {_said(answer)}): check region, "
            "client_id and client_secret, and that its grant type is Client Credentials.",
            code=code,
            correlation=correlation,
        )
    return FarSideDown(f"The login of Genesys {name} gave no token (HTTP {code}).", code=code, correlation=correlation)


def _said(answer: Answer) -> str:
    return (
        answer.field("error_description") or answer.field("description") or answer.field("error") or "no reason given"
    )
