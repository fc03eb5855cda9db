"""The shape of `[plugins.genesys]` in xyper.toml."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, field_validator

from xyper_genesys.regions import is_built_in


class Hosts(BaseModel):
    """Where a further region listens: base URLs, before `/api/v2` and `/oauth/token`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api: str = Field(pattern=r"^https?://[^?#\s]+$")
    login: str = Field(pattern=r"^https?://[^?#\s]+$")


class GenesysSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    timeout: float = Field(10.0, gt=0)
    """Seconds for one call."""
    client_rate: float = Field(300.0, ge=10)
    """Calls a minute per OAuth client."""
    unknown_wait: float = Field(60.0, ge=0)
    """Seconds to wait for a sign of life of an unclear send, before it is sent again."""
    regions: Mapping[str, Hosts] = Field(default_factory=dict)
    """Further regions by name, e.g. simulators."""

    @field_validator("regions")
    @classmethod
    def _further_only(cls, regions: Mapping[str, Hosts]) -> Mapping[str, Hosts]:
        # A real region's name must always mean the real region: its tenants' tokens go to the hosts behind it.
        taken = sorted(name for name in regions if is_built_in(name))
        if taken:
            raise ValueError(f"{', '.join(taken)} is a region of Genesys itself, choose another name")
        return regions
