"""The shape of `[plugins.sim]`, of `--config FILE`, and of what a test hands to `Simulator`: one and the same."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from xyper_sim.cloud_settings import CloudConfig


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class App(Section):
    """A Meta app: its secret signs every webhook of every WABA that it is subscribed to."""

    id: str
    secret: SecretStr
    """Signs; proves calls and makes the app's own token."""
    further_secrets: tuple[SecretStr, ...] = ()
    """Also prove calls: while the secret is reset, both do."""
    webhook_url: str = ""
    """Where its webhooks go; "" until the far end is known (`PUT /api/graph/apps/{id}`)."""
    verify_token: SecretStr = SecretStr("")

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(one.get_secret_value() for one in (self.secret, *self.further_secrets))


class Number(Section):
    """A business phone number. Numbers of one WABA share its subscribed apps."""

    phone_number_id: str
    waba_id: str
    display: str
    """As Meta shows it: digits only, e.g. `15550783881`."""
    name: str = "Demo Company"
    access_token: SecretStr
    further_tokens: tuple[SecretStr, ...] = ()
    """A system user may have several."""
    app: str
    """The id of the app that `access_token` belongs to."""
    subscribed: bool = True
    """The app is subscribed to the WABA from the start. Off: somebody has to do it (`POST /{waba}/subscribed_apps`)."""
    scopes: tuple[str, ...] = ("whatsapp_business_management", "whatsapp_business_messaging")
    """What the token may do."""
    token_wabas: tuple[str, ...] | None = None
    """The WABAs that the token may do it with; None: the number's own."""
    token_expires: int = Field(0, ge=0)
    """Unix seconds; 0: never."""
    verified: bool = True
    """Its owner has shown, by a code, that it is theirs."""
    registered: bool = True
    """Off: it sends nothing until `POST /{phone_number_id}/register`."""
    quality: Literal["GREEN", "YELLOW", "RED", "UNKNOWN"] = "GREEN"
    messaging_limit: str = Field("TIER_250", pattern=r"^TIER_(\d+K?|UNLIMITED|NOT_SET)$")
    """How many people it may write to first within a day; only told, never counted."""
    pin: SecretStr = SecretStr("")
    """Of the two-step verification; "": none yet, the next registration sets it."""

    def takes(self, token: str) -> bool:
        """Whether it is a token for this number."""
        return token in (one.get_secret_value() for one in (self.access_token, *self.further_tokens))


class Customer(Section):
    """A person with WhatsApp on a phone."""

    wa_id: Annotated[str, Field(pattern=r"^\d{5,15}$")]
    name: str = ""
    bsuid: str = ""
    """Meta's business-scoped user id; made from `wa_id` when empty."""
    hidden: bool = False
    """The person has a username and the business does not see the phone number: webhooks carry the BSUID only."""
    phone_open: bool = True
    """False: messages are delivered, but not read until somebody opens the chat."""
    online: bool = True
    """False: messages are `sent`, but not delivered until the phone is back."""


class GraphConfig(Section):
    apps: list[App] = []
    numbers: list[Number] = []
    customers: list[Customer] = []
    check: bool = Field(True, alias="validate")
    """Check bodies against Meta's OpenAPI schemas; off for benches."""
    limits: bool = True
    """Enforce the pair rate (131056) and the number's throughput (130429); off for benches."""
    number_rate: float = Field(80.0, gt=0)
    """Messages a second per number."""
    pair_rate: float = Field(0.1667, gt=0)
    pair_burst: float = Field(45.0, ge=1)
    window: bool = True
    """Outside 24 h since the customer's last message, free text fails with 131047."""
    sent_after: float = Field(0.05, ge=0)
    """Seconds from acceptance to the status `sent`; likewise below, each from the one before."""
    delivered_after: float = Field(0.3, ge=0)
    read_after: float = Field(1.2, ge=0)
    approved_after: float = Field(2.0, ge=0)
    """Seconds until a new or changed template is approved."""
    retry_first: float = Field(1.0, gt=0)
    """Seconds until a webhook's first retry; doubles."""
    retry_most: float = Field(3600.0, gt=0)
    """The longest pause between two tries."""
    unknown_customers: bool = True
    """A send to a number that nobody configured makes a customer with an open window. Off: it fails (131026)."""


class SimSettings(Section):
    enabled: bool = False
    canary: bool = False
    """Bring the two ends of the loop that the engine's canary flies through."""
    time_scale: float = Field(1.0, gt=0)
    """Every delay of the simulated vendors is multiplied by this (0.01 makes tests quick); timeouts are not."""
    seed: int | None = None
    """For the knobs' dice: a run with a seed can be repeated."""
    traffic: float = Field(0.0, ge=0, le=60)
    """People who begin to write in a minute, by themselves; 0: nobody does."""
    keep_alive: bool = True
    """Whether webhooks share connections; if not, each comes by one of its own, and a balancer spreads them."""
    log: int = Field(2000, ge=0)
    """How many finished webhook deliveries are remembered for the pages and for tests."""
    graph: GraphConfig = GraphConfig()
    cloud: CloudConfig = CloudConfig()
