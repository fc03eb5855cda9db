"""What may be told of tenants: a whole one, or an account, a link or a hook of it. `views.py` is what is told back."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, SecretStr, WithJsonSchema, model_validator

from xyper_engine.model import Endpoint
from xyper_engine.phrases import languages
from xyper_engine.policy import Decided

Adapter = Annotated[str, Field(pattern="^[a-z0-9_-]{1,64}$")]
Name = Annotated[str, Field(max_length=200)]
Parent = Annotated[str, Field(min_length=1, max_length=200)]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=4096)]


class Written(Endpoint):
    """An account, as a person writes it: `whatsapp/1234`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _read(cls, text: object) -> object:
        if isinstance(text, Endpoint):
            return text.model_dump()
        adapter, slash, account = text.partition("/") if isinstance(text, str) else ("", "", "")
        if not (adapter and slash and account):
            raise ValueError("must be written <adapter>/<account>, e.g. whatsapp/1234")
        return {"adapter": adapter, "account": account}


End = Annotated[
    Written,
    WithJsonSchema({"type": "string", "pattern": "^[^/]+/.+$", "examples": ["whatsapp/1234"]}, mode="validation"),
]


class Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class PolicyChange(Decided):
    """Some decisions: those that are named."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class PolicySpec(PolicyChange):
    """All decisions; what is left out has its default."""

    @model_validator(mode="after")
    def _can_be_meant(self) -> "PolicySpec":
        if self.language not in languages():
            raise ValueError(f"language must be one of {', '.join(languages())}")
        if self.timezone != "UTC" and ("/" not in self.timezone or self.timezone not in available_timezones()):
            raise ValueError("timezone must be a name of the IANA's list, e.g. Europe/Rome, or UTC")
        if self.window == "template" and not (self.window_template and self.window_language):
            raise ValueError('window = "template" needs window_template and window_language')
        return self


class ChoiceSpec(Spec):
    off: tuple[str, ...] = ()
    """Names of the plugin's transformers that this tenant's messages pass by."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """As the plugin describes them."""


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
    customer: End
    agent: End


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
    policy: PolicySpec | None = None
    """None leaves an existing tenant's as it is."""
    plugins: Mapping[str, ChoiceSpec] = Field(default_factory=dict)
    """Switches and settings by the plugin's name; a plugin that is left out keeps what it has."""
    accounts: tuple[AccountSpec, ...] = ()
    links: tuple[LinkSpec, ...] = ()
    hooks: tuple[HookSpec, ...] = ()
