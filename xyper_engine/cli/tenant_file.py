"""A tenant's file (`config/tenant.example.toml` explains it) as the `TenantSpec` it means.

Secrets stand elsewhere: in the file each is a table that says where. One that is written out is refused, because such
files end up in version control.
"""

import os
import secrets
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer
from pydantic import SecretStr, ValidationError

from xyper_engine.errors import SettingsError
from xyper_engine.settings import in_words
from xyper_engine.tenants.spec import TenantSpec

_WAYS = '{ env = "NAME" }, { file = "path" }, { ask = true } or { generate = true }'


@dataclass(frozen=True, slots=True)
class Told:
    """What was asked for."""

    spec: TenantSpec
    generated: Mapping[str, str] = field(default_factory=dict)
    """Secrets made just now, by their place in the file: shown once, for the vendor's console."""


def read(file: Path) -> Told:
    """Raises `SettingsError` that names the place in the file."""
    try:
        values = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file} cannot be read: {error}.") from None
    found = _Secrets(file.parent)
    for place, account in _tables(values, "accounts"):
        account["secrets"] = {
            name: found.of(f"{place}.secrets.{name}", value) for name, value in dict(account.get("secrets", {})).items()
        }
    for place, hook in _tables(values, "hooks"):
        for name in ("secrets", "verify_tokens"):
            hook[name] = [found.of(f"{place}.{name}", value) for value in hook.get(name, [])]
    return Told(spec_of(values, str(file)), found.generated)


def spec_of(values: Mapping[str, Any], where: str) -> TenantSpec:
    """Raises `SettingsError` in words; values are not shown, they may be secrets."""
    try:
        return TenantSpec.model_validate(values)
    except ValidationError as error:
        raise SettingsError(f"{where}: {in_words(error)}.") from None


def from_variable(name: str, label: str) -> SecretStr:
    """The variable's value; without a name, what the person at the keyboard types, unseen."""
    if not name:
        return _asked(label)
    value = os.environ.get(name, "")
    if not value:
        raise SettingsError(f"The environment variable {name} is not set; it must hold the secret ({label}).")
    return SecretStr(value)


def _asked(label: str) -> SecretStr:
    if not sys.stdin.isatty():
        raise SettingsError(f"{label}: nobody is there to type it; name an environment variable.")
    return SecretStr(str(typer.prompt(label, hide_input=True, err=True)))


def _tables(values: Mapping[str, Any], key: str) -> list[tuple[str, dict[str, Any]]]:
    found = values.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise SettingsError(f"{key}: must be written as [[{key}]] tables.")
    return [(f"{key}.{place}", one) for place, one in enumerate(found)]


class _Secrets:
    """Finds the secrets a file speaks of. Paths in it are relative to it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.generated: dict[str, str] = {}

    def of(self, place: str, value: object) -> SecretStr:
        match value:
            case {"env": str(name), **rest} if not rest:
                return from_variable(name, place)
            case {"file": str(name), **rest} if not rest:
                return self._from_file(place, self._folder / name)
            case {"ask": True, **rest} if not rest:
                return _asked(place)
            case {"generate": True, **rest} if not rest:
                self.generated[place] = secrets.token_urlsafe(32)
                return SecretStr(self.generated[place])
        raise SettingsError(f"{place}: say where the secret is: {_WAYS}. It does not belong in the file itself.")

    def _from_file(self, place: str, path: Path) -> SecretStr:
        try:
            return SecretStr(path.read_text("utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{place}: {path} cannot be read: {error}.") from None
