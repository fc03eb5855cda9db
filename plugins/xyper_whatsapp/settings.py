"""The shape of `[plugins.whatsapp]`; `xyper.toml` says what each setting means."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class WhatsAppSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    graph_url: str = Field("https://graph.facebook.com", pattern=r"^https?://[^/]+[^\s]*$")
    graph_version: str = Field("v25.0", pattern=r"^v\d+\.\d+$")
    timeout: float = Field(10.0, gt=0)
    media_timeout: float = Field(50.0, gt=0)
    media_hosts: tuple[str, ...] = ("*.fbsbx.com", "*.fbcdn.net", "*.facebook.com", "*.whatsapp.net")
    mark_read: Literal["typing", "published", "never"] = "typing"
    number_rate: float = Field(80.0, gt=0)
    pair_rate: float = Field(0.1667, gt=0)
    pair_burst: float = Field(40.0, ge=1)
    order_wait: float = Field(2.0, ge=0)
    unknown_wait: float = Field(60.0, ge=0)
    templates_every: float = Field(3600.0, ge=0)
