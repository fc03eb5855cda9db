"""The sections of `xyper.toml`, each setting with its default and what it may be; the file itself explains them."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


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
    rotate_days: float = Field(365.0, ge=0, le=36_500)


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


class Alerts(Section):
    every: float = Field(15.0, ge=0)
    settle: float = Field(120.0, ge=0)
    breaker: float = Field(120.0, ge=0)
    age: float = Field(300.0, gt=0)
    dead_letters: int = Field(10, ge=0)
    token_days: float = Field(14.0, ge=0)
    certificate_days: float = Field(21.0, ge=0)
    hosts: tuple[Origin, ...] = ()
    timeout: float = Field(10.0, gt=0)
    hold: float = Field(86_400.0, gt=0)


class Smtp(Section):
    host: str = ""
    port: int = Field(587, ge=1, le=65535)
    tls: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: str = ""
    username: str = ""
    password: SecretStr = SecretStr("")
    sender: str = Field("", pattern=r"^([^@\s<>]+@[^@\s<>]+)?$")

    @model_validator(mode="after")
    def _can_send(self) -> "Smtp":
        if self.host and not self.sender:
            raise ValueError("sender must be set where host is: the address that messages come from")
        if self.tls == "none" and self.username and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError('tls = "none" would send the password in clear: use "starttls" or "tls"')
        return self


class Metrics(Section):
    tenants: int = Field(200, ge=0)


class Log(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"
