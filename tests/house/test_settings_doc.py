"""Each plugin's settings are documented where the engine's are, with the same defaults; each fault is one sentence."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, SecretStr

from tests.conftest import Configure
from xyper_engine import plugins
from xyper_engine.broker import open_broker
from xyper_engine.cache import open_cache
from xyper_engine.errors import SettingsError
from xyper_engine.media import open_media
from xyper_engine.settings import Settings, load
from xyper_engine.store.db import open_database
from xyper_genesys.settings import GenesysSettings
from xyper_sim.settings import SimSettings
from xyper_whatsapp.settings import WhatsAppSettings

ROOT = Path(__file__).parents[2]
FILE = tomllib.loads((ROOT / "xyper.toml").read_text("utf-8"))
SIMULATOR = (ROOT / "config/simulator.example.toml").read_text("utf-8")
MODELS: Mapping[str, type[BaseModel]] = {"whatsapp": WhatsAppSettings, "genesys": GenesysSettings}


def test_every_plugin_of_ours_is_in_the_file(configure: Configure) -> None:
    assert set(FILE["plugins"]) == set(plugins.load(configure()).names)


@pytest.mark.parametrize("plugin", MODELS)
def test_every_setting_of_a_plugin_is_in_the_file_with_its_default(plugin: str) -> None:
    assert FILE["plugins"][plugin] == MODELS[plugin]().model_dump(mode="json")


def test_the_simulator_is_off_and_the_file_says_where_its_other_settings_are() -> None:
    own = {name: getattr(SimSettings(), name) for name in ("enabled", "canary")}
    assert FILE["plugins"]["sim"] == own == {"enabled": False, "canary": False}
    text = (ROOT / "xyper.toml").read_text("utf-8")
    assert re.search(r"^\[plugins\.sim\].*config/simulator\.example\.toml$", text, re.MULTILINE)


def fields(model: type[BaseModel], place: str = "") -> Iterator[tuple[str, Any, bool]]:
    """Each setting's place, its default, and whether it is one of an item in a list, where the value is an example."""
    for name, field in model.model_fields.items():
        key = f"{place}{field.alias or name}"
        inner = next((kind for kind in (field.annotation, *get_args(field.annotation)) if is_model(kind)), None)
        if inner is None:
            yield key, field.default, "[]" in place
        else:
            yield from fields(inner, f"{key}." if inner is field.annotation else f"{key}[].")


