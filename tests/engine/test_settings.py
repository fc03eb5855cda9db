"""Where settings come from, which source wins, and how a fault is named."""

from pathlib import Path

import pytest

from xyper_engine.errors import SettingsError
from xyper_engine.settings import Settings, load


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XYPER_ENVIRONMENT", raising=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "xyper.toml"
    path.write_text('data_dir = "data"\n[broker]\nprefix = "file."\n[plugins.whatsapp]\ntimeout = 1.0\n', "utf-8")
    (tmp_path / "config").mkdir()
    (tmp_path / "config/staging.toml").write_text(
        '[broker]\nprefix = "staging."\n[cache]\nurl = "redis://h"\n', "utf-8"
    )
    return path


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load() == Settings(data_dir=tmp_path / "var")


def test_paths_are_relative_to_the_file(file: Path) -> None:
    settings = load(file)
    assert settings.data_dir == file.parent / "data"
    assert settings.key_file == file.parent / "data/secret.key"


def test_later_sources_win_and_leave_their_neighbours(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(file).broker.prefix == "file."
    assert load(file, {"environment": "staging"}).broker.prefix == "staging."
    monkeypatch.setenv("XYPER_ENVIRONMENT", "staging")
    assert load(file).broker.prefix == "staging."
    assert load(file, {"broker": {"prefix": "flag."}}).broker.prefix == "flag."
    monkeypatch.setenv("XYPER_BROKER__PREFIX", "variable.")
    settings = load(file, {"broker": {"prefix": "flag."}})
    assert settings.broker.prefix == "variable."
    assert settings.broker.url.get_secret_value() == "journal:"
    assert settings.cache.url.get_secret_value() == "redis://h"


def test_a_variable_joins_a_plugins_section(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XYPER_PLUGINS__WHATSAPP__GRAPH_URL", "http://localhost:1")
    assert load(file).plugins == {"whatsapp": {"timeout": 1.0, "graph_url": "http://localhost:1"}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[broker]\nurk = "x"', r"^\[broker\] urk: extra inputs"),
        ("[server]\nbody_limit = 5", r"^\[server\] body_limit: "),
        ('[server]\nlisten = "nowhere"', r"^\[server\] listen: "),
        ('[retry]\nfirst = "soon"\nhold = -1', r"^\[retry\] first: .*; \[retry\] hold: "),
        ("nonsense = 1", r"^nonsense: extra inputs"),
        ("[broker", r"xyper.toml cannot be read: "),
        ('environment = "moon"', r"^environment = 'moon' names no file: .*moon.toml"),
    ],
)
def test_a_fault_is_named(file: Path, text: str, told: str) -> None:
    file.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=told):
        load(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="--config"):
        load(tmp_path / "other.toml")


def test_a_variable_that_cannot_be_read_is_named_without_its_value(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XYPER_SECRETS__KEYS", "hidden")
    with pytest.raises(SettingsError) as told:
        load(file)
    assert "secrets" in str(told.value)
    assert "hidden" not in str(told.value)


def test_a_fault_never_shows_a_secret(file: Path) -> None:
    file.write_text('[cache]\nurl = ["hidden"]\n', "utf-8")
    with pytest.raises(SettingsError) as told:
        load(file)
    assert "hidden" not in str(told.value)
