"""Secrets: what there is, a change with an overlap, the end of one value. A value is taken, and never given."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field, SecretStr, model_validator

from xyper_engine.access.roles import Action
from xyper_engine.edge.paging import Page, cursor
from xyper_engine.edge.route import Call, Given, Route, Told
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.secret_office import SecretOffice
from xyper_engine.secret_register import Register, Sought
from xyper_engine.secret_trial import OVERLAP, Change
from xyper_engine.tenants.views import SecretView

_TENANT = "/api/v1/tenants/{tenant}/secrets"
_ALL = "/api/v1/secrets"
_OPERATOR = "/api/v1/hooks/secrets"


class SecretTold(Told):
    id: str
    owner: str
    """`account:<adapter>/<account>` or `hook:<id>`."""
    name: str
    state: Literal["current", "retiring", "pending"]
    fingerprint: str
    """Tells values apart; it is not a hash that could be tried out."""
    created_at: datetime
    used_at: datetime | None
    """When it last proved a request or was taken by the vendor, to about a minute."""
    retires_at: datetime | None


class SecretLineTold(SecretTold):
    tenant: str | None
    """Null: the operator's."""
    adapter: str
    """The channel that it is for."""
    made: bool
    """True for what we make up ourselves, and tell the vendor of."""
    expires_at: datetime | None
    """When the vendor lets it end, where it says so."""
    due_at: datetime | None
    """When it is to be changed at the latest: by `[secrets] rotate_days`, or before the vendor lets it end."""


class SecretPage(Told):
    secrets: tuple[SecretLineTold, ...]
    """Oldest first."""
    next: str | None


class Lines(Page):
    tenant: str | None = Field(None, max_length=100)
    name: str | None = Field(None, max_length=100)
    state: Literal["current", "retiring", "pending"] | None = None


class SecretList(Told):
    secrets: tuple[SecretTold, ...]


class Rotation(Given):
    owner: str = Field(max_length=300)
    name: str = Field(max_length=100)
    value: SecretStr | None = Field(None, min_length=1, max_length=4096)
    generate: bool = False
    """Make a value up and tell the vendor of it; for what is ours to make: verify token, Genesys' webhook secret."""
    overlap: float = Field(OVERLAP.total_seconds(), ge=0, le=90 * 86_400)
    """Seconds in which the values before it stay valid."""

    @model_validator(mode="after")
    def _one_way(self) -> "Rotation":
        if (self.value is None) != self.generate:
            raise ValueError("give `value`, or `generate` for one that is made up: one of the two")
        return self


class Of(Given):
    owner: str | None = Field(None, max_length=300)


class Revocation(Given):
    last: bool = False
    """Also where it is the only value of its name."""


class SecretsApi:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._office = SecretOffice(rt, registry)
        self._register = Register(rt, registry)

    def routes(self) -> tuple[Route, ...]:
        rotate, revoke = "Prove a new value to the vendor and change to it.", "End one value at once."
        return (
            Route("GET", _ALL, Action.secrets_read, self.page, "List the secrets that you may see, oldest first.",
                  query=Lines, answer=SecretPage),
            *self._of(_TENANT, Action.secrets_read, Action.secrets_rotate, "List a tenant's secrets.", rotate, revoke),
            *self._of(_OPERATOR, Action.hooks_read, Action.hooks_rotate,
                      "List the secrets of the operator's webhook addresses.", rotate, revoke),
        )  # fmt: skip

    def _of(self, path: str, read: Action, change: Action, *summaries: str) -> Sequence[Route]:
        listing, rotating, revoking = summaries
        return (
            Route("GET", path, read, self.list, listing, query=Of, answer=SecretList),
            Route("POST", f"{path}/rotate", change, self.rotate, rotating, body=Rotation, answer=SecretTold),
            Route("DELETE", f"{path}/{{id}}", change, self.revoke, revoking, query=Revocation, careful=True),
        )  # fmt: skip

    async def page(self, call: Call) -> SecretPage:
        query: Lines = call.query
        sought = Sought(query.tenant, query.name, query.state)
        found = await self._register.page(call.scope, sought, query.after_moment(), query.limit + 1)
        lines = found[: query.limit]
        following = cursor(lines[-1].created_at.isoformat(), lines[-1].id) if len(found) > query.limit else None
        return SecretPage(
            secrets=tuple(SecretLineTold.model_validate(one.model_dump()) for one in lines), next=following
        )

    async def list(self, call: Call) -> SecretList:
        found = await self._office.list(_tenant(call), call.query.owner)
        return SecretList(secrets=tuple(map(told, found)))

    async def rotate(self, call: Call) -> SecretTold:
        wanted: Rotation = call.body
        overlap = timedelta(seconds=wanted.overlap)
        change = Change(_tenant(call), wanted.owner, wanted.name, wanted.value, overlap)
        return told(await self._office.rotate(call.caller, change))

    async def revoke(self, call: Call) -> None:
        await self._office.revoke(call.caller, _tenant(call), call.path("id"), last=call.query.last)


def told(secret: SecretView) -> SecretTold:
    return SecretTold.model_validate(secret.model_dump())


def _tenant(call: Call) -> str | None:
    return call.request.match_info.get("tenant")
