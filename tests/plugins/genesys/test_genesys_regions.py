"""Where Genesys runs, and the settings that can add to it."""

import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from xyper_genesys.regions import REGIONS, Region, lookup
from xyper_genesys.settings import GenesysSettings, Hosts

LAB = {"lab": Hosts(api="http://127.0.0.1:1/", login="http://127.0.0.1:2/auth")}


def test_the_table_is_the_official_sdks() -> None:
    from PureCloudPlatformClientV2 import PureCloudRegionHosts

    assert {region.api for region in REGIONS} == {host.value for host in PureCloudRegionHosts}
    assert len(REGIONS) == 18


@pytest.mark.parametrize("region", REGIONS, ids=lambda region: region.name)
def test_a_region_has_three_names(region: Region) -> None:
    names = [name for name in (region.name, region.domain, region.environment, f" {region.name.upper()} ") if name]
    assert {lookup(name, {}) for name in names} == {region}
    assert (region.api, region.login) == (f"https://api.{region.domain}", f"https://login.{region.domain}")


@pytest.mark.parametrize("name", ["", "mars", "pure.cloud", "eusc-pure.cloud", "evil.mypurecloud.com", "prod-", "lab"])
def test_what_is_not_in_the_table_is_no_region(name: str) -> None:
    assert lookup(name, {}) is None


def test_the_settings_add_regions() -> None:
    assert lookup("lab", LAB) == Region("lab", "http://127.0.0.1:1", "http://127.0.0.1:2/auth")
    assert lookup("us-east-1", LAB) == REGIONS[0]


@pytest.mark.parametrize("name", ["us-east-1", "MyPureCloud.de", "prod-euw1"])
def test_a_real_region_cannot_be_turned_elsewhere(name: str) -> None:
    hosts = Hosts(api="https://evil.example", login="https://evil.example")
    with pytest.raises(ValidationError, match="a region of Genesys itself"):
        GenesysSettings(regions={name: hosts})
    found = lookup(name, {name: hosts})
    assert found is not None
    assert found in REGIONS


@pytest.mark.parametrize(
    "url", ["", "api.example", "ftp://api.example", "https://", "https://api.example?v=2", "https://a b"]
)
def test_a_further_region_is_two_base_urls(url: str) -> None:
    with pytest.raises(ValidationError):
        Hosts(api=url, login="https://login.example")


def test_the_settings_file_names_each_setting_with_its_default() -> None:
    file = Path(__file__).parents[3] / "xyper.toml"
    assert tomllib.loads(file.read_text("utf-8"))["plugins"]["genesys"] == GenesysSettings().model_dump()


@pytest.mark.parametrize("wrong", [{"timeout": 0}, {"client_rate": 1}, {"unknown_wait": -1}, {"timeouts": 3}])
def test_a_wrong_setting_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        GenesysSettings.model_validate(wrong)