def is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def written(table: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict) and value:
            yield from written(value, f"{place}{name}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for item in value:
                yield from written(item, f"{place}{name}[].")
        else:
            yield place + name, value


def test_every_setting_of_the_simulator_is_in_its_example() -> None:
    values = dict(written(tomllib.loads(SIMULATOR)))
    known = {
        place: (default, example)
        for place, default, example in fields(SimSettings)
        if place not in ("enabled", "canary")
    }
    unset = {place for place, (default, _) in known.items() if default is None}
    assert set(values) == set(known) - unset
    for place in unset:
        assert re.search(rf"^# {place.rpartition('.')[2]} = ", SIMULATOR, re.MULTILINE), place
    assert {place: value for place, value in values.items() if not known[place][1]} == {
        place: default for place, (default, example) in known.items() if not example and place not in unset
    }


def test_the_simulators_example_is_valid_and_every_line_explained() -> None:
    settings = SimSettings.model_validate(tomllib.loads(SIMULATOR))
    assert settings.graph.numbers[0].app == settings.graph.apps[0].id
    assert settings.cloud.orgs == SimSettings().cloud.orgs
    assert settings.cloud.clients[0].permissions == type(settings.cloud.clients[0]).model_fields["permissions"].default
    for section in re.findall(r"^\[.*$", SIMULATOR, re.MULTILINE):
        assert "#" in section, f"no word about {section}"


@pytest.mark.parametrize("example", ["production.toml", "simulator.example.toml", "tenant.example.toml"])
def test_an_example_is_toml(example: str) -> None:
    assert tomllib.loads((ROOT / "config" / example).read_text("utf-8"))


def test_the_file_itself_starts_an_engine_as_no_file_does(configure: Configure, tmp_path: Path) -> None:
    configure()
    copy = tmp_path / "copy.toml"
    copy.write_text((ROOT / "xyper.toml").read_text("utf-8"), "utf-8")
    settings = load(copy)
    plugins.load(settings)
    assert settings.model_copy(update={"plugins": {}}) == Settings(data_dir=tmp_path / "var")


FAULTS = {
    "an unknown key": ("[broker]\nurk = 1", r"\[broker\] urk: "),
    "an unknown section": ("[borker]\nurl = 1", r"borker: "),
    "a wrong type": ('[database]\npool = "many"', r"\[database\] pool: "),
    "a number too small": ("[retry]\nfirst = 0", r"\[retry\] first: "),
    "a word that is no choice": ('[log]\nlevel = "loud"', r"\[log\] level: "),
    "an address without a port": ('[server]\nlisten = "localhost"', r"\[server\] listen: "),
    "a section of no plugin": ("[plugins.telegram]\nx = 1", r"\[plugins.telegram\]: there is no plugin of that name"),
    "an unknown key of a plugin": ("[plugins.whatsapp]\nurk = 1", r"\[plugins.whatsapp\] urk: "),
    "a wrong type in a plugin": ('[plugins.genesys]\ntimeout = "long"', r"\[plugins.genesys\] timeout: "),
    "a plugin's wrong url": ('[plugins.whatsapp]\ngraph_url = "ftp://x"', r"\[plugins.whatsapp\] graph_url: "),
    "a key deep inside": ('[plugins.genesys.regions]\nx = { api = "https://a" }', r"\[plugins.*.x\] login: "),
    "a key of an item": ("[[plugins.sim.graph.apps]]\nid = 'a'", r"\[plugins.sim.graph.apps.0\] secret: "),
}  # fmt: skip


def one_sentence(text: str) -> bool:
    return "\n" not in text and "Traceback" not in text and "hidden" not in text and len(text) < 300


@pytest.mark.parametrize(("text", "told"), FAULTS.values(), ids=list(FAULTS))
def test_a_fault_is_one_sentence_with_the_settings_name(
    configure: Configure, tmp_path: Path, text: str, told: str
) -> None:
    configure()
    file = tmp_path / "bad.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=f"^{told}") as fault:
        plugins.load(load(file))
    assert one_sentence(str(fault.value))


OPENERS: Mapping[str, Callable[..., AbstractAsyncContextManager[object]]] = {
    "broker": open_broker,
    "cache": open_cache,
    "database": open_database,
    "media": open_media,
}
URLS = ("http://xyper:hidden@localhost", "nonsense", "", "//", "://hidden", "amqp", "redis", "s3:", "ftp://hidden@[x")


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("part", OPENERS)
async def test_a_url_of_no_kind_is_one_sentence(configure: Configure, part: str, url: str) -> None:
    with pytest.raises(SettingsError, match=rf"^\[{part}\] url: ") as fault:
        async with OPENERS[part](configure({part: {"url": SecretStr(url)}})):
            pass
    assert one_sentence(str(fault.value))


VARIABLES = {
    "an unknown key": ("XYPER_BROKER__URK", "hidden", r"\[broker\] urk: "),
    "a wrong type": ("XYPER_DATABASE__POOL", "hidden", r"\[database\] pool: "),
    "no JSON": ("XYPER_SECRETS__KEYS", "hidden", "secrets"),
    "a section of no plugin": ("XYPER_PLUGINS__TELEGRAM__URL", "hidden", r"\[plugins.telegram\]"),
    "an unknown key of a plugin": ("XYPER_PLUGINS__WHATSAPP__URK", "hidden", r"\[plugins.whatsapp\] urk: "),
    "an environment without a file": ("XYPER_ENVIRONMENT", "moon", r"environment = 'moon' names no file"),
}


@pytest.mark.parametrize(("name", "value", "told"), VARIABLES.values(), ids=list(VARIABLES))
def test_a_bad_variable_is_one_sentence(
    configure: Configure, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    with pytest.raises(SettingsError, match=told) as fault:
        plugins.load(_with(configure, monkeypatch, name, value))
    assert one_sentence(str(fault.value))


def _with(configure: Configure, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> Settings:
    configure()
    monkeypatch.setenv(name, value)
    return configure()
