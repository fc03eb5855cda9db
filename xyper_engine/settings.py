"""The shape of `xyper.toml`. Default < file < `config/<environment>.toml` < `XYPER_*` variables.

`load()` is the one way to read a setting; whatever is wrong becomes one sentence with the setting's name.
"""

import os
import sysconfig
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from xyper_engine.errors import SettingsError
from xyper_engine.sections import (
    Access,
    Alerts,
    Breaker,
    Broker,
    Cache,
    Canary,
    Conversations,
    Database,
    Healing,
    Limits,
    Log,
    Media,
    Metrics,
    Oidc,
    Onboarding,
    Otel,
    Privacy,
    Retry,
    Routing,
    Secrets,
    Server,
    Smtp,
    Tenants,
    Trace,
    Watchdog,
    Widget,
)


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="XYPER_", env_nested_delimiter="__", frozen=True, extra="forbid")

    environment: str = ""
    data_dir: Path = Path("var")
    server: Server = Server()
    broker: Broker = Broker()
    cache: Cache = Cache()
    database: Database = Database()
    media: Media = Media()
    secrets: Secrets = Secrets()
    tenants: Tenants = Tenants()
    access: Access = Access()
    oidc: Oidc = Oidc()
    conversations: Conversations = Conversations()
    routing: Routing = Routing()
    retry: Retry = Retry()
    breaker: Breaker = Breaker()
    onboarding: Onboarding = Onboarding()
    healing: Healing = Healing()
    privacy: Privacy = Privacy()
    limits: Limits = Limits()
    widget: Widget = Widget()
    trace: Trace = Trace()
    otel: Otel = Otel()
    watchdog: Watchdog = Watchdog()
    canary: Canary = Canary()
    alerts: Alerts = Alerts()
    smtp: Smtp = Smtp()
    metrics: Metrics = Metrics()
    log: Log = Log()
    plugins: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return EnvSettingsSource(settings_cls), init_settings

    @property
    def public_url(self) -> str:
        return (self.server.public_url or f"http://{self.server.listen}").rstrip("/")

    def listening_on(self, address: str) -> "Settings":
        """The same, where a port that was left to the system is known by now: links to files carry it."""
        return self.model_copy(update={"server": self.server.model_copy(update={"listen": address})})

    @property
    def key_file(self) -> Path:
        return self.data_dir / self.secrets.key_file


def root() -> Path:
    """Where `sql/`, `config/` and `widget_static/` lie: beside the package in a checkout, else in the wheel's share."""
    checkout = Path(str(resources.files("xyper_engine"))).parent
    return checkout if (checkout / "sql").is_dir() else Path(sysconfig.get_path("data")) / "share" / "xyper"


def load(file: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Read all sources. `overrides` stand between the files and the variables. Raises `SettingsError`."""
    path = file or Path("xyper.toml")
    if file is not None and not path.is_file():
        raise SettingsError(f"There is no settings file {path}: check the name after --config.")
    values = _read(path) if path.is_file() else {}
    asked = (overrides or {}).get("environment") or os.environ.get("XYPER_ENVIRONMENT")
    environment = str(asked or values.get("environment", ""))
    if environment:
        extra = path.parent / "config" / f"{environment}.toml"
        if not extra.is_file():
            extra = root() / "config" / f"{environment}.toml"
        if not extra.is_file():
            raise SettingsError(f"environment = {environment!r} names no file: {extra} does not exist.")
        values = _merge(values, _read(extra))
    return _validate(_merge(values, dict(overrides or {})), path.parent)


def _validate(values: dict[str, Any], base: Path) -> Settings:
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise SettingsError(in_words(error)) from None
    except ValueError as error:
        raise SettingsError(f"A XYPER_ variable cannot be read: {error}") from None
    return settings.model_copy(update={"data_dir": (base / settings.data_dir).resolve()})


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.") from None


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merge(below, value) if isinstance(below, dict) and isinstance(value, Mapping) else value
    return merged


def in_words(error: ValidationError, prefix: tuple[str, ...] = ()) -> str:
    """Each fault as `[section] name: what is wrong`; values are not shown, they may be secrets."""
    return "; ".join(_one(prefix + tuple(map(str, fault["loc"])), fault["msg"]) for fault in error.errors())


def _one(place: tuple[str, ...], message: str) -> str:
    section = f"[{'.'.join(place[:-1])}] " if len(place) > 1 else ""
    return f"{section}{place[-1] if place else 'settings'}: {message[0].lower()}{message[1:]}"
