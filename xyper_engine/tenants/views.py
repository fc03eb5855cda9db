"""What is told of tenants: never a secret, only its fingerprint and age."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from xyper_engine.model import Endpoint
from xyper_engine.policy import Policy
from xyper_engine.view import View

State = Literal["active", "suspended", "deleting"]


class SecretView(View):
    """All that is ever told of a secret."""

    id: str
    owner: str
    """`account:<adapter>/<account>` or `hook:<id>`."""
    name: str
    state: Literal["current", "retiring", "pending"]
    """`retiring`: valid until `retires_at`. `pending`: accepted, but it is not known whether the vendor was told."""
    fingerprint: str
    """Tells values apart, and is no hash that could be tried out; "" where it cannot be opened."""
    created_at: datetime
    used_at: datetime | None
    """When it last proved a request or was taken by the vendor, to about a minute."""
    retires_at: datetime | None


class AccountView(View):
    endpoint: Endpoint
    name: str
    parent: str | None
    config: Mapping[str, Any]
    secrets: tuple[SecretView, ...]


class LinkView(View):
    id: str
    customer: Endpoint
    agent: Endpoint


class HookView(View):
    id: str
    address: str
    """The path: `/hooks/<adapter>/<id>`."""
    adapter: str
    account: str | None
    secrets: tuple[SecretView, ...]


class TenantFigures(View):
    """How a tenant fares, beside its line in a list."""

    regions: tuple[str, ...]
    """Of the vendors, that its accounts name."""
    numbers: int
    """That customers can write to: those that are linked."""
    messages: int
    """Both ways, of the last seven days and today."""
    failed: int
    """Of these."""
    health: Literal["ok", "wrong", "unknown"]
    """The worst of what the last check of its accounts found; `unknown` before the first."""
    expires_at: datetime | None
    """When the next of its access tokens expires; null: none does."""


class TenantLine(View):
    """A tenant in a list."""

    id: str
    name: str
    state: State
    """`suspended` and `deleting`: what is sent to it is stored, and nothing of it is handled."""
    version: int
    """Rises with every change of the tenant or of what hangs below it; the `ETag` of all of it."""
    created_at: datetime
    changed_at: datetime
    delete_at: datetime | None
    """When everything of a tenant that is `deleting` will be gone; until then it can be resumed."""
    accounts: int
    links: int
    figures: TenantFigures | None = None
    """Where they were asked for."""


class TenantView(View):
    id: str
    name: str
    state: State
    version: int
    created_at: datetime
    changed_at: datetime
    delete_at: datetime | None
    policy: Policy
    accounts: tuple[AccountView, ...]
    links: tuple[LinkView, ...]
    hooks: tuple[HookView, ...]
