"""What an account on this channel must be told, checked when it is entered."""

from pydantic import BaseModel, ConfigDict, Field


class WhatsAppAccount(BaseModel):
    """Nothing more than the number's id, which is the account, the WABA's, its `parent`, and the token, its secret."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    app_id: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        title="Meta app's id",
        description="Only where Meta does not tell it by the access token: templates' example files are handed to it.",
    )
