"""What an account on this channel must be told, checked when it is entered."""

from pydantic import BaseModel, ConfigDict


class WhatsAppAccount(BaseModel):
    """Nothing: the number's id is the account, the WABA's its `parent`, and the access token its secret."""

    model_config = ConfigDict(frozen=True, extra="forbid")
