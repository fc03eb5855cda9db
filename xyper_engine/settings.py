"""The shape of `xyper.toml`. Default < file < `config/<environment>.toml` < `XYPER_*` variables.

`load()` is the one way to read a setting; whatever is wrong becomes one sentence with the setting's name.
"""

import os
import sysconfig
import tomllib
from collections.abc import Mapping
from importlib import resources
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from xyper_engine.errors import SettingsError


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Origin = Annotated[str, Field(pattern=r"^https?://[^/*?#\s]+$")]
Rate = Annotated[str, Field(pattern=r"^([1-9]\d*/([1-9]\d* )?(second|minute|hour|day))?$")]


class Server(Section):
    listen: str = Field("127.0.0.1:8080", pattern=r"^.+:\d+$")
    internal: str = Field("127.0.0.1:9090", pattern=r"^(.+:\d+)?$")
    reuse_port: bool = False
    public_url: str = Field("", pattern=r"^(https?://.+)?$")
    body_limit: int = Field(4_194_304, ge=1024)
    shutdown: float = Field(20.0, gt=0)
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    proxy_header: Literal["X-Forwarded-For", "Forwarded"] = "X-Forwarded-For"
    cors_origins: tuple[Origin, ...] = ()


class Broker(Section):
    url: SecretStr = Field(SecretStr("journal:"))
    prefix: str = "xyper."
    spool_limit: int = Field(1_073_741_824, ge=1_048_576)
    spool_age: float = Field(86_400.0, ge=0)
    publish_timeout: float = Field(5.0, gt=0)
    delivery_limit: int = Field(50, ge=1, le=10_000)


class Cache(Section):
    url: SecretStr = SecretStr("memory:")


class Database(Section):
    url: SecretStr = SecretStr("embedded:")
    pool: int = Field(8, ge=2)


class Media(Section):
    url: SecretStr = SecretStr("folder:")
    link_days: float = Field(30.0, gt=0)
    clamd: str = ""
    ffmpeg: str = "ffmpeg"
    voice_to_agents: Literal["ogg", "mp3"] = "ogg"
    convert_timeout: float = Field(60.0, gt=0)
    convert_pixels: int = Field(50_000_000, ge=1_000_000)
    convert_memory: int = Field(1_073_741_824, ge=268_435_456)


class Secrets(Section):
    keys: tuple[SecretStr, ...] = ()
    key_file: Path = Path("secret.key")


class Tenants(Section):
    grace_days: float = Field(30.0, ge=0, le=3650)


class Access(Section):
    session: float = Field(43_200.0, ge=900)
    idle: float = Field(7_200.0, ge=900)
    require_totp: bool = True


class Oidc(Section):
    issuer: str = Field("", pattern=r"^(https?://[^?#\s]+)?$")
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    email_domains: tuple[str, ...] = ()
    claim: str = "groups"
    claim_values: tuple[str, ...] = ()
    timeout: float = Field(10.0, gt=0)


class Conversations(Section):
    check_first: float = Field(300.0, ge=0)
    check_most: float = Field(3600.0, ge=1)
    check_rate: float = Field(60.0, gt=0)
    context_size: int = Field(16_384, ge=64, le=1_048_576)
    context_days: float = Field(90.0, gt=0, le=36500)


class Routing(Section):
    prefetch: int = Field(400, ge=1, le=65535)
    concurrency: int = Field(32, ge=1)
    transformer_timeout: float = Field(5.0, gt=0)


class Retry(Section):
    first: float = Field(0.5, gt=0)
    most: float = Field(60.0, gt=0)
    hold: float = Field(600.0, ge=0)
    bugs: int = Field(5, ge=1)


class Healing(Section):
    outage: float = Field(25.0, gt=0)
    every: float = Field(86_400.0, ge=0)
    margin: float = Field(120.0, ge=0)
    reach: float = Field(259_200.0, ge=0)
    silent: float = Field(24.0, gt=0)


class Breaker(Section):
    failures: int = Field(5, ge=1)
    probe: float = Field(5.0, gt=0)
    most: float = Field(60.0, gt=0)


class Onboarding(Section):
    wait: float = Field(600.0, ge=0)
    check_every: float = Field(3600.0, ge=0)


class Privacy(Section):
    settle: float = Field(60.0, ge=0)


class Limits(Section):
    address: Rate = "3000/minute"
    person: Rate = "600/minute"
    key: Rate = "1200/minute"
    tenant: Rate = "6000/minute"
    sign_in: Rate = "60/minute"
    refused: Rate = "60/minute"


class Widget(Section):
    hosts: tuple[Origin, ...] = ()
    origins: tuple[Origin, ...] = ()
    connections: int = Field(2000, ge=1)
    development: bool = False


class Trace(Section):
    enabled: bool = True
    bodies: Literal["failures", "all"] = "failures"


class Otel(Section):
    endpoint: str = Field("", pattern=r"^(https?://[^?#\s]+)?$")
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    service: str = Field("xyper", min_length=1)
    ratio: float = Field(1.0, gt=0, le=1)
    timeout: float = Field(3.0, gt=0, le=60)


class Watchdog(Section):
    loop: float = Field(30.0, ge=0)
    consumer: float = Field(600.0, ge=0)


class Canary(Section):
    enabled: bool = False
    interval: float = Field(30.0, ge=0.1)
    patience: float = Field(30.0, gt=0)


class Metrics(Section):
    tenants: int = Field(200, ge=0)


class Log(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"


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
