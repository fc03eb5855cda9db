"""The shape of `[plugins.sim.cloud]`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

RECEIVE = "conversation:message:receive"
VIEW = "conversation:message:view"
SEND = "conversation:message:create"
WATCH = "conversation:communication:view"
DISCONNECT = "conversation:communication:disconnect"
INTEGRATIONS = "messaging:integration:view"
INTEGRATION_ADD = "messaging:integration:add"
INTEGRATION_EDIT = "messaging:integration:edit"
INTEGRATION_DELETE = "messaging:integration:delete"
CONTENT_VIEW, CONTENT_ADD, CONTENT_EDIT, CONTENT_DELETE = (
    f"messaging:supportedContent:{action}" for action in ("view", "add", "edit", "delete")
)
SETTING_VIEW, SETTING_ADD, SETTING_EDIT, SETTING_DELETE = (
    f"messaging:setting:{action}" for action in ("view", "add", "edit", "delete")
)
TIMELINE_VIEW, TIMELINE_EDIT = (f"conversation:threadingTimeline:{action}" for action in ("view", "edit"))
ROUTE = "routing:message:manage"
APP_VIEW, APP_ADD, APP_EDIT, APP_DELETE = (
    f"integrations:integration:{action}" for action in ("view", "add", "edit", "delete")
)
ALL = frozenset({
    RECEIVE, VIEW, WATCH, DISCONNECT, INTEGRATIONS, INTEGRATION_ADD, INTEGRATION_EDIT, INTEGRATION_DELETE, CONTENT_VIEW,
    CONTENT_ADD, CONTENT_EDIT, CONTENT_DELETE, SETTING_VIEW, SETTING_ADD, SETTING_EDIT, SETTING_DELETE, TIMELINE_VIEW,
    TIMELINE_EDIT, ROUTE, APP_VIEW, APP_ADD, APP_EDIT, APP_DELETE,
})  # fmt: skip

ANY_MEDIA, STANDARD = "any-media", "standard"
"""The profiles that are there: of supported content the first, or Genesys' own; of settings likewise."""
TYPING_ON = "typing-on"


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
    permissions: set[str] = set(ALL)
    reads_itself: bool = True
    """Off: `GET /authorization/subjects/me` asks for a person, and not for a program."""
    rate: int | None = Field(None, ge=0)
    """Calls a minute; 0 is no limit; None is `[plugins.sim.cloud] rate`."""


class LoginClient(Section):
    """An OAuth client of the grant "Code Authorization", public and with PKCE: people sign in to an app with it."""

    client_id: str
    name: str = "WhatsApp panel"
    org: str = ""
    """The id of one of `orgs`; "" is the first one."""
    redirect_uris: list[str]
    """Where its codes may go; compared to the letter."""


class Person(Section):
    """Somebody with a user account. The login asks for no password: whoever is chosen is signed in."""

    id: str
    name: str
    email: str = ""
    org: str = ""
    """The id of one of `orgs`; "" is the first one."""
    state: Literal["active", "inactive", "deleted"] = "active"
    roles: list[str] = ["employee"]
    permissions: set[str] = {VIEW, SEND}


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
    recipient: str = ""
    """The id of what its flow is put on; "": its own."""
    supported_content: str = ANY_MEDIA
    """The id of the profile that says which files may pass. One that is made by API and names none: `standard`."""
    messaging_setting: str = TYPING_ON
    flow: str = "every-message"
    """The id of the Architect flow that takes its messages; "": none."""
    create_status: Literal["Initiated", "Completed", "Error"] = "Completed"
    create_error: str = ""

    @property
    def recipient_id(self) -> str:
        return self.recipient or self.id


class Panel(Section):
    """An application of the type "interaction widget", installed and switched on: agents see it beside each chat."""

    id: str
    name: str = "Xyper"
    org: str = ""
    """The id of one of `orgs`; "" is the first one."""
    url: str
    """With Genesys' variables, e.g. `{{gcConversationId}}`."""
    sandbox: str = "allow-scripts,allow-same-origin,allow-forms,allow-modals,allow-popups"
    permissions: str = ""


class CloudConfig(Section):
    orgs: list[Org] = Field([Org()], min_length=1)
    clients: list[Client] = []
    integrations: list[Integration] = []
    login_clients: list[LoginClient] = []
    panels: list[Panel] = []
    people: list[Person] = []
    agent: str = ""
    """The id of the one of `people` who is given every new conversation; "" is nobody in particular."""
    login_isolated: bool = False
    """The login's pages send `Cross-Origin-Opener-Policy: same-origin`, as some single sign-on does."""
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
    create_after: float = Field(0.5, ge=0)
    """Seconds until an integration that was asked for is there; until then its `createStatus` is `Initiated`."""
    create_flow: str = ""
    """The flow that an administrator puts on a new integration at once; "": it has none until somebody does."""
    create_error: str = ""
    """Not empty: creations end in `Error` with these words."""
    retry_pause: float = Field(5.0, gt=0)
    """Seconds between the six tries of a webhook; after the last one it is lost."""
    published: bool = True
    """Tell the webhook with a receipt that a customer's message has reached the conversation."""
    published_after: float = Field(0.1, ge=0)
    """Seconds until that receipt."""
