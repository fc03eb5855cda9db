"""Where Genesys Cloud runs: all that the official SDK lists (PureCloudPlatformClientV2 269).

A table and never a pattern: `us-gov-pure.cloud` and `eusc-pure.cloud` look like other regions' domains and are not, and
a tenant's token may go to the hosts of its own region only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Region:
    """One Genesys Cloud. `api` and `login` are base URLs without a slash at the end."""

    name: str
    """The AWS region, or a name from the settings."""
    api: str
    login: str
    domain: str = ""
    environment: str = ""
    """The value of the widget's `{{gcTargetEnv}}`; "" where Genesys publishes none."""


class _Hosts(Protocol):
    @property
    def api(self) -> str: ...
    @property
    def login(self) -> str: ...


_TABLE = (
    ("us-east-1", "mypurecloud.com", "prod"),
    ("us-east-2", "use2.us-gov-pure.cloud", "fedramp-use2-core"),
    ("us-west-2", "usw2.pure.cloud", "prod-usw2"),
    ("ca-central-1", "cac1.pure.cloud", "prod-cac1"),
    ("mx-central-1", "mxc1.pure.cloud", "prod-mxc1"),
    ("sa-east-1", "sae1.pure.cloud", "prod-sae1"),
    ("eu-west-1", "mypurecloud.ie", "prod-euw1"),
    ("eu-west-2", "euw2.pure.cloud", "prod-euw2"),
    ("eu-central-1", "mypurecloud.de", "prod-euc1"),
    ("eu-central-2", "euc2.pure.cloud", "prod-euc2"),
    ("eusc-de-east-1", "edee1.eusc-pure.cloud", ""),
    ("me-central-1", "mec1.pure.cloud", "prod-mec1"),
    ("ap-south-1", "aps1.pure.cloud", "prod-aps1"),
    ("ap-southeast-1", "apse1.pure.cloud", "prod-apse1"),
    ("ap-southeast-2", "mypurecloud.com.au", "prod-apse2"),
    ("ap-northeast-1", "mypurecloud.jp", "prod-apne1"),
    ("ap-northeast-2", "apne2.pure.cloud", "prod-apne2"),
    ("ap-northeast-3", "apne3.pure.cloud", "prod-apne3"),
)

REGIONS: tuple[Region, ...] = tuple(
    Region(name, f"https://api.{domain}", f"https://login.{domain}", domain, environment)
    for name, domain, environment in _TABLE
)

_BY_ANY_NAME: Mapping[str, Region] = MappingProxyType(
    {key: region for region in REGIONS for key in (region.name, region.domain, region.environment) if key}
)


def is_built_in(name: str) -> bool:
    return name.strip().lower() in _BY_ANY_NAME


def lookup(name: str, further: Mapping[str, _Hosts]) -> Region | None:
    """The region of an AWS region name, a domain or an environment name, or of a name in `further` (the settings)."""
    wanted = name.strip()
    hosts = further.get(wanted)
    if hosts is not None and not is_built_in(wanted):
        return Region(wanted, hosts.api.rstrip("/"), hosts.login.rstrip("/"))
    return _BY_ANY_NAME.get(wanted.lower())
