"""What may be told of tenants: a whole one, or an account, a link or a hook of it. `views.py` is what is told back."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, WithJsonSchema

from xyper_engine.model import Endpoint
from xyper_engine.phrases import languages
from xyper_engine.policy import PluginChoice, Policy


def endpoint(text: object) -> object:
    """`whatsapp/1234` as the `Endpoint` it means."""
    if isinstance(text, Endpoint):
        return text
    adapter, slash, account = text.partition("/") if isinstance(text, str) else ("", "", "")
    if not (adapter and slash and account):
        raise ValueError("must be written <adapter>/<account>, e.g. whatsapp/1234")
    return Endpoint(adapter=adapter, account=account)


def policy(given: object) -> object:
    """A policy as a person writes it: no field is misspelt, the language is there, a template is named if wanted."""
    if not isinstance(given, dict):
        return given
    known = [name for name in Policy.model_fields if name != "plugins"]
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ValueError(f"has no {', '.join(unknown)}; it has {', '.join(known)}")
    if given.get("language", "en") not in languages():
        raise ValueError(f"language must be one of {', '.join(languages())}")
    if given.get("window") == "template" and not (given.get("window_template") and given.get("window_language")):
        raise ValueError('window = "template" needs window_template and window_language')
    return given


def choice(given: object) -> object:
    """What is chosen for a plugin, as a person writes it: no field is misspelt."""
    if isinstance(given, dict) and (unknown := sorted(set(given) - set(PluginChoice.model_fields))):
        raise ValueError(f"has no {', '.join(unknown)}; it has {', '.join(PluginChoice.model_fields)}")
    return given


Adapter = Annotated[str, Field(pattern="^[a-z0-9_-]{1,64}$")]
Name = Annotated[str, Field(max_length=200)]
Parent = Annotated[str, Field(min_length=1, max_length=200)]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=4096)]
Decided = Annotated[Policy, BeforeValidator(policy)]
Written = Annotated[
    Endpoint,
    BeforeValidator(endpoint),
    WithJsonSchema({"type": "string", "pattern": "^[^/]+/.+$", "examples": ["whatsapp/1234"]}, mode="validation"),
]
Chosen = Annotated[PluginChoice, BeforeValidator(choice)]


class Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class AccountSpec(Spec):
    adapter: Adapter
    account: str = Field(pattern="^[A-Za-z0-9][A-Za-z0-9_.:@+-]{0,199}$")
    name: Name = ""
    parent: Parent | None = None
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
    adapter: Adapter
    account: str | None = None
    secrets: tuple[Secret, ...] = Field(min_length=1)
    """All that are valid, newest first; a hook without any would refuse every request."""
    verify_tokens: tuple[Secret, ...] = ()


class TenantSpec(Spec):
    id: str = Field(pattern="^[a-z0-9][a-z0-9-]{0,62}$")
    name: Name
    state: Literal["active", "suspended"] = "active"
    policy: Decided | None = None
    """None leaves an existing tenant's as it is."""
    plugins: Mapping[str, Chosen] = Field(default_factory=dict)
    """Switches and settings by the plugin's name; a plugin that is left out keeps what it has."""
    accounts: tuple[AccountSpec, ...] = ()
    links: tuple[LinkSpec, ...] = ()
    hooks: tuple[HookSpec, ...] = ()
