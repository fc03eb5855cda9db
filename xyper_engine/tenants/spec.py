"""The shapes of onboarding: what is told to the directory, and what it tells back, which is never a secret."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from xyper_engine.model import Endpoint
from xyper_engine.phrases import languages
from xyper_engine.policy import Policy


def endpoint(text: object) -> object:
    """`whatsapp/1234` as the `Endpoint` it means; anything else is left to pydantic."""
    if not isinstance(text, str):
        return text
    adapter, slash, account = text.partition("/")
    if not (adapter and slash and account):
        raise ValueError("must be written <adapter>/<account>, e.g. whatsapp/1234")
    return Endpoint(adapter=adapter, account=account)


def policy(given: object) -> object:
    """A policy as a person writes it: no field is misspelt, the language is there, a template is named if wanted."""
    if not isinstance(given, dict):
        return given
    unknown = sorted(set(given) - set(Policy.model_fields))
    if unknown:
        raise ValueError(f"has no {', '.join(unknown)}; it has {', '.join(Policy.model_fields)}")
    if given.get("language", "en") not in languages():
        raise ValueError(f"language must be one of {', '.join(languages())}")
    if given.get("window") == "template" and not (given.get("window_template") and given.get("window_language")):
        raise ValueError('window = "template" needs window_template and window_language')
    return given


Secret = Annotated[SecretStr, Field(min_length=1)]
Decided = Annotated[Policy, BeforeValidator(policy)]
Written = Annotated[Endpoint, BeforeValidator(endpoint)]
State = Literal["active", "suspended"]


class Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AccountSpec(Spec):
    adapter: str = Field(pattern="^[a-z0-9_-]+$")
    account: str = Field(min_length=1)
    name: str = ""
    parent: str | None = None
    """The vendor's own account above this one (WhatsApp: the WABA id)."""
    config: dict[str, Any] = Field(default_factory=dict)
    secrets: dict[str, Secret] = Field(default_factory=dict)
    """One value per name; a name that is left out keeps the value it has."""


class LinkSpec(Spec):
    customer: Written
    agent: Written


class HookSpec(Spec):
    """One webhook address. Without `id` it keeps the one it has, or gets one that nobody can guess."""

    id: str | None = Field(None, pattern="^[A-Za-z0-9_-]{1,64}$")
    adapter: str = Field(pattern="^[a-z0-9_-]+$")
    account: str | None = None
    secrets: tuple[Secret, ...] = Field(min_length=1)
    """All that are valid, newest first; a hook without any would refuse every request."""
    verify_tokens: tuple[Secret, ...] = ()


class TenantSpec(Spec):
    id: str = Field(pattern="^[a-z0-9][a-z0-9-]{0,62}$")
    name: str
    state: State = "active"
    policy: Decided | None = None
    """None leaves an existing tenant's as it is."""
    accounts: tuple[AccountSpec, ...] = ()
    links: tuple[LinkSpec, ...] = ()
    hooks: tuple[HookSpec, ...] = ()


class View(BaseModel):
    model_config = ConfigDict(frozen=True)


class SecretView(View):
    """All that is ever told of a secret."""

    id: str
    owner: str
    """`account:<adapter>/<account>` or `hook:<id>`."""
    name: str
    state: Literal["current", "retiring", "pending"]
    """`retiring`: valid until `retires_at`. `pending`: accepted, but it is not known whether the vendor was told."""
    fingerprint: str
    """Tells values apart; "" where it cannot be opened."""
    created_at: datetime
    used_at: datetime | None
    """When it last proved a request or opened a door, to about a minute."""
    retires_at: datetime | None


class AccountView(View):
    endpoint: Endpoint
    name: str
    parent: str | None
    config: dict[str, Any]
    secrets: tuple[SecretView, ...]


class LinkView(View):
    customer: Endpoint
    agent: Endpoint


class HookView(View):
    address: str
    """The path: `/hooks/<adapter>/<id>`."""
    adapter: str
    account: str | None
    secrets: tuple[SecretView, ...]


class TenantLine(View):
    id: str
    name: str
    state: State
    accounts: int
    links: int
    created_at: datetime


class TenantView(View):
    id: str
    name: str
    state: State
    created_at: datetime
    policy: Policy
    accounts: tuple[AccountView, ...]
    links: tuple[LinkView, ...]
    hooks: tuple[HookView, ...]
