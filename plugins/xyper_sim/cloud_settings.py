"""The shape of `[plugins.sim.cloud]`."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr

RECEIVE = "conversation:message:receive"
VIEW = "conversation:message:view"
WATCH = "conversation:communication:view"
DISCONNECT = "conversation:communication:disconnect"
INTEGRATIONS = "messaging:integration:view"
ROUTE = "routing:message:manage"


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Org(Section):
    """A Genesys Cloud organisation."""

    id: str = "5ed0b6a4-6f0c-4e43-9d4b-0d6c3c8f0d01"
    name: str = "Demo Organisation"


class Client(Section):
    """An OAuth client of the grant `client_credentials`."""

    client_id: str
    client_secret: SecretStr
    name: str = "Xyper"
    org: str = ""
    """The id of one of `orgs`; "" is the first one."""
    permissions: set[str] = {RECEIVE, VIEW, WATCH, DISCONNECT, INTEGRATIONS, ROUTE}
    rate: int | None = Field(None, ge=0)
    """Calls a minute; 0 is no limit; None is `[plugins.sim.cloud] rate`."""


class Integration(Section):
    """An Open Messaging integration."""

    id: str
    name: str = "WhatsApp"
    webhook_url: str = ""
    """Where its webhooks go; "" until the far end is known (`PUT /api/cloud/integrations/{id}`)."""
    webhook_secret: SecretStr = SecretStr("")
    webhook_headers: dict[str, str] = {}
    """Added to every webhook call."""
    clients: set[str] = set()
    """The ids of the clients that may use it; empty: every client."""


class CloudConfig(Section):
    orgs: list[Org] = Field([Org()], min_length=1)
    clients: list[Client] = []
    integrations: list[Integration] = []
    check: bool = Field(True, alias="validate")
    """Check bodies against the official SDK's models, where that package is installed; off for benches."""
    fetch: bool = True
    """Fetch customers' attachments from the addresses that the middleware gives."""
    rate: int = Field(300, ge=0)
    """Calls a minute per OAuth client; 0 is no limit, and no `inin-ratelimit-*` headers."""
    token_seconds: int = Field(86400, ge=1)
    """How long an access token is valid."""
    threading_minutes: float = Field(4320.0, ge=0)
    """After a disconnect, how long the customer's next message still belongs to the old conversation."""
    published: bool = True
    """Tell the webhook with a receipt that a customer's message has reached the conversation."""
    published_after: float = Field(0.1, ge=0)
    """Seconds until that receipt."""
