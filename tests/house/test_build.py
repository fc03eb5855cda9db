"""What a checkout and a wheel promise: locks, defaults, version, import contracts, contents."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import BaseModel, SecretStr

from xyper_engine import __version__
from xyper_engine.settings import Settings

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCKS = {"requirements.lock": ["build"], "requirements-dev.lock": ["build", "dev"]}


def run(*command: str, cwd: Path = ROOT, path: str = "") -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "XYPER_"))}
    environment = {**clean, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def pinned(lock: str) -> dict[str, str]:
    """Name → version, as the lock says."""
    lines = re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in lines}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_names_versions_and_hashes_only(lock: str) -> None:
    for line in (ROOT / lock).read_text("utf-8").splitlines():
        assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?|[\w.-]+==[^\s;/:]+( ; [^:]+)? \\", line), line


@pytest.mark.parametrize(("lock", "extras"), LOCKS.items())
def test_a_lock_is_in_step_with_the_project(lock: str, extras: list[str]) -> None:
    optional = PROJECT["optional-dependencies"]
    wanted = [Requirement(text) for text in sum((optional[extra] for extra in extras), PROJECT["dependencies"])]
    versions = pinned(lock)
    for requirement in wanted:
        version = versions.get(canonicalize_name(requirement.name))
        assert version, f"{requirement.name} is missing: run `make lock`"
        assert requirement.specifier.contains(version), f"{requirement} is locked to {version}: run `make lock`"


def test_the_tests_run_on_what_is_shipped() -> None:
    shipped, tested = pinned("requirements.lock"), pinned("requirements-dev.lock")
    assert {name: tested.get(name) for name in shipped} == shipped


def defaults(model: type[BaseModel], place: str = "") -> Iterator[tuple[str, Any]]:
    for name, setting in model.model_fields.items():
        kind = setting.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from defaults(kind, f"{place}{name}.")
        else:
            yield place + name, plain(setting.get_default(call_default_factory=True))


def plain(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value


def written(table: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict) and value:
            yield from written(value, f"{place}{name}.")
        else:
            yield place + name, value


def test_every_setting_is_in_xyper_toml_with_its_default() -> None:
    file = tomllib.loads((ROOT / "xyper.toml").read_text("utf-8"))
    del file["plugins"]  # each plugin's own tests look after its section
    expected = dict(defaults(Settings))
    del expected["plugins"]
    assert dict(written(file)) == expected


def test_every_section_of_xyper_toml_says_what_its_settings_mean() -> None:
    for line in (ROOT / "xyper.toml").read_text("utf-8").partition("\n[plugins.")[0].splitlines():
        assert not re.match(r"\w+ =", line) or "#" in line, f"no word about: {line}"


def test_the_version_is_the_newest_of_the_changelog() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] == __version__


def test_ci_runs_what_a_person_runs() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert script.read_text("utf-8").startswith("#!/usr/bin/env bash\nset -euo pipefail\n")
    assert script.read_text("utf-8").splitlines()[-1] == "exec make test"


PLANTS = {
    "Imports only point right or down": ("xyper_engine/errors.py", "xyper_engine.settings"),
    "The model knows pydantic, orjson and the standard library only": ("xyper_engine/model.py", "aiohttp"),
    "The engine never imports a plugin": ("xyper_engine/grouping.py", "xyper_sim"),
    "Plugins never import each other": ("plugins/xyper_whatsapp/__init__.py", "xyper_genesys"),
    "Plugins see the seam only": ("plugins/xyper_genesys/__init__.py", "xyper_engine.store"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("copy")
    for folder in ("xyper_engine", "plugins"):
        shutil.copytree(ROOT / folder, target / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", target)
    return target


def contracts(folder: Path) -> dict[str, str]:
    """Contract → KEPT or BROKEN."""
    program = Path(sys.executable).with_name("lint-imports")
    done = run(str(program), "--no-cache", cwd=folder, path=f"{folder}{os.pathsep}{folder / 'plugins'}")
    found = dict(re.findall(r"^(.+) (KEPT|BROKEN)$", done.stdout, re.MULTILINE))
    assert found, done.stdout + done.stderr
    return found


def test_every_import_contract_is_planted_against() -> None:
    assert set(contracts(ROOT)) == set(PLANTS)


def test_the_import_contracts_hold() -> None:
    assert set(contracts(ROOT).values()) == {"KEPT"}


@pytest.mark.parametrize("contract", PLANTS)
def test_a_bad_import_breaks_its_contract(contract: str, copy: Path) -> None:
    file, module = PLANTS[contract]
    sound = (copy / file).read_text("utf-8")
    try:
        (copy / file).write_text(f"{sound}\nimport {module}\n", "utf-8")
        assert contracts(copy)[contract] == "BROKEN"
    finally:
        (copy / file).write_text(sound, "utf-8")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel alone; what it depends on is lent by this one, so no network is needed."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True)
    python = str(folder / "bin/python")
    pip = run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", str(wheel))
    assert pip.returncode == 0, pip.stderr
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip())
    (site / "lent.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    return folder


def test_the_wheel_holds_every_file_of_its_packages_and_the_shared_ones(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    data = f"xyper-{__version__}.data/data/share/xyper/"
    expected = {data + "xyper.toml"}
    for folder, prefix, base in (
        ("xyper_engine", "", ROOT),
        ("plugins", "", ROOT / "plugins"),
        ("sql", data, ROOT),
        ("config", data, ROOT),
        ("widget_static", data, ROOT),
    ):
        expected |= {prefix + str(file.relative_to(base)) for file in tracked(ROOT / folder)}
    assert expected - inside == {"README.md"} & expected  # plugins/README.md is for who writes one


def tracked(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts]


def test_an_installed_wheel_finds_its_files(installed: Path, tmp_path: Path) -> None:
    told = run(str(installed / "bin/python"), "-c", "import xyper_engine.settings as s; print(s.root())", cwd=tmp_path)
    assert told.stdout.strip() == str(installed / "share/xyper"), told.stderr
    for name in ("sql/migrations", "config", "widget_static", "xyper.toml"):
        assert (installed / "share/xyper" / name).exists()


def test_an_installed_wheel_has_its_plugins_and_no_package_called_plugins(installed: Path, tmp_path: Path) -> None:
    code = (
        "import importlib.util as u, xyper_whatsapp, xyper_genesys, xyper_sim;"
        "print(u.find_spec('plugins'), xyper_whatsapp.__file__, xyper_genesys.__file__, xyper_sim.__file__)"
    )
    told = run(str(installed / "bin/python"), "-c", code, cwd=tmp_path)
    nothing, *files = told.stdout.split()
    assert nothing == "None", told.stderr
    assert all(Path(file).is_relative_to(installed) for file in files)


def test_an_installed_wheel_has_the_command(installed: Path, tmp_path: Path) -> None:
    told = run(str(installed / "bin/xyper"), "--help", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
