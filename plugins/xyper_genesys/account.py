"""What an account on this channel must be told, checked when it is entered."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator

from xyper_genesys.regions import REGIONS, lookup
from xyper_genesys.settings import Hosts
from xyper_genesys.sign_in import Roles

Origin = Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?$", max_length=300)]


def account_config(further: Mapping[str, Hosts]) -> type[BaseModel]:
    """The shape of `config`; `further` are the regions that the settings add."""

    def known(name: str) -> str:
        if lookup(name, further) is None:
            names = ", ".join([*(region.name for region in REGIONS), *further])
            raise ValueError(f"{name!r} is no region of Genesys Cloud; there are {names}, or their domains")
        return name

    listed: list[JsonValue] = [{"const": region.name, "title": region.domain} for region in REGIONS]
    listed += [{"const": name, "title": ""} for name in further]

    class GenesysAccount(BaseModel):
        model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

        region: Annotated[str, AfterValidator(known), Field(json_schema_extra={"anyOf": [*listed, {"type": "string"}]})]
        """Where the organisation is: the region's name, e.g. `eu-central-1`, or its domain, `mypurecloud.de`."""
        client_id: str = Field(min_length=1, max_length=200)
        """Of an OAuth client with the grant Client Credentials."""
        organization_id: str = Field("", max_length=200)
        """The organisation that the client must belong to, where it is to be proved; also whose people may sign in."""
        login_client_id: str = Field("", max_length=200)
        """Of a second OAuth client, with the grant Code Authorization and PKCE, with which people sign in."""
        login_roles: Roles = Roles()
        """Who of them is more than an agent."""
        widget_hosts: tuple[Origin, ...] = ()
        """Pages beside Genesys' own that may hold the widget, as origins: where agents have Genesys in another desk's
        frame, `https://acme.lightning.force.com`."""

        @model_validator(mode="after")
        def _whose_people(self) -> Self:
            if self.login_client_id and not self.organization_id:
                raise ValueError("login_client_id needs organization_id: else anybody's people could sign in")
            return self

    return GenesysAccount
