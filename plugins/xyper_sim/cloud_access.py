"""Who may call the simulated Genesys Cloud, and how often: tokens, permissions, rate limits."""

import base64
import binascii
import math
import secrets
import time
from dataclasses import dataclass

from aiohttp import web
from pydantic import SecretStr

from xyper_sim import cloud_errors
from xyper_sim.cloud_settings import Client, CloudConfig, Person
from xyper_sim.knobs import Gate


class Denied(Exception):
    """`/oauth/token` says no: its body is OAuth's, not `ErrorBody`."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"error": error, "description": description, "error_description": description}


@dataclass(frozen=True, slots=True)
class Token:
    client_id: str
    expires: float
    """On the monotonic clock."""
    person: str = ""
    """Whose it is; "" for a client's own."""


class Access:
    """Clients, their tokens, and how many calls each has made in its minute."""

    def __init__(self, config: CloudConfig, gate: Gate) -> None:
        self.clients = {client.client_id: client for client in config.clients}
        self.login_clients = {client.client_id: client for client in config.login_clients}
        self.people = {person.id: person for person in config.people}
        self.throttled = 0
        """How many calls were refused with 429."""
        self.issued = 0
        """How many tokens were ever given out: a client that caches them keeps this low."""
        self._config = config
        self._gate = gate
        self._tokens: dict[str, Token] = {}

    def grant(self, authorization: str, grant_type: str | None) -> dict[str, str | int]:
        """The answer of `POST /oauth/token`. Raises `Denied`."""
        client = self._client(authorization)
        if grant_type != "client_credentials":
            raise Denied(400, "unsupported_grant_type", f"unsupported grant type: {grant_type}")
        return self.issue(client.client_id)

    def issue(self, client_id: str, person: str = "") -> dict[str, str | int]:
        """A new token of this client, or of this person with it."""
        token, seconds = secrets.token_urlsafe(64), self._config.token_seconds
        self._tokens[token] = Token(client_id, time.monotonic() + seconds, person)
        self.issued += 1
        return {"access_token": token, "token_type": "bearer", "expires_in": seconds}

    def revoke(self) -> int:
        """Make every token invalid, as when an administrator rotates a client's secret. How many there were."""
        count = len(self._tokens)
        self._tokens.clear()
        return count

    def admit(self, request: web.Request) -> tuple[Client, Person | None]:
        """The client whose valid token the request carries, and the person it speaks for. Raises `CloudError` (401)."""
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not value:
            raise cloud_errors.no_token()
        token = self._tokens.get(value)
        person = self.people.get(token.person) if token else None
        client = self._holder(token, person) if token else None
        if token is None or client is None or token.expires <= time.monotonic():
            self._tokens.pop(value, None)
            raise cloud_errors.bad_token()
        return client, person

    def count(self, client: Client) -> dict[str, str]:
        """One more call of this client: the headers to send with the answer. Raises `CloudError` (429)."""
        allowed = self._allowed(client)
        if not allowed:
            return {}
        count, resets = self._gate.minute.hit(client.client_id)
        seconds = max(1, math.ceil(resets))
        headers = {
            "inin-ratelimit-count": str(min(count, allowed)),
            "inin-ratelimit-allowed": str(allowed),
            "inin-ratelimit-reset": str(seconds),
        }
        if count > allowed:
            self.throttled += 1
            refused = cloud_errors.too_many(seconds)
            refused.headers.update(headers)
            raise refused
        return headers

    def _holder(self, token: Token, person: Person | None) -> Client | None:
        """A person's token opens what the person may do, whatever client it was given to."""
        login = self.login_clients.get(token.client_id)
        if login is None or person is None:
            return self.clients.get(token.client_id)
        return Client(
            client_id=login.client_id, client_secret=SecretStr(""), name=login.name, org=login.org,
            permissions=person.permissions,
        )  # fmt: skip

    def _allowed(self, client: Client) -> int:
        knob = self._gate.knobs.rate_limit_per_minute
        if knob is not None:
            return knob
        return self._config.rate if client.rate is None else client.rate

    def _client(self, authorization: str) -> Client:
        scheme, _, value = authorization.partition(" ")
        try:
            name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise Denied(400, "invalid_request", "the authorization header cannot be read") from None
        client = self.clients.get(name)
        if scheme.lower() != "basic" or client is None:
            raise Denied(400, "invalid_client", "client not found or invalid client")
        if not secrets.compare_digest(client.client_secret.get_secret_value().encode(), secret.encode()):
            raise Denied(401, "invalid_client", "authentication failed")
        return client
